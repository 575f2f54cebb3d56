"""Which codes of this clinic can be scanned from a screen or a sheet: products, and lots that lie here?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, select

from stockroom.barcodes.elements import Element
from stockroom.barcodes.scan import gs1_elements
from stockroom.barcodes.unreadable import ScanUnreadable
from stockroom.models import Product, TradeItem
from stockroom.queries.stock import LotHere, lots_in_stock
from stockroom.vocabulary import CodeScheme, LocationKind


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeToScan:
    """One pack's code: a GTIN, and the lot that lies here with its expiry."""

    product_uid: str
    product: str
    strength: str
    presentation: str
    gtin: str
    lot_number: str
    expires_on: date | None
    is_usable: bool
    elements: tuple[Element, ...]
    """What its code holds."""


def codes_to_scan(connection: Connection, clinic_id: int, *, now: datetime) -> tuple[CodeToScan, ...]:
    """Give, for every product with a GTIN, the first usable lot at a shelf and the first that is not.

    A lot whose number no GS1 code can hold (an alphabet of its own, a space, more than 20 characters) has none.
    Products in the order of their names; three statements.
    """
    gtins = connection.execute(
        select(Product.uid, Product.name, Product.strength, Product.presentation, TradeItem.code)
        .join(Product, Product.id == TradeItem.product_id)
        .where(TradeItem.scheme == CodeScheme.GTIN)
        .order_by(Product.name, Product.strength, TradeItem.presentation_count)
    ).all()
    named: dict[str, tuple[str, str, str, str]] = {}
    for uid, name, strength, presentation, code in gtins:
        named.setdefault(uid, (name, strength, presentation, code))
    first: dict[tuple[str, bool], tuple[LotHere, tuple[Element, ...]]] = {}
    for here in lots_in_stock(connection, clinic_id, now=now):
        key = here.product_uid, here.is_usable
        if here.product_uid in named and here.location_kind != LocationKind.CONTAINER and key not in first:
            elements = _elements(named[here.product_uid][3], here, today=now.date())
            if elements:
                first[key] = here, elements
    return tuple(
        CodeToScan(
            product_uid=uid,
            product=name,
            strength=strength,
            presentation=presentation,
            gtin=gtin,
            lot_number=lot.lot_number,
            expires_on=lot.expires_on,
            is_usable=lot.is_usable,
            elements=elements,
        )
        for uid, (name, strength, presentation, gtin) in named.items()
        for is_usable in (True, False)
        if (uid, is_usable) in first
        for lot, elements in (first[uid, is_usable],)
    )


def _elements(gtin: str, lot: LotHere, *, today: date) -> tuple[Element, ...]:
    """What the code of a pack holds; nothing where GS1 cannot write it."""
    try:
        return gs1_elements(gtin=gtin, today=today, lot_number=lot.lot_number, expires_on=lot.expires_on)
    except (ScanUnreadable, ValueError):
        return ()
