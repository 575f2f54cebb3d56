"""Is what must be kept kept to the day, and no longer?"""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from stockroom.rules.retaining import kept_until, longest_kept


@pytest.mark.parametrize(
    ("since", "years", "until"),
    [
        (date(2026, 3, 1), 10, date(2036, 3, 1)),
        (date(2024, 2, 29), 10, date(2034, 3, 1)),
        (date(2024, 2, 29), 4, date(2028, 2, 29)),
        (date(2026, 12, 31), 15, date(2041, 12, 31)),
    ],
)
def test_a_record_is_kept_to_the_same_day_so_many_years_later(since: date, years: int, until: date) -> None:
    assert kept_until(since, years) == until


def test_the_longest_counts_and_none_that_is_over() -> None:
    treated, reacted = ("Varna", date(2020, 5, 1), 10), ("Sofia", date(2018, 5, 1), 15)

    both = longest_kept([treated, reacted], today=date(2026, 1, 1))
    on_the_day = longest_kept([treated], today=date(2030, 5, 1))
    after = longest_kept([treated], today=date(2030, 5, 1) + timedelta(days=1))
    not_asked_for = longest_kept([("Varna", date(2026, 1, 1), 0)], today=date(2026, 1, 1))

    assert both is not None and (both.clinic, both.until) == ("Sofia", date(2033, 5, 1))
    assert on_the_day is not None and after is None and not_asked_for is None
