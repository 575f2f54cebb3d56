"""What reaches its limit soon or has passed it, where does it lie, what is it worth, and who knows?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, bindparam, or_, select

from stockroom.clock import civil_date
from stockroom.db.columns import UTCDateTime
from stockroom.models import Balance, Clinic, Container, Location, Lot, Product
from stockroom.notices import AlertKind, AlertState
from stockroom.queries.standing_alerts import StandingAlert, standing_alerts
from stockroom.reads.in_stock import in_stock
from stockroom.reads.lot_costs import lot_costs
from stockroom.reads.usable import standing, with_facts
from stockroom.rules.expiry import printed_limit
from stockroom.rules.valuing import Cost, Worth, worth
from stockroom.vocabulary import UNUSABLE_KINDS

KINDS = (AlertKind.EXPIRING, AlertKind.EXPIRED, AlertKind.BEYOND_USE)


@dataclass(frozen=True, slots=True, kw_only=True)
class DueThing:
    """A lot at a place (an opened container is one) whose limit is near or past."""

    kind: AlertKind
    """EXPIRING or EXPIRED where the printed date is the limit, BEYOND_USE where the clock of an opened or
    prepared thing is (past it or not: `is_past`)."""
    is_past: bool
    subject_kind: str
    subject_uid: str
    """What an alert about it is about: the lot, or the opened container."""
    product_uid: str
    product_name: str
    strength: str
    presentation: str
    base_unit: str
    content_quantity: int
    lot_uid: str
    lot_number: str
    location_uid: str
    """The shelf, or the opened container itself."""
    place: str
    """The name of where it stands."""
    container_code: str | None
    is_separated: bool
    """It lies in quarantine or among the returns, where nobody takes it by mistake."""
    expires_on: date | None
    """The civil date printed by the manufacturer."""
    limit_at: datetime
    """The instant from which it may not be used, whatever sets it."""
    days_left: int
    """Civil days until the limit; 0 on the last day, negative once it is past."""
    quantity: int
    """Base units on hand there."""
    worth: Worth | None
    """By the cost of its deliveries; None is not known."""
    alert_uid: str | None
    alert_state: AlertState | None
    since: datetime | None
    """When it was first told; where nobody was told, when it passed its limit."""


_UNTIL: Any = bindparam("until", type_=UTCDateTime())
_DUE: Any = with_facts(
    select(
        Product.uid.label("product_uid"),
        Product.name.label("product_name"),
        Product.strength,
        Product.presentation,
        Product.base_unit,
        Product.content_quantity,
        Lot.id.label("lot_id"),
        Lot.uid.label("lot_uid"),
        Lot.number.label("lot_number"),
        Lot.expires_on,
        Lot.expires_at,
        Lot.beyond_use_at.label("lot_limit"),
        Location.uid.label("location_uid"),
        Location.name.label("location_name"),
        Location.kind.label("location_kind"),
        standing.name.label("standing_name"),
        standing.kind.label("standing_kind"),
        Container.short_code.label("container_code"),
        Container.beyond_use_at.label("container_limit"),
        Balance.quantity,
        Clinic.time_zone,
    ).select_from(Balance)
).where(
    in_stock(),
    or_(
        Lot.expires_on <= bindparam("until_on"),
        Lot.expires_at <= _UNTIL,
        Lot.beyond_use_at <= _UNTIL,
        Container.beyond_use_at <= _UNTIL,
    ),
)


def limits_due(
    connection: Connection, clinic_id: int, *, now: datetime, days: int = 90
) -> tuple[DueThing, ...]:
    """Give what is in stock and past its limit, or reaches it within `days` civil days; the first first.

    Four statements at most, however much there is.
    """
    rows = connection.execute(
        # A civil date is at most a day away from UTC's, wherever the clinic stands.
        _DUE,
        {
            "clinic": clinic_id,
            "until_on": now.date() + timedelta(days=days + 1),
            "until": now + timedelta(days=days + 2),
        },
    ).all()
    if not rows:
        return ()
    costs = lot_costs(connection, clinic_id, (row.lot_id for row in rows))
    alerts = standing_alerts(connection, clinic_id, kinds=KINDS, now=now)
    shown = (_due(row, costs.get(row.lot_id, ()), alerts, now) for row in rows)
    near = (thing for thing in shown if thing.days_left <= days)
    return tuple(sorted(near, key=lambda thing: (thing.limit_at, thing.product_name, thing.lot_number)))


def _due(
    row: Row[Any], costs: tuple[Cost, ...], alerts: Mapping[tuple[str, str], StandingAlert], now: datetime
) -> DueThing:
    zone = row.time_zone
    printed = printed_limit(row.expires_on, row.expires_at, zone)
    opened = [at for at in (row.lot_limit, row.container_limit) if at is not None]
    limit = min([*opened, *([printed] if printed is not None else [])])
    kind = _kind(limit, printed, now)
    is_container = kind is AlertKind.BEYOND_USE and row.container_code is not None
    about = row.location_uid if is_container else row.lot_uid
    alert = alerts.get((kind.value, about))
    return DueThing(
        kind=kind,
        is_past=limit <= now,
        subject_kind="container" if is_container else "lot",
        subject_uid=about,
        product_uid=row.product_uid,
        product_name=row.product_name,
        strength=row.strength,
        presentation=row.presentation,
        base_unit=row.base_unit,
        content_quantity=row.content_quantity,
        lot_uid=row.lot_uid,
        lot_number=row.lot_number,
        location_uid=row.location_uid,
        place=row.standing_name or row.location_name,
        container_code=row.container_code,
        is_separated=(row.standing_kind or row.location_kind) in UNUSABLE_KINDS,
        expires_on=row.expires_on,
        limit_at=limit,
        # The limit is the first instant that is too late: the last day is that of the instant before it.
        days_left=(civil_date(limit - timedelta(microseconds=1), zone) - civil_date(now, zone)).days,
        quantity=row.quantity,
        worth=worth(row.quantity, content_quantity=row.content_quantity, costs=costs),
        alert_uid=alert.uid if alert else None,
        alert_state=alert.state if alert else None,
        since=alert.raised_at if alert else (limit if limit <= now else None),
    )


def _kind(limit: datetime, printed: datetime | None, now: datetime) -> AlertKind:
    if printed is not None and printed <= now:
        return AlertKind.EXPIRED
    return AlertKind.EXPIRING if limit == printed else AlertKind.BEYOND_USE
