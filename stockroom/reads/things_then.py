"""How did these things stand when something happened that is written down only now?

What changes with time is looked up as it was: holds, where goods lay and vials stood, whether a vial was
open, until when it might be used, and how often it had been drawn from.  What was learned since and was true
all along counts as it is known now: a recall, an allergy, a misread expiry, what is in a product.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, func, or_, select, tuple_
from sqlalchemy.orm import aliased

from stockroom.models import (
    ClinicHold,
    HoldPlace,
    Line,
    Location,
    Lot,
    Movement,
    ProductHold,
)
from stockroom.reads.mixtures import parts_of
from stockroom.reads.mixtures_then import limits_then
from stockroom.reads.vials_then import Vial, vials_of
from stockroom.rules.usability import Thing
from stockroom.vocabulary import (
    SHELF_KINDS,
    ContainerState,
    ContainerType,
    HoldReason,
    LocationKind,
    MovementKind,
)

Place = tuple[int, int]
"""(lot, location)."""


def things_then(
    connection: Connection, clinic_id: int, things: Iterable[Thing], *, at: datetime, zone: str
) -> dict[Place, Thing]:
    """Give each thing as the rules would have seen it at `at`, by (lot, location); twelve statements at most.

    Quantities and promises stay those of now: the books decide what can be taken.
    """
    known = {(each.lot_id, each.location_id): each for each in things}
    if not known:
        return {}
    inside = parts_of(connection, clinic_id, sorted({lot_id for lot_id, _ in known}))
    held = _held(connection, clinic_id, list(known), inside, at)
    mixed = limits_then(connection, clinic_id, inside, at=at, zone=zone)
    opened = {place: each for place, each in known.items() if each.is_opened}
    vials = vials_of(connection, clinic_id, [place for _, place in opened])
    drawn = _drawn_since(connection, clinic_id, opened, at)
    came = _came_from(connection, clinic_id, [place for place in known if place not in opened], at)
    return {
        place: replace(
            _opened_then(each, vials[each.location_id], drawn.get(each.location_id, 0), at, zone)
            if place in opened
            else _sealed_then(each, came.get(place), mixed),
            hold_reasons=tuple(sorted(held.get(place, ()))),
        )
        for place, each in known.items()
    }


def _stood(hold: Any, at: datetime) -> ColumnElement[bool]:
    """A hold stood at that instant; a recall that stands now says what was wrong with the goods all along."""
    then = and_(hold.placed_at <= at, or_(hold.released_at.is_(None), hold.released_at > at))
    return or_(then, and_(hold.reason == HoldReason.RECALL, hold.released_at.is_(None)))


def _held(
    connection: Connection, clinic_id: int, places: list[Place], inside: Mapping[int, set[int]], at: datetime
) -> dict[Place, set[HoldReason]]:
    """Why each was held then: it itself where it lies, its lot, or a lot that went into it."""
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


def _opened_then(thing: Thing, vial: Vial, drawn_since: int, at: datetime, zone: str) -> Thing:
    left = thing.punctures_left
    thing = replace(thing, punctures_left=None if left is None else left + drawn_since)
    if vial.row.closed_at is not None and vial.row.closed_at > at:
        thing = replace(thing, container_state=ContainerState.OPEN)
    if vial.row.one_patient_since is not None and vial.row.one_patient_since > at:  # it served several still
        kept = ContainerType(vial.row.container_type)
        thing = replace(thing, container_type=kept, dedicated_patient_id=None)
    until_then = vial.placings_until(at)
    if len(until_then) == len(vial.placings):
        return thing
    there = until_then[-1]
    return replace(
        thing,
        standing_kind=LocationKind(there.kind),
        location_name=there.name,
        beyond_use_at=vial.limit_then(at, zone=zone),
    )


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


def _sealed_then(thing: Thing, came: Row[Any] | None, mixed: Mapping[int, datetime | None]) -> Thing:
    thing = replace(thing, beyond_use_at=mixed.get(thing.lot_id, thing.beyond_use_at))
    if came is None:
        return thing
    return replace(thing, location_kind=LocationKind(came.kind), location_name=came.name)
