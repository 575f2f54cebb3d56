"""Of which products is there less than there should be?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import BigInteger, Connection, and_, bindparam, cast, func, or_, select

from stockroom.db.columns import written
from stockroom.db.compiled_once import Once
from stockroom.models import Balance, Product, StockLevel
from stockroom.queries.clinic_day import NOW, TODAY, today_in
from stockroom.reads.in_stock import in_stock
from stockroom.reads.usable import is_usable_sealed, with_sealed_facts
from stockroom.vocabulary import ProductKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """A product's usable sealed presentations against its minimum."""

    product_uid: str
    name: str
    strength: str
    presentation: str
    usable_sealed_count: int
    minimum_count: int | None
    """None where nobody has set one, which is not the same as none being needed."""
    target_count: int | None


def below_minimum(connection: Connection, clinic_id: int, *, now: datetime) -> tuple[Level, ...]:
    """Give the products under their minimum, and those in stock for which nobody has set one; two statements.

    What is expired, held or in quarantine does not count, and neither does an opened container.
    """
    asked = {"clinic": clinic_id, "now": now, "today": today_in(connection, clinic_id, now)}
    return tuple(_level(row) for row in _statement().all(connection, asked))


def usable_sealed() -> Any:
    """What is usable and sealed of each product, in base units; asked with `clinic`, `now` and `today`."""
    return (
        with_sealed_facts(
            select(Balance.product_id, cast(func.sum(Balance.quantity), BigInteger).label("quantity"))
        )
        .where(in_stock(), is_usable_sealed(now=NOW, today=TODAY))
        .group_by(Balance.product_id)
        .subquery()
    )


@cache
def _statement() -> Once:
    """Built once: building it costs more than running it."""
    sealed = usable_sealed()
    needed = StockLevel.minimum_count * Product.content_quantity
    has_any = (
        select(Balance.product_id)
        .where(
            Balance.clinic_id == bindparam("clinic"),
            Balance.product_id == Product.id,
            Balance.quantity > written(0),
        )
        .correlate(Product)
        .exists()
    )
    level = and_(StockLevel.clinic_id == bindparam("clinic"), StockLevel.product_id == Product.id)
    return Once(
        select(
            Product.uid.label("product_uid"),
            Product.name,
            Product.strength,
            Product.presentation,
            Product.content_quantity,
            func.coalesce(sealed.c.quantity, 0).label("sealed"),
            StockLevel.minimum_count,
            StockLevel.target_count,
        )
        .select_from(Product)
        .outerjoin(StockLevel, level)
        .outerjoin(sealed, sealed.c.product_id == Product.id)
        .where(
            Product.kind == ProductKind.MANUFACTURED,
            Product.archived_at.is_(None),
            or_(
                func.coalesce(sealed.c.quantity, 0) < needed,
                and_(StockLevel.minimum_count.is_(None), has_any),
            ),
        )
        .order_by(StockLevel.minimum_count.is_(None), Product.name, Product.strength, Product.id)
    )


def _level(row: Any) -> Level:
    return Level(
        product_uid=row.product_uid,
        name=row.name,
        strength=row.strength,
        presentation=row.presentation,
        usable_sealed_count=row.sealed // row.content_quantity,
        minimum_count=row.minimum_count,
        target_count=row.target_count,
    )
