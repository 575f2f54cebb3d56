"""What does a journal say?  Pages of entries in their order, the newest first, narrowed to what somebody asks."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    and_,
    bindparam,
    func,
    literal,
    or_,
    select,
    union,
)

from stockroom.db.sealing import KeyRing
from stockroom.db.transaction import CHANGES, OF_ORGANISATION
from stockroom.models import (
    Container,
    JournalEntry,
    Line,
    Location,
    Lot,
    Movement,
    OrganisationEntry,
    Person,
    TreatmentSession,
)
from stockroom.queries.finding_by_text import FoundThing
from stockroom.queries.finding_for_trace import traceable_called
from stockroom.queries.paging import is_uid

THINGS_MOST = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryRow:
    """One entry; its payload is canonical JSON of uids, numbers and reasons."""

    seq: int
    recorded_at: datetime
    actor_uid: str
    actor: str | None
    roles: str
    device: str
    kind: str
    key: str | None
    payload: str
    previous_hash: str
    hash: str
    happened_at: datetime | None
    """When it really happened, where the entry is of a movement that was recorded late."""


@dataclass(frozen=True, kw_only=True)
class Narrowed:
    """Which entries are asked for; all that is left out narrows nothing."""

    kind: str | None = None
    """A kind, or with a star at its end all that begin like it (`session.*`)."""
    actor_uid: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    """The first instant that is not asked for any more."""
    things: tuple[str, ...] = ()
    """The uids of things: entries that name one of them, or of whose movement it is a part."""
    word: str | None = None
    """What stands in the payload as it is written, such as the code of a refusal."""


EVERYTHING = Narrowed()


def entries(
    connection: Connection,
    clinic_id: int,
    *,
    stream: str = CHANGES,
    narrowed: Narrowed = EVERYTHING,
    before: int | None = None,
    limit: int = 50,
) -> tuple[EntryRow, ...]:
    """Give at most `limit` entries before number `before` (None: from the newest on); two statements.

    A period costs some twenty look-ups by number more, and reads nothing that lies outside it.
    `stream` is one of the clinic's journals, or OF_ORGANISATION for the organisation's.
    """
    statement = _of_organisation() if stream == OF_ORGANISATION else _of_clinic(clinic_id, stream)
    entry: Any = OrganisationEntry if stream == OF_ORGANISATION else JournalEntry
    statement = statement.where(*_narrowing(entry, clinic_id, stream, narrowed))
    if narrowed.since is not None:
        statement = statement.where(
            entry.seq >= _first_at(connection, entry, clinic_id, stream, narrowed.since)
        )
    if narrowed.until is not None:
        statement = statement.where(
            entry.seq < _first_at(connection, entry, clinic_id, stream, narrowed.until)
        )
    if before is not None:
        statement = statement.where(entry.seq < before)
    rows = connection.execute(statement.order_by(entry.seq.desc()).limit(limit)).all()
    people = select(Person.uid, Person.name).where(Person.uid.in_({row.actor_uid for row in rows}))
    names = {row.uid: row.name for row in connection.execute(people)} if rows else {}
    return tuple(EntryRow(actor=names.get(row.actor_uid), **row._mapping) for row in rows)


def meant_by(
    connection: Connection, keyring: KeyRing, clinic_id: int, *, text: str
) -> tuple[FoundThing, ...]:
    """Give what goes by a text that somebody searches the journal for, as a trace would find it; at most twenty."""
    return traceable_called(connection, keyring, clinic_id, text=text)[:THINGS_MOST]


def naming(asked: Narrowed, text: str, meant: Iterable[FoundThing]) -> Narrowed:
    """Narrow further to what a text names: the things that go by it, or else what is written like it."""
    uids = {each.uid for each in meant} | ({text.lower()} if is_uid(text.lower()) else set())
    return replace(asked, things=tuple(sorted(uids)), word=None if uids else text)


def _columns(entry: Any) -> list[Any]:
    return [
        entry.seq,
        entry.recorded_at,
        entry.actor_uid,
        entry.roles,
        entry.device,
        entry.kind,
        entry.key,
        entry.payload,
        entry.previous_hash,
        entry.hash,
    ]


def _of_clinic(clinic_id: int, stream: str) -> Select[Any]:
    return (
        select(*_columns(JournalEntry), Movement.occurred_at.label("happened_at"))
        .outerjoin(
            Movement,
            and_(
                JournalEntry.stream == CHANGES,
                Movement.clinic_id == JournalEntry.clinic_id,
                Movement.seq == JournalEntry.seq,
                Movement.is_late,
            ),
        )
        .where(JournalEntry.clinic_id == clinic_id, JournalEntry.stream == stream)
    )


def _of_organisation() -> Select[Any]:
    return select(*_columns(OrganisationEntry), literal(None).label("happened_at"))


def _first_at(connection: Connection, entry: Any, clinic_id: int, stream: str, instant: datetime) -> int:
    """The number of the first entry that was recorded at an instant or later; one behind the newest if none was.

    Found by halving: a journal's instants never run backwards (design section 6), so that no index is needed.
    """
    here = () if stream == OF_ORGANISATION else (entry.clinic_id == clinic_id, entry.stream == stream)
    recorded = select(entry.recorded_at).where(*here, entry.seq == bindparam("seq"))
    least, beyond = 1, (connection.execute(select(func.max(entry.seq)).where(*here)).scalar() or 0) + 1
    while least < beyond:
        middle = (least + beyond) // 2
        at = connection.execute(recorded, {"seq": middle}).scalar()
        if at is not None and at < instant:
            least = middle + 1
        else:
            beyond = middle
    return least


def _narrowing(entry: Any, clinic_id: int, stream: str, asked: Narrowed) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if asked.kind is not None and asked.kind.endswith("*"):
        conditions.append(entry.kind.startswith(asked.kind[:-1], autoescape=True))
    elif asked.kind is not None:
        conditions.append(entry.kind == asked.kind)
    if asked.actor_uid is not None:
        conditions.append(entry.actor_uid == asked.actor_uid)
    if asked.word is not None:
        conditions.append(entry.payload.contains(asked.word, autoescape=True))
    if asked.things:
        named = [entry.payload.contains(uid, autoescape=True) for uid in asked.things]
        moved = [entry.seq.in_(_moved(clinic_id, asked.things))] if stream == CHANGES else []
        conditions.append(or_(entry.actor_uid.in_(asked.things), *named, *moved))
    return conditions


def _moved(clinic_id: int, uids: tuple[str, ...]) -> Any:
    """The numbers of entries of movements of which a lot, a container or a session is a part.

    The payload of such an entry holds the digest of its lines, not the lines.
    """

    def numbers(*condition: ColumnElement[bool]) -> Select[Any]:
        of_movement = and_(Movement.clinic_id == Line.clinic_id, Movement.id == Line.movement_id)
        return select(Movement.seq).join(Line, of_movement).where(Line.clinic_id == clinic_id, *condition)

    lots = select(Lot.id).where(Lot.clinic_id == clinic_id, Lot.uid.in_(uids))
    sessions = select(TreatmentSession.id).where(
        TreatmentSession.clinic_id == clinic_id, TreatmentSession.uid.in_(uids)
    )
    return union(
        numbers(Line.lot_id.in_(lots)),
        numbers(Line.session_id.in_(sessions)),
        _of_containers(clinic_id, uids),
    )


def _of_containers(clinic_id: int, uids: tuple[str, ...]) -> Select[Any]:
    """The same of containers, by the lines of their lots: lines are found by lot, never by place."""
    return (
        select(Movement.seq)
        .select_from(Location)
        .join(
            Container,
            and_(Container.clinic_id == Location.clinic_id, Container.location_id == Location.id),
        )
        .join(Line, and_(Line.clinic_id == Container.clinic_id, Line.lot_id == Container.lot_id))
        .join(Movement, and_(Movement.clinic_id == Line.clinic_id, Movement.id == Line.movement_id))
        .where(
            Location.clinic_id == clinic_id,
            Location.uid.in_(uids),
            or_(Line.from_id == Location.id, Line.to_id == Location.id),
        )
    )
