"""What stands against closing a clinic's books, thing by thing?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, and_, select

from stockroom.models import Delivery, Location, Lot, Product, StockCount, Supplier, TreatmentSession
from stockroom.reads.open_work import counts_open, deliveries_open, open_work, sessions_unfinished

SHOWN_MAX = 50
"""Of each kind; the page says how many there are in all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StandsOpen:
    """One thing that is not finished; a session is named by its code, never by its patient."""

    uid: str
    name: str
    at: datetime
    """Since when it stands open, or for when it was planned."""
    state: str


@dataclass(frozen=True, kw_only=True)
class StandingOpen:
    """Everything that stands against closing, the oldest first, and how much there is of each kind."""

    counts: tuple[StandsOpen, ...]
    deliveries: tuple[StandsOpen, ...]
    sessions: tuple[StandsOpen, ...]
    count_count: int
    delivery_count: int
    session_count: int

    @property
    def is_none(self) -> bool:
        return not (self.counts or self.deliveries or self.sessions)


def standing_open(connection: Connection, clinic_id: int, *, at: datetime) -> StandingOpen:
    """Give what stands against closing the books at this instant; four statements."""
    many = open_work(connection, clinic_id, at=at)
    return StandingOpen(
        counts=_counts(connection, clinic_id),
        deliveries=_deliveries(connection, clinic_id),
        sessions=sessions_open(connection, clinic_id, at=at),
        count_count=many.counts,
        delivery_count=many.deliveries,
        session_count=many.sessions,
    )


def _counts(connection: Connection, clinic_id: int) -> tuple[StandsOpen, ...]:
    rows = connection.execute(
        select(
            StockCount.uid,
            StockCount.created_at,
            StockCount.state,
            Product.name.label("product"),
            Lot.number.label("lot"),
            Location.name.label("place"),
        )
        .outerjoin(Product, Product.id == StockCount.product_id)
        .outerjoin(Lot, and_(Lot.clinic_id == StockCount.clinic_id, Lot.id == StockCount.lot_id))
        .outerjoin(
            Location, and_(Location.clinic_id == StockCount.clinic_id, Location.id == StockCount.location_id)
        )
        .where(counts_open(clinic_id))
        .order_by(StockCount.id)
        .limit(SHOWN_MAX)
    )
    return tuple(
        StandsOpen(
            uid=row.uid, name=row.product or row.lot or row.place or "", at=row.created_at, state=row.state
        )
        for row in rows
    )


def _deliveries(connection: Connection, clinic_id: int) -> tuple[StandsOpen, ...]:
    rows = connection.execute(
        select(Delivery.uid, Delivery.arrived_at, Delivery.state, Delivery.delivery_note, Supplier.name)
        .outerjoin(Supplier, Supplier.id == Delivery.supplier_id)
        .where(deliveries_open(clinic_id))
        .order_by(Delivery.id)
        .limit(SHOWN_MAX)
    )
    return tuple(
        StandsOpen(
            uid=row.uid,
            name=" ".join(filter(None, (row.name, row.delivery_note))),
            at=row.arrived_at,
            state=row.state,
        )
        for row in rows
    )


def sessions_open(connection: Connection, clinic_id: int, *, at: datetime) -> tuple[StandsOpen, ...]:
    """Give the sessions whose time has come at this instant and that are not finished; one statement."""
    session = TreatmentSession
    rows = connection.execute(
        select(session.uid, session.short_code, session.planned_at, session.state)
        .where(sessions_unfinished(clinic_id, at=at))
        .order_by(session.planned_at, session.id)
        .limit(SHOWN_MAX)
    )
    return tuple(
        StandsOpen(uid=row.uid, name=row.short_code, at=row.planned_at, state=row.state) for row in rows
    )
