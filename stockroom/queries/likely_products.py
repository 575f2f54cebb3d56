"""Which known product may a pack be whose code nobody knows?  Guesses to choose from, never chosen for anybody."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import takewhile
from typing import Any

from sqlalchemy import Connection, Row, exists, func, or_, select

from stockroom.models import Manufacturer, Product, Supplier, SupplierItem, TradeItem
from stockroom.vocabulary import CodeScheme, ProductKind

PREFIX_SHORTEST = 7
"""Digits of a company prefix that are compared, behind the first of a GTIN-14 (GS1 General Specifications, 1.4)."""
LIKELY_MAX = 12
READ_MAX = 500


class Why(StrEnum):
    """Why a product is offered."""

    SAME_COMPANY = "same_company"
    """Its codes begin as this one: the same company made it."""
    OF_SUPPLIER = "of_supplier"
    """Whoever delivered this sells it."""
    WITHOUT_CODE = "without_code"
    """Nobody has scanned a code of it yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LikelyProduct:
    """A product that a pack with an unknown code may be."""

    product_uid: str
    name: str
    strength: str
    presentation: str
    manufacturer: str
    base_unit: str
    content_quantity: int
    why: tuple[Why, ...]
    digits_alike: int
    """Digits in which its nearest code begins as the unknown one; the more, the likelier."""


def likely_products(
    connection: Connection, *, gtin: str | None, supplier_uid: str | None = None
) -> tuple[LikelyProduct, ...]:
    """Give the products that a pack may be, the likeliest first; two statements at most.

    By the company prefix of the code, by who delivered it, and those that have no code at all.
    """
    begins = None if gtin is None else gtin[1 : 1 + PREFIX_SHORTEST]
    same_company = exists().where(
        TradeItem.product_id == Product.id,
        TradeItem.scheme == CodeScheme.GTIN,
        func.substr(TradeItem.code, 2, PREFIX_SHORTEST) == (begins or ""),
    )
    of_supplier = exists().where(
        SupplierItem.product_id == Product.id,
        SupplierItem.supplier_id == Supplier.id,
        Supplier.uid == supplier_uid,
    )
    without_code = ~exists().where(TradeItem.product_id == Product.id)
    wanted: list[Any] = [without_code]
    if begins is not None:
        wanted.append(same_company)
    if supplier_uid is not None:
        wanted.append(of_supplier)
    statement: Any = (
        select(
            Product.id,
            Product.uid.label("product_uid"),
            Product.name,
            Product.strength,
            Product.presentation,
            Manufacturer.name.label("manufacturer"),
            Product.base_unit,
            Product.content_quantity,
            same_company.label(Why.SAME_COMPANY.value),
            of_supplier.label(Why.OF_SUPPLIER.value),
            without_code.label(Why.WITHOUT_CODE.value),
        )
        .join(Manufacturer, Manufacturer.id == Product.manufacturer_id)
        .where(Product.kind == ProductKind.MANUFACTURED, Product.archived_at.is_(None), or_(*wanted))
        .order_by(same_company.desc(), of_supplier.desc(), Product.name)
        .limit(READ_MAX)
    )
    rows = connection.execute(statement).all()
    alike = _alike(connection, gtin, [row.id for row in rows if row.same_company])
    found = (_likely(row, alike.get(row.id, 0), of_known_supplier=supplier_uid is not None) for row in rows)
    return tuple(sorted(found, key=_rank)[:LIKELY_MAX])


def _alike(connection: Connection, gtin: str | None, product_ids: Sequence[int]) -> dict[int, int]:
    """In how many digits the nearest code of each product begins as this one."""
    if gtin is None or not product_ids:
        return {}
    rows = connection.execute(
        select(TradeItem.product_id, TradeItem.code).where(
            TradeItem.product_id.in_(product_ids), TradeItem.scheme == CodeScheme.GTIN
        )
    )
    found: dict[int, int] = {}
    for row in rows:
        pairs = zip(gtin[1:], row.code[1:], strict=False)
        length = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
        found[row.product_id] = max(found.get(row.product_id, 0), length)
    return found


def _likely(row: Row[Any], digits: int, *, of_known_supplier: bool) -> LikelyProduct:
    said = {name: getattr(row, name) for name in _SAID}
    why = tuple(each for each in Why if getattr(row, each.value))
    if not of_known_supplier:
        why = tuple(each for each in why if each is not Why.OF_SUPPLIER)
    return LikelyProduct(**said, why=why, digits_alike=digits)


def _rank(found: LikelyProduct) -> tuple[int, bool, bool, str]:
    return -found.digits_alike, Why.OF_SUPPLIER not in found.why, Why.WITHOUT_CODE in found.why, found.name


_SAID = (
    "product_uid", "name", "strength", "presentation", "manufacturer", "base_unit", "content_quantity",
)  # fmt: skip
