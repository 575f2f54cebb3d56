"""What is meant for these sessions, and what is in it?  Needs, what is allocated, cocktails made or being made."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Any

from sqlalchemy import Connection, Row, and_, bindparam, case, exists, func, literal, or_, select

from stockroom.db.columns import written
from stockroom.models import (
    Allocation,
    Balance,
    Container,
    Lot,
    Need,
    Preparation,
    PreparationSession,
    Product,
    ProductGroup,
    ProductRule,
    Recipe,
    RecipeComponent,
    RecipeVersion,
)
from stockroom.reads.contents import (
    contents_columns,
    contents_inside,
    contents_of,
    contents_where_it_lies,
    kept_rule,
    rule_in_force,
)
from stockroom.reads.mixtures import mixed_in
from stockroom.rules.suitability import NOTHING_IN_IT, Contents
from stockroom.vocabulary import AllocationState, PreparationState, ProductKind, RecipeState


class PartKind(StrEnum):
    """What sort of thing is meant for a session."""

    NEED = "need"
    ALLOCATION = "allocation"
    DRAFT = "draft"
    """A cocktail that is being made."""
    COCKTAIL = "cocktail"
    """A cocktail that is made, and waits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Meant:
    """Something that is meant for a session, with what may be in it: several where any of them will do."""

    kind: PartKind
    uid: str
    """Of the need, the allocation or the cocktail."""
    name: str
    detail: str
    """The lot of what is kept, the code of a cocktail; empty for a need."""
    any_of: tuple[Contents, ...]
    technique: str = ""
    """Slug of the one for which the recipe of a cocktail is meant; empty for any, and for what is no cocktail."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Formula:
    """What goes into a cocktail by its approved recipe, and by which technique it is meant to be given."""

    contents: Contents
    technique: str


def meant_for(connection: Connection, clinic_id: int, session_ids: Collection[int]) -> dict[int, list[Meant]]:
    """Give what is meant for each of these sessions, by its id; five statements at most."""
    asked = {"clinic": clinic_id, "sessions": sorted(session_ids)}
    needs = connection.execute(_needs(), asked).all()
    lying = [*connection.execute(_kept(), asked), *connection.execute(_made(), asked)]
    prepared = {row.product_id for row in needs if row.product_kind == ProductKind.PREPARED}
    formulas = _formulas(connection, prepared) if prepared else {}
    mixed = {row.lot_id for row in lying if row.product_kind != ProductKind.MANUFACTURED}
    inside = mixed_in(connection, clinic_id, sorted(mixed)) if mixed else {}
    found: dict[int, list[Meant]] = defaultdict(list)
    for rows in _by_need(needs):
        found[rows[0].session_id].append(_need(rows, formulas))
    for row in lying:
        contents = contents_inside(inside[row.lot_id]) if row.lot_id in inside else contents_of(row)
        found[row.session_id].append(
            Meant(
                kind=PartKind(row.part),
                uid=row.uid,
                name=row.name,
                detail=row.detail,
                any_of=(contents,),
                technique=row.technique or "",
            )
        )
    return found


def _by_need(rows: Iterable[Row[Any]]) -> list[list[Row[Any]]]:
    """The products that serve each need."""
    grouped: dict[int, list[Row[Any]]] = defaultdict(list)
    for row in rows:
        grouped[row.need_id].append(row)
    return list(grouped.values())


def _need(rows: list[Row[Any]], formulas: dict[int, _Formula]) -> Meant:
    made = [formulas[row.product_id] for row in rows if row.product_id in formulas]
    return Meant(
        kind=PartKind.NEED,
        uid=rows[0].uid,
        name=rows[0].name,
        detail="",
        any_of=tuple(
            formulas[row.product_id].contents if row.product_id in formulas else contents_of(row)
            for row in rows
        ),
        technique=made[0].technique if made else "",
    )


def _formulas(connection: Connection, product_ids: Collection[int]) -> dict[int, _Formula]:
    """What goes into cocktails by their approved recipes, by product; a need names one cocktail.

    Of what a recipe names by ingredient that alone; of equivalents what all of them hold, because any may be
    taken.  What really goes in is judged when it is scanned.
    """
    choices: dict[tuple[int, int], list[Contents]] = defaultdict(list)
    techniques: dict[int, str] = {}
    for row in connection.execute(_components(), {"products": sorted(product_ids)}):
        techniques[row.made_id] = row.technique
        contents = contents_of(row)
        if row.ingredient_id is not None:
            contents = Contents(
                ingredient_ids=frozenset({row.ingredient_id}), regulatory_classes=frozenset(), is_known=True
            )
        choices[row.made_id, row.n].append(contents)
    found: dict[int, Contents] = {}
    for (made_id, _), alternatives in choices.items():
        found[made_id] = found.get(made_id, NOTHING_IN_IT) | _in_common(alternatives)
    return {
        made_id: _Formula(contents=contents, technique=techniques[made_id])
        for made_id, contents in found.items()
    }


def _in_common(alternatives: list[Contents]) -> Contents:
    return Contents(
        ingredient_ids=frozenset.intersection(*(each.ingredient_ids for each in alternatives)),
        regulatory_classes=frozenset.intersection(*(each.regulatory_classes for each in alternatives)),
        is_known=any(each.is_known for each in alternatives),
    )


_SESSIONS: Any = bindparam("sessions", expanding=True)


@cache
def _needs() -> Any:
    of_group = and_(Product.group_id == Need.group_id, Product.archived_at.is_(None))
    return (
        select(
            Need.id.label("need_id"),
            Need.session_id,
            Need.uid,
            func.coalesce(ProductGroup.name, Product.name).label("name"),
            Product.id.label("product_id"),
            Product.kind.label("product_kind"),
            *contents_columns(),
        )
        .select_from(Need)
        .outerjoin(ProductGroup, ProductGroup.id == Need.group_id)
        .join(Product, or_(Product.id == Need.product_id, of_group))
        .outerjoin(ProductRule, rule_in_force)
        .where(Need.clinic_id == bindparam("clinic"), Need.session_id.in_(_SESSIONS))
        .order_by(Need.session_id, Need.id, Product.id)
    )


@cache
def _components() -> Any:
    """Each component of the approved recipes of these cocktails, with every product that it names."""
    of_group = and_(Product.group_id == RecipeComponent.group_id, Product.archived_at.is_(None))
    return (
        select(
            Recipe.product_id.label("made_id"),
            RecipeComponent.n,
            RecipeComponent.ingredient_id,
            RecipeVersion.technique,
            *contents_columns(),
        )
        .select_from(Recipe)
        .join(RecipeVersion, RecipeVersion.recipe_id == Recipe.id)
        .join(RecipeComponent, RecipeComponent.recipe_version_id == RecipeVersion.id)
        .outerjoin(Product, or_(Product.id == RecipeComponent.product_id, of_group))
        .outerjoin(ProductRule, rule_in_force)
        .where(
            Recipe.product_id.in_(bindparam("products", expanding=True)),
            RecipeVersion.state == written(RecipeState.APPROVED),
        )
        .order_by(Recipe.product_id, RecipeComponent.n, Product.id)
    )


@cache
def _kept() -> Any:
    """What is allocated to the sessions, and to cocktails that are being made for them: what stands now, no more."""
    session_id = func.coalesce(Allocation.session_id, PreparationSession.session_id)
    holder = and_(
        Container.clinic_id == Allocation.clinic_id, Container.location_id == Allocation.location_id
    )
    return (
        select(
            session_id.label("session_id"),
            func.coalesce(Preparation.uid, Allocation.uid).label("uid"),
            case(
                (Allocation.preparation_id.is_not(None), PartKind.DRAFT.value),
                else_=PartKind.ALLOCATION.value,
            ).label("part"),
            Product.name,
            func.coalesce(Preparation.short_code, Lot.number).label("detail"),
            Allocation.lot_id,
            Product.kind.label("product_kind"),
            RecipeVersion.technique,
            *contents_where_it_lies(),
        )
        .select_from(Allocation)
        .outerjoin(
            Preparation,
            and_(Preparation.clinic_id == Allocation.clinic_id, Preparation.id == Allocation.preparation_id),
        )
        .outerjoin(
            PreparationSession,
            and_(
                PreparationSession.clinic_id == Allocation.clinic_id,
                PreparationSession.preparation_id == Allocation.preparation_id,
            ),
        )
        .outerjoin(RecipeVersion, RecipeVersion.id == Preparation.recipe_version_id)
        .join(Lot, and_(Lot.clinic_id == Allocation.clinic_id, Lot.id == Allocation.lot_id))
        .join(Product, Product.id == Lot.product_id)
        .outerjoin(ProductRule, rule_in_force)
        .outerjoin(Container, holder)
        .outerjoin(kept_rule, kept_rule.id == Container.product_rule_id)
        .where(
            Allocation.clinic_id == bindparam("clinic"),
            Allocation.state == written(AllocationState.ACTIVE),
            session_id.in_(_SESSIONS),
        )
        .order_by(Allocation.id)
    )


@cache
def _made() -> Any:
    """The cocktails that were made for the sessions, of which something is left."""
    is_left = exists().where(
        Balance.clinic_id == Preparation.clinic_id,
        Balance.lot_id == Preparation.lot_id,
        Balance.quantity > written(0),
    )
    return (
        select(
            PreparationSession.session_id,
            Preparation.uid,
            literal(PartKind.COCKTAIL.value).label("part"),
            Product.name,
            Preparation.short_code.label("detail"),
            Preparation.lot_id,
            Product.kind.label("product_kind"),
            RecipeVersion.technique,
            *contents_columns(),
        )
        .select_from(PreparationSession)
        .join(
            Preparation,
            and_(
                Preparation.clinic_id == PreparationSession.clinic_id,
                Preparation.id == PreparationSession.preparation_id,
            ),
        )
        .outerjoin(RecipeVersion, RecipeVersion.id == Preparation.recipe_version_id)
        .join(Product, Product.id == Preparation.product_id)
        .outerjoin(ProductRule, rule_in_force)
        .where(
            PreparationSession.clinic_id == bindparam("clinic"),
            PreparationSession.session_id.in_(_SESSIONS),
            PreparationSession.ended_at.is_(None),
            Preparation.state == written(PreparationState.FINISHED),
            is_left,
        )
        .order_by(Preparation.id)
    )
