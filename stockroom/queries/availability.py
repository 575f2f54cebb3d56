"""Which planned sessions cannot be served by what lies in the clinic, and what is left of a product on each day?"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache

from sqlalchemy import Connection, and_, bindparam, func, select
from sqlalchemy.orm import aliased

from stockroom.clock import civil_date
from stockroom.db.columns import UTCDateTime, written
from stockroom.db.compiled_once import Once
from stockroom.models import (
    Allocation,
    Lot,
    Need,
    PreparationSession,
    TreatmentSession,
)
from stockroom.queries.bench_needs import plans_of
from stockroom.queries.needed_products import catalogue_of
from stockroom.queries.supplies import midnight, supplies
from stockroom.reads.clinics import clinic_settings
from stockroom.reads.mixtures import stands_for
from stockroom.rules.allocating import is_overdue
from stockroom.rules.availability import Demand, Served, serve
from stockroom.rules.requirements import Asked, Had, Part, still_taken
from stockroom.vocabulary import (
    CLOSED_SESSION_STATES,
    AllocationState,
    SessionState,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class NeedShort:
    """A need of a planned session that cannot be met, and what is missing of it (base units of what it takes)."""

    need_uid: str
    missing: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductDay:
    """What sessions of one day take of a product, and what is left of it then (base units)."""

    on: date
    sessions: int
    needed: int
    left: int
    """Usable at the last of them and not needed by it or an earlier one."""
    short: int


@dataclass(frozen=True, kw_only=True)
class Outlook:
    """Planned sessions against what lies here; nothing is kept for them by it."""

    short_products: Mapping[int, date]
    """By product id, the day of the first session that it cannot serve."""
    short_sessions: Mapping[int, tuple[NeedShort, ...]]
    """By session id."""
    days: Mapping[int, tuple[ProductDay, ...]]
    """By product id, every day on which a session needs it."""

    def short_on(self, product_ids: Iterable[int]) -> date | None:
        """The first day on which one of these is short."""
        return min(
            (self.short_products[each] for each in product_ids if each in self.short_products), default=None
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Planned:
    """A planned session with what it still takes."""

    session_id: int
    at: datetime
    patient_id: int
    parts: tuple[Part, ...]


NOTHING_PLANNED = Outlook(short_products={}, short_sessions={}, days={})


def outlook(connection: Connection, clinic_id: int, *, now: datetime, zone: str | None = None) -> Outlook:
    """Serve every planned session from what is usable and unpromised.

    Fourteen statements at most, one for no plan; one less where whoever asks knows the clinic's `zone`, and one more
    where sealed vials for several lie in a treatment room.
    """
    zone = zone or clinic_settings(connection, clinic_id).time_zone
    planned = _planned(connection, clinic_id, now=now, zone=zone)
    if not planned:
        return NOTHING_PLANNED
    demands: list[Demand] = []
    meant: dict[int, tuple[_Planned, Part]] = {}
    for session in planned:
        for part in session.parts:
            key = len(demands)
            meant[key] = (session, part)
            # What is under way is served now: its planned time may have passed, and its stock's may not.
            at = max(session.at, now)
            demands.append(
                Demand(
                    key=key,
                    at=at,
                    product_ids=part.product_ids,
                    quantity=part.quantity,
                    patient_id=session.patient_id,
                )
            )
    wanted = frozenset(each for demand in demands for each in demand.product_ids)
    served = serve(supplies(connection, clinic_id, wanted, now=now, zone=zone), demands)
    return _outlook(served, demands, meant, zone)


def _outlook(
    served: Served, demands: list[Demand], meant: Mapping[int, tuple[_Planned, Part]], zone: str
) -> Outlook:
    short_products: dict[int, date] = {}
    short_sessions: dict[int, dict[str, int]] = defaultdict(dict)
    for key, missing in served.short.items():
        session, part = meant[key]
        of_session = short_sessions[session.session_id]
        of_session[part.need_uid] = of_session.get(part.need_uid, 0) + missing
        on = civil_date(session.at, zone)
        for product_id in part.product_ids:
            short_products[product_id] = min(on, short_products.get(product_id, on))
    return Outlook(
        short_products=short_products,
        short_sessions={
            session_id: tuple(NeedShort(need_uid=uid, missing=missing) for uid, missing in found.items())
            for session_id, found in short_sessions.items()
        },
        days=_days(served, demands, meant, zone),
    )


def _days(
    served: Served, demands: list[Demand], meant: Mapping[int, tuple[_Planned, Part]], zone: str
) -> dict[int, tuple[ProductDay, ...]]:
    left = {
        (each.product_id, civil_date(each.at, zone)): each.quantity for each in served.left
    }  # the last counts
    found: dict[tuple[int, date], list[Demand]] = defaultdict(list)
    for demand in demands:
        for product_id in demand.product_ids:
            found[product_id, civil_date(demand.at, zone)].append(demand)
    days: dict[int, list[ProductDay]] = defaultdict(list)
    for (product_id, on), asked in sorted(found.items()):
        days[product_id].append(
            ProductDay(
                on=on,
                sessions=len({meant[each.key][0].session_id for each in asked}),
                needed=sum(each.quantity for each in asked),
                left=left[product_id, on],
                short=sum(served.short.get(each.key, 0) for each in asked),
            )
        )
    return {product_id: tuple(rows) for product_id, rows in days.items()}


def _planned(connection: Connection, clinic_id: int, *, now: datetime, zone: str) -> list[_Planned]:
    """The sessions that are still to come or under way and need something, by time."""
    today = civil_date(now, zone)
    since, tomorrow = (midnight(today + timedelta(days=n), zone) for n in (-1, 1))
    rows = _SESSIONS.all(connection, {"clinic": clinic_id, "since": since})
    needs: dict[int, list[Asked]] = defaultdict(list)
    when: dict[int, datetime] = {}
    whose: dict[int, int] = {}
    begun: list[int] = []
    for row in rows:
        if is_overdue(row.planned_at, SessionState(row.state), now=now, zone=zone):
            continue
        if row.id not in when and (row.state != SessionState.PLANNED or row.planned_at < tomorrow):
            begun.append(row.id)  # only for these can anything have been used or kept
        when[row.id], whose[row.id] = row.planned_at, row.patient_id
        needs[row.id].append(
            Asked(need_uid=row.uid, product_id=row.product_id, group_id=row.group_id, quantity=row.quantity)
        )
    if not needs:
        return []
    catalogue = catalogue_of(connection, [each for asked in needs.values() for each in asked])
    had = _had(connection, clinic_id, begun)
    return [
        _Planned(
            session_id=each,
            at=when[each],
            patient_id=whose[each],
            parts=still_taken(asked, had.get(each, ()), catalogue),
        )
        for each, asked in needs.items()
    ]


def _had(connection: Connection, clinic_id: int, session_ids: list[int]) -> dict[int, list[Had]]:
    """What sessions were given, what went into their cocktails, and what is kept for them; five statements at most."""
    had: dict[int, list[Had]] = defaultdict(list)
    if not session_ids:
        return had
    for session_id, plan in plans_of(connection, clinic_id, session_ids).items():
        had[session_id] += [
            Had(product_id=each.product_id, quantity=each.quantity) for each in (*plan.used, *plan.mixed)
        ]
    for statement in (_kept(), _kept_in_cocktails()):
        for row in statement.all(connection, {"clinic": clinic_id, "sessions": session_ids}):
            had[row.session_id].append(
                Had(product_id=row.product_id, quantity=row.quantity // max(row.shared_by, 1))
            )
    return had


_SESSIONS = Once(
    select(
        TreatmentSession.id,
        TreatmentSession.planned_at,
        TreatmentSession.state,
        stands_for(TreatmentSession.patient_id).label("patient_id"),
        Need.uid,
        Need.product_id,
        Need.group_id,
        Need.quantity,
    )
    .select_from(TreatmentSession)
    .join(Need, and_(Need.clinic_id == TreatmentSession.clinic_id, Need.session_id == TreatmentSession.id))
    .where(
        TreatmentSession.clinic_id == bindparam("clinic"),
        TreatmentSession.planned_at >= bindparam("since", type_=UTCDateTime()),
        TreatmentSession.state.not_in([written(state) for state in sorted(CLOSED_SESSION_STATES)]),
    )
    .order_by(TreatmentSession.planned_at, TreatmentSession.id, Need.id)
)


@cache
def _kept() -> Once:
    return Once(
        select(Allocation.session_id, Lot.product_id, Allocation.quantity, written(1).label("shared_by"))
        .select_from(Allocation)
        .join(Lot, and_(Lot.clinic_id == Allocation.clinic_id, Lot.id == Allocation.lot_id))
        .where(
            Allocation.clinic_id == bindparam("clinic"),
            Allocation.session_id.in_(bindparam("sessions", expanding=True)),
            Allocation.state == written(AllocationState.ACTIVE),
        )
    )


@cache
def _kept_in_cocktails() -> Once:
    """What open preparations have reserved for sessions, shared evenly where one is made for several."""
    sharer = aliased(PreparationSession)
    shared_by = (
        select(func.count())
        .select_from(sharer)
        .where(
            sharer.clinic_id == PreparationSession.clinic_id,
            sharer.preparation_id == PreparationSession.preparation_id,
        )
        .correlate(PreparationSession)
        .scalar_subquery()
    )
    return Once(
        select(
            PreparationSession.session_id,
            Lot.product_id,
            Allocation.quantity,
            shared_by.label("shared_by"),
        )
        .select_from(PreparationSession)
        .join(
            Allocation,
            and_(
                Allocation.clinic_id == PreparationSession.clinic_id,
                Allocation.preparation_id == PreparationSession.preparation_id,
            ),
        )
        .join(Lot, and_(Lot.clinic_id == Allocation.clinic_id, Lot.id == Allocation.lot_id))
        .where(
            PreparationSession.clinic_id == bindparam("clinic"),
            PreparationSession.session_id.in_(bindparam("sessions", expanding=True)),
            Allocation.state == written(AllocationState.ACTIVE),
        )
    )
