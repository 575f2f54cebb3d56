"""Which sessions does a day hold, what does each still need, and what is open on the benches?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, bindparam, func, select

from stockroom.db.columns import written
from stockroom.models import (
    Balance,
    Location,
    Lot,
    Patient,
    Person,
    Preparation,
    PreparationSession,
    Product,
    TreatmentSession,
)
from stockroom.queries.bench_needs import NeedLine, needs_of
from stockroom.vocabulary import CLOSED_SESSION_STATES, ProductKind

_OVER = sorted(state.value for state in CLOSED_SESSION_STATES)
SESSIONS_MAX = 500
"""More visits than any clinic sees in a day."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DaySession:
    """A session as the list of its day shows it; the patient by id and uid only."""

    id: int
    uid: str
    short_code: str
    state: str
    planned_at: datetime
    room_uid: str | None
    room: str | None
    practitioner: str | None
    patient_id: int
    patient_uid: str
    needs: tuple[NeedLine, ...]

    @property
    def missing(self) -> tuple[NeedLine, ...]:
        """The needs of which something is still missing."""
        return tuple(need for need in self.needs if need.missing)


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenCocktail:
    """A cocktail that lies somewhere: how much, and until when it may be used."""

    preparation_uid: str
    short_code: str
    lot_uid: str
    product_name: str
    base_unit: str
    left_quantity: int
    place: str
    beyond_use_at: datetime | None
    is_left_over: bool = False
    """Each session that it was made for is over: it is discarded, or given to another."""


def sessions_of_day(
    connection: Connection, clinic_id: int, *, begins_at: datetime, ends_at: datetime
) -> tuple[DaySession, ...]:
    """Give the sessions planned in [begins_at, ends_at) by time; four statements at most."""
    asked = {"clinic": clinic_id, "begins_at": begins_at, "ends_at": ends_at}
    rows = connection.execute(_sessions(), asked).all()
    needs = needs_of(connection, clinic_id, [row.id for row in rows])
    return tuple(
        DaySession(
            **row._mapping,
            needs=needs.get(row.id, ()),
        )
        for row in rows
    )


@cache
def _sessions() -> Any:
    return (
        select(
            TreatmentSession.id,
            TreatmentSession.uid,
            TreatmentSession.short_code,
            TreatmentSession.state,
            TreatmentSession.planned_at,
            Location.uid.label("room_uid"),
            Location.name.label("room"),
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
            TreatmentSession.clinic_id == bindparam("clinic"),
            TreatmentSession.planned_at >= bindparam("begins_at"),
            TreatmentSession.planned_at < bindparam("ends_at"),
        )
        .order_by(TreatmentSession.planned_at, TreatmentSession.id)
        .limit(SESSIONS_MAX)
    )


def cocktails_lying(connection: Connection, clinic_id: int) -> tuple[OpenCocktail, ...]:
    """Give the clinic's cocktails of which something is left, what dies first at the top; one statement."""
    return tuple(
        OpenCocktail(**row._mapping) for row in connection.execute(_cocktails(), {"clinic": clinic_id})
    )


def _made_for(*conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    """A session that a cocktail is for meets these conditions."""
    return (
        select(PreparationSession.session_id)
        .join(
            TreatmentSession,
            and_(
                TreatmentSession.clinic_id == PreparationSession.clinic_id,
                TreatmentSession.id == PreparationSession.session_id,
            ),
        )
        .where(
            PreparationSession.clinic_id == Preparation.clinic_id,
            PreparationSession.preparation_id == Preparation.id,
            PreparationSession.ended_at.is_(None),
            *conditions,
        )
        .correlate(Preparation)
        .exists()
    )


@cache
def _cocktails() -> Any:
    """By the products that are mixtures, of which there are few: not by every lot that ever was."""
    mixtures = select(Product.id).where(Product.kind != ProductKind.MANUFACTURED)
    return (
        select(
            Preparation.uid.label("preparation_uid"),
            Preparation.short_code,
            Lot.uid.label("lot_uid"),
            Product.name.label("product_name"),
            Product.base_unit,
            func.sum(Balance.quantity).label("left_quantity"),
            func.min(Location.name).label("place"),
            Lot.beyond_use_at,
            and_(_made_for(), ~_made_for(TreatmentSession.state.not_in(_OVER))).label("is_left_over"),
        )
        .select_from(Balance)
        .join(Lot, and_(Lot.clinic_id == Balance.clinic_id, Lot.id == Balance.lot_id))
        .join(Preparation, and_(Preparation.clinic_id == Lot.clinic_id, Preparation.lot_id == Lot.id))
        .join(Product, Product.id == Lot.product_id)
        .join(Location, and_(Location.clinic_id == Balance.clinic_id, Location.id == Balance.location_id))
        .where(
            Balance.clinic_id == bindparam("clinic"),
            Balance.quantity > written(0),
            Balance.product_id.in_(mixtures),
        )
        .group_by(
            Preparation.clinic_id,
            Preparation.id,
            Preparation.uid,
            Preparation.short_code,
            Lot.uid,
            Product.name,
            Product.base_unit,
            Lot.beyond_use_at,
        )
        .order_by(Lot.beyond_use_at, Preparation.short_code)
    )
