"""What was in a cocktail that was used, made by whom, checked by whom, after which version of its recipe?"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, and_, select
from sqlalchemy.orm import aliased

from stockroom.models import (
    Container,
    Location,
    Lot,
    Manufacturer,
    Person,
    Preparation,
    PreparationIngredient,
    Product,
    Recipe,
    RecipeVersion,
    TradeItem,
)
from stockroom.queries.goods_named import COLUMNS, GoodsNamed, Naming, scanned_unit
from stockroom.vocabulary import LotKind

DEEPEST = 6
"""Cocktails in cocktails: deeper than this nobody has ever mixed."""


@dataclass(frozen=True, kw_only=True)
class IngredientUsed:
    """One thing that went into a cocktail, in the same detail as what is used by itself."""

    goods: GoodsNamed
    quantity: int
    """Into the whole cocktail."""
    serial: str
    container_code: str
    identified_by: str
    cocktail: CocktailUsed | None
    """Where it was a cocktail itself."""


@dataclass(frozen=True, kw_only=True)
class CocktailUsed:
    """A preparation from which something was used."""

    preparation_uid: str
    short_code: str
    recipe: str
    """Empty for a mixture without a recipe, whose reason is given."""
    version_number: int | None
    reason: str
    started_at: datetime
    ended_at: datetime | None
    prepared_by: str
    checked_by: str
    beyond_use_at: datetime | None
    put_in_quantity: int
    """All that is in it together, as far as it is counted in one unit."""
    ingredients: tuple[IngredientUsed, ...]


def cocktails_used(
    connection: Connection, clinic_id: int, lot_ids: Collection[int]
) -> Mapping[int, CocktailUsed]:
    """Give by lot what is known of each cocktail among these lots, however deep; five statements a depth."""
    headers: dict[int, Row[Any]] = {}
    parts: dict[int, list[Row[Any]]] = {}
    wanted = set(lot_ids)
    for _ in range(DEEPEST):
        found = connection.execute(_headers(clinic_id, wanted)).all() if wanted else ()
        if not found:
            break
        headers |= {row.lot_id: row for row in found}
        rows = connection.execute(_parts(clinic_id, [row.id for row in found])).all()
        for row in rows:
            parts.setdefault(row.made_lot_id, []).append(row)
        wanted = {row.lot_id for row in rows if row.kind == LotKind.PREPARED} - headers.keys()
    naming = Naming(connection, clinic_id, [row for rows in parts.values() for row in rows])
    return {lot_id: _cocktail(lot_id, headers, parts, naming) for lot_id in headers}


def _headers(clinic_id: int, lot_ids: Collection[int]) -> Any:
    checker = aliased(Person, name="checker")
    return (
        select(
            Preparation.id,
            Preparation.uid,
            Preparation.short_code,
            Preparation.reason,
            Preparation.started_at,
            Preparation.ended_at,
            Preparation.lot_id,
            Recipe.name.label("recipe"),
            RecipeVersion.number.label("version_number"),
            Person.name.label("prepared_by"),
            checker.name.label("checked_by"),
            Lot.beyond_use_at,
        )
        .join(Person, Person.id == Preparation.started_by_id)
        .join(Lot, and_(Lot.clinic_id == Preparation.clinic_id, Lot.id == Preparation.lot_id))
        .outerjoin(checker, checker.id == Preparation.checked_by_id)
        .outerjoin(RecipeVersion, RecipeVersion.id == Preparation.recipe_version_id)
        .outerjoin(Recipe, Recipe.id == RecipeVersion.recipe_id)
        .where(Preparation.clinic_id == clinic_id, Preparation.lot_id.in_(sorted(lot_ids)))
    )


def _parts(clinic_id: int, preparation_ids: Collection[int]) -> Any:
    part = PreparationIngredient
    return (
        select(
            Preparation.lot_id.label("made_lot_id"),
            part.quantity,
            part.identified_by,
            part.raw_scan,
            Preparation.started_at,
            TradeItem.scheme.label("opened_scheme"),
            TradeItem.code.label("opened_code"),
            Location.short_code.label("container_code"),
            Container.location_id.label("container_id"),
            Container.serial,
            *COLUMNS,
        )
        .select_from(part)
        .join(
            Preparation, and_(Preparation.clinic_id == part.clinic_id, Preparation.id == part.preparation_id)
        )
        .join(Lot, and_(Lot.clinic_id == part.clinic_id, Lot.id == part.lot_id))
        .join(Product, Product.id == Lot.product_id)
        .join(Location, and_(Location.clinic_id == part.clinic_id, Location.id == part.location_id))
        .outerjoin(Manufacturer, Manufacturer.id == Product.manufacturer_id)
        .outerjoin(
            Container, and_(Container.clinic_id == part.clinic_id, Container.location_id == part.location_id)
        )
        .outerjoin(TradeItem, TradeItem.id == Container.trade_item_id)
        .where(
            part.clinic_id == clinic_id,
            part.preparation_id.in_(sorted(preparation_ids)),
            part.removed_at.is_(None),
        )
        .order_by(part.preparation_id, part.n)
    )


def _cocktail(
    lot_id: int, headers: Mapping[int, Row[Any]], parts: Mapping[int, list[Row[Any]]], naming: Naming
) -> CocktailUsed:
    head = headers[lot_id]
    rows = parts.get(lot_id, [])
    return CocktailUsed(
        preparation_uid=head.uid,
        short_code=head.short_code,
        recipe=head.recipe or "",
        version_number=head.version_number,
        reason=head.reason,
        started_at=head.started_at,
        ended_at=head.ended_at,
        prepared_by=head.prepared_by,
        checked_by=head.checked_by or "",
        beyond_use_at=head.beyond_use_at,
        put_in_quantity=sum(row.quantity for row in rows),
        ingredients=tuple(
            _ingredient(
                row, naming, _cocktail(row.lot_id, headers, parts, naming) if row.lot_id in headers else None
            )
            for row in rows
        ),
    )


def _ingredient(row: Row[Any], naming: Naming, cocktail: CocktailUsed | None) -> IngredientUsed:
    """Known by the pack of the vial that it was drawn from, else by its own pack where that was scanned."""
    scan = scanned_unit(row.raw_scan, on=row.started_at.date())
    opened = (row.opened_scheme, row.opened_code) if row.opened_code else None
    return IngredientUsed(
        goods=naming.name(row, scanned=opened or scan.code),
        quantity=row.quantity,
        serial=row.serial or scan.serial,
        container_code=(row.container_code or "") if row.container_id is not None else "",
        identified_by=row.identified_by,
        cocktail=cocktail,
    )
