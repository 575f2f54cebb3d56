"""How far does what is usable cover what there should be, product by product?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Connection, Select, and_, bindparam, func, select

from stockroom.models import Product, StockLevel
from stockroom.queries.below_minimum import usable_sealed
from stockroom.queries.clinic_day import today_in


@dataclass(frozen=True, slots=True, kw_only=True)
class Cover:
    """A product with a minimum, and its usable sealed presentations."""

    product_uid: str
    name: str
    strength: str
    presentation: str
    usable_sealed_count: int
    minimum_count: int
    target_count: int

    @property
    def percent(self) -> int:
        """Of the target, rounded down."""
        return 100 * self.usable_sealed_count // max(self.target_count, self.minimum_count, 1)

    @property
    def is_low(self) -> bool:
        return self.usable_sealed_count < self.minimum_count


def covers(connection: Connection, clinic_id: int, *, now: datetime) -> tuple[Cover, ...]:
    """Give every product that has a minimum here, what is covered least first; two statements."""
    asked = {"clinic": clinic_id, "now": now, "today": today_in(connection, clinic_id, now)}
    found = (
        Cover(
            product_uid=row.product_uid,
            name=row.name,
            strength=row.strength,
            presentation=row.presentation,
            usable_sealed_count=row.sealed // row.content_quantity,
            minimum_count=row.minimum_count,
            target_count=row.target_count,
        )
        for row in connection.execute(_statement(), asked)
    )
    return tuple(sorted(found, key=lambda each: (not each.is_low, each.percent, each.name, each.strength)))


@cache
def _statement() -> Select[Any]:
    """Built once: building it costs more than running it."""
    sealed = usable_sealed()
    level = and_(StockLevel.clinic_id == bindparam("clinic"), StockLevel.product_id == Product.id)
    return (
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
        .join(StockLevel, level)
        .outerjoin(sealed, sealed.c.product_id == Product.id)
        .where(Product.archived_at.is_(None))
    )
