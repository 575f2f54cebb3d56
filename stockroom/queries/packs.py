"""What is a scanned pack, and where does its lot lie?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, and_, bindparam, func, select, union

from stockroom.db.columns import written
from stockroom.db.compiled_once import Once
from stockroom.db.glance import Glance
from stockroom.errors import ThingNotFound
from stockroom.models import Balance, Container, Location, Lot, LotAlias, Product, TradeItem
from stockroom.vocabulary import CodeScheme


@dataclass(frozen=True, slots=True, kw_only=True)
class PackKnown:
    """The product that a code names, and what one pack of that level holds."""

    trade_item_uid: str
    pack_level: str
    presentation_count: int
    product_uid: str
    product_name: str
    strength: str
    base_unit: str
    pack_quantity: int


@dataclass(frozen=True, kw_only=True)
class LookedUp:
    """What a scanned pack is, and where its lot lies in this clinic."""

    product_uid: str
    product_name: str
    strength: str
    base_unit: str
    lot_uid: str
    lot_number: str
    expires_on: date | None
    expires_at: datetime | None
    places: tuple[PlaceStock, ...]
    once_recorded_so: tuple[OtherLot, ...]
    """Other lots that were once booked under the number on this pack, by mistake."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherLot:
    """A lot that was once booked under another one's number."""

    lot_uid: str
    lot_number: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceStock:
    """How much lies at a place."""

    location_uid: str
    location_name: str
    container_code: str | None
    quantity: int
    allocated: int


@dataclass(frozen=True, kw_only=True)
class PackHere:
    """A pack and its lot; None where the clinic knows nothing."""

    pack: PackKnown | None
    lot: LookedUp | None


def look_up(connection: Connection, clinic_id: int, *, code: str, number: str) -> LookedUp:
    """Give what a scanned pack is and where its lot lies; one statement.

    A number under which a lot was booked before it was corrected finds it too, unless another lot truly bears it.
    Raises ThingNotFound when the clinic has no such lot.
    """
    found = pack_here(connection, clinic_id, code=code, number=number).lot
    if found is None:
        raise ThingNotFound(thing="lot", uid=f"{code} {number}"[:80])
    return found


def pack_here(connection: Connection | Glance, clinic_id: int, *, code: str, number: str | None) -> PackHere:
    """Give the product that a code names and, where a number is known too, the lot; one statement."""
    rows = _PACK_HERE.all(connection, {"clinic": clinic_id, "code": code, "number": number})
    if not rows:
        return PackHere(pack=None, lot=None)
    return PackHere(pack=_pack(rows[0]), lot=_lot(rows) if rows[0].lot_uid is not None else None)


# Built once: building a statement costs more than running it.  By scheme and code, and by number, each
# by an index of its own.
_code_meant: Any = (
    select(TradeItem.id)
    .where(TradeItem.scheme.in_([scheme.value for scheme in CodeScheme]), TradeItem.code == bindparam("code"))
    .order_by(TradeItem.scheme != CodeScheme.GTIN, TradeItem.id)
    .limit(written(1))
    .scalar_subquery()
)
_numbered = select(Lot.id.label("lot_id"), Lot.product_id).where(
    Lot.clinic_id == bindparam("clinic"), Lot.number == bindparam("number")
)
_once_numbered = (
    select(func.coalesce(Lot.superseded_by_id, Lot.id), Lot.product_id)
    .select_from(LotAlias)
    .join(Lot, and_(Lot.clinic_id == LotAlias.clinic_id, Lot.id == LotAlias.lot_id))
    .where(LotAlias.clinic_id == bindparam("clinic"), LotAlias.number == bindparam("number"))
)
_named = union(_numbered, _once_numbered).subquery("named_lot")
_here = and_(
    Balance.clinic_id == bindparam("clinic"),
    Balance.lot_id == _named.c.lot_id,
    Balance.quantity > written(0),
)
_PACK_HERE = Once(
    select(
        TradeItem.uid.label("trade_item_uid"),
        TradeItem.pack_level,
        TradeItem.presentation_count,
        Product.uid.label("product_uid"),
        Product.name.label("product_name"),
        Product.strength,
        Product.base_unit,
        (TradeItem.presentation_count * Product.content_quantity).label("pack_quantity"),
        Lot.uid.label("lot_uid"),
        Lot.number.label("lot_number"),
        Lot.expires_on,
        Lot.expires_at,
        Lot.superseded_by_id,
        Location.uid.label("location_uid"),
        Location.name.label("location_name"),
        Container.short_code.label("container_code"),
        Balance.quantity,
        Balance.allocated,
    )
    .select_from(TradeItem)
    .join(Product, Product.id == TradeItem.product_id)
    .outerjoin(_named, _named.c.product_id == TradeItem.product_id)
    .outerjoin(Lot, Lot.id == _named.c.lot_id)
    .outerjoin(Balance, _here)
    .outerjoin(Location, and_(Location.clinic_id == Balance.clinic_id, Location.id == Balance.location_id))
    .outerjoin(
        Container,
        and_(Container.clinic_id == Balance.clinic_id, Container.location_id == Balance.location_id),
    )
    .where(TradeItem.id == _code_meant)
    .order_by(Lot.superseded_by_id.is_not(None), Lot.number != bindparam("number"), Lot.id, Location.name)
)


def _pack(row: Row[Any]) -> PackKnown:
    return PackKnown(
        trade_item_uid=row.trade_item_uid,
        pack_level=row.pack_level,
        presentation_count=row.presentation_count,
        product_uid=row.product_uid,
        product_name=row.product_name,
        strength=row.strength,
        base_unit=row.base_unit,
        pack_quantity=row.pack_quantity,
    )


def _lot(rows: Sequence[Row[Any]]) -> LookedUp:
    first = rows[0]
    return LookedUp(
        product_uid=first.product_uid,
        product_name=first.product_name,
        strength=first.strength,
        base_unit=first.base_unit,
        lot_uid=first.lot_uid,
        lot_number=first.lot_number,
        expires_on=first.expires_on,
        expires_at=first.expires_at,
        places=tuple(
            _place_stock(row) for row in rows if row.lot_uid == first.lot_uid and row.location_uid is not None
        ),
        once_recorded_so=tuple(
            dict.fromkeys(
                OtherLot(lot_uid=row.lot_uid, lot_number=row.lot_number)
                for row in rows
                if row.lot_uid != first.lot_uid and row.superseded_by_id is None
            )
        ),
    )


def _place_stock(row: Row[Any]) -> PlaceStock:
    return PlaceStock(
        location_uid=row.location_uid,
        location_name=row.location_name,
        container_code=row.container_code,
        quantity=row.quantity,
        allocated=row.allocated,
    )
