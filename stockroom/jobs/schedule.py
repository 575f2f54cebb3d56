"""When does each job run?  APScheduler rings at its slots, in UTC; a watch attends to what was missed or dropped."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.schedulers.base import BaseScheduler
from apscheduler.triggers.interval import IntervalTrigger

from stockroom.jobs.runner import Workshop, attend, ring, run_slot
from stockroom.rules.timetable import PLANS, Plan, slot_after, slot_at

LATE_SECONDS_MAX = 3600
"""A ring that could not be in time is made up for within this time, once; the watch sees to longer sleeps."""
ATTEND_SECONDS = 30
"""How often it is looked for what was missed, dropped, or asked for by hand."""
SETTLED_AFTER = timedelta(minutes=10)
"""A long job that was missed is made up for once the server has been up so long: first come those who wait for it."""
WATCH = "attend"


def start(shop: Workshop, scheduler: BaseScheduler | None = None) -> BaseScheduler:
    """Schedule every job on `scheduler` (a background one when none is given), start it and give it.

    Any number of processes may: each slot is claimed in the database.
    """
    chosen = scheduler or BackgroundScheduler(timezone="UTC")
    shared = {"coalesce": True, "max_instances": 1, "misfire_grace_time": LATE_SECONDS_MAX}
    for plan in PLANS:
        chosen.add_job(_at_slot(shop, plan), _trigger(shop, plan), id=plan.name, **shared)
    began = shop.clock()
    chosen.add_job(
        lambda: attend(shop, with_long=shop.clock() - began >= SETTLED_AFTER),
        IntervalTrigger(seconds=ATTEND_SECONDS, timezone="UTC"),
        id=WATCH,
        next_run_time=shop.clock(),
        **shared,
    )
    chosen.start()
    return chosen


def _trigger(shop: Workshop, plan: Plan) -> IntervalTrigger:
    """Rings at the slots of the plan, which are counted from midnight UTC and not from when it was started."""
    return IntervalTrigger(
        seconds=int(plan.every.total_seconds()), start_date=slot_after(plan, shop.clock()), timezone="UTC"
    )


def _at_slot(shop: Workshop, plan: Plan) -> Callable[[], None]:
    def at_slot() -> None:
        ring(lambda: run_slot(shop, plan, slot_at(plan, shop.clock())))

    return at_slot
