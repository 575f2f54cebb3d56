"""Which product is meant by a code on a pack, and how much is in a pack of that level?"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, bindparam, select

from stockroom.db.columns import written
from stockroom.db.compiled_once import Once
from stockroom.errors import ThingNotFound
from stockroom.models import Product, ProductRule, TradeItem
from stockroom.reads.finding import many_by_uid
from stockroom.rules.receiving import ProductFacts
from stockroom.vocabulary import Carry, CodeScheme, ProductKind


@dataclass(frozen=True, kw_only=True)
class TradeItemFacts:
    """A code, the product that it names, and the whole presentations in one pack of its level."""

    trade_item_id: int
    trade_item_uid: str
    scheme: CodeScheme
    item_code: str
    pack_level: str
    presentation_count: int
    product: ProductFacts


_PRODUCT_COLUMNS: list[Any] = [
    Product.id.label("product_id"),
    Product.uid.label("product_uid"),
    Product.name,
    Product.kind,
    Product.content_quantity,
    ProductRule.lot_carry,
    ProductRule.expiry_carry,
    ProductRule.serial_carry,
    ProductRule.authorised_in,
    ProductRule.confirmed_at,
]


def authorised_in(row: Any) -> frozenset[str] | None:
    """Where a product is authorised, by its rule in force; None while nobody has confirmed it."""
    return frozenset(row.authorised_in.split()) if row.confirmed_at is not None else None


def by_gtin(connection: Connection, gtins: Iterable[str]) -> dict[str, TradeItemFacts]:
    """Give the trade items of these GTINs (14 digits), by GTIN, in one statement; unknown ones are left out."""
    wanted = set(gtins)
    return _by_code(connection, _OF_GTINS, wanted) if wanted else {}


def goes_by(code: ColumnElement[str] | str) -> ColumnElement[bool]:
    """Whether a trade item goes by this code in any scheme; all are named, so that the key finds it."""
    return and_(TradeItem.scheme.in_([written(scheme) for scheme in CodeScheme]), TradeItem.code == code)


def by_item_code(connection: Connection, codes: Iterable[str]) -> dict[str, TradeItemFacts]:
    """Give the trade items that go by these codes in any scheme, by code; unknown ones are left out."""
    wanted = set(codes)
    return _by_code(connection, _OF_CODES, wanted) if wanted else {}


def by_other_code(connection: Connection, codes: Iterable[str]) -> dict[str, TradeItemFacts]:
    """Give the trade items that go by these codes in any scheme but GTIN, by code."""
    wanted = set(codes)
    return _by_code(connection, _OF_OTHER_CODES, wanted) if wanted else {}


def products_by_uid(connection: Connection, uids: Iterable[str]) -> dict[str, ProductFacts]:
    """Give what is known of products, by uid, in one statement.  Raises ThingNotFound."""
    wanted = set(uids)
    if not wanted:
        return {}
    many_by_uid(connection, Product, wanted, thing="product")
    rows = connection.execute(_products().where(Product.uid.in_(wanted)))
    found = {row.product_uid: _facts(row) for row in rows}
    if missing := wanted - found.keys():
        raise ThingNotFound(thing="product", uid=min(missing))
    return found


def _by_code(connection: Connection, statement: Once, codes: set[str]) -> dict[str, TradeItemFacts]:
    return {
        row.code: TradeItemFacts(
            trade_item_id=row.id,
            trade_item_uid=row.uid,
            scheme=CodeScheme(row.scheme),
            item_code=row.code,
            pack_level=row.pack_level,
            presentation_count=row.presentation_count,
            product=_facts(row),
        )
        for row in statement.all(connection, {"codes": sorted(codes)})
    }


def _products() -> Select[Any]:
    return (
        select(*_PRODUCT_COLUMNS)
        .join_from(Product, ProductRule, ProductRule.product_id == Product.id)
        .where(ProductRule.superseded_at.is_(None))
    )


def _of_schemes(condition: ColumnElement[bool]) -> Once:
    return Once(
        _products()
        .add_columns(
            TradeItem.id, TradeItem.uid, TradeItem.scheme, TradeItem.code,
            TradeItem.pack_level, TradeItem.presentation_count,
        )
        .join(TradeItem, TradeItem.product_id == Product.id)
        .where(condition, TradeItem.code.in_(bindparam("codes", expanding=True)))
    )  # fmt: skip


_OF_GTINS = _of_schemes(TradeItem.scheme == written(CodeScheme.GTIN))
_OF_CODES = _of_schemes(TradeItem.scheme.in_([written(scheme) for scheme in CodeScheme]))
_OF_OTHER_CODES = _of_schemes(TradeItem.scheme != written(CodeScheme.GTIN))


def _facts(row: Row[Any]) -> ProductFacts:
    return ProductFacts(
        product_id=row.product_id,
        product_uid=row.product_uid,
        name=row.name,
        is_manufactured=row.kind == ProductKind.MANUFACTURED,
        content_quantity=row.content_quantity,
        lot_carry=Carry(row.lot_carry),
        expiry_carry=Carry(row.expiry_carry),
        serial_carry=Carry(row.serial_carry),
        authorised_in=authorised_in(row),
    )
