"""What can be written down late in this clinic: in whose sessions, of which things, and what was lately?"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, and_, func, null, or_, select

from stockroom.models import (
    Container,
    Location,
    Lot,
    Patient,
    Person,
    Preparation,
    Product,
    Recipe,
    RecipeVersion,
    TreatmentSession,
)
from stockroom.queries.paging import is_uid
from stockroom.reads.asked_things import choices, lay_out, read_asked
from stockroom.reads.named import Family, Named, look_up
from stockroom.reads.things import NOBODY
from stockroom.rules.using import ThingName
from stockroom.vocabulary import BaseUnit, RecipeState

SESSIONS_MAX = 500
FOUND_MAX = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class LateSession:
    """A session in which something may have happened; the patient by id and uid only."""

    uid: str
    short_code: str
    planned_at: datetime
    state: str
    room: str | None
    practitioner_uid: str | None
    practitioner: str | None
    patient_id: int
    patient_uid: str


def sessions_between(
    connection: Connection,
    clinic_id: int,
    *,
    begins_at: datetime,
    ends_at: datetime,
    also: Collection[str] = (),
) -> tuple[LateSession, ...]:
    """Give the sessions planned in [begins_at, ends_at) and those of the uids `also`, the newest first; one statement."""
    within = and_(TreatmentSession.planned_at >= begins_at, TreatmentSession.planned_at < ends_at)
    rows = connection.execute(
        select(
            TreatmentSession.uid,
            TreatmentSession.short_code,
            TreatmentSession.planned_at,
            TreatmentSession.state,
            Location.name.label("room"),
            Person.uid.label("practitioner_uid"),
            Person.name.label("practitioner"),
            TreatmentSession.patient_id,
            Patient.uid.label("patient_uid"),
        )
        .join(Patient, Patient.id == TreatmentSession.patient_id)
        .outerjoin(
            Location,
            and_(Location.clinic_id == TreatmentSession.clinic_id, Location.id == TreatmentSession.room_id),
        )
        .outerjoin(Person, Person.id == TreatmentSession.practitioner_id)
        .where(
            TreatmentSession.clinic_id == clinic_id,
            or_(within, TreatmentSession.uid.in_(set(filter(is_uid, also)))),
        )
        .order_by(TreatmentSession.planned_at.desc(), TreatmentSession.id.desc())
        .limit(SESSIONS_MAX)
    )
    return tuple(LateSession(**row._mapping) for row in rows)


@dataclass(frozen=True, slots=True, kw_only=True)
class RecipeThen:
    """A recipe in force, by the version under which a cocktail is made."""

    version_uid: str
    name: str
    number: int


def versions_in_force(connection: Connection) -> tuple[RecipeThen, ...]:
    """Give the approved versions of recipes by name; one statement."""
    rows = connection.execute(
        select(RecipeVersion.uid.label("version_uid"), Recipe.name, RecipeVersion.number)
        .join(Recipe, Recipe.id == RecipeVersion.recipe_id)
        .where(RecipeVersion.state == RecipeState.APPROVED)
        .order_by(Recipe.name)
    )
    return tuple(RecipeThen(**row._mapping) for row in rows)


@dataclass(frozen=True, slots=True, kw_only=True)
class TypedThing:
    """What somebody may have meant by a code or number read off a sheet."""

    thing: ThingName
    name: str


def things_typed(connection: Connection, clinic_id: int, text: str) -> tuple[TypedThing, ...]:
    """Give the containers (open or not) and cocktails with this code, and the lots of this number; three statements."""
    code = text.upper()
    vials = connection.execute(
        select(Location.uid, Container.short_code, Product.name, Lot.number)
        .select_from(Container)
        .join(Location, and_(Location.clinic_id == Container.clinic_id, Location.id == Container.location_id))
        .join(Lot, and_(Lot.clinic_id == Container.clinic_id, Lot.id == Container.lot_id))
        .join(Product, Product.id == Lot.product_id)
        .where(Container.clinic_id == clinic_id, Container.short_code == code)
        .order_by(Container.opened_at.desc())
        .limit(FOUND_MAX)
    )
    cocktails = connection.execute(
        select(Lot.uid, Lot.number, Product.name)
        .select_from(Preparation)
        .join(Lot, and_(Lot.clinic_id == Preparation.clinic_id, Lot.id == Preparation.lot_id))
        .join(Product, Product.id == Lot.product_id)
        .where(Preparation.clinic_id == clinic_id, Preparation.short_code == code)
    )
    lots = connection.execute(
        select(Lot.uid, Lot.number, Product.name)
        .join(Product, Product.id == Lot.product_id)
        .where(
            Lot.clinic_id == clinic_id, Lot.superseded_by_id.is_(None), func.lower(Lot.number) == text.lower()
        )
        .limit(FOUND_MAX)
    )
    found = [
        TypedThing(thing=ThingName(location_uid=row.uid), name=f"{row.name}, {row.number} ({row.short_code})")
        for row in vials
    ]
    for row in (*cocktails, *lots):
        found.append(TypedThing(thing=ThingName(lot_uid=row.uid), name=f"{row.name}, {row.number}"))
    return tuple({each.name: each for each in found}.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class CountedThing:
    """In what a thing is counted."""

    name: str
    lot_number: str | None
    base_unit: BaseUnit
    content_quantity: int
    presentation: str
    is_vial: bool
    """An opened container, of which any amount may be named."""


def counted(connection: Connection, clinic_id: int, thing: ThingName, *, today: date) -> CountedThing | None:
    """Give in what a thing is counted, None for one that is not known here; two statements.

    Raises ScanUnreadable, ScanInDoubt, ScanNamesNothing.
    """
    asked = read_asked(thing, today=today)
    found = look_up(connection, clinic_id, asked.names)
    for name in asked.names:
        if not found[name]:
            continue
        row = found[name][0]
        if name.family is Family.PLACE and len(asked.names) > 1:
            continue
        told = connection.execute(_told(name.family, clinic_id, row)).first()
        if told is None:
            return None
        return CountedThing(
            name=told.name,
            lot_number=asked.scan.lot_number if name.family is Family.PACK and asked.scan else told.number,
            base_unit=BaseUnit(told.base_unit),
            content_quantity=told.content_quantity,
            presentation=told.presentation,
            is_vial=name.family in (Family.CONTAINER, Family.PLACE),
        )
    return None


def _told(family: Family, clinic_id: int, found: Named) -> Any:
    said = (Product.name, Product.base_unit, Product.content_quantity, Product.presentation)
    if family is Family.PACK:
        return select(*said, null().label("number")).where(Product.id == found.other_id)
    of_lot = (
        select(*said, Lot.number).join(Lot, Lot.product_id == Product.id).where(Lot.clinic_id == clinic_id)
    )
    if family in (Family.LOT, Family.PREPARATION):
        return of_lot.where(Lot.id == found.id)
    same = and_(Container.clinic_id == Lot.clinic_id, Container.lot_id == Lot.id)
    return of_lot.join(Container, same).where(Container.location_id == found.id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lying:
    """A lot that lies sealed at a place."""

    lot_uid: str
    lot_number: str
    place_uid: str
    place: str
    quantity: int


def lying_sealed(
    connection: Connection, clinic_id: int, thing: ThingName, *, today: date
) -> tuple[Lying, ...]:
    """Give the places where a thing that somebody points at lies sealed; eight statements at most.

    Raises ScanUnreadable, ScanInDoubt, ScanNamesNothing, LotNotNamed.
    """
    asked = read_asked(thing, today=today)
    found = look_up(connection, clinic_id, asked.names)
    laid_out = lay_out(connection, clinic_id, [asked], found, asker=NOBODY)
    here = [each for each in choices(connection, clinic_id, asked, found, laid_out) if not each.is_opened]
    places = select(Location.id, Location.uid).where(
        Location.clinic_id == clinic_id, Location.id.in_({each.location_id for each in here})
    )
    uids = {row.id: row.uid for row in connection.execute(places)}
    return tuple(
        Lying(
            lot_uid=each.lot_uid,
            lot_number=each.lot_number,
            place_uid=uids[each.location_id],
            place=each.location_name,
            quantity=each.quantity,
        )
        for each in here
    )
