"""Which manufacturers' lots of any clinic may be meant by a number that somebody typed?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, func, or_, select

from stockroom.models import Lot, Product
from stockroom.queries.finding_by_text import has
from stockroom.reads.trade_items import by_item_code
from stockroom.vocabulary import LotKind

OFFERED_MAX = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class LotNamedSo:
    """A number of a product, in as many clinics as have it."""

    product_uid: str
    product_name: str
    strength: str
    number: str
    clinics: int

    @property
    def key(self) -> str:
        """By what a form names it again."""
        return f"{self.product_uid} {self.number}"


def lots_called(connection: Connection, text: str, *, item_code: str | None = None) -> tuple[LotNamedSo, ...]:
    """Give the lots with this number as printed; where there is none, those whose number or product has the text.

    With the code of a pack those of its product alone.  Two statements at most, one more for a code.
    """
    product_id = None
    if item_code is not None:
        items = by_item_code(connection, [item_code])
        product_id = items[item_code].product.product_id if item_code in items else None
    exact = _rows(connection, Lot.number == text, product_id)
    return _shown(exact or _rows(connection, or_(has(Lot.number, text), has(Product.name, text)), product_id))


def _rows(connection: Connection, condition: Any, product_id: int | None) -> Sequence[Any]:
    statement = (
        select(
            Product.uid.label("product_uid"),
            Product.name.label("product_name"),
            Product.strength,
            Lot.number,
            func.count(Lot.clinic_id.distinct()).label("clinics"),
        )
        .join(Product, Product.id == Lot.product_id)
        .where(condition, Lot.kind == LotKind.MANUFACTURED, Lot.superseded_by_id.is_(None))
        .group_by(Product.uid, Product.name, Product.strength, Lot.number)
        .order_by(Product.name, Lot.number)
        .limit(OFFERED_MAX)
    )
    if product_id is not None:
        statement = statement.where(Lot.product_id == product_id)
    return connection.execute(statement).all()


def _shown(rows: Sequence[Any]) -> tuple[LotNamedSo, ...]:
    return tuple(LotNamedSo(**row._mapping) for row in rows)
