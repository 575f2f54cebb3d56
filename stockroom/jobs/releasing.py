"""What is kept for sessions whose day is over is given back, and alerts about them end."""

from __future__ import annotations

from stockroom.jobs.running import Place, Run
from stockroom.operations.allocate import Release, release
from stockroom.operations.raise_alert import ResolveAlert, resolve_alert
from stockroom.queries.overdue_allocations import OverdueAllocation, lost_and_over, overdue_allocations


def release_overdue(run: Run) -> None:
    """Give back every promise whose session's day is over; what somebody ended meanwhile is skipped."""
    run.in_each_clinic(lambda place: _release_in(run, place))


def _release_in(run: Run, place: Place) -> None:
    with run.store.reading() as connection:
        due = overdue_allocations(connection, place.id, zone=place.zone, now=run.as_of)
        over = lost_and_over(connection, place.id, zone=place.zone, now=run.as_of)
    if not due and not over:
        return
    actor = run.actor(place)

    def do_release(allocation: OverdueAllocation) -> bool:
        command = Release(allocation_uid=allocation.uid)
        release(run.store, command, actor=actor, key=run.key(place, allocation.uid), now=run.clock())
        return True

    def do_resolve(alert_uid: str) -> bool:
        command = ResolveAlert(alert_uid=alert_uid, claim=run.claim)
        key = run.key(place, "resolve", alert_uid)
        return resolve_alert(run.store, command, actor=actor, key=key, now=run.clock()).was_resolved

    run.each(due, lambda allocation: f"allocation {allocation.uid}", do_release)
    run.each(over, lambda uid: f"alert {uid}", do_resolve)
