"""What may a table of opening stock name, and what of it is in the books already?  In few statements."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import Connection, select

from stockroom.models import (
    Line,
    Location,
    Lot,
    Manufacturer,
    Product,
    ProductRule,
    Receipt,
    ReceiptLine,
    TradeItem,
)
from stockroom.rules.receiving import ProductFacts
from stockroom.tables.known_catalogue import folded
from stockroom.tables.stock_plan import BookedKey, KnownPlace, KnownStock, NamedGoods
from stockroom.vocabulary import SHELF_KINDS, Carry, LocationKind, LotKind, ProductKind

_AT_ONCE = 5_000


def known_stock(connection: Connection, clinic_id: int) -> KnownStock:
    """Give products by code and name, the clinic's places, every lot's expiry, and the clinic's opening stock."""
    products, by_name = _products(connection)
    return KnownStock(
        by_code=_by_code(connection, products),
        by_name=by_name,
        places=_places(connection, clinic_id),
        lots=_lots(connection),
        booked=_booked(connection, clinic_id),
    )


def _products(connection: Connection) -> tuple[dict[int, ProductFacts], dict[str, tuple[NamedGoods, ...]]]:
    rows = connection.execute(
        select(
            Product.id, Product.uid, Product.name, Product.strength, Product.content_quantity,
            ProductRule.lot_carry, ProductRule.expiry_carry, ProductRule.serial_carry,
            Manufacturer.name.label("maker"),
        )
        .join_from(Product, ProductRule, ProductRule.product_id == Product.id)
        .join(Manufacturer, Manufacturer.id == Product.manufacturer_id)
        .where(ProductRule.superseded_at.is_(None), Product.kind == ProductKind.MANUFACTURED)
        .order_by(Product.id)
    )  # fmt: skip
    products: dict[int, ProductFacts] = {}
    by_name: dict[str, tuple[NamedGoods, ...]] = {}
    for row in rows:
        products[row.id] = _facts(row)
        goods = NamedGoods(manufacturer=folded(row.maker), product=products[row.id])
        for name in {folded(row.name), folded(f"{row.name} {row.strength}")}:
            by_name[name] = (*by_name.get(name, ()), goods)
    return products, by_name


def _facts(row: Any) -> ProductFacts:
    return ProductFacts(
        product_id=row.id,
        product_uid=row.uid,
        name=row.name,
        is_manufactured=True,
        content_quantity=row.content_quantity,
        lot_carry=Carry(row.lot_carry),
        expiry_carry=Carry(row.expiry_carry),
        serial_carry=Carry(row.serial_carry),
    )


def _by_code(connection: Connection, products: dict[int, ProductFacts]) -> dict[str, ProductFacts]:
    rows = connection.execute(select(TradeItem.code, TradeItem.product_id))
    return {row.code: products[row.product_id] for row in rows if row.product_id in products}


def _places(connection: Connection, clinic_id: int) -> dict[str, KnownPlace]:
    """The clinic's places by name and by short code; the name wins."""
    rows = connection.execute(
        select(Location.id, Location.name, Location.kind, Location.short_code, Location.closed_at).where(
            Location.clinic_id == clinic_id, Location.kind != LocationKind.CONTAINER
        )
    ).all()
    found: dict[str, KnownPlace] = {}
    for by_code in (True, False):
        for row in rows:
            kind = LocationKind(row.kind)
            is_open = kind in SHELF_KINDS and row.closed_at is None
            if is_open or not by_code:
                place = KnownPlace(id=row.id, kind=kind, is_open=is_open)
                found[row.short_code if by_code else folded(row.name)] = place
    return found


def _lots(connection: Connection) -> dict[tuple[int, str], date | None]:
    """The printed expiry of every lot in force: one manufacturer's lot is one lot everywhere."""
    rows = connection.execute(
        select(Lot.product_id, Lot.number, Lot.expires_on).where(
            Lot.kind == LotKind.MANUFACTURED, Lot.superseded_by_id.is_(None), Lot.expires_at.is_(None)
        )
    )
    return {(row.product_id, row.number): row.expires_on for row in rows}


def _booked(connection: Connection, clinic_id: int) -> dict[BookedKey, int]:
    """What the clinic brought forward and nobody took back, also under numbers that were found to be misread.

    Asked table by table: right after a first large table PostgreSQL knows nothing of their sizes, and one statement over
    all of them took it minutes.
    """
    brought = connection.execute(
        select(ReceiptLine.line_id, ReceiptLine.lot_id, ReceiptLine.serial, ReceiptLine.quantity).where(
            ReceiptLine.clinic_id == clinic_id,
            ReceiptLine.receipt_id.in_(
                select(Receipt.id).where(Receipt.clinic_id == clinic_id, Receipt.books_begin_on.is_not(None))
            ),
        )
    ).all()
    if not brought:
        return {}
    line_ids = sorted({row.line_id for row in brought})
    places = _standing(connection, clinic_id, line_ids)
    lots = {row.id: row for row in connection.execute(_lots_of(clinic_id))}
    misread = _misread(connection, clinic_id)
    booked: dict[BookedKey, int] = {}
    for row in brought:
        if row.line_id not in places:
            continue  # it was taken back
        lot = lots[row.lot_id]
        for number in (lot.number, *misread.get(row.lot_id, ())):
            written, expiry = ("", lot.expires_on) if lot.number_is_ours else (number, None)
            key = (lot.product_id, written, expiry, places[row.line_id], row.serial or "")
            booked[key] = booked.get(key, 0) + row.quantity
    return booked


def _standing(connection: Connection, clinic_id: int, line_ids: list[int]) -> dict[int, int]:
    """Where each of these lines of the books put its goods, without those that were taken back."""
    places: dict[int, int] = {}
    for begin in range(0, len(line_ids), _AT_ONCE):
        some = line_ids[begin : begin + _AT_ONCE]
        put = select(Line.id, Line.to_id).where(Line.clinic_id == clinic_id, Line.id.in_(some))
        undone = select(Line.reverses_line_id).where(
            Line.clinic_id == clinic_id, Line.reverses_line_id.in_(some)
        )
        taken_back = set(connection.execute(undone).scalars())
        places |= {row.id: row.to_id for row in connection.execute(put) if row.id not in taken_back}
    return places


def _lots_of(clinic_id: int) -> Any:
    return select(Lot.id, Lot.product_id, Lot.number, Lot.number_is_ours, Lot.expires_on).where(
        Lot.clinic_id == clinic_id, Lot.kind == LotKind.MANUFACTURED
    )


def _misread(connection: Connection, clinic_id: int) -> dict[int, tuple[str, ...]]:
    """The numbers under which lots were booked before they were corrected, by the lot that each turned out to be."""
    rows = connection.execute(
        select(Lot.number, Lot.superseded_by_id).where(
            Lot.clinic_id == clinic_id, Lot.superseded_by_id.is_not(None)
        )
    )
    found: dict[int, tuple[str, ...]] = {}
    for row in rows:
        found[row.superseded_by_id] = (*found.get(row.superseded_by_id, ()), row.number)
    return found
