"""What must not be used in this clinic, and why?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, literal, null, select
from sqlalchemy.orm import aliased

from stockroom.models import ClinicHold, HoldPlace, Location, Lot, Person, Product, ProductHold, RecallCase

_placed_by = aliased(Person, name="placed_by")
_released_by = aliased(Person, name="released_by")


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldPlace:
    """A lot at a place that a hold covers."""

    lot_uid: str
    lot_number: str
    location_uid: str
    location_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldRow:
    """A hold: of a product or a lot everywhere, of a lot in this clinic, or of what lies at places."""

    uid: str
    reason: str
    note: str
    is_everywhere: bool
    product_uid: str | None
    product_name: str | None
    lot_uid: str | None
    lot_number: str | None
    placed_at: datetime
    placed_by: str
    released_at: datetime | None
    released_by: str | None
    release_note: str
    origin_uid: str | None
    """The recall that placed it, or the hold of the clinic from which the goods came."""
    case_uid: str | None
    """The recall's case, where one placed it."""
    places: tuple[HeldPlace, ...]


def holds(connection: Connection, clinic_id: int, *, with_released: bool = False) -> tuple[HoldRow, ...]:
    """Give the holds that count in the clinic, the newest first; three statements."""
    everywhere = _with_people(
        select(
            *_columns(ProductHold),
            literal(True).label("is_everywhere"),
            null().label("lot_uid"),
            ProductHold.lot_number,
            Product.uid.label("product_uid"),
            Product.name.label("product_name"),
            null().label("origin_uid"),
            RecallCase.uid.label("case_uid"),
        )
        .select_from(ProductHold)
        .join(Product, Product.id == ProductHold.product_id)
        .outerjoin(RecallCase, RecallCase.id == ProductHold.case_id),
        ProductHold,
    )
    here = _with_people(
        select(
            *_columns(ClinicHold),
            literal(False).label("is_everywhere"),
            Lot.uid.label("lot_uid"),
            Lot.number.label("lot_number"),
            Product.uid.label("product_uid"),
            Product.name.label("product_name"),
            ClinicHold.origin_uid,
            null().label("case_uid"),
        )
        .select_from(ClinicHold)
        .outerjoin(Lot, and_(Lot.clinic_id == ClinicHold.clinic_id, Lot.id == ClinicHold.lot_id))
        .outerjoin(Product, Product.id == Lot.product_id),
        ClinicHold,
    ).where(ClinicHold.clinic_id == clinic_id)
    if not with_released:
        everywhere = everywhere.where(ProductHold.released_at.is_(None))
        here = here.where(ClinicHold.released_at.is_(None))
    places = _places(connection, clinic_id, with_released)
    rows = [*connection.execute(everywhere), *connection.execute(here)]
    found = [HoldRow(places=tuple(places.get(row.uid, ())), **row._mapping) for row in rows]
    return tuple(sorted(found, key=lambda hold: (hold.placed_at, hold.uid), reverse=True))


def _columns(model: Any) -> list[Any]:
    return [
        model.uid,
        model.reason,
        model.note,
        model.placed_at,
        _placed_by.name.label("placed_by"),
        model.released_at,
        _released_by.name.label("released_by"),
        model.release_note,
    ]


def _with_people(statement: Any, model: Any) -> Any:
    return statement.join(_placed_by, _placed_by.id == model.placed_by_id).outerjoin(
        _released_by, _released_by.id == model.released_by_id
    )


def _places(connection: Connection, clinic_id: int, with_released: bool) -> dict[str, list[HeldPlace]]:
    statement = (
        select(
            ClinicHold.uid,
            Lot.uid.label("lot_uid"),
            Lot.number.label("lot_number"),
            Location.uid.label("location_uid"),
            Location.name.label("location_name"),
        )
        .select_from(ClinicHold)
        .join(
            HoldPlace, and_(HoldPlace.clinic_id == ClinicHold.clinic_id, HoldPlace.hold_id == ClinicHold.id)
        )
        .join(Lot, and_(Lot.clinic_id == HoldPlace.clinic_id, Lot.id == HoldPlace.lot_id))
        .join(Location, and_(Location.clinic_id == HoldPlace.clinic_id, Location.id == HoldPlace.location_id))
        .where(ClinicHold.clinic_id == clinic_id)
        .order_by(Location.name, Lot.number)
    )
    if not with_released:
        statement = statement.where(ClinicHold.released_at.is_(None))
    found: dict[str, list[HeldPlace]] = {}
    for row in connection.execute(statement):
        place = HeldPlace(
            lot_uid=row.lot_uid,
            lot_number=row.lot_number,
            location_uid=row.location_uid,
            location_name=row.location_name,
        )
        found.setdefault(row.uid, []).append(place)
    return found
