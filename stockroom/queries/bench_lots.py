"""Which lots of a product lie here, what should their packs say, and who else has a lot that is not ours?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, and_, exists, func, select

from stockroom.barcodes.scan import parse_scan
from stockroom.db.columns import written
from stockroom.errors import ThingNotFound
from stockroom.models import Balance, Clinic, Lot, Product, TradeItem
from stockroom.reads.asked_things import LotNotNamed
from stockroom.reads.trade_items import goes_by
from stockroom.rules.identifying import without_tail


@dataclass(frozen=True, slots=True, kw_only=True)
class LotOnShelf:
    """A lot of a product that lies here, to be chosen by hand."""

    lot_uid: str
    lot_number: str
    quantity: int
    places: int
    number_is_ours: bool
    """Its packs say no number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedProduct:
    """A product by its code or uid, as far as choosing a lot of it asks."""

    uid: str
    name: str
    strength: str
    base_unit: str


def lots_here(connection: Connection, clinic_id: int, *, product_uid: str) -> tuple[LotOnShelf, ...]:
    """Give the lots of a product of which something lies in the clinic, by number; one statement."""
    rows = connection.execute(
        select(
            Lot.uid.label("lot_uid"),
            Lot.number.label("lot_number"),
            func.sum(Balance.quantity).label("quantity"),
            func.count().label("places"),
            Lot.number_is_ours,
        )
        .join(Balance, and_(Balance.clinic_id == Lot.clinic_id, Balance.lot_id == Lot.id))
        .join(Product, Product.id == Lot.product_id)
        .where(
            Balance.clinic_id == clinic_id,
            Balance.product_id == Product.id,
            Balance.quantity > written(0),
            Product.uid == product_uid,
        )
        .group_by(Lot.uid, Lot.number, Lot.number_is_ours)
        .order_by(Lot.number)
    )
    return tuple(
        LotOnShelf(
            lot_uid=row.lot_uid,
            lot_number=row.lot_number,
            quantity=int(row.quantity),
            places=row.places,
            number_is_ours=row.number_is_ours,
        )
        for row in rows
    )


def product_of_code(connection: Connection, *, code: str) -> NamedProduct | None:
    """Give the product that the code on a pack names; one statement."""
    row = connection.execute(
        select(Product.uid, Product.name, Product.strength, Product.base_unit)
        .join(TradeItem, TradeItem.product_id == Product.id)
        .where(goes_by(code))
    ).first()
    return None if row is None else NamedProduct(**row._mapping)


def require_lot_said(connection: Connection, clinic_id: int, text: str, *, today: date) -> None:
    """A code that names a product alone never picks the lot by itself, not even the only one that lies here.

    Unless the packs say no number: then there is nothing else to go by.  Two statements, or none.
    Raises ScanUnreadable, LotNotNamed.
    """
    scanned = parse_scan(text, today=today)
    if scanned.doubts or scanned.item_code is None or scanned.lot_number is not None:
        return
    product = product_of_code(connection, code=scanned.item_code)
    lots = lots_here(connection, clinic_id, product_uid=product.uid) if product else ()
    if lots and not (len(lots) == 1 and lots[0].number_is_ours):
        raise LotNotNamed(lot_numbers=tuple(each.lot_number for each in lots))


@dataclass(frozen=True, slots=True, kw_only=True)
class PrintedLot:
    """What the books say of a lot that was chosen by hand."""

    lot_uid: str
    lot_number: str
    expires_on: date | None
    expires_at: datetime | None
    product_uid: str
    product_name: str
    base_unit: str


def printed_lot(connection: Connection, clinic_id: int, *, lot_uid: str) -> PrintedLot:
    """Give what the pack of a lot should say; one statement.  Raises ThingNotFound."""
    row = connection.execute(_printed().where(Lot.clinic_id == clinic_id, Lot.uid == lot_uid)).first()
    if row is None:
        raise ThingNotFound(thing="lot", uid=lot_uid[:40])
    return PrintedLot(**row._mapping)


def lots_alike(connection: Connection, clinic_id: int, lot: PrintedLot) -> tuple[PrintedLot, ...]:
    """Give the lots of the same product that lie here and that a list without the last characters shows alike.

    One statement.
    """
    lies = exists().where(
        Balance.clinic_id == Lot.clinic_id, Balance.lot_id == Lot.id, Balance.quantity > written(0)
    )
    rows = connection.execute(
        _printed()
        .where(Lot.clinic_id == clinic_id, Product.uid == lot.product_uid, lies)
        .order_by(Lot.number)
    )
    found = (PrintedLot(**row._mapping) for row in rows)
    return tuple(each for each in found if without_tail(each.lot_number) == without_tail(lot.lot_number))


def _printed() -> Any:
    return select(
        Lot.uid.label("lot_uid"),
        Lot.number.label("lot_number"),
        Lot.expires_on,
        Lot.expires_at,
        Product.uid.label("product_uid"),
        Product.name.label("product_name"),
        Product.base_unit,
    ).join(Product, Product.id == Lot.product_id)


def other_clinics_with(
    connection: Connection, clinic_id: int, *, code: str, lot_number: str
) -> tuple[str, ...]:
    """Give the names of the other clinics in whose books something of this lot lies; one statement."""
    rows = connection.execute(
        select(Clinic.name)
        .join(Lot, Lot.clinic_id == Clinic.id)
        .join(TradeItem, TradeItem.product_id == Lot.product_id)
        .join(Balance, and_(Balance.clinic_id == Lot.clinic_id, Balance.lot_id == Lot.id))
        .where(
            goes_by(code),
            Lot.number == lot_number,
            Lot.clinic_id != clinic_id,
            Balance.quantity > 0,
        )
        .distinct()
        .order_by(Clinic.name)
    )
    return tuple(rows.scalars())
