"""Who is written down before a trace is told, and how does all of it leave?  Use by use where there are many."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from sqlalchemy import Connection

from stockroom.access.disclosing import disclose_trace
from stockroom.actor import Actor
from stockroom.db.store import Store
from stockroom.queries.trace_changes import with_changes
from stockroom.queries.trace_patients import PatientReached, patients_reached
from stockroom.queries.trace_rows import BackTrace, ForwardTrace, Origin, Use
from stockroom.queries.traces import Traced

_USES_AT_ONCE = 500


@dataclass(frozen=True, kw_only=True)
class Walked:
    """A trace and where its goods came from; nobody is named yet."""

    traced: Traced
    origins: tuple[Origin, ...]

    @property
    def trace(self) -> ForwardTrace | BackTrace:
        return self.traced.trace


@dataclass(frozen=True, kw_only=True)
class Told(Walked):
    """A trace that may be told: it is written down whom it names."""

    patients: dict[str, PatientReached]
    """By uid."""
    uses: Iterator[Use]
    """All of them, of one snapshot of the books, to be taken once; each says what became of it after that."""
    close: Callable[[], None]
    """Lets the snapshot go, where somebody stops before the last use."""


def tell(
    store: Store,
    actor: Actor,
    walk: Callable[[Connection], Walked],
    *,
    as_of: datetime,
    now: datetime,
) -> Told:
    """Walk, write down everybody who was met, then give the trace and its uses, each with what became of it since.

    Where they are many, they are read while they are taken: no more of them are held than whoever takes them
    holds.  Raises as `walk` and `disclose` do; nobody is shown then.
    """
    with ExitStack() as stack:
        connection = stack.enter_context(store.reading())
        found = walk(connection)
        met = found.traced.patients(connection)
        if found.traced.many is None:
            stack.close()
        uids = disclose_trace(store, actor, met, purpose="trace", now=now)
        with store.glancing() as glance:
            people = {each.uid: each for each in patients_reached(glance, store.keyring, uids)}
        kept = stack.pop_all()
    uses = _changed(store, found.traced.uses(connection), as_of)
    return Told(
        traced=found.traced,
        origins=found.origins,
        patients=people,
        uses=uses if found.traced.many is None else _closing(uses, kept),
        close=kept.close,
    )


def _changed(store: Store, uses: Iterator[Use], as_of: datetime) -> Iterator[Use]:
    """What became of each after the instant that the trace shows, read for some hundreds at a time."""
    while some := tuple(islice(uses, _USES_AT_ONCE)):
        with store.reading() as connection:
            told = with_changes(connection, some, as_of=as_of)
        yield from told


def _closing(uses: Iterator[Use], kept: ExitStack) -> Iterator[Use]:
    """Let the snapshot go with the last use, or with whoever stops before it."""
    with kept:
        yield from uses
