"""What else belongs to a cocktail: who checked it, which earlier lots were passed over, what was thrown away?"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, and_, func, select
from sqlalchemy.orm import aliased

from stockroom.models import (
    Container,
    Line,
    Location,
    Lot,
    Movement,
    PassedOverLot,
    Person,
    Preparation,
    Product,
    Signature,
)
from stockroom.vocabulary import LocationKind

_taken = aliased(Lot, name="taken")
ROWS_MAX = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckRow:
    """Who checked it; meaning, time and way where he or she signed it."""

    by: str
    meaning: str | None
    signed_at: datetime | None
    way: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PassedRow:
    """A lot that was to be taken first, and what the bench answered."""

    uid: str
    lot_uid: str
    lot_number: str
    product_name: str
    place: str
    location_uid: str
    taken_lot_uid: str
    taken_lot_number: str
    answer: str
    words: str
    answered_at: datetime
    answered_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ThrownRow:
    """What of one lot at one place was thrown away with a cocktail that was not made."""

    product_name: str
    lot_uid: str
    lot_number: str
    container_code: str | None
    """None: it came from a sealed presentation."""
    quantity: int
    base_unit: str


def thrown_away(connection: Connection, clinic_id: int, movement_uid: str) -> tuple[ThrownRow, ...]:
    """Give what a movement threw away, by lot and place in the order of its lines; one statement."""
    container = and_(Container.clinic_id == Line.clinic_id, Container.location_id == Line.from_id)
    statement = (
        select(
            Product.name.label("product_name"),
            Lot.uid.label("lot_uid"),
            Lot.number.label("lot_number"),
            Container.short_code.label("container_code"),
            func.sum(Line.quantity).label("quantity"),
            Product.base_unit,
        )
        .select_from(Movement)
        .join(Line, and_(Line.clinic_id == Movement.clinic_id, Line.movement_id == Movement.id))
        .join(Location, and_(Location.clinic_id == Line.clinic_id, Location.id == Line.to_id))
        .join(Lot, and_(Lot.clinic_id == Line.clinic_id, Lot.id == Line.lot_id))
        .join(Product, Product.id == Lot.product_id)
        .outerjoin(Container, container)
        .where(
            Movement.clinic_id == clinic_id,
            Movement.uid == movement_uid,
            Location.kind == LocationKind.DISPOSAL,
        )
        .group_by(Product.name, Lot.uid, Lot.number, Container.short_code, Product.base_unit)
        .order_by(func.min(Line.n))
    )
    return tuple(
        ThrownRow(**{**row._mapping, "quantity": int(row.quantity)}) for row in connection.execute(statement)
    )


def check_of(connection: Connection, clinic_id: int, preparation_uid: str) -> CheckRow | None:
    """Give who checked a cocktail, with the signature under its movement; one statement."""
    signed = and_(
        Signature.clinic_id == Movement.clinic_id,
        Signature.entry_seq == Movement.seq,
        Signature.person_id == Preparation.checked_by_id,
    )
    row = connection.execute(
        select(Person.name.label("by"), Signature.meaning, Signature.signed_at, Signature.way)
        .select_from(Preparation)
        .join(Person, Person.id == Preparation.checked_by_id)
        .outerjoin(
            Movement,
            and_(Movement.clinic_id == Preparation.clinic_id, Movement.id == Preparation.movement_id),
        )
        .outerjoin(Signature, signed)
        .where(Preparation.clinic_id == clinic_id, Preparation.uid == preparation_uid)
    ).first()
    return None if row is None else CheckRow(**row._mapping)


def passed_over(
    connection: Connection,
    clinic_id: int,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    taken_lot_uids: Collection[str] | None = None,
    lot_uid: str | None = None,
) -> tuple[PassedRow, ...]:
    """Give what the bench answered about earlier lots, newest first; one statement."""
    statement = (
        select(
            PassedOverLot.uid,
            Lot.uid.label("lot_uid"),
            Lot.number.label("lot_number"),
            Product.name.label("product_name"),
            Location.name.label("place"),
            Location.uid.label("location_uid"),
            _taken.uid.label("taken_lot_uid"),
            _taken.number.label("taken_lot_number"),
            PassedOverLot.answer,
            PassedOverLot.words,
            PassedOverLot.answered_at,
            Person.name.label("answered_by"),
        )
        .join(Lot, and_(Lot.clinic_id == PassedOverLot.clinic_id, Lot.id == PassedOverLot.lot_id))
        .join(_taken, and_(_taken.clinic_id == Lot.clinic_id, _taken.id == PassedOverLot.taken_lot_id))
        .join(Product, Product.id == Lot.product_id)
        .join(
            Location,
            and_(Location.clinic_id == PassedOverLot.clinic_id, Location.id == PassedOverLot.location_id),
        )
        .join(Person, Person.id == PassedOverLot.answered_by_id)
        .where(PassedOverLot.clinic_id == clinic_id)
        .order_by(PassedOverLot.id.desc())
        .limit(ROWS_MAX)
    )
    if since is not None:
        statement = statement.where(PassedOverLot.answered_at >= since)
    if until is not None:
        statement = statement.where(PassedOverLot.answered_at <= until)
    if taken_lot_uids is not None:
        statement = statement.where(_taken.uid.in_(sorted(taken_lot_uids)))
    if lot_uid is not None:
        statement = statement.where(Lot.uid == lot_uid)
    return tuple(PassedRow(**row._mapping) for row in connection.execute(statement))
