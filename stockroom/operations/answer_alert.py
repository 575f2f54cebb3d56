"""How does somebody say that an alert is being seen to, or put it off?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import Row, update

from stockroom.actor import Actor
from stockroom.db.store import Store
from stockroom.db.transaction import Work
from stockroom.errors import Conflict, extracted
from stockroom.ledger.acts import Act, perform
from stockroom.models import Alert
from stockroom.notices import AlertState
from stockroom.reads.finding import one_by_uid
from stockroom.rules.alerting import check_snooze, require_concerned
from stockroom.vocabulary import Action


@dataclass(eq=False, kw_only=True)
class AlertGone(Conflict):
    """The cause was gone before the answer came."""

    code: ClassVar[str] = "alert_gone"
    message: ClassVar[str] = extracted(
        "This has been dealt with in the meantime. There is nothing left to do."
    )
    alert: str


@dataclass(frozen=True, kw_only=True)
class AcknowledgeAlert:
    alert_uid: str


@dataclass(frozen=True, kw_only=True)
class SnoozeAlert:
    """Put an alert off; it counts as open again from `until` on."""

    alert_uid: str
    until: datetime


@dataclass(frozen=True, kw_only=True)
class AlertAnswered:
    alert_uid: str
    state: AlertState
    answered_at: datetime
    snoozed_until: datetime | None = None


def acknowledge_alert(
    store: Store, command: AcknowledgeAlert, *, actor: Actor, key: str, now: datetime
) -> AlertAnswered:
    """Say that somebody sees to it: it no longer counts, and is resolved when its cause is gone.

    Of two people who do, the first stands.  Raises ThingNotFound, AlertNotYours, AlertGone.
    """
    return perform(
        store,
        Act(kind="alert.acknowledge", action=Action.ANSWER_ALERT),
        command=command,
        body=lambda work: _acknowledge(work, command),
        answer=AlertAnswered,
        actor=actor,
        key=key,
        now=now,
    )


def snooze_alert(
    store: Store, command: SnoozeAlert, *, actor: Actor, key: str, now: datetime
) -> AlertAnswered:
    """Put an alert off.  Raises ThingNotFound, AlertNotYours, AlertGone, InvalidValue."""
    return perform(
        store,
        Act(kind="alert.snooze", action=Action.ANSWER_ALERT),
        command=command,
        body=lambda work: _snooze(work, command),
        answer=AlertAnswered,
        actor=actor,
        key=key,
        now=now,
    )


def _acknowledge(work: Work, command: AcknowledgeAlert) -> AlertAnswered:
    alert = _answerable(work, command.alert_uid)
    if alert.state == AlertState.ACKNOWLEDGED:
        work.payload.update(alert=alert.uid, was_acknowledged=True)
        return AlertAnswered(
            alert_uid=alert.uid, state=AlertState.ACKNOWLEDGED, answered_at=alert.answered_at
        )
    return _answer(work, alert, AlertState.ACKNOWLEDGED)


def _snooze(work: Work, command: SnoozeAlert) -> AlertAnswered:
    alert = _answerable(work, command.alert_uid)
    check_snooze(command.until, now=work.now)
    return _answer(work, alert, AlertState.SNOOZED, until=command.until)


def _answerable(work: Work, alert_uid: str) -> Row[Any]:
    alert = one_by_uid(work.connection, Alert, alert_uid, thing="alert", clinic_id=work.clinic_id)
    if not work.actor.is_system:
        require_concerned(alert.kind, work.roles)
    if alert.resolved_at is not None:
        raise AlertGone(alert=alert.uid)
    return alert


def _answer(
    work: Work, alert: Row[Any], state: AlertState, *, until: datetime | None = None
) -> AlertAnswered:
    work.connection.execute(
        update(Alert)
        .where(Alert.clinic_id == work.clinic_id, Alert.id == alert.id)
        .values(
            state=state,
            answered_at=work.recorded_at,
            answered_by_id=work.actor.person_id,
            snoozed_until=until,
        )
    )
    work.payload.update(alert=alert.uid, state=state.value, until=until)
    return AlertAnswered(alert_uid=alert.uid, state=state, answered_at=work.recorded_at, snoozed_until=until)
