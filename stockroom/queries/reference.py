"""Which ingredients, areas, techniques and the like may be chosen from?"""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select

from stockroom.models import Ingredient, ReferenceItem
from stockroom.queries.paging import PAGE_ROWS, Page, page_of


@dataclass(frozen=True, slots=True, kw_only=True)
class IngredientRow:
    """An active or an excipient."""

    uid: str
    slug: str
    name: str
    ingredient_class: str
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferenceRow:
    """One row of the reference data, with where it is written."""

    slug: str
    name: str
    detail: dict[str, Any]
    """Its further columns; other ones for each kind."""
    sources: tuple[str, ...]


def ingredients(
    connection: Connection, *, after: str | None = None, limit: int = PAGE_ROWS
) -> Page[IngredientRow]:
    """Give the ingredients; one statement.  Raises CursorUnreadable."""
    return page_of(
        connection,
        select(Ingredient.__table__),
        Ingredient,
        lambda row: IngredientRow(
            uid=row.uid,
            slug=row.slug,
            name=row.name,
            ingredient_class=row.ingredient_class,
            sources=tuple(row.sources.split()),
        ),
        after=after,
        limit=limit,
    )


def reference_rows(connection: Connection, *, kind: str) -> tuple[ReferenceRow, ...]:
    """Give all rows of one kind by name (a data file, so that there are few); one statement."""
    own_columns = ("slug", "name", "sources")
    found = select(ReferenceItem.__table__).where(ReferenceItem.kind == kind)
    return tuple(
        ReferenceRow(
            slug=row.slug,
            name=row.name,
            detail={name: value for name, value in json.loads(row.detail).items() if name not in own_columns},
            sources=tuple(row.sources.split()),
        )
        for row in connection.execute(found.order_by(ReferenceItem.name, ReferenceItem.slug))
    )


def words_of(connection: Connection, *, kinds: Collection[str]) -> dict[str, tuple[tuple[str, str], ...]]:
    """Give the words of these kinds as (slug, name), by name; a kind without any is empty.  One statement."""
    found: dict[str, list[tuple[str, str]]] = {kind: [] for kind in kinds}
    rows = connection.execute(
        select(ReferenceItem.kind, ReferenceItem.slug, ReferenceItem.name)
        .where(ReferenceItem.kind.in_(sorted(kinds)))
        .order_by(ReferenceItem.name, ReferenceItem.slug)
    )
    for row in rows:
        found[row.kind].append((row.slug, row.name))
    return {kind: tuple(words) for kind, words in found.items()}
