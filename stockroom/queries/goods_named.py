"""By what is a lot known on a record: maker, brand, UDI-DI, number, expiry, and what of these was put right?"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, select

from stockroom.barcodes.scan import parse_scan
from stockroom.errors import StockroomError
from stockroom.models import Lot, LotAlias, Manufacturer, Product, ProductRule, TradeItem
from stockroom.vocabulary import BaseUnit, CodeScheme, RegulatoryClass


@dataclass(frozen=True, slots=True, kw_only=True)
class LotBefore:
    """A number and expiry under which a lot was booked before it was put right."""

    number: str
    expires_on: date | None
    expires_at: datetime | None
    reason: str
    corrected_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class GoodsNamed:
    """A lot as a record of products used names it."""

    product_uid: str
    brand: str
    strength: str
    presentation: str
    manufacturer: str
    udi_di: str
    """The device identifier of its UDI: the code that was scanned, else that of one unit; empty where none is known."""
    udi_scheme: str
    base_unit: str
    kind: str
    """Manufactured, or prepared here."""
    regulatory_class: str
    lot_uid: str
    lot_number: str
    number_is_ours: bool
    expires_on: date | None
    expires_at: datetime | None
    beyond_use_at: datetime | None
    is_needle: bool
    before: tuple[LotBefore, ...]

    @property
    def may_stay(self) -> bool:
        """Whether it, or part of it, may be left in or on a body: no needle, and no piece of a consumable."""
        is_tool = self.is_needle or self.regulatory_class == RegulatoryClass.CONSUMABLE
        return not (is_tool and self.base_unit == BaseUnit.PIECE)


COLUMNS = (
    Product.uid.label("product_uid"),
    Product.id.label("product_id"),
    Product.name.label("brand"),
    Product.strength,
    Product.presentation,
    Product.base_unit,
    Product.needle,
    Manufacturer.name.label("manufacturer"),
    Lot.id.label("lot_id"),
    Lot.uid.label("lot_uid"),
    Lot.kind,
    Lot.number.label("lot_number"),
    Lot.number_is_ours,
    Lot.expires_on,
    Lot.expires_at,
    Lot.beyond_use_at,
)
"""Of a statement that joins the lot, its product and (outwards) the manufacturer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScannedUnit:
    """What the scan of a pack says of the unit in it: the scheme and code of its trade item, and its serial."""

    code: tuple[str, str] | None = None
    serial: str = ""


def scanned_unit(raw_scan: str | None, *, on: date) -> ScannedUnit:
    """Read a scan that is kept, on whose day `on` its two-digit years are placed; nothing of our own labels."""
    if not raw_scan:
        return ScannedUnit()
    try:
        scan = parse_scan(raw_scan, today=on)
    except StockroomError:
        return ScannedUnit()
    if scan.label is not None or scan.item_code is None:
        return ScannedUnit()
    scheme = CodeScheme(scan.scheme) if scan.other_code else CodeScheme.GTIN
    return ScannedUnit(code=(scheme, scan.item_code), serial=scan.serial or "")


class Naming:
    """Names the lots of rows; what was put right and the codes are asked once for all of them."""

    def __init__(self, connection: Connection, clinic_id: int, rows: Iterable[Row[Any]]) -> None:
        named = list(rows)
        self._before = _before(connection, clinic_id, {row.lot_id for row in named})
        self._codes = _codes(connection, {row.product_id for row in named})
        self._classes = _classes(connection, {row.product_id for row in named})

    def name(self, row: Row[Any], *, scanned: tuple[str, str] | None = None) -> GoodsNamed:
        """Name the lot of a row; `scanned` is the scheme and code by which the thing itself was known."""
        scheme, code = scanned or self._codes.get(row.product_id, ("", ""))
        return GoodsNamed(
            product_uid=row.product_uid,
            brand=row.brand,
            strength=row.strength,
            presentation=row.presentation,
            manufacturer=row.manufacturer or "",
            udi_di=code,
            udi_scheme=scheme,
            base_unit=row.base_unit,
            kind=row.kind,
            regulatory_class=self._classes.get(row.product_id, ""),
            lot_uid=row.lot_uid,
            lot_number=row.lot_number,
            number_is_ours=row.number_is_ours,
            expires_on=row.expires_on,
            expires_at=row.expires_at,
            beyond_use_at=row.beyond_use_at,
            is_needle=bool(row.needle),
            before=tuple(self._before.get(row.lot_id, ())),
        )


def _before(connection: Connection, clinic_id: int, lot_ids: Collection[int]) -> dict[int, list[LotBefore]]:
    found: dict[int, list[LotBefore]] = {}
    if not lot_ids:
        return found
    rows = connection.execute(
        select(LotAlias.__table__)
        .where(LotAlias.clinic_id == clinic_id, LotAlias.lot_id.in_(sorted(lot_ids)))
        .order_by(LotAlias.id)
    )
    for row in rows:
        found.setdefault(row.lot_id, []).append(
            LotBefore(
                number=row.number,
                expires_on=row.expires_on,
                expires_at=row.expires_at,
                reason=row.reason,
                corrected_at=row.recorded_at,
            )
        )
    return found


def _codes(connection: Connection, product_ids: Collection[int]) -> dict[int, tuple[str, str]]:
    """The code of one unit of each product: the smallest pack first, a GTIN before another scheme's."""
    if not product_ids:
        return {}
    rows = connection.execute(
        select(TradeItem.product_id, TradeItem.scheme, TradeItem.code)
        .where(TradeItem.product_id.in_(sorted(product_ids)))
        .order_by(
            TradeItem.presentation_count.desc(), TradeItem.scheme == CodeScheme.GTIN, TradeItem.id.desc()
        )
    )
    return {row.product_id: (row.scheme, row.code) for row in rows}


def _classes(connection: Connection, product_ids: Collection[int]) -> dict[int, str]:
    if not product_ids:
        return {}
    rows = connection.execute(
        select(ProductRule.product_id, ProductRule.regulatory_class).where(
            ProductRule.product_id.in_(sorted(product_ids)), ProductRule.superseded_at.is_(None)
        )
    )
    return {row.product_id: row.regulatory_class or "" for row in rows}
