"""Into what is this thrown away, as its product says; of a cocktail as everything that went into it says?"""

from __future__ import annotations

from collections.abc import Collection
from functools import cache
from typing import Any

from sqlalchemy import Connection, and_, bindparam, select

from stockroom.db.columns import written
from stockroom.models import Container, Lot, Product, ProductRule
from stockroom.reads.contents import kept_rule, rule_in_force
from stockroom.reads.mixtures import parts_of
from stockroom.vocabulary import ContainerState, ProductKind

Goods = tuple[str, str | None]
"""A lot by its uid, and the code of the open container that it is in; None for what is sealed or was mixed."""


def thrown_away_as(connection: Connection, clinic_id: int, lot_uids: Collection[str]) -> dict[Goods, str]:
    """Give the words under which these lots, and what is open of them, are thrown away; nothing where none are said.

    A vial keeps what was said when it was opened; what is sealed goes by what is said now.  One statement, three
    where a cocktail is among them.
    """
    rows = connection.execute(_said("uid"), {"clinic": clinic_id, "uids": sorted(lot_uids)}).all()
    found: dict[Goods, str] = {}
    for row in rows:
        found[row.uid, None] = row.now or ""
        if row.short_code is not None:
            found[row.uid, row.short_code] = row.then or ""
    mixed = {row.id: row.uid for row in rows if row.kind != ProductKind.MANUFACTURED}
    if mixed:
        found.update(_of_mixtures(connection, clinic_id, mixed))
    return {goods: words for goods, words in found.items() if words}


def _of_mixtures(connection: Connection, clinic_id: int, mixed: dict[int, str]) -> dict[Goods, str]:
    parts = parts_of(connection, clinic_id, sorted(mixed))
    asked = {"clinic": clinic_id, "ids": sorted(frozenset[int]().union(*parts.values()))}
    said = {row.id: row.now for row in connection.execute(_said("id"), asked)}
    return {
        (mixed[lot_id], None): ", ".join(sorted({words for part in inside if (words := said.get(part))}))
        for lot_id, inside in parts.items()
    }


@cache
def _said(column: str) -> Any:
    """Each of these lots with what its product says now, and what it said when a vial that is open was opened."""
    is_open = and_(
        Container.clinic_id == Lot.clinic_id,
        Container.lot_id == Lot.id,
        Container.state == written(ContainerState.OPEN),
    )
    return (
        select(
            Lot.id,
            Lot.uid,
            Product.kind,
            ProductRule.waste_stream.label("now"),
            Container.short_code,
            kept_rule.waste_stream.label("then"),
        )
        .join(Product, Product.id == Lot.product_id)
        .outerjoin(ProductRule, rule_in_force)
        .outerjoin(Container, is_open)
        .outerjoin(kept_rule, kept_rule.id == Container.product_rule_id)
        .where(
            Lot.clinic_id == bindparam("clinic"),
            getattr(Lot, column).in_(bindparam(f"{column}s", expanding=True)),
        )
    )
