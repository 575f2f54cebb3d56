"""What was known of a product at an instant?  The version of its rules that was in force; the first one before that."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, or_, select

from stockroom.db.columns import UTCDateTime
from stockroom.models import Product, ProductRule

# A statement of every opening, built once.
_THEN = (
    select(ProductRule.__table__, Product.kind.label("product_kind"))
    .join(Product, Product.id == ProductRule.product_id)
    .where(
        ProductRule.product_id == bindparam("product"),
        or_(
            ProductRule.superseded_at.is_(None),
            ProductRule.superseded_at > bindparam("at", type_=UTCDateTime()),
        ),
    )
    .order_by(ProductRule.version)
    .limit(1)
)


def rule_then(connection: Connection, product_id: int, at: datetime) -> Row[Any] | None:
    """Give that version, with its product's kind; None for what has no rules."""
    return connection.execute(_THEN, {"product": product_id, "at": at}).first()
