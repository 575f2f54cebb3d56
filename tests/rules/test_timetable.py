"""Is each job due once a slot, whatever clocks, calendars and servers do?"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stockroom.rules.timetable import (
    PLANS,
    JobUnknown,
    Plan,
    digest_day,
    is_late,
    missed_slot,
    plan_called,
    slot_after,
    slot_at,
)

DAILY = Plan(name="nightly", about="", at=timedelta(hours=1))
OFTEN = Plan(name="often", about="", every=timedelta(minutes=5))
INSTANTS = st.datetimes(datetime(2000, 1, 1), datetime(2090, 1, 1), timezones=st.just(UTC))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("plan", "now", "slot"),
    [
        (DAILY, "2026-03-02T00:59:59", "2026-03-01T01:00:00"),
        (DAILY, "2026-03-02T01:00:00", "2026-03-02T01:00:00"),
        (DAILY, "2028-02-29T12:00:00", "2028-02-29T01:00:00"),
        (DAILY, "2028-03-01T00:30:00", "2028-02-29T01:00:00"),
        (OFTEN, "2026-03-02T08:04:59", "2026-03-02T08:00:00"),
        (OFTEN, "2026-12-31T23:59:59", "2026-12-31T23:55:00"),
    ],
)
def test_the_slot_is_the_newest_that_has_begun(plan: Plan, now: str, slot: str) -> None:
    assert slot_at(plan, at(now)) == at(slot)


@given(now=INSTANTS, plan=st.sampled_from(PLANS))
def test_every_instant_lies_in_exactly_one_slot(now: datetime, plan: Plan) -> None:
    slot = slot_at(plan, now)

    assert slot <= now < slot_after(plan, now) == slot + plan.every
    assert slot_at(plan, slot) == slot
    assert slot_at(plan, slot - timedelta(microseconds=1)) == slot - plan.every


@pytest.mark.parametrize(
    ("zone", "day"),
    [
        ("Europe/Sofia", date(2026, 3, 29)),
        ("Europe/Sofia", date(2026, 10, 25)),
        ("America/New_York", date(2026, 3, 8)),
        ("America/New_York", date(2026, 11, 1)),
        ("Australia/Lord_Howe", date(2026, 4, 5)),
    ],
)
def test_a_day_on_which_the_clocks_change_has_each_slot_once(zone: str, day: date) -> None:
    wall = ZoneInfo(zone)
    begin = datetime(day.year, day.month, day.day, tzinfo=wall).astimezone(UTC) - timedelta(days=1)
    minutes = [begin + timedelta(minutes=number) for number in range(3 * 24 * 60)]

    for plan in PLANS:
        slots = sorted({slot_at(plan, now) for now in minutes})
        assert {later - sooner for sooner, later in pairwise(slots)} == {plan.every}


def test_a_leap_day_has_its_own_nightly_slot() -> None:
    days = [at("2028-02-28T12:00:00") + timedelta(days=number) for number in range(3)]

    assert [slot_at(DAILY, day).date() for day in days] == [
        date(2028, 2, 28),
        date(2028, 2, 29),
        date(2028, 3, 1),
    ]


def test_a_server_that_slept_over_midnight_makes_up_for_the_newest_slot_once() -> None:
    before, woke = at("2026-03-01T01:00:00"), at("2026-03-05T07:30:00")

    made_up = missed_slot(DAILY, before, now=woke)

    assert made_up == at("2026-03-05T01:00:00")
    assert missed_slot(DAILY, made_up, now=woke) is None
    assert missed_slot(DAILY, made_up, now=woke + timedelta(hours=17)) is None
    assert missed_slot(DAILY, None, now=woke) == made_up


def test_a_clock_that_stepped_back_runs_nothing_twice() -> None:
    newest = at("2026-03-05T01:00:00")

    assert missed_slot(DAILY, newest, now=at("2026-03-03T09:00:00")) is None


@pytest.mark.parametrize(
    ("done", "now", "late"),
    [
        ("2026-03-02T08:00:00", "2026-03-02T08:05:00", False),
        ("2026-03-02T08:00:00", "2026-03-02T08:14:59", False),
        ("2026-03-02T08:00:00", "2026-03-02T08:15:00", True),
        (None, "2026-03-01T00:14:00", False),
        (None, "2026-03-01T00:15:00", True),
    ],
)
def test_a_job_is_late_when_its_next_slot_is_two_intervals_old(
    done: str | None, now: str, late: bool
) -> None:
    last = None if done is None else at(done)

    assert is_late(OFTEN, last, since=at("2026-03-01T00:00:00"), now=at(now)) is late


@pytest.mark.parametrize(
    ("now", "zone", "day"),
    [
        ("2026-03-02T03:59:00", "Europe/Sofia", None),
        ("2026-03-02T04:00:00", "Europe/Sofia", date(2026, 3, 2)),
        ("2026-03-01T16:00:00", "Pacific/Kiritimati", date(2026, 3, 2)),
        ("2026-03-02T13:59:00", "America/Los_Angeles", None),
        ("2028-02-29T14:00:00", "America/Los_Angeles", date(2028, 2, 29)),
    ],
)
def test_the_days_mail_is_due_from_the_clinics_morning_on(now: str, zone: str, day: date | None) -> None:
    assert digest_day(at(now), zone) == day


@pytest.mark.parametrize("changing", [date(2026, 3, 29), date(2026, 10, 25)])
def test_a_day_on_which_the_clocks_change_has_one_mail(changing: date) -> None:
    midnight = datetime(changing.year, changing.month, changing.day, tzinfo=UTC)
    asked = [digest_day(midnight + timedelta(hours=hour), "Europe/Sofia") for hour in range(-6, 28)]

    assert {day for day in asked if day == changing} == {changing}
    assert asked == sorted(asked, key=lambda day: day or changing)


def test_an_unknown_job_is_named_with_those_that_there_are() -> None:
    with pytest.raises(JobUnknown) as unknown:
        plan_called("nothing")

    assert set(unknown.value.known) == {plan.name for plan in PLANS}


def test_every_interval_divides_the_day_so_that_its_slots_are_the_same_every_day() -> None:
    assert all(timedelta(days=1) % plan.every == timedelta(0) for plan in PLANS)
    assert all(timedelta(0) <= plan.at < plan.every for plan in PLANS)
    assert len({plan.name for plan in PLANS}) == len(PLANS)
