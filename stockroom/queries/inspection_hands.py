"""Who had a lot in hand, from receiving to disposing, and was he or she authorised to it on that day?"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, and_, func, select
from sqlalchemy.orm import aliased

from stockroom.clock import civil_date
from stockroom.db.compiled_once import Once
from stockroom.ledger.memberships import ends_by_itself
from stockroom.ledger.trace_lots import in_clinics, is_asked, over
from stockroom.models import (
    Authorisation,
    Container,
    Line,
    Location,
    Movement,
    Person,
    Placing,
    Preparation,
    RoleHeld,
    Stocktake,
    StocktakeLine,
    Usage,
    User,
)
from stockroom.queries.people_then import AuthorisationThen, authorisations_then
from stockroom.rules.lying import Put
from stockroom.vocabulary import MovementKind

_source = aliased(Location, name="source")
_target = aliased(Location, name="target")


class HandAct(StrEnum):
    """What somebody did with it, in the order in which an inspector asks."""

    RECEIVED = "received"
    OPENED = "opened"
    PREPARED = "prepared"
    CHECKED = "checked"
    PRESCRIBED = "prescribed"
    INJECTED = "injected"
    BOOKED = "booked_the_use"
    MOVED = "moved"
    CORRECTED = "corrected"
    DISPOSED = "disposed"
    COUNTED = "counted"
    RETURNED = "returned"


_BY_KIND = {
    MovementKind.RECEIVE: HandAct.RECEIVED,
    MovementKind.BRING_FORWARD: HandAct.RECEIVED,
    MovementKind.OPEN: HandAct.OPENED,
    MovementKind.PREPARE: HandAct.PREPARED,
    MovementKind.ABANDON: HandAct.DISPOSED,
    MovementKind.USE: HandAct.BOOKED,
    MovementKind.DISPOSE: HandAct.DISPOSED,
    MovementKind.TRANSFER: HandAct.MOVED,
    MovementKind.DISPATCH: HandAct.MOVED,
    MovementKind.ARRIVE: HandAct.MOVED,
    MovementKind.RETURN_TO_SUPPLIER: HandAct.RETURNED,
    MovementKind.COUNT: HandAct.COUNTED,
    MovementKind.OVERFILL: HandAct.CORRECTED,
    MovementKind.REVERSE: HandAct.CORRECTED,
    MovementKind.CORRECT: HandAct.CORRECTED,
}
ASKS_FOR = {
    HandAct.RECEIVED: "receive",
    HandAct.PREPARED: "compound",
    HandAct.CHECKED: "check",
    HandAct.PRESCRIBED: "prescribe",
    HandAct.INJECTED: "inject",
}
"""The authorisation by profession that an act asks for; the others ask for a role alone."""

_LINES = Once(
    select(
        Line.id.label("line_id"),
        Line.lot_id,
        Line.clinic_id,
        Line.from_id,
        Line.to_id,
        Line.quantity,
        Line.reverses_line_id,
        _source.kind.label("from_kind"),
        _target.kind.label("to_kind"),
        Movement.id.label("movement_id"),
        Movement.kind,
        Movement.occurred_at,
        Movement.actor_id,
        Usage.practitioner_id,
        Usage.prescriber_id,
    )
    .select_from(Line)
    .outerjoin(Movement, and_(Movement.clinic_id == Line.clinic_id, Movement.id == Line.movement_id))
    .outerjoin(_source, and_(_source.clinic_id == Line.clinic_id, _source.id == Line.from_id))
    .outerjoin(_target, and_(_target.clinic_id == Line.clinic_id, _target.id == Line.to_id))
    .outerjoin(Usage, and_(Usage.clinic_id == Line.clinic_id, Usage.line_id == Line.id))
    .where(in_clinics(Line.clinic_id), is_asked(Line.lot_id))
)
_CHECKED = Once(
    select(Preparation.checked_by_id, Preparation.ended_at).where(
        in_clinics(Preparation.clinic_id),
        is_asked(Preparation.lot_id),
        Preparation.checked_by_id.is_not(None),
    )
)
_PLACED = Once(
    select(Placing.container_id, Placing.location_id, Placing.placed_at, Placing.placed_by_id)
    .select_from(Container)
    .join(
        Placing,
        and_(Placing.clinic_id == Container.clinic_id, Placing.container_id == Container.location_id),
    )
    .where(in_clinics(Container.clinic_id), is_asked(Container.lot_id))
    .order_by(Placing.placed_at, Placing.id)
)
_COUNTED = Once(
    select(
        StocktakeLine.lot_id,
        StocktakeLine.location_id,
        StocktakeLine.counted_at,
        StocktakeLine.counted_quantity,
        StocktakeLine.counted_by_id,
        Stocktake.counted_by_id.label("booked_by_id"),
    )
    .join(
        Stocktake,
        and_(Stocktake.clinic_id == StocktakeLine.clinic_id, Stocktake.id == StocktakeLine.stocktake_id),
    )
    .where(in_clinics(StocktakeLine.clinic_id), is_asked(StocktakeLine.lot_id))
    .order_by(StocktakeLine.counted_at, StocktakeLine.id)
)


@dataclass(frozen=True, kw_only=True)
class Hand:
    """One person and one sort of act, with how often and what he or she was authorised to on those days."""

    person_uid: str
    person: str
    profession: str
    act: HandAct
    count: int
    first_at: datetime
    last_at: datetime
    roles: tuple[str, ...]
    """Held in the clinic at any time from the first to the last."""
    asks_for: str
    """The authorisation by profession that the act asks for; empty for none."""
    held: tuple[AuthorisationThen, ...]
    """Authorisations of that kind that counted on one of the days."""
    days_without: tuple[date, ...]
    """Days on which it was done and no such authorisation counted."""


@dataclass(frozen=True, kw_only=True)
class Booked:
    """What the books hold of some lots, as it is needed here."""

    lines: Sequence[Any]
    placings: Sequence[Any]
    counts: Sequence[Any]
    checks: Sequence[Any]

    @property
    def puts(self) -> dict[int, list[Put]]:
        """Where each opened vial was put."""
        found: dict[int, list[Put]] = {}
        for row in self.placings:
            found.setdefault(row.container_id, []).append(Put(at=row.placed_at, place_id=row.location_id))
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class _Act:
    person_id: int
    act: HandAct
    at: datetime
    key: object
    """What it was: the same twice counts once."""


def booked_of(connection: Connection, clinic_ids: Collection[int], lot_ids: Collection[int]) -> Booked:
    """Read what was done with these lots; four statements."""
    return Booked(
        lines=over(connection, _LINES, clinic_ids, lot_ids),
        placings=over(connection, _PLACED, clinic_ids, lot_ids),
        counts=over(connection, _COUNTED, clinic_ids, lot_ids),
        checks=over(connection, _CHECKED, clinic_ids, lot_ids),
    )


def hands_of(connection: Connection, clinic_ids: Collection[int], booked: Booked, *, zone: str) -> list[Hand]:
    """Give everybody who did something with these lots, act by act; four statements.

    An authorisation that nobody was ever given here is not asked about, nor is any of the installation itself.
    """
    found: dict[tuple[int, HandAct], dict[object, datetime]] = {}
    for each in _acts(booked):
        found.setdefault((each.person_id, each.act), {}).setdefault(each.key, each.at)
    ids = sorted({person for person, _ in found})
    people = {
        row.id: row
        for row in connection.execute(
            select(Person.id, Person.uid, Person.name, Person.profession, Person.is_system).where(
                Person.id.in_(ids)
            )
        )
    }
    authorised = authorisations_then(connection, ids, day=None)
    roles = _roles(connection, clinic_ids, ids)
    given = set(connection.execute(select(Authorisation.kind).distinct()).scalars())
    order = list(HandAct)
    hands = [
        _hand(
            people[person],
            act,
            list(times.values()),
            asks_for=_asked_for(people[person], act, given),
            authorised=authorised.get(person, ()),
            roles=roles.get(person, ()),
            zone=zone,
        )
        for (person, act), times in found.items()
    ]
    return sorted(hands, key=lambda hand: (order.index(hand.act), hand.first_at, hand.person))


def _acts(booked: Booked) -> Iterator[_Act]:
    for row in booked.lines:
        act = _BY_KIND[MovementKind(row.kind)]
        yield _Act(person_id=row.actor_id, act=act, at=row.occurred_at, key=("movement", row.movement_id))
        for person_id, what in (
            (row.practitioner_id, HandAct.INJECTED),
            (row.prescriber_id, HandAct.PRESCRIBED),
        ):
            if person_id is not None:
                yield _Act(
                    person_id=person_id, act=what, at=row.occurred_at, key=("movement", row.movement_id)
                )
    for row in booked.checks:
        yield _Act(person_id=row.checked_by_id, act=HandAct.CHECKED, at=row.ended_at, key=row)
    first: set[int] = set()
    for row in booked.placings:
        if row.container_id in first:
            yield _Act(person_id=row.placed_by_id, act=HandAct.MOVED, at=row.placed_at, key=row)
        first.add(row.container_id)  # the first is the opening itself
    for row in booked.counts:
        person_id = row.counted_by_id or row.booked_by_id
        yield _Act(
            person_id=person_id, act=HandAct.COUNTED, at=row.counted_at, key=(row.counted_at, row.location_id)
        )


def _roles(
    connection: Connection, clinic_ids: Collection[int], person_ids: Iterable[int]
) -> Mapping[int, list[Any]]:
    rows = connection.execute(
        select(
            User.person_id,
            RoleHeld.role,
            RoleHeld.from_at,
            func.coalesce(RoleHeld.until_at, ends_by_itself()).label("until_at"),
        )
        .join(User, User.id == RoleHeld.user_id)
        .where(
            RoleHeld.clinic_id.in_(sorted(clinic_ids)),
            User.person_id.in_(list(person_ids)),
        )
        .order_by(RoleHeld.role, RoleHeld.id)
    )
    found: dict[int, list[Any]] = {}
    for row in rows:
        found.setdefault(row.person_id, []).append(row)
    return found


def _asked_for(person: Any, act: HandAct, given: Collection[str]) -> str:
    kind = "" if person.is_system else ASKS_FOR.get(act, "")
    return kind if kind in given else ""


def _hand(
    person: Any,
    act: HandAct,
    times: list[datetime],
    *,
    asks_for: str,
    authorised: Iterable[AuthorisationThen],
    roles: Iterable[Any],
    zone: str,
) -> Hand:
    first, last = min(times), max(times)
    days = sorted({civil_date(at, zone) for at in times})
    held = [each for each in authorised if each.kind == asks_for and any(_counts(each, day) for day in days)]
    without = [day for day in days if not any(_counts(each, day) for each in held)] if asks_for else []
    named = [
        row.role for row in roles if row.from_at <= last and (row.until_at is None or row.until_at >= first)
    ]
    return Hand(
        person_uid=person.uid,
        person=person.name,
        profession=person.profession,
        act=act,
        count=len(times),
        first_at=first,
        last_at=last,
        roles=tuple(dict.fromkeys(named)),
        asks_for=asks_for,
        held=tuple(held),
        days_without=tuple(without),
    )


def _counts(each: AuthorisationThen, day: date) -> bool:
    return each.from_on <= day and (each.until_on is None or day <= each.until_on)
