"""Which planned cocktail does a product go into that was scanned at the bench?"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Connection

from stockroom.db.built_once import reading
from stockroom.models import Recipe
from stockroom.queries.bench_needs import NeedLine
from stockroom.reads.candidacies import candidacy
from stockroom.reads.made_before import made_before
from stockroom.reads.recipes import approved_version, formula
from stockroom.rules.compounding import goes_into


@dataclass(frozen=True, kw_only=True)
class CocktailAsked:
    """A cocktail that the session still needs, and of which the product is an ingredient."""

    recipe_uid: str
    missing: int
    """µL that the session still needs of it."""
    draft_uid: str | None
    """The draft that is being made for the session; None where nobody has begun."""


def cocktail_asked(
    connection: Connection,
    clinic_id: int,
    *,
    session_id: int,
    needs: Iterable[NeedLine],
    product_id: int,
) -> CocktailAsked | None:
    """Give the first such cocktail; None where there is none, or where it lies ready already.

    Seven statements for each cocktail that is still needed, none where none is.
    """
    for need in needs:
        if need.recipe_uid is None or need.product_id is None or not need.missing:
            continue
        recipe = connection.execute(reading(Recipe, "uid"), {"its_uid": need.recipe_uid}).one()
        version = approved_version(connection, recipe.id)
        if version is None:
            continue
        wanted = formula(connection, version.id).recipe
        if not goes_into(wanted, candidacy(connection, product_id).candidate):
            continue
        made = made_before(connection, clinic_id, [session_id], product_id=need.product_id)
        if made is None or made.is_draft:
            return CocktailAsked(
                recipe_uid=need.recipe_uid,
                missing=need.missing,
                draft_uid=made.uid if made is not None else None,
            )
    return None
