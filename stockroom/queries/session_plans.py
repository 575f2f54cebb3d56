"""What can a session be planned with: rooms, people, products and recipes, and what did the patient's last one say?"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Exists,
    Row,
    and_,
    bindparam,
    exists,
    func,
    or_,
    select,
    true,
)
from sqlalchemy.orm import aliased

from stockroom.db.columns import written
from stockroom.errors import ThingNotFound
from stockroom.models import (
    Authorisation,
    Balance,
    Location,
    Membership,
    Need,
    Patient,
    Person,
    Product,
    ProductGroup,
    Recipe,
    RecipeVersion,
    StockLevel,
    TreatmentSession,
    User,
)
from stockroom.queries.recipes import components_of
from stockroom.vocabulary import (
    BaseUnit,
    LocationKind,
    ProductKind,
    RecipeState,
    Role,
    SessionState,
)

CHOICES_MAX = 1_000
SHOWN_MAX = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Something that may be chosen, by what it is called."""

    uid: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Needable:
    """A product or a group of equivalents that a need may name."""

    uid: str
    name: str
    base_unit: str
    is_group: bool
    usual_quantity: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedNeed:
    """A need as a form shows it before it is planned."""

    name: str
    product_uid: str | None
    group_uid: str | None
    base_unit: str
    quantity: int


@dataclass(frozen=True, kw_only=True)
class LastPlan:
    """How the patient's last session was planned."""

    session_uid: str
    planned_at: datetime
    room_uid: str | None
    practitioner_uid: str | None
    needs: tuple[PlannedNeed, ...]


@dataclass(frozen=True, kw_only=True)
class RecipeNeeds:
    """A formula as needs of one session: its cocktail, or what goes into one dose."""

    name: str
    cocktail: PlannedNeed
    parts: tuple[PlannedNeed, ...]
    unnamed: tuple[str, ...]
    """Ingredients that any of several products may provide: no need names them."""


def rooms(connection: Connection, clinic_id: int) -> tuple[Choice, ...]:
    """Give the clinic's rooms by name; one statement."""
    rows = connection.execute(
        select(Location.uid, Location.name)
        .where(
            Location.clinic_id == clinic_id,
            Location.kind == LocationKind.ROOM,
            Location.closed_at.is_(None),
        )
        .order_by(Location.name)
    )
    return tuple(Choice(**row._mapping) for row in rows)


def practitioners(connection: Connection, clinic_id: int) -> tuple[Choice, ...]:
    """Give the people who are practitioners in the clinic; one statement."""
    return _choices(connection.execute(_practitioners(), {"clinic": clinic_id}))


def prescribers(connection: Connection, clinic_id: int, *, today: date) -> tuple[Choice, ...]:
    """Give the people with a role in the clinic who may prescribe on that day; one statement."""
    return _choices(connection.execute(_prescribers(), {"clinic": clinic_id, "today": today}))


@cache
def _practitioners() -> Any:
    return _people(_members().where(Membership.role == Role.PRACTITIONER))


@cache
def _prescribers() -> Any:
    may = exists().where(
        Authorisation.person_id == Person.id,
        Authorisation.kind == "prescribe",
        Authorisation.from_on <= bindparam("today", type_=Authorisation.from_on.type),
        or_(
            Authorisation.until_on.is_(None),
            Authorisation.until_on >= bindparam("today", type_=Authorisation.until_on.type),
        ),
    )
    return _people(_members(), may)


def _members() -> Exists:
    return exists().where(
        User.person_id == Person.id,
        Membership.user_id == User.id,
        Membership.clinic_id == bindparam("clinic"),
    )


def _people(*conditions: ColumnElement[bool]) -> Any:
    return (
        select(Person.uid, Person.name).where(Person.is_system.is_(False), *conditions).order_by(Person.name)
    )


def _choices(rows: Iterable[Row[Any]]) -> tuple[Choice, ...]:
    return tuple(Choice(**row._mapping) for row in rows)


def needables(connection: Connection, clinic_id: int) -> tuple[Needable, ...]:
    """Give what a need may name here: what lies or is kept in the clinic, cocktails, and groups; two statements."""
    lies = _lies(clinic_id)
    kept = exists().where(StockLevel.clinic_id == clinic_id, StockLevel.product_id == Product.id)
    products = connection.execute(
        select(
            Product.uid,
            Product.name,
            Product.strength,
            Product.base_unit,
            func.coalesce(Product.usual_draw_quantity, Product.content_quantity).label("usual_quantity"),
            Product.kind,
        )
        .where(
            Product.archived_at.is_(None),
            or_(
                Product.kind == ProductKind.PREPARED,
                and_(Product.kind == ProductKind.MANUFACTURED, or_(lies, kept)),
            ),
        )
        .order_by(Product.name, Product.strength)
        .limit(CHOICES_MAX)
    )
    member = aliased(Product)
    first = select(func.min(member.id)).where(member.group_id == ProductGroup.id).scalar_subquery()
    groups = connection.execute(
        select(ProductGroup.uid, ProductGroup.name, Product.base_unit, Product.content_quantity)
        .join(Product, Product.id == first)
        .order_by(ProductGroup.name)
        .limit(CHOICES_MAX)
    )
    return (
        *(
            Needable(
                uid=row.uid,
                name=f"{row.name} {row.strength}".strip(),
                base_unit=row.base_unit,
                is_group=False,
                usual_quantity=row.usual_quantity,
            )
            for row in products
        ),
        *(
            Needable(
                uid=row.uid,
                name=row.name,
                base_unit=row.base_unit,
                is_group=True,
                usual_quantity=row.content_quantity,
            )
            for row in groups
        ),
    )


def _lies(clinic_id: int) -> Any:
    return exists().where(
        Balance.clinic_id == clinic_id, Balance.product_id == Product.id, Balance.quantity > written(0)
    )


def planned_products(connection: Connection, clinic_id: int, session_id: int) -> frozenset[str]:
    """Give the uids of the products that serve a session's needs, by themselves or by their group; one statement."""
    rows = connection.execute(
        select(Product.uid)
        .join(Need, or_(Need.product_id == Product.id, Need.group_id == Product.group_id))
        .where(Need.clinic_id == clinic_id, Need.session_id == session_id)
    )
    return frozenset(row.uid for row in rows)


def products_here(
    connection: Connection, clinic_id: int, *, text: str = "", first: Collection[str] = ()
) -> tuple[Needable, ...]:
    """Give the products of which something lies here: those in `first` (by uid), then by name; one statement.

    Only those with `text` in their name.
    """
    named = Product.name.icontains(text, autoescape=True) if text else true()
    rows = connection.execute(
        select(Product.uid, Product.name, Product.strength, Product.base_unit, Product.content_quantity)
        .where(_lies(clinic_id), named)
        .order_by(Product.uid.not_in(sorted(first)), Product.name, Product.strength, Product.id)
        .limit(SHOWN_MAX)
    )
    return tuple(
        Needable(
            uid=row.uid,
            name=f"{row.name} {row.strength}".strip(),
            base_unit=row.base_unit,
            is_group=False,
            usual_quantity=row.content_quantity,
        )
        for row in rows
    )


def recipes_in_force(connection: Connection) -> tuple[Choice, ...]:
    """Give the formulas that may be prepared; one statement."""
    approved = exists().where(
        RecipeVersion.recipe_id == Recipe.id, RecipeVersion.state == RecipeState.APPROVED
    )
    rows = connection.execute(select(Recipe.uid, Recipe.name).where(approved).order_by(Recipe.name))
    return tuple(Choice(**row._mapping) for row in rows)


def recipe_needs(connection: Connection, *, recipe_uid: str) -> RecipeNeeds:
    """Give a formula in force as needs of one session; two statements.  Raises ThingNotFound."""
    row = connection.execute(
        select(
            Recipe.name,
            RecipeVersion.id.label("version_id"),
            RecipeVersion.output_quantity,
            Product.uid.label("product_uid"),
            Product.name.label("product_name"),
            Product.base_unit,
        )
        .join(
            RecipeVersion,
            and_(RecipeVersion.recipe_id == Recipe.id, RecipeVersion.state == RecipeState.APPROVED),
        )
        .join(Product, Product.id == Recipe.product_id)
        .where(Recipe.uid == recipe_uid)
    ).one_or_none()
    if row is None:
        raise ThingNotFound(thing="recipe", uid=recipe_uid[:40])
    components = components_of(connection, [row.version_id]).get(row.version_id, [])
    return RecipeNeeds(
        name=row.name,
        cocktail=PlannedNeed(
            name=row.product_name,
            product_uid=row.product_uid,
            group_uid=None,
            base_unit=row.base_unit,
            quantity=row.output_quantity,
        ),
        parts=tuple(
            PlannedNeed(
                name=each.name,
                product_uid=each.product_uid,
                group_uid=each.group_uid,
                base_unit=each.base_unit,
                quantity=each.quantity,
            )
            for each in components
            if each.ingredient_uid is None
        ),
        unnamed=tuple(each.name for each in components if each.ingredient_uid is not None),
    )


def last_plan(connection: Connection, clinic_id: int, *, patient_uid: str) -> LastPlan | None:
    """Give how the patient's last session here was planned, either record of a merge; two statements."""
    named = select(Patient.id).where(Patient.uid == patient_uid)
    stands_for = select(Patient.merged_into_id).where(Patient.uid == patient_uid)
    records = select(Patient.id).where(
        or_(Patient.id.in_(named), Patient.id.in_(stands_for), Patient.merged_into_id.in_(named))
    )
    row = connection.execute(
        select(
            TreatmentSession.id,
            TreatmentSession.uid.label("session_uid"),
            TreatmentSession.planned_at,
            Location.uid.label("room_uid"),
            Person.uid.label("practitioner_uid"),
        )
        .outerjoin(
            Location,
            and_(
                Location.clinic_id == TreatmentSession.clinic_id,
                Location.id == TreatmentSession.room_id,
                Location.closed_at.is_(None),
            ),
        )
        .outerjoin(Person, Person.id == TreatmentSession.practitioner_id)
        .where(
            func.coalesce(TreatmentSession.clinic_id, 0) == clinic_id,  # by her sessions, not by all of them
            TreatmentSession.patient_id.in_(records),
            TreatmentSession.state.not_in([SessionState.CANCELLED, SessionState.DID_NOT_COME]),
        )
        .order_by(TreatmentSession.planned_at.desc(), TreatmentSession.id.desc())
        .limit(1)
    ).first()
    if row is None:
        return None
    return LastPlan(
        session_uid=row.session_uid,
        planned_at=row.planned_at,
        room_uid=row.room_uid,
        practitioner_uid=row.practitioner_uid,
        needs=planned_needs(connection, clinic_id, row.id),
    )


def planned_needs(connection: Connection, clinic_id: int, session_id: int) -> tuple[PlannedNeed, ...]:
    """Give the needs of a session as a form shows them; one statement."""
    group_unit = (
        select(func.min(Product.base_unit)).where(Product.group_id == Need.group_id).scalar_subquery()
    )
    named = aliased(Product)
    rows = connection.execute(
        select(
            func.coalesce(named.name, ProductGroup.name).label("name"),
            named.uid.label("product_uid"),
            ProductGroup.uid.label("group_uid"),
            func.coalesce(named.base_unit, group_unit, BaseUnit.PIECE.value).label("base_unit"),
            Need.quantity,
        )
        .select_from(Need)
        .outerjoin(named, named.id == Need.product_id)
        .outerjoin(ProductGroup, ProductGroup.id == Need.group_id)
        .where(Need.clinic_id == clinic_id, Need.session_id == session_id)
        .order_by(Need.id)
    )
    return tuple(PlannedNeed(**row._mapping) for row in rows)
