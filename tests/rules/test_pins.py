"""Which PINs are refused, and how long does somebody wait who guessed wrong?"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from stockroom.errors import InvalidValue
from stockroom.rules.pins import (
    LONGEST_LOCK,
    WRONG_AT_TABLET,
    WRONG_BEFORE_LOCK,
    WRONG_BEFORE_VOID,
    PinLocked,
    PinVoid,
    TabletLocked,
    check_person,
    check_tablet,
    refuse_weak_pin,
)

NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


@pytest.mark.parametrize("pin", ["2719", "80364", "271828", "5062931", "60925174"])
def test_a_pin_without_a_pattern_is_taken(pin: str) -> None:
    refuse_weak_pin(pin)


@pytest.mark.parametrize(
    "pin",
    [
        "", "271", "271828182", "27a8", "２７１８", " 2719", "1234", "4321", "890123", "0000", "1211", "1212",
        "2580", "1984", "2026", "123456", "654321", "112233", "272272", "2112", "311299", "991231", "31121999",
        "19991231",
    ],
)  # fmt: skip
def test_a_pin_that_is_guessed_first_is_refused_with_its_field(pin: str) -> None:
    with pytest.raises(InvalidValue) as refused:
        refuse_weak_pin(pin)
    assert refused.value.field == "new_pin"


def test_the_fifth_wrong_pin_locks_and_each_further_one_doubles_the_wait() -> None:
    def waits(count: int) -> int:
        with pytest.raises(PinLocked) as locked:
            check_person([NOW] * count, now=NOW)
        return locked.value.retry_after

    check_person([NOW] * (WRONG_BEFORE_LOCK - 1), now=NOW)
    assert [waits(count) for count in (5, 6, 7, 8)] == [300, 600, 1200, 2400]
    assert waits(WRONG_BEFORE_VOID - 1) == LONGEST_LOCK.total_seconds()


def test_a_lock_ends_by_itself_until_the_pin_is_void() -> None:
    wrong = [NOW] * WRONG_BEFORE_LOCK
    check_person(wrong, now=NOW + timedelta(minutes=5))
    with pytest.raises(PinVoid):
        check_person([NOW] * WRONG_BEFORE_VOID, now=NOW + timedelta(days=300))


def test_a_tablet_looks_at_no_pin_after_ten_wrong_ones_in_a_quarter_of_an_hour() -> None:
    wrong = [NOW + timedelta(minutes=minute) for minute in range(WRONG_AT_TABLET)]
    at = wrong[-1]
    with pytest.raises(TabletLocked) as locked:
        check_tablet(wrong, most=WRONG_AT_TABLET, now=at)
    assert locked.value.retry_after == 6 * 60
    check_tablet(wrong, most=WRONG_AT_TABLET, now=at + timedelta(minutes=6))
    check_tablet(wrong[1:], most=WRONG_AT_TABLET, now=at)
