"""Does a hold stop everything that it should, and nothing else?"""

from __future__ import annotations

import pytest

from stockroom.rules import holding
from stockroom.rules.holding import (
    Goods,
    Hold,
    LotName,
    check_release,
    check_scope,
    covers,
    follow,
    hold_reasons,
)
from stockroom.vocabulary import HoldReason, Role

SERUM = LotName(lot_id=1, product_id=10, lot_number="A1")
OTHER_LOT = LotName(lot_id=2, product_id=10, lot_number="a1")
COCKTAIL = LotName(lot_id=3, product_id=20, lot_number="C-1")
ELSEWHERE = LotName(lot_id=4, product_id=10, lot_number="A1")
NAMESAKE = LotName(lot_id=5, product_id=11, lot_number="A1")

ON_SHELF = Goods(lot=SERUM, location_id=100)
IN_VIAL = Goods(lot=SERUM, location_id=900)
MIXED = Goods(lot=COCKTAIL, location_id=100, made_from=(SERUM,))


def hold(reason: HoldReason = HoldReason.SUSPICION, **scope: object) -> Hold:
    return Hold(hold_id=1, hold_uid="hold-1", reason=reason, **scope)  # type: ignore[arg-type]


PRODUCT = hold(product_id=10)
LOT_EVERYWHERE = hold(product_id=10, lot_number="A1")
LOT_HERE = hold(lot_id=1)
AT_PLACE = hold(places=frozenset({(1, 100)}))
CONTAINER = hold(places=frozenset({(1, 900)}))


@pytest.mark.parametrize(
    ("placed", "goods", "is_covered"),
    [
        (PRODUCT, ON_SHELF, True),
        (PRODUCT, Goods(lot=OTHER_LOT, location_id=100), True),
        (PRODUCT, Goods(lot=NAMESAKE, location_id=100), False),
        (PRODUCT, MIXED, True),
        (LOT_EVERYWHERE, ON_SHELF, True),
        (LOT_EVERYWHERE, IN_VIAL, True),
        (LOT_EVERYWHERE, MIXED, True),
        (LOT_EVERYWHERE, Goods(lot=ELSEWHERE, location_id=500), True),
        (LOT_EVERYWHERE, Goods(lot=OTHER_LOT, location_id=100), False),
        (LOT_EVERYWHERE, Goods(lot=NAMESAKE, location_id=100), False),
        (LOT_HERE, ON_SHELF, True),
        (LOT_HERE, IN_VIAL, True),
        (LOT_HERE, MIXED, True),
        (LOT_HERE, Goods(lot=ELSEWHERE, location_id=500), False),
        (AT_PLACE, ON_SHELF, True),
        (AT_PLACE, IN_VIAL, False),
        (AT_PLACE, MIXED, False),
        (CONTAINER, IN_VIAL, True),
        (CONTAINER, ON_SHELF, False),
    ],
)
def test_what_a_hold_covers(placed: Hold, goods: Goods, is_covered: bool) -> None:
    assert covers(placed, goods) == is_covered


def test_a_cocktail_of_a_cocktail_is_held_with_its_ingredient() -> None:
    second = LotName(lot_id=9, product_id=21, lot_number="C-2")

    assert covers(LOT_HERE, Goods(lot=second, location_id=100, made_from=(COCKTAIL, SERUM)))


def test_a_released_hold_stops_nothing() -> None:
    assert not covers(hold(product_id=10, is_released=True), ON_SHELF)


def test_each_reason_is_given_once_the_gravest_first() -> None:
    holds = [
        hold(HoldReason.NOT_RELEASED, lot_id=1),
        hold(HoldReason.RECALL, product_id=10, lot_number="A1"),
        hold(HoldReason.NOT_RELEASED, places=frozenset({(1, 100)})),
        hold(HoldReason.TEMPERATURE, lot_id=2),
    ]

    assert hold_reasons(holds, ON_SHELF) == (HoldReason.RECALL, HoldReason.NOT_RELEASED)
    assert hold_reasons([], ON_SHELF) == ()


def test_a_hold_goes_with_the_goods_and_stays_with_what_is_left() -> None:
    both = hold(places=frozenset({(1, 100), (1, 101)}))
    released = hold(places=frozenset({(1, 100)}), is_released=True)

    moved = follow([AT_PLACE, both, CONTAINER, LOT_HERE, released], lot_id=1, from_id=100, to_id=101)

    assert moved == (AT_PLACE,)


@pytest.mark.parametrize("scope", [{}, {"lot_number": "A1"}, {"lot_number": "A1", "lot_id": 1}])
def test_a_hold_that_names_nothing_is_refused(scope: dict[str, object]) -> None:
    with pytest.raises(holding.HoldCoversNothing):
        check_scope(hold(**scope))  # type: ignore[arg-type]
    assert not covers(hold(), ON_SHELF)


@pytest.mark.parametrize("placed", [PRODUCT, LOT_EVERYWHERE, LOT_HERE, AT_PLACE])
def test_a_hold_that_names_something_is_accepted(placed: Hold) -> None:
    check_scope(placed)


@pytest.mark.parametrize("reason", list(HoldReason))
@pytest.mark.parametrize("role", list(Role))
def test_managers_and_practitioners_release_and_nobody_else_does(reason: HoldReason, role: Role) -> None:
    placed = hold(reason, lot_id=1)

    if role in (Role.MANAGER, Role.PRACTITIONER):
        check_release(placed, frozenset({role}), closes_recall=True)
    else:
        with pytest.raises(holding.HoldReleaseForbidden) as refusal:
            check_release(placed, frozenset({role}), closes_recall=True)
        assert refusal.value.may == ("manager", "practitioner")


def test_a_recalls_hold_ends_only_with_its_recall() -> None:
    with pytest.raises(holding.RecallHoldStays):
        check_release(hold(HoldReason.RECALL, product_id=10), frozenset(Role))


def test_a_hold_is_released_once() -> None:
    with pytest.raises(holding.HoldAlreadyReleased):
        check_release(hold(lot_id=1, is_released=True), frozenset(Role))
