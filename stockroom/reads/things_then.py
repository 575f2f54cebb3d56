"""How did these things stand when something happened that is written down only now?

What changes with time is looked up as it was: holds, where goods lay and vials stood, whether a vial was
open, until when it might be used, and how often it had been drawn from.  What was learned since and was true
all along counts as it is known now: a recall, an allergy, a misread expiry, what is in a product.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, func, or_, select, tuple_
from sqlalchemy.orm import aliased

from stockroom.models import (
    ClinicHold,
    Container,
    HoldPlace,
    Line,
    Location,
    Lot,
    Movement,
    Placing,
    ProductHold,
    ProductRule,
)
from stockroom.reads.mixtures import parts_of
from stockroom.rules.expiry import container_limit, in_use_minutes, printed_limit
from stockroom.rules.usability import Thing
from stockroom.vocabulary import (
    SHELF_KINDS,
    ContainerState,
    HoldReason,
    LocationKind,
    MovementKind,
    StorageClass,
)

Place = tuple[int, int]
"""(lot, location)."""


def things_then(
    connection: Connection, clinic_id: int, things: Iterable[Thing], *, at: datetime, zone: str
) -> dict[Place, Thing]:
    """Give each thing as the rules would have seen it at `at`, by (lot, location); seven statements at most.

    Quantities and promises stay those of now: the books decide what can be taken.
    """
    known = {(each.lot_id, each.location_id): each for each in things}
    if not known:
        return {}
    held = _held(connection, clinic_id, list(known), at)
    opened = {place: each for place, each in known.items() if each.is_opened}
    vials = _vials(connection, clinic_id, [place for _, place in opened])
    drawn = _drawn_since(connection, clinic_id, opened, at)
    came = _came_from(connection, clinic_id, [place for place in known if place not in opened], at)
    return {
        place: replace(
            _opened_then(each, vials[each.location_id], drawn.get(each.location_id, 0), at, zone)
            if place in opened
            else _sealed_then(each, came.get(place)),
            hold_reasons=tuple(sorted(held.get(place, ()))),
        )
        for place, each in known.items()
    }


def _stood(hold: Any, at: datetime) -> ColumnElement[bool]:
    """A hold stood at that instant; a recall that stands now says what was wrong with the goods all along."""
    then = and_(hold.placed_at <= at, or_(hold.released_at.is_(None), hold.released_at > at))
    return or_(then, and_(hold.reason == HoldReason.RECALL, hold.released_at.is_(None)))


def _held(
    connection: Connection, clinic_id: int, places: list[Place], at: datetime
) -> dict[Place, set[HoldReason]]:
    """Why each was held then: it itself where it lies, its lot, or a lot that went into it."""
    inside = parts_of(connection, clinic_id, sorted({lot_id for lot_id, _ in places}))
    lots = {lot_id for lot_id, _ in places}.union(*inside.values())
    on_lots: dict[int, set[HoldReason]] = {}
    for row in connection.execute(_of_lots(clinic_id, lots, at)):
        on_lots.setdefault(row.lot_id, set()).add(HoldReason(row.reason))
    found: dict[Place, set[HoldReason]] = {}
    for row in connection.execute(_of_places(clinic_id, places, at)):
        found.setdefault((row.lot_id, row.location_id), set()).add(HoldReason(row.reason))
    for place in places:
        named = {place[0], *inside.get(place[0], ())}
        found.setdefault(place, set()).update(*(on_lots.get(lot_id, ()) for lot_id in named))
    return found


def _of_lots(clinic_id: int, lots: set[int], at: datetime) -> Any:
    of_clinic = select(ClinicHold.lot_id, ClinicHold.reason).where(
        ClinicHold.clinic_id == clinic_id, ClinicHold.lot_id.in_(lots), _stood(ClinicHold, at)
    )
    of_house = (
        select(Lot.id, ProductHold.reason)
        .join(ProductHold, ProductHold.product_id == Lot.product_id)
        .where(
            Lot.clinic_id == clinic_id,
            Lot.id.in_(lots),
            or_(ProductHold.lot_number.is_(None), ProductHold.lot_number == Lot.number),
            _stood(ProductHold, at),
        )
    )
    return of_clinic.union_all(of_house)


def _of_places(clinic_id: int, places: list[Place], at: datetime) -> Any:
    """A hold goes with the goods (L8): where they lie now they were held by it before they came there."""
    return (
        select(HoldPlace.lot_id, HoldPlace.location_id, ClinicHold.reason)
        .join(
            ClinicHold, and_(ClinicHold.clinic_id == HoldPlace.clinic_id, ClinicHold.id == HoldPlace.hold_id)
        )
        .where(
            HoldPlace.clinic_id == clinic_id,
            tuple_(HoldPlace.lot_id, HoldPlace.location_id).in_(places),
            _stood(ClinicHold, at),
        )
    )


@dataclass(frozen=True, kw_only=True)
class _Vial:
    """An opened container: its row with its rule, and where it was put, in order."""

    row: Row[Any]
    placings: tuple[Row[Any], ...]


def _vials(connection: Connection, clinic_id: int, ids: list[int]) -> dict[int, _Vial]:
    if not ids:
        return {}
    rows: Any = connection.execute(
        select(
            Container.location_id,
            Container.opened_at,
            Container.closed_at,
            ProductRule.in_use_minutes_room,
            ProductRule.in_use_minutes_refrigerated,
        )
        .join(ProductRule, ProductRule.id == Container.product_rule_id)
        .where(Container.clinic_id == clinic_id, Container.location_id.in_(ids))
    ).all()
    stood: dict[int, list[Row[Any]]] = {}
    placings: Any = connection.execute(
        select(Placing.container_id, Placing.placed_at, Location.kind, Location.name, Location.storage_class)
        .join(Location, and_(Location.clinic_id == Placing.clinic_id, Location.id == Placing.location_id))
        .where(Placing.clinic_id == clinic_id, Placing.container_id.in_(ids))
        .order_by(Placing.placed_at, Placing.id)
    )
    for put in placings:
        stood.setdefault(put.container_id, []).append(put)
    return {row.location_id: _Vial(row=row, placings=tuple(stood.get(row.location_id, ()))) for row in rows}


def _opened_then(thing: Thing, vial: _Vial, drawn_since: int, at: datetime, zone: str) -> Thing:
    left = thing.punctures_left
    thing = replace(thing, punctures_left=None if left is None else left + drawn_since)
    if vial.row.closed_at is not None and vial.row.closed_at > at:
        thing = replace(thing, container_state=ContainerState.OPEN)
    until_then = [each for each in vial.placings if each.placed_at <= at] or list(vial.placings[:1])
    if not until_then or len(until_then) == len(vial.placings):
        return thing
    there = until_then[-1]
    thing = replace(thing, standing_kind=LocationKind(there.kind), location_name=there.name)
    if _limit_after(thing, vial, vial.placings, zone) == thing.beyond_use_at:
        return replace(thing, beyond_use_at=_limit_after(thing, vial, until_then, zone))
    return thing  # it was shortened for a reason of its own, which is true of it all along


def _limit_after(thing: Thing, vial: _Vial, placings: Iterable[Row[Any]], zone: str) -> datetime | None:
    """What the container's limit is once it was put there, one place after the other: it only shortens."""
    limit = printed_limit(thing.expires_on, thing.expires_at, zone)
    for put in placings:
        minutes = in_use_minutes(
            None if put.storage_class is None else StorageClass(put.storage_class),
            room=vial.row.in_use_minutes_room,
            refrigerated=vial.row.in_use_minutes_refrigerated,
        )
        limit = container_limit(vial.row.opened_at, minutes, limit)
    return limit


def _drawn_since(
    connection: Connection, clinic_id: int, opened: Mapping[Place, Thing], at: datetime
) -> dict[int, int]:
    """How often a vial was drawn from after that instant, where its product says how often it may be."""
    counted = [place for (_, place), each in opened.items() if each.punctures_left is not None]
    if not counted:
        return {}
    turned, target = aliased(Line), aliased(Location)
    rows = connection.execute(
        select(Line.from_id, func.count().label("times"))
        .join(Movement, and_(Movement.clinic_id == Line.clinic_id, Movement.id == Line.movement_id))
        .join(target, and_(target.clinic_id == Line.clinic_id, target.id == Line.to_id))
        .outerjoin(turned, and_(turned.clinic_id == Line.clinic_id, turned.reverses_line_id == Line.id))
        .where(
            Line.clinic_id == clinic_id,
            Line.lot_id.in_({lot_id for lot_id, _ in opened}),
            Line.from_id.in_(counted),
            Line.reverses_line_id.is_(None),
            turned.id.is_(None),
            target.kind.in_((LocationKind.PATIENT, LocationKind.COMPOUNDING)),
            Movement.kind.in_((MovementKind.USE, MovementKind.PREPARE)),
            Movement.occurred_at > at,
        )
        .group_by(Line.from_id)
    )
    return {row.from_id: row.times for row in rows}


def _came_from(
    connection: Connection, clinic_id: int, places: list[Place], at: datetime
) -> dict[Place, Row[Any]]:
    """From which shelf goods came to where they lie now, where they came there only after that instant."""
    if not places:
        return {}
    source = aliased(Location)
    rows: Any = connection.execute(
        select(Line.lot_id, Line.to_id, Movement.occurred_at, source.kind, source.name)
        .join(Movement, and_(Movement.clinic_id == Line.clinic_id, Movement.id == Line.movement_id))
        .join(source, and_(source.clinic_id == Line.clinic_id, source.id == Line.from_id))
        .where(
            Line.clinic_id == clinic_id,
            Line.lot_id.in_({lot_id for lot_id, _ in places}),
            tuple_(Line.lot_id, Line.to_id).in_(places),
            Line.reverses_line_id.is_(None),
        )
        .order_by(Movement.occurred_at, Line.id)
    )
    first: dict[Place, Row[Any]] = {}
    for row in rows:
        first.setdefault((row.lot_id, row.to_id), row)
    return {place: row for place, row in first.items() if row.occurred_at > at and row.kind in SHELF_KINDS}


def _sealed_then(thing: Thing, came: Row[Any] | None) -> Thing:
    if came is None:
        return thing
    return replace(thing, location_kind=LocationKind(came.kind), location_name=came.name)
