"""By when is what asked of a day, at both changes of the clocks too?"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from stockroom.rules.day_duties import (
    Hours,
    box_check_due,
    day_bounds,
    gaps,
    newest_closing,
    newest_reading,
    readings_of,
)

HOURS = Hours(zone="Europe/Sofia", days_open=(1, 2, 3, 4, 5), reading_hours=(18, 10), closing_hour=20)
DAILY = Hours(zone="Europe/Sofia", days_open=range(1, 8), reading_hours=(3, 18), closing_hour=20)
MONDAY = date(2026, 3, 2)


def utc(day: date, hour: int, minute: int = 0) -> datetime:
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=UTC)


def test_a_reading_is_asked_from_the_one_before_it_and_not_on_a_day_off() -> None:
    first, second = readings_of(MONDAY, HOURS)

    assert (first.begins_at, first.due_at) == (utc(MONDAY, 0) - timedelta(hours=2), utc(MONDAY, 8))
    assert (second.begins_at, second.due_at) == (utc(MONDAY, 8), utc(MONDAY, 16))
    assert readings_of(MONDAY - timedelta(days=1), HOURS) == ()


@pytest.mark.parametrize(
    ("day", "hours", "due"),
    [(date(2026, 3, 29), 23, 1), (date(2026, 10, 25), 25, 0), (date(2026, 3, 2), 24, 1)],
)
def test_the_wall_s_hours_hold_when_the_clocks_change(day: date, hours: int, due: int) -> None:
    begins_at, ends_at = day_bounds(day, "Europe/Sofia")
    (first, last) = readings_of(day, DAILY)

    assert ends_at - begins_at == timedelta(hours=hours)
    assert first.due_at == utc(day, due), "three o'clock is missing in March and comes twice in October"
    assert begins_at <= first.begins_at < first.due_at == last.begins_at < last.due_at < ends_at


def test_what_was_due_last_stays_due_over_the_days_off() -> None:
    sunday = MONDAY - timedelta(days=1)
    friday = MONDAY - timedelta(days=3)
    reading, box, closing = (
        ask(HOURS, utc(sunday, 12)) for ask in (newest_reading, box_check_due, newest_closing)
    )

    assert reading is not None and box is not None and closing is not None
    assert (reading.due_at, box.due_at, closing.day) == (utc(friday, 16), utc(friday, 8), friday)


def test_nobody_is_asked_where_the_clinic_asks_nobody() -> None:
    silent = Hours(zone="UTC", days_open=(1,), reading_hours=(), closing_hour=0)
    closed = Hours(zone="UTC", days_open=(), reading_hours=(10,), closing_hour=20)

    for hours in (silent, closed):
        for ask in (newest_reading, box_check_due, newest_closing):
            assert ask(hours, utc(MONDAY, 23)) is None


def test_a_gap_is_a_reading_that_was_due_and_not_done_in_time() -> None:
    read = [utc(MONDAY, 7), utc(MONDAY + timedelta(days=1), 9)]
    asked = {"hours": HOURS, "first": MONDAY, "last": MONDAY + timedelta(days=2)}
    noon = utc(MONDAY + timedelta(days=2), 10)

    missed = gaps(read, kept_from=utc(MONDAY, 0) - timedelta(days=9), until=noon, **asked)  # type: ignore[arg-type]
    later = gaps(read, kept_from=utc(MONDAY + timedelta(days=2), 9), until=noon, **asked)  # type: ignore[arg-type]

    assert [(duty.day.day, duty.due_at.hour) for duty in missed] == [(2, 16), (3, 8), (4, 8)]
    assert later == ()
