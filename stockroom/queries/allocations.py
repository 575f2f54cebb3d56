"""What is promised to sessions and open cocktails?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, select

from stockroom.models import Allocation, Location, Lot, Preparation, Product, TreatmentSession
from stockroom.queries.paging import PAGE_ROWS, Page, page_of
from stockroom.vocabulary import AllocationState


@dataclass(frozen=True, slots=True, kw_only=True)
class AllocationRow:
    """A quantity of a lot at a place, bound to one session or one cocktail."""

    uid: str
    state: str
    lot_uid: str
    lot_number: str
    product_uid: str
    product_name: str
    base_unit: str
    location_uid: str
    location_name: str
    quantity: int
    used_quantity: int
    session_uid: str | None
    preparation_uid: str | None
    made_at: datetime
    ended_at: datetime | None


def allocations(
    connection: Connection,
    clinic_id: int,
    *,
    session_uid: str | None = None,
    lot_uid: str | None = None,
    with_ended: bool = False,
    after: str | None = None,
    limit: int = PAGE_ROWS,
) -> Page[AllocationRow]:
    """Give the clinic's allocations, the newest first; one statement.  Raises CursorUnreadable."""
    statement = _allocations(clinic_id)
    if session_uid is not None:
        statement = statement.where(TreatmentSession.uid == session_uid)
    if lot_uid is not None:
        statement = statement.where(Lot.uid == lot_uid)
    if not with_ended:
        statement = statement.where(Allocation.state == AllocationState.ACTIVE)
    return page_of(
        connection,
        statement,
        Allocation,
        lambda row: AllocationRow(**row._mapping),
        after=after,
        limit=limit,
        newest_first=True,
    )


def _allocations(clinic_id: int) -> Any:
    return (
        select(
            Allocation.uid,
            Allocation.state,
            Lot.uid.label("lot_uid"),
            Lot.number.label("lot_number"),
            Product.uid.label("product_uid"),
            Product.name.label("product_name"),
            Product.base_unit,
            Location.uid.label("location_uid"),
            Location.name.label("location_name"),
            Allocation.quantity,
            Allocation.used_quantity,
            TreatmentSession.uid.label("session_uid"),
            Preparation.uid.label("preparation_uid"),
            Allocation.made_at,
            Allocation.ended_at,
        )
        .select_from(Allocation)
        .join(Lot, and_(Lot.clinic_id == Allocation.clinic_id, Lot.id == Allocation.lot_id))
        .join(Product, Product.id == Lot.product_id)
        .join(
            Location, and_(Location.clinic_id == Allocation.clinic_id, Location.id == Allocation.location_id)
        )
        .outerjoin(
            TreatmentSession,
            and_(
                TreatmentSession.clinic_id == Allocation.clinic_id,
                TreatmentSession.id == Allocation.session_id,
            ),
        )
        .outerjoin(
            Preparation,
            and_(Preparation.clinic_id == Allocation.clinic_id, Preparation.id == Allocation.preparation_id),
        )
        .where(Allocation.clinic_id == clinic_id)
    )
