"""Where had an opened vial stood, and until when might it be used, at an instant that is over?"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, and_, select

from stockroom.models import Container, Location, Lot, Placing, ProductRule
from stockroom.rules.expiry import container_limit, in_use_minutes, printed_limit
from stockroom.vocabulary import StorageClass


@dataclass(frozen=True, kw_only=True)
class Vial:
    """An opened container: its row with its rule and its printed expiry, and where it was put, in order."""

    row: Row[Any]
    placings: tuple[Row[Any], ...]

    def placings_until(self, at: datetime) -> tuple[Row[Any], ...]:
        """Where it had been put until then; where it was opened at least."""
        return tuple(each for each in self.placings if each.placed_at <= at) or self.placings[:1]

    def limit_then(self, at: datetime, *, zone: str) -> datetime | None:
        """Its limit as it was then: moves since have not shortened it yet.

        One that is shorter now than its places make it was shortened for a reason of its own, which is true of
        it all along.
        """
        standing: datetime | None = self.row.beyond_use_at
        if self._limit_after(self.placings, zone) != standing:
            return standing
        return self._limit_after(self.placings_until(at), zone)

    def _limit_after(self, placings: Iterable[Row[Any]], zone: str) -> datetime | None:
        """What its limit is once it was put there, one place after the other: it only shortens."""
        limit = printed_limit(self.row.expires_on, self.row.expires_at, zone)
        for put in placings:
            minutes = in_use_minutes(
                None if put.storage_class is None else StorageClass(put.storage_class),
                room=self.row.in_use_minutes_room,
                refrigerated=self.row.in_use_minutes_refrigerated,
            )
            limit = container_limit(self.row.opened_at, minutes, limit)
        return limit


def vials_of(connection: Connection, clinic_id: int, ids: Iterable[int]) -> dict[int, Vial]:
    """Give the opened containers among these locations, by their id; two statements."""
    wanted = sorted(ids)
    if not wanted:
        return {}
    rows: Any = connection.execute(
        select(
            Container.location_id,
            Container.opened_at,
            Container.closed_at,
            Container.beyond_use_at,
            Container.one_patient_since,
            ProductRule.container_type,
            Lot.expires_on,
            Lot.expires_at,
            ProductRule.in_use_minutes_room,
            ProductRule.in_use_minutes_refrigerated,
        )
        .join(ProductRule, ProductRule.id == Container.product_rule_id)
        .join(Lot, and_(Lot.clinic_id == Container.clinic_id, Lot.id == Container.lot_id))
        .where(Container.clinic_id == clinic_id, Container.location_id.in_(wanted))
    ).all()
    if not rows:
        return {}
    stood: dict[int, list[Row[Any]]] = {}
    placings: Any = connection.execute(
        select(Placing.container_id, Placing.placed_at, Location.kind, Location.name, Location.storage_class)
        .join(Location, and_(Location.clinic_id == Placing.clinic_id, Location.id == Placing.location_id))
        .where(Placing.clinic_id == clinic_id, Placing.container_id.in_(wanted))
        .order_by(Placing.placed_at, Placing.id)
    )
    for put in placings:
        stood.setdefault(put.container_id, []).append(put)
    return {row.location_id: Vial(row=row, placings=tuple(stood.get(row.location_id, ()))) for row in rows}
