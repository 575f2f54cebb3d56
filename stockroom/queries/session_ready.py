"""Is everything laid out that sessions need: used, mixed or kept, and until when may that be used?"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, and_, bindparam, func, select

from stockroom.db.columns import written
from stockroom.db.compiled_once import Once
from stockroom.models import (
    Allocation,
    Balance,
    Container,
    Location,
    Lot,
    Preparation,
    PreparationSession,
    Product,
)
from stockroom.queries.bench_needs import NeedLine, like_of, plans_of
from stockroom.reads.clinics import clinic_settings
from stockroom.rules.scanning import Got, meet, serves, stand_in, still_needed
from stockroom.vocabulary import AllocationState


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadyNeed:
    """A need, and how much of it is neither had nor laid out (base units)."""

    need: NeedLine
    open: int

    @property
    def is_met(self) -> bool:
        return self.open == 0


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptThing:
    """Something that is kept for a session."""

    allocation_uid: str
    product_name: str
    lot_number: str
    place: str
    base_unit: str
    quantity: int
    until: datetime | None
    beyond: int
    """How much of it no need asks for."""
    replaces: str
    """What a need names outright, of the same group, where this stands in for it; empty: nothing."""

    @property
    def is_extra(self) -> bool:
        return self.beyond > 0 and not self.replaces


@dataclass(frozen=True, slots=True, kw_only=True)
class Laid:
    """What is laid out for a session."""

    needs: tuple[ReadyNeed, ...] = ()
    kept: tuple[KeptThing, ...] = ()
    until: datetime | None = None
    """When the first of what is kept or made for it may not be used any more."""

    @property
    def is_ready(self) -> bool:
        """Every need is green; a session that needs nothing is not said to be ready."""
        return bool(self.needs) and all(each.is_met for each in self.needs)


NOTHING_LAID = Laid()


def laid_out(connection: Connection, clinic_id: int, session_ids: Iterable[int]) -> dict[int, Laid]:
    """Give by session id what is laid out for it; six statements at most."""
    ids = sorted(set(session_ids))
    if not ids:
        return {}
    zone = clinic_settings(connection, clinic_id).time_zone
    plans = plans_of(connection, clinic_id, ids)
    asked = {"clinic": clinic_id, "sessions": ids}
    kept: dict[int, list[Any]] = defaultdict(list)
    for row in _kept().all(connection, asked):
        kept[row.session_id].append(row)
    made: dict[int, list[Any]] = defaultdict(list)
    for row in _made().all(connection, asked):
        made[row.session_id].append(row)
    return {
        session_id: _laid(plans.get(session_id), kept[session_id], made[session_id], zone)
        for session_id in ids
    }


def _laid(plan: Any, kept: list[Any], made: list[Any], zone: str) -> Laid:
    needs: tuple[NeedLine, ...] = () if plan is None else plan.needs
    wanted = [each.wanted for each in needs]
    had = [] if plan is None else [*plan.used, *plan.mixed]
    had += [
        Got(product_id=row.product_id, group_id=None, quantity=row.quantity // max(row.shared_by, 1))
        for row in made
    ]
    like = like_of(needs)
    left = still_needed(wanted, had, like=like)
    things = []
    for row in kept:
        got = Got(product_id=row.product_id, group_id=row.group_id, quantity=row.quantity)
        replaced = _replaced(needs, row)
        beyond = stand_in(left, like, got, meet(left, wanted, got))
        things.append(
            KeptThing(
                allocation_uid=row.uid,
                product_name=row.product_name,
                lot_number=row.number,
                place=row.container_code or row.place,
                base_unit=row.base_unit,
                quantity=row.quantity,
                until=_until(row, zone),
                beyond=beyond,
                replaces=replaced.name if replaced is not None else "",
            )
        )
    limits = [each.until for each in things] + [row.beyond_use_at for row in made]
    return Laid(
        needs=tuple(ReadyNeed(need=each, open=left[each.uid]) for each in needs),
        kept=tuple(things),
        until=min((each for each in limits if each is not None), default=None),
    )


def _replaced(needs: Iterable[NeedLine], row: Any) -> NeedLine | None:
    """The need of another product of the same group for which this one stands in; None where one asks for itself."""
    asked = list(needs)
    if any(serves(each.wanted, product_id=row.product_id, group_id=row.group_id) for each in asked):
        return None
    if row.group_id is None:
        return None
    return next((each for each in asked if each.product_group_id == row.group_id), None)


def _until(row: Any, zone: str) -> datetime | None:
    limits = [row.expires_at, row.lot_until, row.container_until]
    if row.expires_on is not None:
        limits.append(_end_of(row.expires_on, zone))
    return min((each for each in limits if each is not None), default=None)


def _end_of(on: date, zone: str) -> datetime:
    return datetime.combine(on + timedelta(days=1), time(), ZoneInfo(zone)).astimezone(UTC)


@cache
def _kept() -> Once:
    holder = and_(
        Container.clinic_id == Allocation.clinic_id, Container.location_id == Allocation.location_id
    )
    return Once(
        select(
            Allocation.session_id,
            Allocation.uid,
            Allocation.quantity,
            Lot.product_id,
            Lot.number,
            Lot.expires_on,
            Lot.expires_at,
            Lot.beyond_use_at.label("lot_until"),
            Container.beyond_use_at.label("container_until"),
            Container.short_code.label("container_code"),
            Location.name.label("place"),
            Product.group_id,
            Product.name.label("product_name"),
            Product.base_unit,
        )
        .select_from(Allocation)
        .join(Lot, and_(Lot.clinic_id == Allocation.clinic_id, Lot.id == Allocation.lot_id))
        .join(Product, Product.id == Lot.product_id)
        .join(
            Location, and_(Location.clinic_id == Allocation.clinic_id, Location.id == Allocation.location_id)
        )
        .outerjoin(Container, holder)
        .where(
            Allocation.clinic_id == bindparam("clinic"),
            Allocation.session_id.in_(bindparam("sessions", expanding=True)),
            Allocation.state == written(AllocationState.ACTIVE),
        )
        .order_by(Allocation.id)
    )


@cache
def _made() -> Once:
    """Cocktails that were made for sessions and lie there, shared evenly where one was made for several."""
    sharer = PreparationSession.__table__.alias("sharer")
    shared_by = (
        select(func.count())
        .select_from(sharer)
        .where(
            sharer.c.clinic_id == PreparationSession.clinic_id,
            sharer.c.preparation_id == PreparationSession.preparation_id,
        )
        .correlate(PreparationSession)
        .scalar_subquery()
    )
    return Once(
        select(
            PreparationSession.session_id,
            Lot.product_id,
            Lot.beyond_use_at,
            Balance.quantity,
            shared_by.label("shared_by"),
        )
        .select_from(PreparationSession)
        .join(
            Preparation,
            and_(
                Preparation.clinic_id == PreparationSession.clinic_id,
                Preparation.id == PreparationSession.preparation_id,
            ),
        )
        .join(Lot, and_(Lot.clinic_id == Preparation.clinic_id, Lot.id == Preparation.lot_id))
        .join(Balance, and_(Balance.clinic_id == Lot.clinic_id, Balance.lot_id == Lot.id))
        .where(
            PreparationSession.clinic_id == bindparam("clinic"),
            PreparationSession.session_id.in_(bindparam("sessions", expanding=True)),
            PreparationSession.ended_at.is_(None),
            Balance.quantity > written(0),
        )
    )
