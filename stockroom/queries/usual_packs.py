"""In packs of how many do people count what comes piece by piece?"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Connection, select

from stockroom.models import Product, TradeItem
from stockroom.vocabulary import BaseUnit


@dataclass(frozen=True, slots=True, kw_only=True)
class UsualPack:
    """A pack of several pieces."""

    count: int
    level: str
    """Box, case … as people say it."""


def usual_packs(connection: Connection, product_uids: Iterable[str]) -> dict[str, UsualPack]:
    """Give by product the smallest pack of several in which its single pieces are sold; one statement.

    Products in vials and ampoules have none: those are counted as they are.
    """
    statement = (
        select(Product.uid, TradeItem.presentation_count, TradeItem.pack_level)
        .join(TradeItem, TradeItem.product_id == Product.id)
        .where(
            Product.uid.in_(set(product_uids)),
            Product.base_unit == BaseUnit.PIECE,
            Product.content_quantity == 1,
            TradeItem.presentation_count > 1,
        )
        .order_by(TradeItem.presentation_count.desc())
    )
    rows = connection.execute(statement)
    return {row.uid: UsualPack(count=row.presentation_count, level=row.pack_level) for row in rows}
