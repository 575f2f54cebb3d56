"""What was said while a cocktail was made: who checked it, and which earlier lots were passed over?"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, and_, select
from sqlalchemy.orm import aliased

from stockroom.models import Location, Lot, Movement, PassedOverLot, Person, Preparation, Product, Signature

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
