"""How do ingredients, areas, techniques and the like get into the database?  From the reference data files."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, insert, select

from stockroom.actor import Actor
from stockroom.db.identifiers import new_uid
from stockroom.db.store import Store
from stockroom.db.transaction import ORGANISATION, Work
from stockroom.ledger.acts import Act, perform
from stockroom.ledger.encoding import canonical
from stockroom.models import Ingredient, ReferenceItem, SuitabilityRule
from stockroom.reference import Reference
from stockroom.vocabulary import Action

OF_THEIR_OWN = ("sources", "ingredients", "suitability_rules")
"""What stands in tables of its own, or nowhere: the rest is reference items."""


@dataclass(frozen=True, kw_only=True)
class ReferenceLoaded:
    ingredient_count: int
    item_count: int


def load_reference(
    store: Store, reference: Reference, *, actor: Actor, key: str, now: datetime
) -> ReferenceLoaded:
    """Bring the tables to what the data files say: new ingredients are added, none is removed.

    An ingredient that a product or an allergy names must stay; the other reference rows are replaced.
    """
    return perform(
        store,
        Act(kind="reference.load", action=Action.MAINTAIN_CATALOGUE, filed_in=ORGANISATION),
        command=canonical([_items(reference), _rules(reference)]),
        body=lambda work: _load(work, reference),
        answer=ReferenceLoaded,
        actor=actor,
        key=key,
        now=now,
    )


def is_loaded(connection: Connection, reference: Reference) -> bool:
    """Answer whether the tables hold what the data files say; three statements."""
    known = set(connection.execute(select(Ingredient.slug)).scalars())
    items = {tuple(row) for row in connection.execute(select(*ReferenceItem.__table__.columns))}
    wanted = {
        tuple(row[column.name] for column in ReferenceItem.__table__.columns) for row in _items(reference)
    }
    rules = {tuple(row) for row in connection.execute(select(*SuitabilityRule.__table__.columns))}
    wanted_rules = {
        tuple(row[column.name] for column in SuitabilityRule.__table__.columns) for row in _rules(reference)
    }
    return items == wanted and rules == wanted_rules and {row.slug for row in reference.ingredients} <= known


def _load(work: Work, reference: Reference) -> ReferenceLoaded:
    known = set(work.connection.execute(select(Ingredient.slug)).scalars())
    added = [
        {
            "uid": new_uid(work.now),
            "slug": row.slug,
            "name": row.name,
            "ingredient_class": row.ingredient_class,
            "sources": " ".join(row.sources),
        }
        for row in reference.ingredients
        if row.slug not in known
    ]
    if added:
        work.connection.execute(insert(Ingredient), added)
    items = _items(reference)
    work.connection.execute(delete(ReferenceItem))
    work.connection.execute(insert(ReferenceItem), items)
    work.connection.execute(delete(SuitabilityRule))
    work.connection.execute(insert(SuitabilityRule), _rules(reference))
    work.payload.update(ingredients_added=len(added), items=len(items))
    return ReferenceLoaded(ingredient_count=len(known) + len(added), item_count=len(items))


def _items(reference: Reference) -> list[dict[str, str]]:
    tables: dict[str, Any] = {
        field.name: getattr(reference, field.name)
        for field in fields(reference)
        if field.name not in OF_THEIR_OWN
    }
    return [
        {
            "kind": kind,
            "slug": row.slug,
            "name": row.name,
            "detail": canonical(row),
            "sources": " ".join(row.sources),
        }
        for kind, rows in tables.items()
        for row in rows
    ]


def _rules(reference: Reference) -> list[dict[str, str]]:
    return [
        {
            "flag": row.flag,
            "subject_kind": row.subject_kind.value,
            "subject": row.subject,
            "effect": row.effect.value,
            "sources": " ".join(row.sources),
            "note": row.note,
        }
        for row in reference.suitability_rules
    ]
