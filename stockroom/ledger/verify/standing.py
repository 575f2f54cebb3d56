"""Was a vial, when it was drawn from, within the limit that it had where it stood then?

Its limit is the shortest life of all places where it has stood, and only shortens: what was drawn before it came into
a warmer place, or before its place turned out to be warmer, was drawn within the limit of that time.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, time, timedelta
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Row, and_, select
from sqlalchemy.orm import aliased

from stockroom.models import (
    Clinic,
    Container,
    JournalEntry,
    Location,
    Lot,
    Placing,
    Preparation,
    PreparationIngredient,
    ProductRule,
)

_COLD = ("refrigerated", "frozen")
_itself = aliased(Location)


class Standing:
    """Where vials stood, read as it is asked for."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._placings = cache(self._read_placings)
        self._shortened = cache(self._read_shortened)

    def was_in_time(self, clinic_id: int, container_id: int, at: datetime) -> bool:
        """Whether the container might be used then, and was shortened only by where it stood since."""
        placings = self._placings(clinic_id, container_id)
        if not placings:
            return False
        limit: datetime | None = placings[0].beyond_use_at
        for since, was in self._shortened(clinic_id).get(placings[0].uid, ()):
            if at < since:
                limit, placings = was, [each for each in placings if each.placed_at < since]
                break
        if not is_over(limit, at):
            return True
        if not placings or _limit(placings) != limit:  # it was shortened for a reason of its own
            return False
        return not is_over(_limit([each for each in placings if each.placed_at <= at] or placings[:1]), at)

    def was_mixed_in_time(self, clinic_id: int, lot_id: int, limit: datetime, at: datetime) -> bool:
        """Whether a cocktail was shortened to this limit by a vial that went into it and was still good then."""
        vials = self._connection.execute(
            select(Container.location_id, Container.beyond_use_at)
            .join(
                PreparationIngredient,
                and_(
                    PreparationIngredient.clinic_id == Container.clinic_id,
                    PreparationIngredient.location_id == Container.location_id,
                    PreparationIngredient.removed_at.is_(None),
                ),
            )
            .join(
                Preparation,
                and_(
                    Preparation.clinic_id == PreparationIngredient.clinic_id,
                    Preparation.id == PreparationIngredient.preparation_id,
                ),
            )
            .where(Preparation.clinic_id == clinic_id, Preparation.lot_id == lot_id)
        ).all()
        past = [each for each in vials if is_over(each.beyond_use_at, at)]
        return limit in [each.beyond_use_at for each in past] and all(
            self.was_in_time(clinic_id, each.location_id, at) for each in past
        )

    def _read_placings(self, clinic_id: int, container_id: int) -> list[Row[Any]]:
        stood = and_(Location.clinic_id == Placing.clinic_id, Location.id == Placing.location_id)
        itself = and_(_itself.clinic_id == Placing.clinic_id, _itself.id == Placing.container_id)
        holder = and_(Container.clinic_id == Placing.clinic_id, Container.location_id == Placing.container_id)
        return list(
            self._connection.execute(
                select(
                    Placing.placed_at,
                    Location.storage_class,
                    Container.opened_at,
                    Container.beyond_use_at,
                    ProductRule.in_use_minutes_room,
                    ProductRule.in_use_minutes_refrigerated,
                    Lot.expires_on,
                    Lot.expires_at,
                    Clinic.time_zone,
                    _itself.uid,
                )
                .join(Location, stood)
                .join(_itself, itself)
                .join(Container, holder)
                .join(ProductRule, ProductRule.id == Container.product_rule_id)
                .join(Lot, and_(Lot.clinic_id == Container.clinic_id, Lot.id == Container.lot_id))
                .join(Clinic, Clinic.id == Placing.clinic_id)
                .where(Placing.clinic_id == clinic_id, Placing.container_id == container_id)
                .order_by(Placing.placed_at, Placing.id)
            )
        )

    def _read_shortened(self, clinic_id: int) -> dict[str, list[tuple[datetime, datetime | None]]]:
        """Since when each container keeps for less long because its place was said to be warmer, and its limit before."""
        entries = self._connection.execute(
            select(JournalEntry.recorded_at, JournalEntry.payload)
            .where(
                JournalEntry.clinic_id == clinic_id,
                JournalEntry.kind == "location.change",
                JournalEntry.payload.contains('"shortened_containers"'),
            )
            .order_by(JournalEntry.seq)
        )
        found: dict[str, list[tuple[datetime, datetime | None]]] = {}
        for row in entries:
            for uid, was in json.loads(row.payload)["shortened_containers"].items():
                limit = None if was is None else datetime.fromisoformat(was)
                found.setdefault(uid, []).append((row.recorded_at, limit))
        return found


def is_over(limit: datetime | None, at: datetime) -> bool:
    """Whether a limit, where there is one, had come."""
    return limit is not None and at >= limit


def _limit(placings: list[Row[Any]]) -> datetime | None:
    """What the limit is of a vial that stood in all these places: the earliest of all that bound it."""
    first = placings[0]
    limits: list[datetime | None] = [first.expires_at]
    if first.expires_on is not None:
        midnight = datetime.combine(first.expires_on + timedelta(days=1), time(), ZoneInfo(first.time_zone))
        limits.append(midnight.astimezone(UTC))
    for each in placings:
        lives = {"room": each.in_use_minutes_room, **dict.fromkeys(_COLD, each.in_use_minutes_refrigerated)}
        known = [minutes for minutes in lives.values() if minutes is not None]
        minutes = lives.get(each.storage_class)
        if minutes is None and known:
            minutes = min(known)
        limits.append(None if minutes is None else each.opened_at + timedelta(minutes=minutes))
    return min((limit for limit in limits if limit is not None), default=None)
