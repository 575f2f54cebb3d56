"""How do the cocktail patterns of the source texts get among the recipes?  As drafts without amounts.

No source gives amounts, so none is invented: a pattern is a recipe without a version until somebody writes
how much of what, and another person approves that.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, insert, select

from stockroom.actor import Actor
from stockroom.db.identifiers import new_uid
from stockroom.db.store import Store
from stockroom.db.transaction import ORGANISATION, Work
from stockroom.ledger.acts import Act, perform
from stockroom.ledger.prepared_products import insert_prepared_product
from stockroom.models import Recipe
from stockroom.reference import CocktailPattern, Reference
from stockroom.vocabulary import Action, ProductKind


@dataclass(frozen=True, kw_only=True)
class PatternsDrafted:
    """The recipes that were added."""

    recipe_uids: tuple[str, ...]


def draft_patterns(
    store: Store, reference: Reference, *, actor: Actor, key: str, now: datetime
) -> PatternsDrafted:
    """Add a recipe for each pattern that has none; one that goes by its name already is left as it is."""
    return perform(
        store,
        Act(kind="recipe.draft_patterns", action=Action.MAINTAIN_CATALOGUE, filed_in=ORGANISATION),
        command=tuple(each.slug for each in reference.cocktail_patterns),
        body=lambda work: _draft(work, reference),
        answer=PatternsDrafted,
        actor=actor,
        key=key,
        now=now,
    )


def are_patterns_drafted(connection: Connection, reference: Reference) -> bool:
    """Answer whether every pattern has its recipe; one statement."""
    return not _missing(connection, reference)


def _draft(work: Work, reference: Reference) -> PatternsDrafted:
    titles = {source.key: source.title for source in reference.sources}
    added = [
        _insert(work, pattern, "; ".join(titles[key] for key in pattern.sources))
        for pattern in _missing(work.connection, reference)
    ]
    work.payload["recipes"] = added
    return PatternsDrafted(recipe_uids=tuple(added))


def _missing(connection: Connection, reference: Reference) -> list[CocktailPattern]:
    rows = connection.execute(select(Recipe.name, Recipe.pattern)).all()
    taken = {row.pattern for row in rows} | {row.name for row in rows}
    return [each for each in reference.cocktail_patterns if each.slug not in taken and each.name not in taken]


def _insert(work: Work, pattern: CocktailPattern, sources: str) -> str:
    uid = new_uid(work.now)
    work.connection.execute(
        insert(Recipe).values(
            uid=uid,
            name=pattern.name,
            product_id=insert_prepared_product(work, name=pattern.name, kind=ProductKind.PREPARED),
            purpose=pattern.purpose,
            sources=sources,
            pattern=pattern.slug,
            created_at=work.recorded_at,
            updated_at=work.recorded_at,
        )
    )
    return uid
