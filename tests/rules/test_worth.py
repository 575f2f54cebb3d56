"""Do pieces of what was paid add up to the cent, however it is divided, and is the unknown never taken for nothing?"""

from __future__ import annotations

from datetime import date
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stockroom.rules.worth_flow import Bought, Drawn, Flow, Segment
from stockroom.rules.worth_layers import NOTHING, UNKNOWN, Layers, Value, cost_of, together
from stockroom.rules.worth_losses import GROUPS, Loss, LossReason, by_group, reason_of, total_of
from stockroom.rules.worth_totals import total, totals
from stockroom.vocabulary import CountReason, DisposalReason, MovementKind

EURO, DOLLAR = Value((("EUR", 1000),)), Value((("USD", 500),))


def layers(*each: tuple[int, Value]) -> Layers:
    return Layers([quantity for quantity, _ in each], lambda n: each[n][1])


@pytest.mark.parametrize(
    ("start", "end", "value"),
    [
        (0, 3, Value((("EUR", 1000),))),
        (0, 1, Value((("EUR", 333),))),
        (1, 2, Value((("EUR", 334),))),
        (2, 3, Value((("EUR", 333),))),
        (2, 4, Value((("EUR", 333), ("USD", 250)))),
        (0, 5, Value((("EUR", 1000), ("USD", 500)))),
        (3, 3, NOTHING),
        (4, 2, NOTHING),
        (5, 6, Value((), is_whole=True)),
        (5, 7, UNKNOWN),
        (-1, 1, Value((("EUR", 333),), is_whole=False)),
        (6, 8, UNKNOWN),
    ],
)
def test_a_part_of_a_lot_costs_its_part_of_each_delivery(start: int, end: int, value: Value) -> None:
    lot = layers((3, EURO), (2, DOLLAR), (1, NOTHING))

    assert lot.between(start, end) == value


def test_what_lies_there_is_the_newest_and_more_than_came_is_not_known() -> None:
    lot = layers((3, EURO), (2, UNKNOWN))

    assert lot.newest(2) == UNKNOWN
    assert lot.newest(3) == Value((("EUR", 333),), is_whole=False)
    assert lot.newest(6) == Value((("EUR", 1000),), is_whole=False)
    assert (lot.newest(0), lot.newest(-1)) == (NOTHING, UNKNOWN)


@given(
    st.lists(st.tuples(st.integers(1, 10**6), st.integers(0, 10**9)), min_size=1, max_size=6),
    st.lists(st.integers(0, 6 * 10**6), max_size=12),
)
def test_however_a_lot_is_divided_its_pieces_add_up_to_what_was_paid(
    came: list[tuple[int, int]], cuts: list[int]
) -> None:
    lot = layers(*((quantity, Value((("EUR", cents),) if cents else ())) for quantity, cents in came))
    ends = sorted({0, lot.quantity, *(min(cut, lot.quantity) for cut in cuts)})

    pieces = [lot.between(start, end) for start, end in pairwise(ends)]

    assert together(pieces) == lot.between(0, lot.quantity)
    assert together(pieces).in_currency("EUR") == sum(cents for _, cents in came)
    assert all(piece.in_currency("EUR") >= 0 for piece in pieces)


def test_a_price_is_for_a_whole_presentation() -> None:
    assert cost_of(4000, content_quantity=2000, unit_cost_minor=1250, currency="EUR") == Value(
        (("EUR", 2500),)
    )
    assert cost_of(1000, content_quantity=3000, unit_cost_minor=100, currency="EUR") == Value((("EUR", 33),))


def test_a_cocktail_costs_what_was_drawn_for_it_its_loss_included() -> None:
    vial, powder, cocktail = 1, 2, 3
    flow = Flow(
        {
            vial: [Bought(10, EURO)],
            powder: [Bought(4, UNKNOWN)],
            cocktail: [Drawn(6, (11, 12))],
        },
        {
            11: Segment(vial, 0, 7),
            12: Segment(powder, 0, 1),
            13: Segment(cocktail, 0, 2),
            14: Segment(cocktail, 2, 6),
        },
    )

    assert flow.of_line(13) == Value((("EUR", 233),), is_whole=False)
    assert together([flow.of_line(13), flow.of_line(14)]) == Value((("EUR", 700),), is_whole=False)
    assert flow.of_remainder(vial, 3) == Value((("EUR", 300),))
    assert flow.of_line(99) == UNKNOWN


def test_goods_that_come_back_from_another_clinic_cost_what_they_cost_when_they_left() -> None:
    here, there = 1, 2
    flow = Flow(
        {here: [Bought(10, EURO), Drawn(4, (22,))], there: [Drawn(4, (21,))]},
        {21: Segment(here, 0, 4), 22: Segment(there, 0, 4), 23: Segment(here, 4, 14)},
    )

    assert flow.of_line(22) == Value((("EUR", 400),))
    assert flow.of_line(23) == Value((("EUR", 1000),))


def test_what_would_cost_itself_is_not_known() -> None:
    flow = Flow({1: [Drawn(4, (21,))]}, {21: Segment(1, 0, 4)})

    assert flow.of_line(21) == UNKNOWN


def test_a_find_gives_back_what_left_last() -> None:
    flow = Flow({1: [Bought(10, EURO)]}, {31: Segment(1, 0, 5), 32: Segment(1, 3, 5, is_find=True)})

    assert together([flow.of_line(31), flow.of_line(32)]) == Value((("EUR", 300),))
    assert flow.came(1) == EURO


def test_totals_keep_currencies_apart_and_count_what_is_not_known() -> None:
    rows = [("a", EURO), ("b", DOLLAR), ("a", UNKNOWN), ("a", EURO)]

    first, second = totals(rows, name=lambda row: row[0], value=lambda row: row[1])

    assert (first.name, first.row_count, first.unknown_count) == ("a", 3, 1)
    assert first.value == Value((("EUR", 2000),), is_whole=False)
    assert second.value == DOLLAR
    assert total(rows, value=lambda row: row[1]).value.sums == (("EUR", 2000), ("USD", 500))


@pytest.mark.parametrize(
    ("kind", "said", "counted", "is_disposal", "reason"),
    [
        (MovementKind.DISPOSE, "expired: put aside in May", None, True, LossReason.EXPIRED),
        (MovementKind.DISPOSE, "residual", None, True, LossReason.RESIDUAL),
        (MovementKind.DISPOSE, "no word of ours", None, True, LossReason.NOT_STATED),
        (MovementKind.USE, "", None, True, LossReason.REMAINDER),
        (MovementKind.PREPARE, "", None, True, LossReason.REMAINDER),
        (MovementKind.ABANDON, "patient left", None, True, LossReason.ABANDONED),
        (MovementKind.ARRIVE, "", None, True, LossReason.BROKEN_ON_THE_WAY),
        (MovementKind.ARRIVE, "", None, False, LossReason.SHORT_ON_THE_WAY),
        (MovementKind.COUNT, "lost, miscounted", "suspected_theft", False, LossReason.SUSPECTED_THEFT),
        (MovementKind.COUNT, "lost", None, False, LossReason.LOST),
        (MovementKind.COUNT, "lost, miscounted", None, False, LossReason.NOT_STATED),
    ],
)
def test_why_something_was_lost_is_read_off_its_movement(
    kind: MovementKind, said: str, counted: str | None, is_disposal: bool, reason: LossReason
) -> None:
    assert reason_of(kind, said=said, counted=counted, is_disposal=is_disposal) is reason


def test_every_word_for_a_disposal_and_a_count_is_a_reason_of_a_loss() -> None:
    for word in DisposalReason:
        assert reason_of(MovementKind.DISPOSE, said=word, counted=None, is_disposal=True) == word
    for word in CountReason:
        assert reason_of(MovementKind.COUNT, said="", counted=word, is_disposal=False) == word


def test_every_grouping_of_losses_has_the_same_total() -> None:
    lost = [
        Loss(
            happened_on=date(2026, month, 3), reason=reason, product=f"P{month}", person="Nora",
            is_find=reason is LossReason.FOUND, value=value,
        )
        for month, reason, value in [
            (1, LossReason.BROKEN, EURO),
            (1, LossReason.FOUND, EURO.turned()),
            (2, LossReason.EXPIRED, DOLLAR),
            (2, LossReason.EXPIRED, UNKNOWN),
        ]
    ]  # fmt: skip

    everything = total_of(lost)

    assert (everything.count, everything.found_count, everything.unknown_count) == (3, 1, 1)
    assert (everything.found, everything.net.sums) == (EURO, (("USD", 500),))
    for group in GROUPS.values():
        assert together(each.net for each in by_group(lost, group)) == everything.net
    assert [each.name for each in by_group(lost, GROUPS["month"])] == ["2026-01", "2026-02"]
