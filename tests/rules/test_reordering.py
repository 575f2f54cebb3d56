"""Is so much suggested as is missing up to the target, in whole packs, and nothing passed over?"""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stockroom.rules.reordering import OnOrder, Pack, Shelf, first_due, overdue, proposed_minimum, suggest

MAY = date(2026, 5, 12)


def shelf(usable: int = 0, *, on_order: int = 0, **more: Any) -> Shelf:
    coming = (OnOrder(count=on_order, expected_on=MAY),) if on_order else ()
    usual: dict[str, Any] = {
        "promised_count": 0,
        "on_order": coming,
        "minimum_count": 5,
        "target_count": 20,
        "used_count": 0,
        "surplus_elsewhere_count": 0,
        "opened_quantity": 0,
    }
    return Shelf(usable_count=usable, **{**usual, **more})


@pytest.mark.parametrize(
    ("case", "here", "pack", "low", "suggested", "packs"),
    [
        ("enough", shelf(5), 1, False, 0, 0),
        ("one under the minimum", shelf(4), 1, True, 16, 16),
        ("nothing left", shelf(0), 1, True, 20, 20),
        ("rounded up to the pack", shelf(4), 10, True, 20, 2),
        ("a pack larger than the target", shelf(4), 100, True, 100, 1),
        ("exactly whole packs", shelf(0), 5, True, 20, 4),
        ("enough is on order", shelf(0, on_order=5), 1, False, 0, 0),
        ("something is on order, and too little", shelf(1, on_order=3), 1, True, 16, 16),
        ("promised vials are still there", shelf(5, promised_count=5), 1, False, 0, 0),
        ("opened remainders are not counted", shelf(4, opened_quantity=99_000), 1, True, 16, 16),
        ("a surplus elsewhere is shown, not counted", shelf(4, surplus_elsewhere_count=50), 1, True, 16, 16),
        ("a minimum of zero never asks", shelf(0, minimum_count=0), 1, False, 0, 0),
        ("target and minimum are the same", shelf(4, target_count=5), 1, True, 1, 1),
        ("no minimum", shelf(0, minimum_count=None, target_count=None), 1, False, 0, 0),
    ],
)
def test_what_is_missing_up_to_the_target_is_suggested_in_whole_packs(
    case: str, here: Shelf, pack: int, low: bool, suggested: int, packs: int
) -> None:
    found = suggest(here, Pack(count=pack))

    assert (case, found.is_low, found.suggested_count, found.pack_count) == (case, low, suggested, packs)


@given(
    usable=st.integers(0, 500),
    coming=st.integers(0, 500),
    minimum=st.integers(0, 300),
    more=st.integers(0, 300),
    pack=st.integers(1, 120),
)
def test_after_the_order_there_is_the_target_and_less_than_a_pack_more(
    usable: int, coming: int, minimum: int, more: int, pack: int
) -> None:
    target = minimum + more
    found = suggest(
        shelf(usable, on_order=coming, minimum_count=minimum, target_count=target), Pack(count=pack)
    )

    after = usable + coming + found.suggested_count
    if found.is_low:
        assert target <= after < target + pack
    else:
        assert found.suggested_count == 0 and usable + coming >= minimum
    assert found.suggested_count == found.pack_count * pack


@pytest.mark.parametrize(
    ("used", "lead", "minimum"),
    [
        (0, 14, 0),
        (90, 14, 28),
        (90, 0, 14),
        (90, None, 28),
        (1, 14, 1),
        (45, 30, 22),
        (1000, 7, 234),
    ],
)
def test_a_minimum_is_proposed_by_use_lead_time_and_safety(used: int, lead: int | None, minimum: int) -> None:
    pack = Pack(lead_time_days=lead)

    assert proposed_minimum(used, pack) == minimum
    assert suggest(shelf(0, minimum_count=None, used_count=used), pack).proposed_minimum_count == minimum
    assert suggest(shelf(0, used_count=used), pack).proposed_minimum_count is None


@pytest.mark.parametrize(
    ("lines", "due"),
    [
        ([], None),
        ([(3, None, None)], None),
        ([(3, 12, None)], 12),
        ([(3, 12, 20)], 20),
        ([(3, None, 20)], 20),
        ([(3, 12, 2)], 12),
        ([(3, 12, None), (2, 5, None)], 5),
        ([(0, 5, None), (2, 12, None)], 12),
    ],
)
def test_what_is_on_order_is_due_when_the_supplier_has_it(
    lines: list[tuple[int, int | None, int | None]], due: int | None
) -> None:
    def day(number: int | None) -> date | None:
        return None if number is None else date(2026, 5, number)

    on_order = [
        OnOrder(count=count, expected_on=day(expected), none_until=day(none))
        for count, expected, none in lines
    ]

    assert first_due(on_order) == day(due)


def test_what_should_have_been_here_is_overdue_from_the_day_after() -> None:
    line, empty = OnOrder(count=1, expected_on=MAY), OnOrder(count=0, expected_on=MAY)

    assert overdue([line, empty], today=MAY) == ()
    assert overdue([line, empty], today=date(2026, 5, 13)) == (line,)
    assert (
        overdue([OnOrder(count=1, expected_on=MAY, none_until=date(2026, 6, 1))], today=date(2026, 5, 13))
        == ()
    )
