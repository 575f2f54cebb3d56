"""What is not finished in a clinic, so that its books would be closed too early?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, func, select

from stockroom.models import Delivery, StockCount, TreatmentSession
from stockroom.vocabulary import CLOSED_SESSION_STATES, CountState, DeliveryState


@dataclass(frozen=True, kw_only=True)
class OpenWork:
    """How much stands open, of each kind."""

    counts: int
    deliveries: int
    sessions: int

    @property
    def is_none(self) -> bool:
        return not (self.counts or self.deliveries or self.sessions)


def counts_open(clinic_id: int) -> ColumnElement[bool]:
    """Counts that are neither confirmed nor given up: a condition over StockCount."""
    return (StockCount.clinic_id == clinic_id) & (StockCount.state == CountState.OPEN)


def deliveries_open(clinic_id: int) -> ColumnElement[bool]:
    """Deliveries that are neither booked nor given up: a condition over Delivery."""
    return (Delivery.clinic_id == clinic_id) & (Delivery.state == DeliveryState.OPEN)


def sessions_unfinished(clinic_id: int, *, at: datetime) -> ColumnElement[bool]:
    """Sessions whose time has come and that are not finished: a condition over TreatmentSession."""
    return (
        (TreatmentSession.clinic_id == clinic_id)
        & TreatmentSession.state.not_in(sorted(CLOSED_SESSION_STATES))
        & (TreatmentSession.planned_at <= at)
    )


def open_work(connection: Connection, clinic_id: int, *, at: datetime) -> OpenWork:
    """Count what stands against closing the books at this instant; one statement."""
    row = connection.execute(
        select(
            _how_many(StockCount, counts_open(clinic_id)).label("counts"),
            _how_many(Delivery, deliveries_open(clinic_id)).label("deliveries"),
            _how_many(TreatmentSession, sessions_unfinished(clinic_id, at=at)).label("sessions"),
        )
    ).one()
    return OpenWork(counts=row.counts, deliveries=row.deliveries, sessions=row.sessions)


def _how_many(model: Any, condition: ColumnElement[bool]) -> Any:
    return select(func.count()).select_from(model).where(condition).scalar_subquery()
