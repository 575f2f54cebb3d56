"""When is something written down too late, and when is a backup missed?"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from stockroom.rules.backing_up import is_missed
from stockroom.rules.lateness import is_beyond_window

NOW = datetime(2026, 3, 29, 1, 30, tzinfo=UTC)  # the night in which the clocks go forward
HOUR, MOMENT = timedelta(hours=1), timedelta(microseconds=1)


@pytest.mark.parametrize(
    ("ago", "late"),
    [(timedelta(0), False), (72 * HOUR, False), (72 * HOUR + MOMENT, True), (-HOUR, False)],
)
def test_exactly_the_window_is_within_it(ago: timedelta, late: bool) -> None:
    assert is_beyond_window(NOW - ago, now=NOW, hours=72) is late


@pytest.mark.parametrize(
    ("last", "since", "missed"),
    [
        (NOW - 48 * HOUR, None, False),
        (NOW - 48 * HOUR - MOMENT, None, True),
        (NOW - HOUR, NOW - 999 * HOUR, False),
        (None, NOW - 48 * HOUR - MOMENT, True),
        (None, NOW - 48 * HOUR, False),
        (None, None, False),
    ],
)
def test_a_backup_is_missed_after_so_many_hours(
    last: datetime | None, since: datetime | None, missed: bool
) -> None:
    assert is_missed(last, since=since, now=NOW, hours=48) is missed
