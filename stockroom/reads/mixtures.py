"""What went into a mixture, however deep: its ingredients, what holds it, and whose it is."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import CTE, ColumnElement, Connection, Select, Text, and_, bindparam, cast, func, or_, select
from sqlalchemy.orm import aliased

from stockroom.models import (
    ClinicHold,
    Container,
    Lot,
    Patient,
    Preparation,
    PreparationIngredient,
    PreparationSession,
    Product,
    ProductHold,
    ProductIngredient,
    ProductRule,
    RuleIngredient,
    TreatmentSession,
)
from stockroom.vocabulary import HoldReason, ProductKind, RegulatoryClass

_then = aliased(ProductRule, name="then")
"""A version of a product's rule that is in force no longer."""


@dataclass(frozen=True, kw_only=True)
class Inside:
    """What is in a mixture, and whose it is."""

    ingredient_ids: frozenset[int]
    """By all that is known of what went in: when it was opened or mixed, and since."""
    regulatory_classes: frozenset[RegulatoryClass]
    """Of everything bought that went in, then and now."""
    patient_ids: frozenset[int]
    hold_reasons: frozenset[HoldReason]
    """Of whole lots and products that went in; a hold on goods at a place stays with those goods."""
    is_confirmed: bool
    """Everything bought that went in is confirmed: what nobody knows is not safe for being mixed."""


def mixed_in(connection: Connection, clinic_id: int, lot_ids: list[int]) -> dict[int, Inside]:
    """Give the ingredients and holds of everything that went into each prepared lot, however deep, whether
    all of it is confirmed, and its patients.
    """
    rows = connection.execute(_statement(), {"clinic": clinic_id, "lots": lot_ids}).all()
    return {lot_id: _inside([row for row in rows if row.root_id == lot_id]) for lot_id in lot_ids}


def _inside(rows: list[Any]) -> Inside:
    ingredients = {row.ingredient_id for row in rows if row.ingredient_id is not None}
    classes = {row.regulatory_class for row in rows if row.regulatory_class is not None}
    for row in rows:
        ingredients.update(map(int, (row.held_then or "").split()))
        classes.update((row.classes_then or "").split())
    return Inside(
        ingredient_ids=frozenset(ingredients),
        regulatory_classes=frozenset(map(RegulatoryClass, classes)),
        patient_ids=frozenset(row.patient_id for row in rows if row.patient_id is not None),
        hold_reasons=frozenset(
            reason
            for row in rows
            for reason in reasons_in(row.organisation_holds) + reasons_in(row.clinic_holds)
        ),
        is_confirmed=all(row.is_confirmed for row in rows),
    )


def parts_of(connection: Connection, clinic_id: int, lot_ids: list[int]) -> dict[int, set[int]]:
    """Give the lots that went into each of these, however deep; only those into which any went.  One statement."""
    walk = _parts_of()
    found: dict[int, set[int]] = {}
    rows = connection.execute(select(walk.c.root_id, walk.c.part_id), {"clinic": clinic_id, "lots": lot_ids})
    for row in rows:
        if row.part_id is not None:
            found.setdefault(row.root_id, set()).add(row.part_id)
    return found


@dataclass(frozen=True, kw_only=True)
class Within:
    """The products that were mixed into a cocktail, however deep, and what was said of them then."""

    product_ids: frozenset[int]
    rule_ids: frozenset[int]
    """Versions of their rules that are in force no longer, and were when a vial was opened or while it was mixed."""


def products_within(connection: Connection, clinic_id: int, lot_ids: list[int]) -> dict[int, Within]:
    """Give what went into each of these lots; only those into which anything went.  One statement."""
    found: dict[int, Within] = {}
    for row in connection.execute(_products_within(), {"clinic": clinic_id, "lots": lot_ids}):
        known = found.get(row.root_id, Within(product_ids=frozenset(), rule_ids=frozenset()))
        found[row.root_id] = Within(
            product_ids=known.product_ids | {row.product_id},
            rule_ids=known.rule_ids.union(map(int, (row.rules_then or "").split())),
        )
    return found


@cache
def _products_within() -> Select[Any]:
    walk = _parts_of()
    part = and_(Lot.clinic_id == bindparam("clinic"), Lot.id == walk.c.part_id)
    rules_then = _said_then(walk, as_text(cast(_then.id, Text))).label("rules_then")
    return select(walk.c.root_id, Lot.product_id, rules_then).join_from(walk, Lot, part)


@cache
def _statement() -> Select[Any]:
    """Built once: building a statement costs more than running it."""
    walk = _parts_of()
    owned = and_(
        PreparationSession.clinic_id == bindparam("clinic"),
        PreparationSession.preparation_id == walk.c.preparation_id,
        PreparationSession.ended_at.is_(None),
    )
    return (
        select(
            walk.c.root_id,
            ProductIngredient.ingredient_id,
            ProductRule.regulatory_class,
            _said_then(walk, as_text(cast(RuleIngredient.ingredient_id, Text)), RuleIngredient).label(
                "held_then"
            ),
            _said_then(walk, as_text(_then.regulatory_class)).label("classes_then"),
            stands_for(TreatmentSession.patient_id).label("patient_id"),
            organisation_holds().label("organisation_holds"),
            _whole_lot_holds().label("clinic_holds"),
            or_(Product.kind != ProductKind.MANUFACTURED, ProductRule.confirmed_at.is_not(None)).label(
                "is_confirmed"
            ),
        )
        .select_from(walk)
        .outerjoin(Lot, and_(Lot.clinic_id == bindparam("clinic"), Lot.id == walk.c.part_id))
        .outerjoin(Product, Product.id == Lot.product_id)
        .outerjoin(
            ProductRule, and_(ProductRule.product_id == Product.id, ProductRule.superseded_at.is_(None))
        )
        .outerjoin(ProductIngredient, ProductIngredient.product_id == Lot.product_id)
        .outerjoin(PreparationSession, owned)
        .outerjoin(
            TreatmentSession,
            and_(
                TreatmentSession.clinic_id == PreparationSession.clinic_id,
                TreatmentSession.id == PreparationSession.session_id,
            ),
        )
        .where(walk.c.part_id.is_not(None))
    )


def _parts_of() -> CTE:
    """The table (root_id, preparation_id, part_id, taken_from_id) of all that went into these lots, however deep.

    It joins outwards from what is asked, so that SQLite does not begin at every ingredient there ever was;
    part_id is NULL for a preparation out of which everything was taken again.
    """
    walk = (
        select(
            Preparation.lot_id.label("root_id"),
            Preparation.id.label("preparation_id"),
            PreparationIngredient.lot_id.label("part_id"),
            PreparationIngredient.location_id.label("taken_from_id"),
        )
        .outerjoin(
            PreparationIngredient,
            and_(
                PreparationIngredient.clinic_id == Preparation.clinic_id,
                PreparationIngredient.preparation_id == Preparation.id,
                PreparationIngredient.removed_at.is_(None),
            ),
        )
        .where(
            Preparation.clinic_id == bindparam("clinic"),
            Preparation.lot_id.in_(bindparam("lots", expanding=True)),
        )
        .cte("mixed_in", recursive=True)
    )
    deeper = aliased(Preparation)
    part = aliased(PreparationIngredient)
    return walk.union(
        select(walk.c.root_id, deeper.id, part.lot_id, part.location_id)
        .select_from(walk)
        .outerjoin(deeper, and_(deeper.clinic_id == bindparam("clinic"), deeper.lot_id == walk.c.part_id))
        .outerjoin(
            part,
            and_(
                part.clinic_id == deeper.clinic_id,
                part.preparation_id == deeper.id,
                part.removed_at.is_(None),
            ),
        )
        .where(func.coalesce(deeper.id, 0) > 0)
    )


def _said_then(walk: CTE, said: Any, beside: Any = None) -> Any:
    """What was said of a part by the version under which its vial was opened, and by those that were in force while
    it was mixed: that a leaflet changed since makes nothing else of what is in the syringe.

    Versions that are still in force are left out: what they say is asked for anyway.
    """
    vial = select(Container.product_rule_id).where(
        Container.clinic_id == bindparam("clinic"), Container.location_id == walk.c.taken_from_id
    )
    begun = select(Preparation.started_at).where(
        Preparation.clinic_id == bindparam("clinic"), Preparation.id == walk.c.preparation_id
    )
    statement = select(said).select_from(_then)
    if beside is not None:
        statement = statement.join(beside, beside.product_rule_id == _then.id)
    return (
        statement.where(
            _then.product_id == Lot.product_id,
            _then.superseded_at.is_not(None),
            or_(
                _then.id == vial.correlate(walk).scalar_subquery(),
                _then.superseded_at > begun.correlate(walk).scalar_subquery(),
            ),
        )
        .correlate(walk, Lot)
        .scalar_subquery()
    )


def _whole_lot_holds() -> ColumnElement[str]:
    return (
        select(as_text(ClinicHold.reason))
        .where(
            ClinicHold.clinic_id == Lot.clinic_id,
            ClinicHold.released_at.is_(None),
            ClinicHold.lot_id == Lot.id,
        )
        .correlate(Lot)
        .scalar_subquery()
    )


def organisation_holds() -> ColumnElement[str]:
    """The reasons of the organisation's holds on a lot of the statement, as one text."""
    return (
        select(as_text(ProductHold.reason))
        .where(
            ProductHold.product_id == Lot.product_id,
            or_(ProductHold.lot_number.is_(None), ProductHold.lot_number == Lot.number),
            ProductHold.released_at.is_(None),
        )
        .correlate(Lot)
        .scalar_subquery()
    )


def stands_for(patient_id: Any) -> ColumnElement[int]:
    """The patient whom a record means now: after a merge, the one who goes on."""
    return (
        select(func.coalesce(Patient.merged_into_id, Patient.id))
        .where(Patient.id == patient_id)
        .correlate(patient_id.class_)
        .scalar_subquery()
    )


def as_text(column: Any) -> ColumnElement[str]:
    """Several values as one text, parted by spaces."""
    return func.aggregate_strings(column, " ")


def reasons_in(text: str | None) -> tuple[HoldReason, ...]:
    """The hold reasons that such a text lists."""
    return tuple(HoldReason(part) for part in sorted(text.split())) if text else ()
