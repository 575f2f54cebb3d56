"""Which alerts of a clinic stand, by what they are about, and how many wait for somebody?"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, bindparam, func, or_, select

from stockroom.db.columns import UTCDateTime, written
from stockroom.models import Alert
from stockroom.notices import AlertKind, AlertState
from stockroom.rules.alerting import not_concerning
from stockroom.vocabulary import Role

_NOW: Any = bindparam("now", type_=UTCDateTime())


@dataclass(frozen=True, slots=True, kw_only=True)
class StandingAlert:
    """An alert that is not resolved."""

    uid: str
    kind: str
    subject_uid: str
    rank: int
    period: str
    severity: str
    state: AlertState
    """Open again once its snooze is over."""
    raised_at: datetime


def waits(now: Any = _NOW) -> ColumnElement[bool]:
    """True for an alert that nobody has answered, or whose snooze is over."""
    return or_(
        Alert.state == written(AlertState.OPEN),
        and_(Alert.state == written(AlertState.SNOOZED), Alert.snoozed_until <= now),
    )


@cache
def open_count(roles: frozenset[Role]) -> Select[Any]:
    """The statement of `count_open`, to be put into another one; its parameters are `clinic` and `now`."""
    others = sorted(not_concerning(roles))
    statement = (
        select(func.count())
        .select_from(Alert)
        .where(Alert.clinic_id == bindparam("clinic"), Alert.resolved_at.is_(None), waits())
    )
    return statement.where(Alert.kind.not_in(others)) if others else statement


def count_open(connection: Connection, clinic_id: int, *, roles: frozenset[Role], now: datetime) -> int:
    """Give how many open alerts of the clinic concern somebody with these roles; one statement, by an index."""
    counted = connection.execute(open_count(frozenset(roles)), {"clinic": clinic_id, "now": now})
    return int(counted.scalar_one())


def standing_alerts(
    connection: Connection, clinic_id: int, *, kinds: Iterable[AlertKind], now: datetime
) -> dict[tuple[str, str], StandingAlert]:
    """Give the unresolved alerts of some kinds by (kind, uid of the subject); one statement."""
    rows = connection.execute(_STANDING, {"clinic": clinic_id, "kinds": sorted(kind.value for kind in kinds)})
    return {
        (row.kind, row.subject_uid): StandingAlert(
            uid=row.uid,
            kind=row.kind,
            subject_uid=row.subject_uid,
            rank=row.rank,
            period=row.period,
            severity=row.severity,
            state=state_at(row.state, row.snoozed_until, now),
            raised_at=row.raised_at,
        )
        for row in rows
    }


def state_at(state: str, snoozed_until: datetime | None, now: datetime) -> AlertState:
    """Give the state of an alert as it is at `now`: open again once its snooze is over."""
    if snoozed_until is not None and snoozed_until <= now:
        return AlertState.OPEN
    return AlertState(state)


_STANDING = (
    select(
        Alert.uid,
        Alert.kind,
        Alert.subject_uid,
        Alert.rank,
        Alert.period,
        Alert.severity,
        Alert.state,
        Alert.snoozed_until,
        Alert.raised_at,
    )
    .where(
        Alert.clinic_id == bindparam("clinic"),
        Alert.resolved_at.is_(None),
        Alert.kind.in_(bindparam("kinds", expanding=True)),
    )
    .order_by(Alert.id)
)
