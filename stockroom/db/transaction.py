"""Where does a writing transaction begin and end?  Here, and nowhere else.

The first statement locks the journal heads that the act concerns (the organisation's first, then the
clinics' in the order of their ids), so that a clinic has one writer at a time and whatever the act
decides on is read after every earlier act.  Without a journal entry nothing is committed.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, ClassVar

from sqlalchemy import Connection, bindparam, column, select, table
from sqlalchemy.exc import OperationalError

from stockroom.actor import Actor
from stockroom.db.columns import UTCDateTime
from stockroom.db.compiled_once import Once
from stockroom.db.store import Store
from stockroom.db.writers import WAIT_SECONDS_MAX
from stockroom.errors import Unavailable, extracted
from stockroom.vocabulary import Action, Role, SignatureMeaning, SignOnWay

CHANGES = "changes"
DISCLOSURES = "disclosures"
OF_ORGANISATION = "organisation"
"""Where a journal goes by one word: the organisation's own, beside a clinic's two."""

_HEAD = table(
    "journal_head",
    column("clinic_id"),
    column("stream"),
    column("seq"),
    column("hash"),
    column("recorded_at", UTCDateTime),
)
_ORGANISATION_HEAD = table(
    "organisation_head", column("id"), column("seq"), column("hash"), column("recorded_at", UTCDateTime)
)
# Statements of every act are built once: building one costs more than running it.
_LOCK_ORGANISATION = Once(
    select(_ORGANISATION_HEAD.c.seq, _ORGANISATION_HEAD.c.hash, _ORGANISATION_HEAD.c.recorded_at)
    .where(_ORGANISATION_HEAD.c.id == 1)
    .with_for_update()
)
_LOCK_CLINICS = Once(
    select(_HEAD.c.clinic_id, _HEAD.c.seq, _HEAD.c.hash, _HEAD.c.recorded_at)
    .where(_HEAD.c.stream == bindparam("stream"), _HEAD.c.clinic_id.in_(bindparam("clinics", expanding=True)))
    .order_by(_HEAD.c.clinic_id)
    .with_for_update()
)
_WAITED_AT_MOST = timedelta(seconds=2 * WAIT_SECONDS_MAX)
"""The clock is read before the queue; whoever was served before may have read a later instant."""
_log = logging.getLogger(__name__)
_inside: ContextVar[bool] = ContextVar("inside_a_transaction", default=False)


class DatabaseUnavailable(Unavailable):
    """The database did not answer, or is full or locked; nothing was recorded."""

    code: ClassVar[str] = "database_unavailable"
    message: ClassVar[str] = extracted(
        "NOT RECORDED: the database did not answer. Send it again in a moment."
    )


@dataclass(frozen=True, kw_only=True)
class JournalName:
    """Which journal: a clinic's changes or disclosures, or (clinic_id None) the organisation's."""

    clinic_id: int | None
    stream: str = CHANGES


ORGANISATION = JournalName(clinic_id=None)


@dataclass(frozen=True, kw_only=True)
class Head:
    """The newest entry of a journal: its number, its hash, and when it was recorded."""

    seq: int
    hash: str
    recorded_at: datetime


@dataclass(frozen=True, kw_only=True)
class Signing:
    """That a person signs the act in progress; it is written with the act's entry, or not at all."""

    person_id: int
    person_uid: str
    meaning: SignatureMeaning
    way: SignOnWay
    session_id: int | None = None


@dataclass(kw_only=True)
class Work:
    """One act in progress: its connection, who does it, and the journal heads it holds."""

    store: Store
    connection: Connection
    actor: Actor
    kind: str
    key: str
    asked_at: datetime
    """What the clock showed when the act was asked for."""
    heads: dict[JournalName, Head]
    now: datetime = field(init=False)
    """The instant of the books, by which the act decides: never earlier than any journal that it holds."""
    payload: dict[str, object] = field(default_factory=dict)
    """What the journal entry will say: uids, codes and numbers, never a personal value."""
    journalled: int = 0
    is_repeated: bool = False
    """It was done before and writes nothing.  Its transaction still ends by a commit: psycopg lets go of every
    prepared statement of a connection that is rolled back, and a page that is looked at again would pay for it."""
    roles: frozenset[Role] = frozenset()
    """The roles of the author, read under the lock; `actor.roles` are those of when the request came in."""
    actions: frozenset[Action] = frozenset()
    """What the author may do here, read under the lock: what the roles permit, within what the token covers."""
    signed: list[Signing] = field(default_factory=list)
    """Who signs the act beside, or as, its author."""
    known: dict[str, dict[int, Any]] = field(default_factory=dict)
    """What the ledger has looked up under the lock and need not ask for twice (`ledger/facts.py`)."""
    after_commit: list[Callable[[], object]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.now = max([self.asked_at, *(head.recorded_at for head in self.heads.values())])

    @property
    def clinic_id(self) -> int:
        """The clinic in whose books this act is made."""
        return self.actor.clinic_id

    @property
    def recorded_at(self) -> datetime:
        """When the act is written down: the instant by which it decides, and no other."""
        return self.now

    @property
    def clock_stepped_back(self) -> bool:
        """Whether a journal holds a later instant than the clock showed, and not because the act waited its turn."""
        return self.now - self.asked_at > _WAITED_AT_MOST


@contextmanager
def transaction(
    store: Store, *, actor: Actor, kind: str, key: str, now: datetime, journals: tuple[JournalName, ...]
) -> Iterator[Work]:
    """Run one act: lock its journals, hand out the work, commit; or leave nothing behind.

    Raises RuntimeError when the act wrote no journal entry or when transactions are nested (both our
    own mistakes), DatabaseUnavailable when the database cannot do its part.
    """
    if _inside.get():
        raise RuntimeError("transactions do not nest: what two operations share moves down a floor")
    mark = _inside.set(True)
    try:
        with _turn_of(store), _writing(store) as connection:  # the turn is outermost
            heads = _lock_heads(connection, journals)
            work = Work(
                store=store,
                connection=connection,
                actor=actor,
                kind=kind,
                key=key,
                asked_at=now,
                heads=heads,
            )
            yield work
            if not work.journalled and not work.is_repeated:
                raise RuntimeError(f"the act {kind!r} wrote no journal entry and is not committed")
    except OperationalError as error:
        if is_serialisation_failure(error):
            raise
        raise DatabaseUnavailable() from error
    finally:
        _inside.reset(mark)
    if store.rehearsed_on is not None:
        return
    for effect in work.after_commit:
        try:
            effect()
        except OSError:  # the act is in the books; a full disk beside them does not take it back
            _log.exception("what follows a committed act failed")


def _turn_of(store: Store) -> AbstractContextManager[object]:
    """A turn among the writers, where acts queue in this process; whoever rehearses has one already."""
    queues = store.is_sqlite and store.rehearsed_on is None
    return store.writers.turn() if queues else nullcontext()


@contextmanager
def _writing(store: Store) -> Iterator[Connection]:
    """A transaction of its own that is committed at the end, or a part of the one that is rehearsed in."""
    if store.rehearsed_on is not None:
        with store.rehearsed_on.begin_nested():
            yield store.rehearsed_on
        return
    with store.writing_engine.connect() as connection, connection.begin():
        yield connection


@contextmanager
def rehearsal(store: Store, *, clinic_id: int) -> Iterator[Store]:
    """Give a store on which acts of a clinic are tried one after the other, and nothing of it stays.

    Each act sees those before it, as it would in earnest, because it is the very same act; all of it is
    undone at the end.  Writers of the clinic and of the organisation's journal wait meanwhile: try few acts.
    Raises RuntimeError inside an act, DatabaseUnavailable.
    """
    if _inside.get():
        raise RuntimeError("a rehearsal is held before an act or after it, never inside")
    try:
        with (
            _turn_of(store),  # outermost
            store.writing_engine.connect() as connection,
            connection.begin() as whole,
        ):
            try:
                _lock_heads(connection, (ORGANISATION, JournalName(clinic_id=clinic_id)))
                yield replace(store, rehearsed_on=connection)
            finally:
                whole.rollback()
    except OperationalError as error:
        raise DatabaseUnavailable() from error


@contextmanager
def errand(store: Store) -> Iterator[Connection]:
    """Write rows that are no fact of the books: who holds a job's run, whose turn it is to send a message.

    No journal is locked or written, so that none of these rows may be something that a person answers for.
    Raises RuntimeError inside an act, DatabaseUnavailable when the database cannot do its part.
    """
    if _inside.get():
        raise RuntimeError("an errand is run before an act or after it, never inside")
    mark = _inside.set(True)
    try:
        with store.writers.turn() if store.is_sqlite else nullcontext():  # noqa: SIM117 - the turn is outermost
            with store.writing_engine.connect() as connection, connection.begin():
                yield connection
    except OperationalError as error:
        raise DatabaseUnavailable() from error
    finally:
        _inside.reset(mark)


@contextmanager
def unjournalled(store: Store) -> Iterator[Connection]:
    """Write what is no act and touches no books, such as when a log-in was last seen.

    It takes its turn as every writer does.  Raises RuntimeError inside an act, DatabaseUnavailable.
    """
    if _inside.get():
        raise RuntimeError("what belongs to an act is written by the act")
    try:
        with store.writers.turn() if store.is_sqlite else nullcontext():  # noqa: SIM117 - the turn is outermost
            with store.writing_engine.connect() as connection, connection.begin():
                yield connection
    except OperationalError as error:
        raise DatabaseUnavailable() from error


def is_serialisation_failure(error: OperationalError) -> bool:
    """Whether PostgreSQL asks for the transaction to be run again (deadlock, serialisation)."""
    return getattr(error.orig, "sqlstate", None) in ("40001", "40P01")


def _lock_heads(connection: Connection, journals: tuple[JournalName, ...]) -> dict[JournalName, Head]:
    heads: dict[JournalName, Head] = {}
    if ORGANISATION in journals:
        row = _LOCK_ORGANISATION.one(connection, {})
        heads[ORGANISATION] = Head(seq=row.seq, hash=row.hash, recorded_at=row.recorded_at)
    for stream in (CHANGES, DISCLOSURES):
        clinics = sorted(j.clinic_id for j in journals if j.clinic_id is not None and j.stream == stream)
        if clinics:
            heads.update(_lock_clinic_heads(connection, clinics, stream))
    if len(heads) != len(set(journals)):
        raise RuntimeError("a journal of this act has no head")
    return heads


def _lock_clinic_heads(connection: Connection, clinics: list[int], stream: str) -> dict[JournalName, Head]:
    rows = _LOCK_CLINICS.all(connection, {"stream": stream, "clinics": clinics})
    return {
        JournalName(clinic_id=row.clinic_id, stream=stream): Head(
            seq=row.seq, hash=row.hash, recorded_at=row.recorded_at
        )
        for row in rows
    }
