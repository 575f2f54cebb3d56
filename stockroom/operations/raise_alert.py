"""How does a job tell somebody, and how does it say that the cause is gone?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, insert, or_, select, update

from stockroom.actor import Actor
from stockroom.db.identifiers import new_uid
from stockroom.db.store import Store
from stockroom.db.transaction import Work
from stockroom.ledger.acts import Act, perform
from stockroom.ledger.encoding import canonical
from stockroom.models import Alert
from stockroom.notices import AlertState
from stockroom.reads.finding import one_by_uid
from stockroom.reads.job_runs import Claim, require_held
from stockroom.rules.alerting import Cause, next_state, profile, said_in
from stockroom.vocabulary import Action


@dataclass(frozen=True, kw_only=True)
class RaiseAlert:
    """A cause to be told, in the run of a job (none in a test or by hand)."""

    cause: Cause
    claim: Claim | None = None


@dataclass(frozen=True, kw_only=True)
class AlertRaised:
    alert_uid: str
    was_raised: bool
    """False when the alert stood already."""


@dataclass(frozen=True, kw_only=True)
class ResolveAlert:
    """An alert whose cause is gone."""

    alert_uid: str
    claim: Claim | None = None


@dataclass(frozen=True, kw_only=True)
class AlertResolved:
    alert_uid: str
    was_resolved: bool


def raise_alert(store: Store, command: RaiseAlert, *, actor: Actor, key: str, now: datetime) -> AlertRaised:
    """Raise an alert, once for its subject and period; what stood for the same subject is resolved.

    A worse cause is open again whatever was answered; a lighter one, or one that says something else, keeps the
    answer.
    Raises RunTakenOver.
    """
    cause = command.cause
    return perform(
        store,
        Act(kind="alert.raise", action=Action.RUN_JOB),
        # Who takes a run over repeats its acts: the same subject and period are the same act.
        command=[cause.kind.value, cause.subject_uid, cause.period],
        body=lambda work: _raise(work, command),
        answer=AlertRaised,
        actor=actor,
        key=key,
        now=now,
    )


def resolve_alert(
    store: Store, command: ResolveAlert, *, actor: Actor, key: str, now: datetime
) -> AlertResolved:
    """Resolve an alert; one that is resolved stays as it is.  Raises ThingNotFound, RunTakenOver."""
    return perform(
        store,
        Act(kind="alert.resolve", action=Action.RUN_JOB),
        command=command.alert_uid,
        body=lambda work: _resolve(work, command),
        answer=AlertResolved,
        actor=actor,
        key=key,
        now=now,
    )


def _raise(work: Work, command: RaiseAlert) -> AlertRaised:
    if command.claim is not None:
        require_held(work.connection, command.claim)
    cause = command.cause
    standing, earlier = _of_subject(work, cause)
    work.payload.update(
        kind=cause.kind.value, subject=cause.subject_uid, period=cause.period, rank=cause.rank
    )
    if standing is not None and standing.rank == cause.rank and said_in(standing.period) == cause.says:
        work.payload.update(alert=standing.uid, was_raised=False)
        return AlertRaised(alert_uid=standing.uid, was_raised=False)
    if standing is not None:
        _end(work, standing)
        work.payload["instead_of"] = standing.uid
    uid = _write(work, cause, _told_as(cause, standing), earlier)
    work.payload.update(alert=uid, was_raised=True)
    return AlertRaised(alert_uid=uid, was_raised=True)


def _of_subject(work: Work, cause: Cause) -> tuple[Row[Any] | None, Row[Any] | None]:
    """The alert of this subject that is not resolved, and that of this very period."""
    rows: Any = work.connection.execute(
        select(
            Alert.id,
            Alert.uid,
            Alert.rank,
            Alert.period,
            Alert.state,
            Alert.resolved_at,
            Alert.answered_at,
            Alert.answered_by_id,
            Alert.snoozed_until,
        ).where(
            Alert.clinic_id == work.clinic_id,
            Alert.kind == cause.kind,
            Alert.subject_uid == cause.subject_uid,
            or_(Alert.resolved_at.is_(None), Alert.period == cause.period),
        )
    ).all()
    standing = next((row for row in rows if row.resolved_at is None), None)
    return standing, next((row for row in rows if row.period == cause.period), None)


def _told_as(cause: Cause, standing: Row[Any] | None) -> dict[str, object]:
    """The state of the new alert, with the answer that it inherits."""
    state = next_state(
        cause.rank,
        standing_rank=None if standing is None else standing.rank,
        standing_state=AlertState.OPEN if standing is None else AlertState(standing.state),
    )
    inherits = standing is not None and state is not AlertState.OPEN
    return {
        "state": state,
        "answered_at": standing.answered_at if standing is not None and inherits else None,
        "answered_by_id": standing.answered_by_id if standing is not None and inherits else None,
        "snoozed_until": standing.snoozed_until if standing is not None and inherits else None,
    }


def _write(work: Work, cause: Cause, told_as: dict[str, object], earlier: Row[Any] | None) -> str:
    values = {
        **told_as,
        "facts": canonical(dict(cause.facts)),
        "raised_at": work.recorded_at,
        "resolved_at": None,
        "severity": cause.severity or profile(cause.kind).severity,
        "rank": cause.rank,
    }
    if earlier is not None:
        of_period = Alert.clinic_id == work.clinic_id, Alert.id == earlier.id
        work.connection.execute(update(Alert).where(*of_period).values(values))
        return str(earlier.uid)
    uid = new_uid(work.now)
    work.connection.execute(
        insert(Alert).values(
            uid=uid,
            clinic_id=work.clinic_id,
            kind=cause.kind,
            subject_kind=cause.subject_kind,
            subject_uid=cause.subject_uid,
            period=cause.period,
            **values,
        )
    )
    return uid


def _resolve(work: Work, command: ResolveAlert) -> AlertResolved:
    if command.claim is not None:
        require_held(work.connection, command.claim)
    alert = one_by_uid(work.connection, Alert, command.alert_uid, thing="alert", clinic_id=work.clinic_id)
    was_resolved = alert.resolved_at is None
    if was_resolved:
        _end(work, alert)
    work.payload.update(alert=alert.uid, was_resolved=was_resolved)
    return AlertResolved(alert_uid=alert.uid, was_resolved=was_resolved)


def _end(work: Work, alert: Row[Any]) -> None:
    work.connection.execute(
        update(Alert)
        .where(Alert.clinic_id == work.clinic_id, Alert.id == alert.id)
        .values(state=AlertState.RESOLVED, resolved_at=work.recorded_at, snoozed_until=None)
    )
