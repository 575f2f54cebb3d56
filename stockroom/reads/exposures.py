"""Which goods lay at a place while it was outside its limits, where are they now, and which of them are held for it?"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import zip_longest
from typing import ClassVar
from uuid import UUID

from sqlalchemy import Connection, and_, bindparam, or_, select
from sqlalchemy.orm import aliased

from stockroom.db.columns import written
from stockroom.errors import Conflict, ThingNotFound, extracted
from stockroom.ledger.temperatures import EXCURSIONS, KeptPlace, first_good_after, kept_places, last_out
from stockroom.models import (
    Balance,
    ClinicHold,
    Container,
    HoldPlace,
    Line,
    Location,
    Movement,
    Placing,
    TemperatureExcursion,
)
from stockroom.reads.in_stock import in_stock
from stockroom.reads.journal_position import first_since
from stockroom.reads.things import Where, things
from stockroom.rules.exposing import Exposure, Moved, Spot, Stood, exposed
from stockroom.rules.usability import Thing
from stockroom.vocabulary import ContainerState, LocationKind

_from = aliased(Location, name="from_place")
_to = aliased(Location, name="to_place")


@dataclass(eq=False, kw_only=True)
class ExcursionDecided(Conflict):
    """Somebody decided about it before."""

    code: ClassVar[str] = "excursion_decided"
    message: ClassVar[str] = extracted(
        "It was decided already what becomes of what lay in {place}. Look at the decision; a hold on more goods "
        "is placed on their own page."
    )
    place: str


@dataclass(frozen=True, kw_only=True)
class Excursion:
    """It was outside its limits somewhere; undecided while `decided_at` is None."""

    id: int
    uid: str
    place: KeptPlace
    first_at: datetime
    good_at: datetime | None
    """When it was last seen good before; None: never."""
    good_again_at: datetime | None
    """When it was first seen good afterwards; None: not yet."""
    opened_at: datetime
    decided_at: datetime | None
    verdict: str | None
    reason: str


def excursion_of(connection: Connection, clinic_id: int, uid: str) -> Excursion:
    """Give an excursion of the clinic; four statements.  Raises ThingNotFound."""
    statement = EXCURSIONS.where(TemperatureExcursion.uid == uid)
    row = connection.execute(statement, {"clinic": clinic_id}).first() if _is_uid(uid) else None
    if row is None:
        raise ThingNotFound(thing="excursion", uid=uid[:40])
    place = next(each for each in kept_places(connection, clinic_id) if each.id == row.location_id)
    last = last_out(connection, clinic_id, row.location_id)
    ended = None
    if last is not None:
        seen_out_at = max(last.read_at, row.first_at)
        ended = first_good_after(connection, clinic_id, row.location_id, seen_out_at)
    return Excursion(
        id=row.id,
        uid=row.uid,
        place=place,
        first_at=row.first_at,
        good_at=row.good_at,
        good_again_at=None if ended is None else ended.read_at,
        opened_at=row.opened_at,
        decided_at=row.decided_at,
        verdict=row.verdict,
        reason=row.reason,
    )


def exposure_of(connection: Connection, clinic_id: int, excursion: Excursion) -> Exposure:
    """Say what lay there meanwhile, and follow it; its cost is what moved since the last good reading."""
    moved = _moved_since(connection, clinic_id, excursion.good_at)
    opened = {
        place
        for line in moved
        for place, kind in ((line.from_id, line.from_kind), (line.to_id, line.to_kind))
        if kind is LocationKind.CONTAINER
    }
    stood = _stood(connection, clinic_id, excursion.place.id, opened)
    here = [excursion.place.id, *(each.location_id for each in stood)]
    return exposed(
        place_id=excursion.place.id,
        since=excursion.good_at,
        until=excursion.good_again_at,
        on_hand=_on_hand(connection, clinic_id, here),
        stood=stood,
        moved=moved,
    )


def lying_at(connection: Connection, clinic_id: int, spots: Iterable[Spot]) -> tuple[Thing, ...]:
    """Give what is on hand at these (lot, place); two statements at most."""
    wanted = sorted(spots)
    if not wanted:
        return ()
    found = things(connection, clinic_id, Where(pairs=wanted))
    return tuple(sorted(found, key=lambda each: (each.product_name, each.lot_number, each.location_id)))


@dataclass(frozen=True, kw_only=True)
class HeldFor:
    """The active holds of an excursion, and every (lot, place) that they cover."""

    hold_ids: tuple[int, ...]
    spots: frozenset[Spot]


def held_for(connection: Connection, clinic_id: int, excursion_uid: str) -> HeldFor:
    """Give what is held because of an excursion; one statement."""
    rows = connection.execute(
        select(ClinicHold.id, HoldPlace.lot_id, HoldPlace.location_id)
        .join(
            HoldPlace, and_(HoldPlace.clinic_id == ClinicHold.clinic_id, HoldPlace.hold_id == ClinicHold.id)
        )
        .where(
            ClinicHold.clinic_id == clinic_id,
            ClinicHold.released_at.is_(None),
            ClinicHold.origin_uid == excursion_uid,
        )
    ).all()
    return HeldFor(
        hold_ids=tuple(sorted({row.id for row in rows})),
        spots=frozenset((row.lot_id, row.location_id) for row in rows),
    )


def _moved_since(connection: Connection, clinic_id: int, since: datetime | None) -> tuple[Moved, ...]:
    if since is None:
        return ()
    rows = connection.execute(
        select(
            Line.movement_id,
            Movement.occurred_at,
            Line.lot_id,
            Line.from_id,
            _from.kind.label("from_kind"),
            Line.to_id,
            _to.kind.label("to_kind"),
            Line.quantity,
        )
        .join_from(
            Movement, Line, and_(Line.clinic_id == Movement.clinic_id, Line.movement_id == Movement.id)
        )
        .join(_from, and_(_from.clinic_id == Line.clinic_id, _from.id == Line.from_id))
        .join(_to, and_(_to.clinic_id == Line.clinic_id, _to.id == Line.to_id))
        .where(
            Movement.clinic_id == clinic_id,
            Movement.seq >= first_since(connection, clinic_id, since),
            Movement.occurred_at > since,
        )
        .order_by(Movement.occurred_at, Movement.seq, Movement.id, Line.n)
    )
    return tuple(
        Moved(
            movement_id=row.movement_id,
            occurred_at=row.occurred_at,
            lot_id=row.lot_id,
            from_id=row.from_id,
            from_kind=LocationKind(row.from_kind),
            to_id=row.to_id,
            to_kind=LocationKind(row.to_kind),
            quantity=row.quantity,
        )
        for row in rows
    )


def _stood(connection: Connection, clinic_id: int, place_id: int, opened: Iterable[int]) -> tuple[Stood, ...]:
    """Where open containers, and those of `opened`, stood: the times at this place alone."""
    is_open = and_(Container.state == written(ContainerState.OPEN), Container.short_code > "")
    rows = connection.execute(
        select(Placing.container_id, Placing.location_id, Placing.placed_at, Container.closed_at)
        .join_from(
            Container,
            Placing,
            and_(Placing.clinic_id == Container.clinic_id, Placing.container_id == Container.location_id),
        )
        .where(
            Container.clinic_id == bindparam("clinic"),
            or_(is_open, Container.location_id.in_(bindparam("opened", expanding=True))),
        )
        .order_by(Placing.container_id, Placing.placed_at, Placing.id),
        {"clinic": clinic_id, "opened": sorted(opened)},
    ).all()
    found = []
    for row, following in zip_longest(rows, rows[1:]):
        if row.location_id != place_id:
            continue
        moved_on = following is not None and following.container_id == row.container_id
        until = following.placed_at if moved_on and following is not None else row.closed_at
        found.append(Stood(location_id=row.container_id, since=row.placed_at, until=until))
    return tuple(found)


def _on_hand(connection: Connection, clinic_id: int, places: list[int]) -> dict[Spot, int]:
    rows = connection.execute(
        select(Balance.lot_id, Balance.location_id, Balance.quantity).where(
            in_stock(), Balance.location_id.in_(places)
        ),
        {"clinic": clinic_id},
    )
    return {(row.lot_id, row.location_id): row.quantity for row in rows}


def _is_uid(text: str) -> bool:
    try:
        return str(UUID(text)) == text
    except ValueError:
        return False
