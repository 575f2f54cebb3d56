"""What must somebody look at, and which deviations wait for a second signature?"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select
from sqlalchemy.orm import aliased

from stockroom.models import Alert, Deviation, Lot, Movement, Person
from stockroom.notices import AlertState, Severity
from stockroom.queries.alert_things import AlertThing, things_of
from stockroom.queries.paging import PAGE_ROWS, Page, page_of
from stockroom.queries.standing_alerts import state_at, waits
from stockroom.rules.alerting import not_concerning
from stockroom.vocabulary import Role

_answered_by = aliased(Person, name="answered_by")
_agreed_by = aliased(Person, name="agreed_by_person")
_signed_by = aliased(Person, name="signed_by")


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertRow:
    """An alert, with what it is about; `rules.alerting.profile(kind)` says its title and what to do."""

    uid: str
    kind: str
    severity: str
    state: AlertState
    """Open again once its snooze is over."""
    subject_kind: str
    """lot, product, container, preparation, allocation, movement, location, session, day or job."""
    subject_uid: str
    period: str
    facts: str
    """Canonical JSON of uids, codes, dates and numbers, as they were when it was raised."""
    raised_at: datetime
    resolved_at: datetime | None
    answered_at: datetime | None
    answered_by: str | None
    snoozed_until: datetime | None
    thing: AlertThing | None
    """What it is about as it is now; None for a job or a day, and for what is not there any more."""


@dataclass(frozen=True, kw_only=True)
class AlertsAsked:
    """Which alerts: all that are not resolved, unless something narrower or wider is asked."""

    kinds: Collection[str] = ()
    severity: Severity | None = None
    waiting_only: bool = False
    """Only what nobody has answered, or whose snooze is over: what `count_open` counts."""
    with_resolved: bool = False
    roles: frozenset[Role] | None = None
    """Only what concerns somebody with these roles; everything when None."""
    subject_uid: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviationRow:
    """A rule that an act broke."""

    uid: str
    rule: str
    reason: str
    was_asked: bool
    movement_uid: str
    lot_uid: str
    lot_number: str
    recorded_at: datetime
    recorded_by: str
    agreed_by: str | None
    """The second person who agreed to the override there and then."""
    signed_at: datetime | None
    signed_by: str | None


def alerts(
    connection: Connection,
    clinic_id: int,
    *,
    now: datetime,
    asked: AlertsAsked = AlertsAsked(),
    after: str | None = None,
    limit: int = PAGE_ROWS,
) -> Page[AlertRow]:
    """Give the clinic's alerts, the newest first, each with what it is about.

    Ten statements at most, however many rows.  Raises CursorUnreadable.
    """
    page = page_of(
        connection,
        _narrowed(clinic_id, asked, now),
        Alert,
        lambda row: row,
        after=after,
        limit=limit,
        newest_first=True,
    )
    about = things_of(
        connection, clinic_id, [(row.subject_kind, row.subject_uid, row.facts) for row in page.items]
    )
    shown = tuple(_alert(row, about.get(row.subject_uid), now) for row in page.items)
    return Page(items=shown, next_cursor=page.next_cursor)


def _narrowed(clinic_id: int, asked: AlertsAsked, now: datetime) -> Any:
    statement: Any = (
        select(
            Alert.uid,
            Alert.kind,
            Alert.severity,
            Alert.state,
            Alert.subject_kind,
            Alert.subject_uid,
            Alert.period,
            Alert.facts,
            Alert.raised_at,
            Alert.resolved_at,
            Alert.answered_at,
            _answered_by.name.label("answered_by"),
            Alert.snoozed_until,
        )
        .outerjoin(_answered_by, _answered_by.id == Alert.answered_by_id)
        .where(Alert.clinic_id == clinic_id)
    )
    if not asked.with_resolved:
        statement = statement.where(Alert.resolved_at.is_(None))
    if asked.waiting_only:
        statement = statement.where(waits(now))
    if asked.kinds:
        statement = statement.where(Alert.kind.in_(sorted(asked.kinds)))
    if asked.severity is not None:
        statement = statement.where(Alert.severity == asked.severity)
    if asked.subject_uid is not None:
        statement = statement.where(Alert.subject_uid == asked.subject_uid)
    if asked.roles is not None:
        statement = statement.where(Alert.kind.not_in(sorted(not_concerning(asked.roles))))
    return statement


def _alert(row: Row[Any], about: AlertThing | None, now: datetime) -> AlertRow:
    state = state_at(row.state, row.snoozed_until, now)
    return AlertRow(**{**row._mapping, "state": state, "thing": about})


def deviations(
    connection: Connection,
    clinic_id: int,
    *,
    with_signed: bool = False,
    after: str | None = None,
    limit: int = PAGE_ROWS,
) -> Page[DeviationRow]:
    """Give the clinic's deviations, the newest first; one statement.  Raises CursorUnreadable."""
    statement: Any = (
        select(
            Deviation.uid,
            Deviation.rule,
            Deviation.reason,
            Deviation.was_asked,
            Movement.uid.label("movement_uid"),
            Lot.uid.label("lot_uid"),
            Lot.number.label("lot_number"),
            Deviation.recorded_at,
            Person.name.label("recorded_by"),
            _agreed_by.name.label("agreed_by"),
            Deviation.signed_at,
            _signed_by.name.label("signed_by"),
        )
        .join(Movement, Movement.id == Deviation.movement_id)
        .join(Lot, Lot.id == Deviation.lot_id)
        .join(Person, Person.id == Deviation.recorded_by_id)
        .outerjoin(_agreed_by, _agreed_by.id == Deviation.agreed_by_id)
        .outerjoin(_signed_by, _signed_by.id == Deviation.signed_by_id)
        .where(Deviation.clinic_id == clinic_id)
    )
    if not with_signed:
        statement = statement.where(Deviation.signed_at.is_(None))
    return page_of(connection, statement, Deviation, _deviation, after=after, limit=limit, newest_first=True)


def _deviation(row: Row[Any]) -> DeviationRow:
    return DeviationRow(**row._mapping)
