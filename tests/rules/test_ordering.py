"""Does an order stand where its lines put it, and is nothing booked on it that is not owed?"""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from stockroom.rules.ordering import (
    NotOwed,
    Ordered,
    OrderNotThere,
    OrderState,
    check_arrival,
    check_state,
    due_on,
    state_of,
)

TEN = datetime(2026, 3, 2, 10, tzinfo=UTC)


def line(ordered: int, arrived: int = 0, *, closed: bool = False) -> Ordered:
    return Ordered(ordered_count=ordered, arrived_count=arrived, is_closed=closed)


@pytest.mark.parametrize(
    ("sent", "off", "lines", "state"),
    [
        (False, False, [], "draft"),
        (False, False, [line(10)], "draft"),
        (False, True, [line(10)], "cancelled"),
        (True, False, [line(10)], "ordered"),
        (True, False, [line(10, 4)], "part_received"),
        (True, False, [line(10, 10)], "received"),
        (True, False, [line(10, 12)], "received"),
        (True, False, [line(10, 10), line(5)], "part_received"),
        (True, False, [line(10, 10), line(5, closed=True)], "received"),
        (True, False, [line(10, 4, closed=True)], "received"),
        (True, True, [line(10, 4)], "cancelled"),
    ],
)
def test_an_order_stands_where_its_lines_put_it(
    sent: bool, off: bool, lines: list[Ordered], state: str
) -> None:
    found = state_of(ordered_at=TEN if sent else None, cancelled_at=TEN if off else None, lines=lines)

    assert found == state


@pytest.mark.parametrize(
    ("each", "owed", "over"),
    [(line(10), 10, 0), (line(10, 4), 6, 0), (line(10, 12), 0, 2), (line(10, 4, closed=True), 0, 0)],
)
def test_what_is_owed_and_what_came_beyond(each: Ordered, owed: int, over: int) -> None:
    assert (each.owed_count, each.over_count) == (owed, over)


@pytest.mark.parametrize(
    ("each", "arrived", "more", "is_refused"),
    [
        (line(10), 10, False, False),
        (line(10), 11, False, True),
        (line(10), 11, True, False),
        (line(10, 10), 1, False, True),
        (line(10, 4, closed=True), 1, False, True),
    ],
)
def test_more_than_is_owed_is_asked_about(each: Ordered, arrived: int, more: bool, is_refused: bool) -> None:
    if not is_refused:
        check_arrival("Filler", each, arrived, more_came=more)
        return
    with pytest.raises(NotOwed) as refused:
        check_arrival("Filler", each, arrived, more_came=more)
    assert (refused.value.owed, refused.value.arrived) == (each.owed_count, arrived)


def test_a_state_that_does_not_fit_is_told_in_words() -> None:
    check_state("uid", OrderState.DRAFT, OrderState.DRAFT)
    with pytest.raises(OrderNotThere) as refused:
        check_state("uid", OrderState.PART_RECEIVED, OrderState.DRAFT)
    assert refused.value.state == "part received"


@pytest.mark.parametrize(
    ("order", "own", "none", "due"),
    [(None, None, None, None), (5, None, None, 5), (5, 9, None, 9), (5, 3, None, 3), (5, None, 8, 8), (9, None, 8, 9)],
)  # fmt: skip
def test_a_line_is_due_by_its_own_day_and_not_before_the_supplier_has_any(
    order: int | None, own: int | None, none: int | None, due: int | None
) -> None:
    def day(number: int | None) -> date | None:
        return None if number is None else date(2026, 5, number)

    found = due_on(order_expected_on=day(order), line_expected_on=day(own), none_until=day(none))

    assert found == day(due)
