"""How far is this clinic set up: what is there, how much of it, and what does its first day still lack?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, distinct, exists, func, select

from stockroom.models import (
    Authorisation,
    Clinic,
    Location,
    Membership,
    Person,
    Product,
    ProductRule,
    Recipe,
    RecipeVersion,
    StockLevel,
    Supplier,
    User,
)
from stockroom.vocabulary import (
    SHELF_KINDS,
    UNUSABLE_KINDS,
    LocationKind,
    ProductKind,
    RecipeState,
    Role,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SetUp:
    """Counts of what a clinic works with; people, products, suppliers and recipes are the organisation's."""

    person_count: int
    log_in_count: int
    """Log-ins that work here: switched on, with a role in this clinic."""
    administrator_count: int
    practitioner_count: int
    prescriber_count: int
    """Practitioners of this clinic who are authorised to prescribe."""
    place_count: int
    """Places in which goods may lie to be used."""
    fridge_count: int
    room_count: int
    product_count: int
    unconfirmed_count: int
    """Products that nobody has confirmed as they now are: they may be received, and not used."""
    level_count: int
    """Products of which this clinic has said how much it holds at least."""
    supplier_count: int
    recipe_count: int
    recipe_in_force_count: int
    draft_count: int
    """Versions of recipes that wait for somebody's approval."""
    clinic_count: int


def set_up(connection: Connection, clinic_id: int) -> SetUp:
    """Count what a clinic works with; one statement."""
    counts: dict[str, Any] = {
        **_of_people(clinic_id),
        **_of_places(clinic_id),
        **_of_catalogue(clinic_id),
        "clinic_count": _count(Clinic),
    }
    row = connection.execute(select(*(count.label(name) for name, count in counts.items()))).one()
    return SetUp(**row._mapping)


def _count(model: Any, *conditions: ColumnElement[bool]) -> Any:
    return select(func.count()).select_from(model).where(*conditions).scalar_subquery()


def _of_people(clinic_id: int) -> dict[str, Any]:
    def holding(*conditions: ColumnElement[bool]) -> Any:
        works = (Membership.clinic_id == clinic_id, User.active, *conditions)
        joined = select(func.count(distinct(User.id))).join(Membership, Membership.user_id == User.id)
        return joined.where(*works).scalar_subquery()

    prescribes = exists().where(
        Authorisation.person_id == User.person_id,
        Authorisation.kind == "prescribe",
        Authorisation.until_on.is_(None),
    )
    is_practitioner = Membership.role == Role.PRACTITIONER
    return {
        "person_count": _count(Person, Person.is_system.is_(False)),
        "log_in_count": holding(),
        "administrator_count": holding(Membership.role == Role.ADMINISTRATOR),
        "practitioner_count": holding(is_practitioner),
        "prescriber_count": holding(is_practitioner, prescribes),
    }


def _of_places(clinic_id: int) -> dict[str, Any]:
    here = (Location.clinic_id == clinic_id, Location.closed_at.is_(None))
    return {
        "place_count": _count(Location, *here, Location.kind.in_(sorted(SHELF_KINDS - UNUSABLE_KINDS))),
        "fridge_count": _count(Location, *here, Location.kind == LocationKind.FRIDGE),
        "room_count": _count(Location, *here, Location.kind == LocationKind.ROOM),
    }


def _of_catalogue(clinic_id: int) -> dict[str, Any]:
    is_bought = and_(Product.kind == ProductKind.MANUFACTURED, Product.archived_at.is_(None))
    confirmed = exists().where(
        ProductRule.product_id == Product.id,
        ProductRule.superseded_at.is_(None),
        ProductRule.confirmed_at.is_not(None),
    )
    return {
        "product_count": _count(Product, is_bought),
        "unconfirmed_count": _count(Product, is_bought, ~confirmed),
        "level_count": _count(StockLevel, StockLevel.clinic_id == clinic_id, StockLevel.minimum_count > 0),
        "supplier_count": _count(Supplier),
        "recipe_count": _count(Recipe),
        "recipe_in_force_count": _count(RecipeVersion, RecipeVersion.state == RecipeState.APPROVED),
        "draft_count": _count(RecipeVersion, RecipeVersion.state == RecipeState.DRAFT),
    }
