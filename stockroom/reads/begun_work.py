"""What has somebody begun that nobody has finished: cocktails, deliveries, counts, orders that were not sent?"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import Connection, bindparam, literal, select, union_all

from stockroom.db.columns import written
from stockroom.models import Delivery, Preparation, PurchaseOrder, StockCount
from stockroom.vocabulary import CountState, DeliveryState, PreparationState


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """One thing that waits to be finished or given up."""

    kind: str
    uid: str
    clinic_id: int


def begun_by(connection: Connection, person_id: int) -> tuple[Begun, ...]:
    """Give what this person has begun in any clinic and is open; one statement."""
    rows = connection.execute(_begun(), {"person": person_id})
    return tuple(sorted((Begun(**row._mapping) for row in rows), key=lambda each: (each.kind, each.uid)))


@cache
def _begun() -> Any:
    not_sent = (PurchaseOrder.ordered_at.is_(None), PurchaseOrder.cancelled_at.is_(None))
    open_ones: tuple[tuple[Any, str, tuple[Any, ...]], ...] = (
        (Preparation, "preparation", (Preparation.state == written(PreparationState.DRAFT),)),
        (Delivery, "delivery", (Delivery.state == written(DeliveryState.OPEN),)),
        (StockCount, "count", (StockCount.state == written(CountState.OPEN),)),
        (PurchaseOrder, "purchase_order", not_sent),
    )
    return union_all(
        *(
            select(
                literal(kind).label("kind"), table.uid.label("uid"), table.clinic_id.label("clinic_id")
            ).where(table.started_by_id == bindparam("person"), *conditions)
            for table, kind, conditions in open_ones
        )
    )
