"""How is a job run?  Its slot is claimed in the database, so that any number of processes run it once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from structlog.stdlib import get_logger

from stockroom.clock import now
from stockroom.db.store import Store
from stockroom.db.transaction import errand
from stockroom.errors import Unavailable
from stockroom.jobs import claiming, day_duties, flagging, heads, mailing, releasing, watching
from stockroom.jobs.claiming import Held, Outcome
from stockroom.jobs.running import JobReport, Run
from stockroom.ledger import table_imports
from stockroom.ledger.journal import anchor_heads
from stockroom.ledger.verify import verify
from stockroom.notices import RunState
from stockroom.outside.mail import Postman
from stockroom.queries.jobs import newest_slot
from stockroom.reads.job_runs import RunTakenOver
from stockroom.rules.timetable import PLANS, Plan, missed_slot, plan_called


@dataclass(frozen=True, kw_only=True)
class Workshop:
    """What jobs are run with."""

    store: Store
    postman: Postman
    clock: Callable[[], datetime] = now


def _anchor(run: Run) -> None:
    run.done += len(anchor_heads(run.store, now=run.as_of))


def _verify(run: Run) -> None:
    report = verify(run.store)
    run.done += sum(report.counts.values())
    for found in report.findings:
        run.note(f"{found.invariant} {found.table} {found.row}: {found.what}")


def _forget_files(run: Run) -> None:
    with run.store.reading() as connection:
        if not table_imports.is_there_old(connection, at=run.as_of):
            return
    with errand(run.store) as connection:
        run.done += table_imports.forget_old(connection, at=run.as_of)


BODIES: dict[str, Callable[[Run], None]] = {
    "late-jobs": watching.watch,
    "anchor": _anchor,
    "beyond-use": flagging.flag_beyond_use,
    "unsuitable": flagging.flag_unsuitable,
    "low-stock": flagging.flag_low_stock,
    "expiring": flagging.flag_expiring,
    "expired": flagging.flag_expired,
    "day-duties": day_duties.flag_day_duties,
    "release-allocations": releasing.release_overdue,
    "forget-files": _forget_files,
    "verify": _verify,
    "write-digests": mailing.write_digests,
    "mail-heads": heads.mail_heads_of_the_day,
    "send-notices": mailing.send_notices,
}
"""What each job of the timetable does."""


def run(shop: Workshop, name: str, *, as_of: datetime | None = None) -> JobReport:
    """Run a job by hand, as of an instant (the present when None), and give its report.

    It repeats what has been done without doing it twice.  Raises JobUnknown, Unavailable.
    """
    plan = plan_called(name)
    at = shop.clock()
    held = None
    while held is None:  # two of the same microsecond are two runs
        held = claiming.claim(shop.store, plan, at, as_of=as_of or at, now=shop.clock(), is_by_hand=True)
        at = at.replace(microsecond=(at.microsecond + 1) % 1_000_000)
    return carry_out(shop, plan, held)


def run_slot(shop: Workshop, plan: Plan, slot: datetime) -> JobReport | None:
    """Run a job's slot, if nobody has taken it; None when somebody has.  Raises RunTakenOver, Unavailable."""
    at = shop.clock()
    held = claiming.claim(shop.store, plan, slot, as_of=max(slot, at), now=at)
    return None if held is None else carry_out(shop, plan, held)


LONG = timedelta(minutes=30)
"""A job whose lease is longer than this works hard for long."""


def attend(shop: Workshop, *, with_long: bool = True) -> tuple[JobReport, ...]:
    """Run everything that is due and that nobody has: first what somebody dropped or asked for, then what was missed.

    Of several slots that a job missed the newest alone is run.  One job that fails stops no other.
    Without `with_long` those that work hard for long are left for later.
    """
    dropped = claiming.abandoned(shop.store, now=shop.clock())
    missed = (plan for plan in PLANS if with_long or plan.lease <= LONG)
    ways = [*(_taking_over(shop, found) for found in dropped), *(_catching_up(shop, plan) for plan in missed)]
    reports = (ring(way) for way in ways)
    return tuple(report for report in reports if report is not None)


def _taking_over(shop: Workshop, found: claiming.Abandoned) -> Callable[[], JobReport | None]:
    def go_on() -> JobReport | None:
        plan = plan_called(found.job)
        held = claiming.take_over(shop.store, found, plan, now=shop.clock())
        return None if held is None else carry_out(shop, plan, held)

    return go_on


def _catching_up(shop: Workshop, plan: Plan) -> Callable[[], JobReport | None]:
    def catch_up() -> JobReport | None:
        with shop.store.reading() as connection:
            newest = newest_slot(connection, plan.name)
        slot = missed_slot(plan, newest, now=shop.clock())
        return None if slot is None else run_slot(shop, plan, slot)

    return catch_up


def ring(way: Callable[[], JobReport | None]) -> JobReport | None:
    """Run a job as the schedule does: what goes wrong is logged, and the next slot or holder tries again."""
    log = get_logger("stockroom.jobs")
    try:
        report = way()
    except Exception as broken:
        log.error("job broke off", error=type(broken).__name__)  # its run is taken over after its lease
        return None
    if report is not None:
        tell = log.info if report.ok else log.error
        tell("job done", **report.as_row())
    return report


def carry_out(shop: Workshop, plan: Plan, held: Held) -> JobReport:
    """Run what is held to its end and close it.

    A run that breaks off as a whole is closed as failed; its next slot tries again.  Raises RunTakenOver,
    and Unavailable when the database does not answer: whoever comes after the lease then goes on.
    """
    running = Run(store=shop.store, plan=plan, held=held, clock=shop.clock, postman=shop.postman)
    state = RunState.DONE
    try:
        BODIES[plan.name](running)
    except (RunTakenOver, Unavailable):
        raise
    except Exception as broken:
        running.fail(plan.name, broken)
        state = RunState.FAILED
    report = running.report()
    outcome = Outcome(
        state=state, done=report.done, skipped=report.skipped, failed=report.failed, notes=report.notes
    )
    claiming.finish(shop.store, held.claim, outcome, now=shop.clock())
    return report
