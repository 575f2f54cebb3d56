"""Which groups of equivalents are there?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select

from stockroom.models import ProductGroup
from stockroom.queries.paging import PAGE_ROWS, Page, page_of


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductGroupRow:
    """Equivalents, which needs, recipes and minimums may name."""

    uid: str
    name: str


def product_groups(
    connection: Connection, *, after: str | None = None, limit: int = PAGE_ROWS
) -> Page[ProductGroupRow]:
    """Give the groups; one statement.  Raises CursorUnreadable."""
    groups: Any = select(ProductGroup.uid, ProductGroup.name)
    return page_of(
        connection,
        groups,
        ProductGroup,
        lambda row: ProductGroupRow(**row._mapping),
        after=after,
        limit=limit,
    )
