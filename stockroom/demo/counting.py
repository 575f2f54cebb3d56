"""What is in the demo?  Counted in the database once it is loaded, so that a figure is one that a command prints."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, func, select

from stockroom.clock import civil_date
from stockroom.db.store import Store
from stockroom.models import (
    Clinic,
    ClinicHold,
    Container,
    JournalEntry,
    OrganisationEntry,
    Preparation,
    Product,
    Supplier,
    TreatmentSession,
)
from stockroom.queries.below_minimum import below_minimum
from stockroom.queries.expiring import expiring_lots
from stockroom.vocabulary import ContainerState, PreparationState, ProductKind

_NEAR = timedelta(hours=1)
_SOON_DAYS = 30


@dataclass(frozen=True, kw_only=True)
class DemoCounts:
    """How much of everything the demo holds, and what asks for attention in its first clinic."""

    acts: int
    """Entries in the journals: one for each operation."""
    sessions: int
    sessions_today: int
    months: int
    clinics: int
    suppliers: int
    products: int
    cocktails: int
    expiring: int
    """Lots in stock that expire within 30 days."""
    low: int
    """Products under their minimum."""
    held: int
    near_limit: int
    """Opened containers with an hour left at most."""

    def __str__(self) -> str:
        return (
            f"  {self.acts:,} acts in {self.months} months: {self.sessions:,} sessions "
            f"({self.sessions_today} today), {self.cocktails:,} cocktails; "
            f"{self.clinics} clinics, {self.suppliers} suppliers, {self.products} products\n"
            f"  In the first clinic: {self.expiring} lots expire within {_SOON_DAYS} days, "
            f"{self.low} products are low, {self.held} held, {self.near_limit} vials near their limit"
        )


def count_demo(store: Store, *, now: datetime) -> DemoCounts:
    """Count what is there at `now`, the demo's present."""
    with store.reading() as connection:
        clinic = connection.execute(select(Clinic.id, Clinic.time_zone).order_by(Clinic.id).limit(1)).one()
        began = connection.execute(select(func.min(OrganisationEntry.recorded_at))).scalar_one()
        return DemoCounts(
            acts=_count(connection, JournalEntry.seq) + _count(connection, OrganisationEntry.seq),
            sessions=_count(connection, TreatmentSession.id),
            sessions_today=_sessions_today(connection, clinic.id, clinic.time_zone, now),
            months=round((now - began).days / 30.44),
            clinics=_count(connection, Clinic.id),
            suppliers=_count(connection, Supplier.id),
            products=_count(connection, Product.id, Product.kind == ProductKind.MANUFACTURED),
            cocktails=_count(connection, Preparation.id, Preparation.state == PreparationState.FINISHED),
            expiring=len(expiring_lots(connection, clinic.id, now=now, days=_SOON_DAYS)),
            low=sum(each.minimum_count is not None for each in below_minimum(connection, clinic.id, now=now)),
            held=_count(
                connection, ClinicHold.id, ClinicHold.clinic_id == clinic.id, ClinicHold.released_at.is_(None)
            ),
            near_limit=_count(
                connection,
                Container.location_id,
                Container.clinic_id == clinic.id,
                Container.state == ContainerState.OPEN,
                Container.beyond_use_at > now,
                Container.beyond_use_at <= now + _NEAR,
            ),
        )


def _sessions_today(connection: Connection, clinic_id: int, zone: str, now: datetime) -> int:
    midnight = datetime.combine(civil_date(now, zone), time.min, tzinfo=ZoneInfo(zone))
    tomorrow = midnight + timedelta(days=1)
    return _count(
        connection,
        TreatmentSession.id,
        TreatmentSession.clinic_id == clinic_id,
        TreatmentSession.planned_at >= midnight,
        TreatmentSession.planned_at < tomorrow,
    )


def _count(connection: Connection, column: Any, *conditions: Any) -> int:
    return connection.execute(select(func.count(column)).where(*conditions)).scalar_one()
