"""What was made by each version of a recipe, and what does its pattern name?"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, and_, func, select

from stockroom.models import Ingredient, Lot, Preparation, Recipe, RecipeVersion, ReferenceItem
from stockroom.vocabulary import PreparationState

LATEST = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeRow:
    """A cocktail that was made by a version."""

    uid: str
    short_code: str
    lot_number: str
    ended_at: datetime


@dataclass(frozen=True, kw_only=True)
class Made:
    """How many cocktails a clinic made by one version, and the latest."""

    count: int
    latest: tuple[MadeRow, ...]


NOTHING_MADE = Made(count=0, latest=())


def made_by_version(connection: Connection, clinic_id: int, recipe_uid: str) -> dict[str, Made]:
    """Give by version uid what this clinic made by it; one statement, however much it was."""
    place = func.row_number().over(partition_by=Preparation.recipe_version_id, order_by=Preparation.id.desc())
    total = func.count().over(partition_by=Preparation.recipe_version_id)
    made = (
        select(
            RecipeVersion.uid.label("version_uid"),
            Preparation.uid,
            Preparation.short_code,
            Lot.number.label("lot_number"),
            Preparation.ended_at,
            place.label("place"),
            total.label("total"),
        )
        .join(RecipeVersion, RecipeVersion.id == Preparation.recipe_version_id)
        .join(Recipe, Recipe.id == RecipeVersion.recipe_id)
        .join(Lot, and_(Lot.clinic_id == Preparation.clinic_id, Lot.id == Preparation.lot_id))
        .where(
            Preparation.clinic_id == clinic_id,
            Preparation.state == PreparationState.FINISHED,
            Recipe.uid == recipe_uid,
        )
        .subquery()
    )
    rows = connection.execute(select(made).where(made.c.place <= LATEST).order_by(made.c.place)).all()
    counts = {row.version_uid: row.total for row in rows}
    return {
        version_uid: Made(
            count=count,
            latest=tuple(
                MadeRow(
                    uid=row.uid, short_code=row.short_code, lot_number=row.lot_number, ended_at=row.ended_at
                )
                for row in rows
                if row.version_uid == version_uid
            ),
        )
        for version_uid, count in counts.items()
    }


def pattern_ingredients(connection: Connection, pattern: str | None) -> tuple[tuple[str, str], ...]:
    """Give the ingredients of a pattern, by uid and name, in its order; two statements, none without one."""
    if pattern is None:
        return ()
    detail = connection.execute(
        select(ReferenceItem.detail).where(
            ReferenceItem.kind == "cocktail_patterns", ReferenceItem.slug == pattern
        )
    ).scalar_one_or_none()
    slugs: Iterable[str] = () if detail is None else json.loads(detail)["components"]
    rows = connection.execute(
        select(Ingredient.slug, Ingredient.uid, Ingredient.name).where(Ingredient.slug.in_(list(slugs)))
    )
    known = {row.slug: (row.uid, row.name) for row in rows}
    return tuple(known[slug] for slug in slugs if slug in known)
