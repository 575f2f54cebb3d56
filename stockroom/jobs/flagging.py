"""Which causes stand in a clinic, and what has to be raised and resolved so that its alerts are those?"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from sqlalchemy import Connection, and_, select

from stockroom.clock import civil_date
from stockroom.db.columns import written
from stockroom.jobs.running import Place, Run
from stockroom.models import Allocation, Preparation
from stockroom.notices import AlertKind
from stockroom.operations.raise_alert import RaiseAlert, ResolveAlert, raise_alert, resolve_alert
from stockroom.queries.below_minimum import below_minimum
from stockroom.queries.coming import coming_to
from stockroom.queries.limits_due import DueThing, limits_due
from stockroom.queries.standing_alerts import standing_alerts
from stockroom.reads.settings import settings_of
from stockroom.reads.unsuitable import judged_to_come
from stockroom.rules.alerting import Cause, Changes, Standing, changes, expiring_cause, said_in
from stockroom.rules.low_stock import low_cause
from stockroom.vocabulary import AllocationState, PreparationState

Causes = Callable[[Connection, Place, datetime], Iterable[Cause]]


def tell(run: Run, kinds: tuple[AlertKind, ...], causes: Causes) -> None:
    """Make the alerts of these kinds those of the causes, in every clinic, each in its own transaction."""
    run.in_each_clinic(lambda place: _tell_in(run, place, kinds, causes))


def _tell_in(run: Run, place: Place, kinds: tuple[AlertKind, ...], causes: Causes) -> None:
    with run.store.reading() as connection:
        found = tuple(causes(connection, place, run.as_of))
        stands = standing_alerts(connection, place.id, kinds=kinds, now=run.as_of)
    standing = (
        Standing(
            uid=each.uid,
            kind=each.kind,
            subject_uid=each.subject_uid,
            rank=each.rank,
            says=said_in(each.period),
        )
        for each in stands.values()
    )
    carry_out(run, place, changes(found, standing))


def carry_out(run: Run, place: Place, due: Changes) -> None:
    """Raise and resolve what is due in a clinic; what stands as it is counts as skipped."""
    run.skipped += due.unchanged
    if not due.raises and not due.resolves:
        return
    actor = run.actor(place)

    def do_raise(cause: Cause) -> bool:
        key = run.key(place, place.uid, cause.kind.value, cause.subject_uid, cause.period)
        command = RaiseAlert(cause=cause, claim=run.claim)
        return raise_alert(run.store, command, actor=actor, key=key, now=run.clock()).was_raised

    def do_resolve(alert: Standing) -> bool:
        command = ResolveAlert(alert_uid=alert.uid, claim=run.claim)
        key = run.key(place, "resolve", alert.uid)
        return resolve_alert(run.store, command, actor=actor, key=key, now=run.clock()).was_resolved

    run.each(due.raises, lambda cause: f"{cause.kind.value} {cause.subject_uid}", do_raise)
    run.each(due.resolves, lambda alert: f"alert {alert.uid}", do_resolve)


def flag_low_stock(run: Run) -> None:
    """Tell of products of which less is usable than their minimum, and whether what is on order is enough in time."""
    tell(run, (AlertKind.LOW_STOCK,), _low)


def flag_unsuitable(run: Run) -> None:
    """Tell of sessions of which something that is planned, kept or made does not suit the patient."""
    tell(run, (AlertKind.UNSUITABLE,), _unsuitable)


def flag_expiring(run: Run) -> None:
    """Tell of lots that expire within one of the clinic's thresholds."""
    tell(run, (AlertKind.EXPIRING,), _expiring)


def flag_expired(run: Run) -> None:
    """Tell of lots that have expired and still lie among usable things."""
    tell(run, (AlertKind.EXPIRED,), _expired)


def flag_beyond_use(run: Run) -> None:
    """Tell of open containers and cocktails past their limit, and of drafts left from an earlier day."""
    tell(run, (AlertKind.BEYOND_USE, AlertKind.PREPARATION_LEFT_OPEN), _beyond_use)


def _low(connection: Connection, place: Place, as_of: datetime) -> Iterable[Cause]:
    today = civil_date(as_of, place.zone)
    coming = coming_to(connection, place.id, zone=place.zone)
    for level in below_minimum(connection, place.id, now=as_of):
        cause = low_cause(
            level.product_uid,
            usable_count=level.usable_sealed_count,
            minimum_count=level.minimum_count or 0,
            coming=coming.get(level.product_uid, ()),
            today=today,
        )
        if cause is not None:
            yield cause


def _expiring(connection: Connection, place: Place, as_of: datetime) -> Iterable[Cause]:
    thresholds = settings_of(connection, place.id).alert_days
    if not thresholds:
        return
    today = civil_date(as_of, place.zone)
    for thing in limits_due(connection, place.id, now=as_of, days=max(thresholds)):
        if thing.kind is AlertKind.EXPIRING and not thing.is_separated:
            last_day = today + timedelta(days=thing.days_left)
            cause = expiring_cause(thing.lot_uid, last_day, today=today, thresholds=thresholds)
            if cause is not None:
                yield cause


def _unsuitable(connection: Connection, place: Place, as_of: datetime) -> Iterable[Cause]:
    for session in judged_to_come(connection, place.id, now=as_of, zone=place.zone):
        if (cause := session.cause) is not None:
            yield cause


def _expired(connection: Connection, place: Place, as_of: datetime) -> Iterable[Cause]:
    for thing in limits_due(connection, place.id, now=as_of, days=0):
        if thing.kind is AlertKind.EXPIRED and not thing.is_separated:
            yield _of_limit(thing)


def _beyond_use(connection: Connection, place: Place, as_of: datetime) -> Iterable[Cause]:
    for thing in limits_due(connection, place.id, now=as_of, days=0):
        if thing.kind is AlertKind.BEYOND_USE and thing.is_past and not thing.is_separated:
            yield _of_limit(thing)
    yield from _drafts(connection, place, as_of)


def _of_limit(thing: DueThing) -> Cause:
    return Cause(
        kind=thing.kind,
        subject_kind=thing.subject_kind,
        subject_uid=thing.subject_uid,
        period=thing.limit_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        facts={"lot": thing.lot_uid, "limit": thing.limit_at},
    )


def _drafts(connection: Connection, place: Place, as_of: datetime) -> Iterable[Cause]:
    today = civil_date(as_of, place.zone)
    # Through what is promised now, which is little, and not through everything that was ever prepared.
    rows = connection.execute(
        select(Preparation.uid, Preparation.started_at)
        .join(
            Allocation,
            and_(Allocation.clinic_id == Preparation.clinic_id, Allocation.preparation_id == Preparation.id),
        )
        .where(
            Allocation.clinic_id == place.id,
            Allocation.state == written(AllocationState.ACTIVE),
            Preparation.state == PreparationState.DRAFT,
        )
        .distinct()
    )
    for row in rows:
        started_on = civil_date(row.started_at, place.zone)
        if started_on < today:
            yield Cause(
                kind=AlertKind.PREPARATION_LEFT_OPEN,
                subject_kind="preparation",
                subject_uid=row.uid,
                period=started_on.isoformat(),
                facts={"started_at": row.started_at},
            )
