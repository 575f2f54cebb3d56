"""Which cocktails are being made or were made, and what stands on the worksheet of one?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, select
from sqlalchemy.orm import aliased

from stockroom.errors import ThingNotFound
from stockroom.models import (
    Allocation,
    Container,
    Lot,
    Patient,
    Person,
    Preparation,
    PreparationIngredient,
    PreparationSession,
    Product,
    Recipe,
    RecipeVersion,
    TreatmentSession,
)
from stockroom.queries.paging import PAGE_ROWS, Page, is_uid, page_of
from stockroom.queries.recipes import components_of
from stockroom.vocabulary import AllocationState, BaseUnit, PreparationState

_made = aliased(Product, name="made")


@dataclass(frozen=True, slots=True, kw_only=True)
class PreparationRow:
    """A cocktail as a list shows it."""

    uid: str
    short_code: str
    state: str
    product_uid: str
    product_name: str
    recipe_uid: str | None
    """None for an ad-hoc mixture, which says why in `reason`."""
    version_number: int | None
    reason: str
    dose_count: int
    started_at: datetime
    started_by: str
    ended_at: datetime | None
    lot_uid: str | None
    lot_number: str | None
    beyond_use_at: datetime | None
    loss_quantity: int | None
    base_unit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedRow:
    """What the recipe asks for, all doses together, and what of it is in."""

    n: int
    name: str
    wanted_quantity: int
    drawn_quantity: int
    base_unit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class IngredientRow:
    """What was scanned and is kept for it."""

    n: int
    component_n: int | None
    product_uid: str
    product_name: str
    lot_uid: str
    lot_number: str
    container_code: str | None
    quantity: int
    base_unit: str
    is_kept: bool
    """False in a draft: a recorded fact took it away, so that it cannot be finished as it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionNamed:
    """A session that it is made for; the patient by a random id only."""

    uid: str
    short_code: str
    patient_id: int
    """For looking up who it is, once that was written down."""
    patient_uid: str


@dataclass(frozen=True, kw_only=True)
class Worksheet:
    """Everything about one cocktail."""

    preparation: PreparationRow
    sessions: tuple[SessionNamed, ...]
    wanted: tuple[WantedRow, ...]
    ingredients: tuple[IngredientRow, ...]


def preparations(
    connection: Connection,
    clinic_id: int,
    *,
    state: PreparationState | None = None,
    after: str | None = None,
    limit: int = PAGE_ROWS,
) -> Page[PreparationRow]:
    """Give the clinic's cocktails, newest first; one statement.  Raises CursorUnreadable."""
    statement = _preparations(clinic_id)
    if state is not None:
        statement = statement.where(Preparation.state == state)
    return page_of(connection, statement, Preparation, _show, after=after, limit=limit, newest_first=True)


def worksheet(connection: Connection, clinic_id: int, *, uid: str) -> Worksheet:
    """Give one cocktail of the clinic; four statements at most.  Raises ThingNotFound."""
    statement = _preparations(clinic_id).add_columns(Preparation.id, Preparation.recipe_version_id)
    row = connection.execute(statement.where(Preparation.uid == uid)).first() if is_uid(uid) else None
    if row is None:
        raise ThingNotFound(thing="cocktail", uid=uid[:40])
    ingredients = tuple(
        IngredientRow(
            **{**each._mapping, "is_kept": each.is_kept in (AllocationState.ACTIVE, AllocationState.USED)}
        )
        for each in connection.execute(_ingredients(clinic_id, row.id))
    )
    sessions = connection.execute(_sessions(clinic_id, row.id))
    return Worksheet(
        preparation=_show(row),
        sessions=tuple(SessionNamed(**each._mapping) for each in sessions),
        wanted=_wanted(connection, row, ingredients),
        ingredients=ingredients,
    )


def ingredient_units(connection: Connection, clinic_id: int, *, uid: str) -> dict[int, BaseUnit]:
    """Give the base unit of each ingredient that was ever in a cocktail, by number; one statement."""
    part = PreparationIngredient
    rows = connection.execute(
        select(part.n, Product.base_unit)
        .join(
            Preparation, and_(Preparation.clinic_id == part.clinic_id, Preparation.id == part.preparation_id)
        )
        .join(Lot, and_(Lot.clinic_id == part.clinic_id, Lot.id == part.lot_id))
        .join(Product, Product.id == Lot.product_id)
        .where(part.clinic_id == clinic_id, Preparation.uid == uid)
    )
    return {row.n: BaseUnit(row.base_unit) for row in rows}


def _preparations(clinic_id: int) -> Any:
    made_lot = and_(Lot.clinic_id == Preparation.clinic_id, Lot.id == Preparation.lot_id)
    return (
        select(
            Preparation.uid,
            Preparation.short_code,
            Preparation.state,
            _made.uid.label("product_uid"),
            _made.name.label("product_name"),
            Recipe.uid.label("recipe_uid"),
            RecipeVersion.number.label("version_number"),
            Preparation.reason,
            Preparation.dose_count,
            Preparation.started_at,
            Person.name.label("started_by"),
            Preparation.ended_at,
            Lot.uid.label("lot_uid"),
            Lot.number.label("lot_number"),
            Lot.beyond_use_at,
            Preparation.loss_quantity,
            _made.base_unit,
        )
        .select_from(Preparation)
        .join(_made, _made.id == Preparation.product_id)
        .join(Person, Person.id == Preparation.started_by_id)
        .outerjoin(RecipeVersion, RecipeVersion.id == Preparation.recipe_version_id)
        .outerjoin(Recipe, Recipe.id == RecipeVersion.recipe_id)
        .outerjoin(Lot, made_lot)
        .where(Preparation.clinic_id == clinic_id)
    )


def _show(row: Any) -> PreparationRow:
    return PreparationRow(**{name: getattr(row, name) for name in PreparationRow.__dataclass_fields__})


def _wanted(
    connection: Connection, row: Any, ingredients: tuple[IngredientRow, ...]
) -> tuple[WantedRow, ...]:
    if row.recipe_version_id is None:
        return ()
    components = components_of(connection, [row.recipe_version_id]).get(row.recipe_version_id, [])
    return tuple(
        WantedRow(
            n=component.n,
            name=component.name,
            wanted_quantity=component.quantity * row.dose_count,
            drawn_quantity=sum(each.quantity for each in ingredients if each.component_n == component.n),
            base_unit=component.base_unit,
        )
        for component in components
    )


def _ingredients(clinic_id: int, preparation_id: int) -> Any:
    part = PreparationIngredient
    return (
        select(
            part.n,
            part.component_n,
            Product.uid.label("product_uid"),
            Product.name.label("product_name"),
            Lot.uid.label("lot_uid"),
            Lot.number.label("lot_number"),
            Container.short_code.label("container_code"),
            part.quantity,
            Product.base_unit,
            Allocation.state.label("is_kept"),
        )
        .join(Lot, and_(Lot.clinic_id == part.clinic_id, Lot.id == part.lot_id))
        .join(Product, Product.id == Lot.product_id)
        .join(Allocation, and_(Allocation.clinic_id == part.clinic_id, Allocation.id == part.allocation_id))
        .outerjoin(
            Container,
            and_(Container.clinic_id == part.clinic_id, Container.location_id == part.location_id),
        )
        .where(
            part.clinic_id == clinic_id,
            part.preparation_id == preparation_id,
            part.removed_at.is_(None),
        )
        .order_by(part.n)
    )


def _sessions(clinic_id: int, preparation_id: int) -> Any:
    visit = and_(
        TreatmentSession.clinic_id == PreparationSession.clinic_id,
        TreatmentSession.id == PreparationSession.session_id,
    )
    return (
        select(
            TreatmentSession.uid,
            TreatmentSession.short_code,
            Patient.id.label("patient_id"),
            Patient.uid.label("patient_uid"),
        )
        .select_from(PreparationSession)
        .join(TreatmentSession, visit)
        .join(Patient, Patient.id == TreatmentSession.patient_id)
        .where(PreparationSession.clinic_id == clinic_id, PreparationSession.preparation_id == preparation_id)
        .order_by(TreatmentSession.id)
    )
