"""Do the days of a course hold over month ends and both clock changes, and is what comes too soon found?"""

from __future__ import annotations

from datetime import UTC, date, datetime, time

import pytest

from stockroom.errors import InvalidValue
from stockroom.rules.courses import (
    IntervalTooShort,
    Step,
    Visit,
    instants,
    later,
    moved,
    require_intervals,
    series,
    sooner,
)
from stockroom.vocabulary import SpanUnit

SOFIA = "Europe/Sofia"
"""Its clocks go forward at 3:00 on 29 March 2026 and back at 4:00 on 25 October 2026."""


@pytest.mark.parametrize(
    ("on", "count", "unit", "is_on"),
    [
        (date(2026, 1, 31), 1, "months", date(2026, 2, 28)),
        (date(2028, 1, 31), 1, "months", date(2028, 2, 29)),
        (date(2026, 12, 31), 2, "months", date(2027, 2, 28)),
        (date(2026, 11, 15), 14, "months", date(2028, 1, 15)),
        (date(2026, 3, 23), 1, "weeks", date(2026, 3, 30)),
        (date(2026, 12, 30), 3, "days", date(2027, 1, 2)),
    ],
)
def test_a_step_ends_on_a_civil_day(on: date, count: int, unit: str, is_on: date) -> None:
    assert later(on, Step(count=count, unit=SpanUnit(unit))) == is_on


def test_a_monthly_course_comes_back_to_the_thirty_first() -> None:
    days = series(date(2026, 1, 31), 4, Step(count=1, unit=SpanUnit.MONTHS))

    assert days == (date(2026, 1, 31), date(2026, 2, 28), date(2026, 3, 31), date(2026, 4, 30))


@pytest.mark.parametrize(("count", "step"), [(0, 1), (61, 1), (3, 0), (3, 401)])
def test_a_course_of_no_sessions_or_no_step_is_refused(count: int, step: int) -> None:
    with pytest.raises(InvalidValue):
        series(date(2026, 1, 31), count, Step(count=step, unit=SpanUnit.DAYS))


@pytest.mark.parametrize(
    ("planned", "days", "is_at"),
    [
        (datetime(2026, 3, 26, 8, tzinfo=UTC), 7, datetime(2026, 4, 2, 7, tzinfo=UTC)),  # the spring between
        (
            datetime(2026, 10, 22, 7, tzinfo=UTC),
            7,
            datetime(2026, 10, 29, 8, tzinfo=UTC),
        ),  # the autumn between
        (
            datetime(2026, 3, 28, 1, 30, tzinfo=UTC),
            1,
            datetime(2026, 3, 29, 1, 30, tzinfo=UTC),
        ),  # 3:30 is not there
        (
            datetime(2026, 5, 1, 21, 30, tzinfo=UTC),
            1,
            datetime(2026, 5, 2, 21, 30, tzinfo=UTC),
        ),  # past midnight there
    ],
)
def test_a_session_moves_by_days_on_the_wall(planned: datetime, days: int, is_at: datetime) -> None:
    assert moved(planned, days=days, zone=SOFIA) == is_at


def test_a_time_that_comes_twice_is_the_first_of_the_two() -> None:
    assert instants([date(2026, 10, 25)], time(3, 30), zone=SOFIA) == (
        datetime(2026, 10, 25, 0, 30, tzinfo=UTC),
    )


def visits(*days: date, least: Step | None = Step(count=3, unit=SpanUnit.WEEKS)) -> list[Visit]:  # noqa: B008
    return [Visit(session=str(n), on=day, least=least) for n, day in enumerate(days)]


@pytest.mark.parametrize(
    ("days", "too_soon"),
    [
        ((date(2026, 3, 9), date(2026, 3, 30)), []),
        ((date(2026, 3, 9), date(2026, 3, 29)), [20]),
        ((date(2026, 3, 29), date(2026, 3, 9)), [20]),  # given in any order
        ((date(2026, 3, 9), date(2026, 3, 9)), [0]),
        ((date(2026, 3, 9), date(2026, 3, 16), date(2026, 4, 27)), [7]),
    ],
)  # fmt: skip
def test_what_follows_too_soon_is_found(days: tuple[date, ...], too_soon: list[int]) -> None:
    assert [each.days for each in sooner(visits(*days))] == too_soon


def test_a_month_is_kept_by_the_last_day_of_a_short_one() -> None:
    month = Step(count=1, unit=SpanUnit.MONTHS)

    assert not sooner(visits(date(2026, 1, 31), date(2026, 2, 28), least=month))
    assert sooner(visits(date(2026, 1, 31), date(2026, 2, 27), least=month))[0].least_days == 28


def test_only_what_was_changed_is_asked_and_nothing_where_no_interval_is_said() -> None:
    close = visits(date(2026, 3, 9), date(2026, 3, 10), date(2026, 5, 9))

    assert sooner(close, changed=["2"]) == ()
    assert [each.session for each in sooner(close, changed=["0"])] == ["1"]
    assert sooner(visits(date(2026, 3, 9), date(2026, 3, 10), least=None)) == ()


def test_a_short_interval_is_asked_about_until_there_is_a_reason() -> None:
    found = sooner(visits(date(2026, 3, 9), date(2026, 3, 16)))

    with pytest.raises(IntervalTooShort) as refused:
        require_intervals(found, reason="  ")
    assert (refused.value.days, refused.value.earliest) == (7, date(2026, 3, 30))
    assert require_intervals(found, reason="Leaves the country") == found
