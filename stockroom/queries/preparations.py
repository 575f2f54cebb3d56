"""What stands on the worksheet of a cocktail?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, func, select

from stockroom.errors import ThingNotFound
from stockroom.models import (
    Allocation,
    Balance,
    Container,
    Lot,
    Patient,
    Preparation,
    PreparationIngredient,
    PreparationSession,
    Product,
    RecipeVersion,
    ReferenceItem,
    TreatmentSession,
)
from stockroom.queries.paging import is_uid
from stockroom.queries.preparation_notes import (
    CheckRow,
    PassedRow,
    ThrownRow,
    check_of,
    passed_over,
    thrown_away,
)
from stockroom.queries.preparation_rows import PreparationRow, in_force, rows_of, show_row
from stockroom.queries.recipes import ComponentRow, components_of
from stockroom.rules.scaling import scaled
from stockroom.vocabulary import (
    CLOSED_SESSION_STATES,
    AllocationState,
    BaseUnit,
    Basis,
    PreparationState,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedRow:
    """What the recipe asks for, all doses together, and what of it is in."""

    n: int
    name: str
    wanted_quantity: int
    drawn_quantity: int
    base_unit: str
    substitutes: tuple[str, ...] = ()
    """Products that may go in for it."""


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
    is_substitute: bool = False
    """The recipe asks for another product, and allows this one in its place."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionNamed:
    """A session that it is made for; the patient by a random id only."""

    uid: str
    short_code: str
    patient_id: int
    """For looking up who it is, once that was written down."""
    patient_uid: str
    state: str

    @property
    def is_over(self) -> bool:
        """The visit has ended, or did not take place."""
        return self.state in CLOSED_SESSION_STATES


@dataclass(frozen=True, kw_only=True)
class Worksheet:
    """Everything about one cocktail."""

    preparation: PreparationRow
    sessions: tuple[SessionNamed, ...]
    wanted: tuple[WantedRow, ...]
    ingredients: tuple[IngredientRow, ...]
    mixing: str = ""
    """How its recipe says that it is mixed."""
    is_ordered: bool = False
    """What goes in goes in one after another."""
    technique: str = ""
    """By its name, for which its recipe is meant; empty for any."""
    superseded_by: int | None = None
    """The number of the version in force, where it is not the one by which this is made."""
    superseded_at: datetime | None = None
    left_quantity: int = 0
    """What lies there of it, in its base unit."""
    check: CheckRow | None = None
    passed: tuple[PassedRow, ...] = ()
    """Which earlier lots were passed over for what is in it."""
    thrown: tuple[ThrownRow, ...] = ()
    """Of one that was abandoned, what was thrown away with it."""

    @property
    def is_left_over(self) -> bool:
        """Made, some of it lies there, and each session that it was for is over."""
        return bool(self.left_quantity) and self.are_sessions_over

    @property
    def are_sessions_over(self) -> bool:
        """It was begun for sessions, and none of them takes place any more."""
        return bool(self.sessions) and all(each.is_over for each in self.sessions)


def worksheet(connection: Connection, clinic_id: int, *, uid: str) -> Worksheet:
    """Give one cocktail of the clinic; seven statements at most.  Raises ThingNotFound."""
    statement = rows_of(clinic_id).add_columns(
        Preparation.id,
        Preparation.recipe_version_id,
        RecipeVersion.mixing,
        RecipeVersion.is_ordered,
        _technique().label("technique"),
        RecipeVersion.output_quantity,
        in_force.number.label("superseded_by"),
        in_force.approved_at.label("superseded_at"),
        _left().label("left_quantity"),
        Preparation.checked_by_id,
    )
    row = connection.execute(statement.where(Preparation.uid == uid)).first() if is_uid(uid) else None
    if row is None:
        raise ThingNotFound(thing="cocktail", uid=uid[:40])
    version_id = row.recipe_version_id
    components = {} if version_id is None else components_of(connection, [version_id])
    asked = {each.n: each for each in components.get(version_id, [])}
    ingredients = tuple(
        _ingredient(each, asked.get(each.component_n))
        for each in connection.execute(_ingredients(clinic_id, row.id))
    )
    sessions = connection.execute(_sessions(clinic_id, row.id))
    return Worksheet(
        preparation=show_row(row),
        sessions=tuple(SessionNamed(**each._mapping) for each in sessions),
        wanted=tuple(_wanted(row, each, ingredients) for each in asked.values()),
        ingredients=ingredients,
        mixing=row.mixing or "",
        is_ordered=bool(row.is_ordered),
        technique=row.technique or "",
        superseded_by=row.superseded_by,
        superseded_at=row.superseded_at,
        left_quantity=row.left_quantity or 0,
        check=check_of(connection, clinic_id, uid) if row.checked_by_id is not None else None,
        passed=_passed(connection, clinic_id, row, ingredients),
        thrown=thrown_away(connection, clinic_id, row.movement_uid) if _is_abandoned(row) else (),
    )


def _ingredient(row: Any, component: ComponentRow | None) -> IngredientRow:
    named = None if component is None else component.product_uid
    said = {**row._mapping, "is_kept": row.is_kept in (AllocationState.ACTIVE, AllocationState.USED)}
    return IngredientRow(**said, is_substitute=named is not None and named != row.product_uid)


def _passed(
    connection: Connection, clinic_id: int, row: Any, ingredients: tuple[IngredientRow, ...]
) -> tuple[PassedRow, ...]:
    if not ingredients:
        return ()
    lots = {each.lot_uid for each in ingredients}
    return passed_over(connection, clinic_id, since=row.started_at, until=row.ended_at, taken_lot_uids=lots)


def _is_abandoned(row: Any) -> bool:
    return bool(row.state == PreparationState.ABANDONED and row.movement_uid is not None)


def _technique() -> Any:
    named = and_(ReferenceItem.kind == "techniques", ReferenceItem.slug == RecipeVersion.technique)
    return select(ReferenceItem.name).where(named).correlate(RecipeVersion).scalar_subquery()


def _left() -> Any:
    return (
        select(func.sum(Balance.quantity))
        .where(Balance.clinic_id == Preparation.clinic_id, Balance.lot_id == Preparation.lot_id)
        .correlate(Preparation)
        .scalar_subquery()
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


def _wanted(row: Any, component: ComponentRow, ingredients: tuple[IngredientRow, ...]) -> WantedRow:
    return WantedRow(
        n=component.n,
        name=component.name,
        wanted_quantity=scaled(
            component.quantity,
            Basis(component.basis),
            output_quantity=row.output_quantity,
            wanted_quantity=row.wanted_quantity,
        ),
        drawn_quantity=sum(each.quantity for each in ingredients if each.component_n == component.n),
        base_unit=component.base_unit,
        substitutes=tuple(each.name for each in component.substitutes),
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
            TreatmentSession.state,
        )
        .select_from(PreparationSession)
        .join(TreatmentSession, visit)
        .join(Patient, Patient.id == TreatmentSession.patient_id)
        .where(
            PreparationSession.clinic_id == clinic_id,
            PreparationSession.preparation_id == preparation_id,
            PreparationSession.ended_at.is_(None),
        )
        .order_by(TreatmentSession.id)
    )
