"""Is what expires first taken first, and nothing twice?"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stockroom.rules.fefo import NotEnoughUsable, Pick, earlier_choice, pick
from stockroom.rules.suitability import PatientFacts
from stockroom.rules.usability import Purpose, Thing
from stockroom.vocabulary import BaseUnit, HoldReason, LocationKind

MakeThing = Callable[..., Thing]
NOW = datetime(2026, 6, 30, 10, 0, tzinfo=UTC)
PATIENT = PatientFacts(patient_id=5, allergies_asked=True, allergy_ingredient_ids=frozenset())


def pick_from(*things: Thing, need: int, **more: Any) -> tuple[Pick, ...]:
    return pick(
        things,
        need,
        product="Demo Vitamin C",
        base_unit=BaseUnit.MICROLITRE,
        now=NOW,
        zone="Europe/Zurich",
        purpose=Purpose.COMPOUND,
        patient=PATIENT,
        **more,
    )


def taken(picks: tuple[Pick, ...]) -> list[tuple[int, int, int]]:
    return [(each.thing.lot_id, each.quantity, each.presentations) for each in picks]


def test_opened_containers_come_first_by_their_limit_then_sealed_lots_by_expiry(
    make_thing: MakeThing,
) -> None:
    later = make_thing(lot_id=1, expires_on=date(2027, 5, 1))
    sooner = make_thing(lot_id=2, expires_on=date(2026, 7, 1))
    opened_late = make_thing(lot_id=3, opened=True, beyond_use_at=NOW + timedelta(days=9))
    opened_soon = make_thing(lot_id=4, opened=True, beyond_use_at=NOW + timedelta(days=2))

    picks = pick_from(later, sooner, opened_late, opened_soon, need=17_000)

    assert taken(picks) == [(4, 3_000, 0), (3, 3_000, 0), (2, 10_000, 2), (1, 1_000, 1)]


def test_what_never_expires_comes_last_and_ties_go_by_number_then_id(make_thing: MakeThing) -> None:
    things = [
        make_thing(lot_id=1, lot_number="A", expires_on=None, quantity=5_000),
        make_thing(lot_id=5, lot_number="C", quantity=5_000),
        make_thing(lot_id=4, lot_number="C", quantity=5_000),
        make_thing(lot_id=3, lot_number="B", quantity=5_000),
    ]

    assert [lot for lot, _, _ in taken(pick_from(*things, need=20_000))] == [3, 4, 5, 1]
    assert [lot for lot, _, _ in taken(pick_from(*reversed(things), need=20_000))] == [3, 4, 5, 1]


@pytest.mark.parametrize(
    "changes",
    [
        {"expires_on": date(2026, 6, 29)},
        {"hold_reasons": (HoldReason.SUSPICION,)},
        {"location_kind": LocationKind.QUARANTINE},
        {"opened": True, "beyond_use_at": NOW},
        {"opened": True, "dedicated_patient_id": 6},
    ],
)
def test_what_this_patient_may_not_have_is_passed_over(
    make_thing: MakeThing, changes: dict[str, Any]
) -> None:
    sound = make_thing(lot_id=2, expires_on=date(2028, 1, 1))

    assert taken(pick_from(make_thing(**changes), sound, need=1_000)) == [(2, 1_000, 1)]


def test_a_vial_kept_for_this_patient_is_taken(make_thing: MakeThing) -> None:
    kept = make_thing(opened=True, dedicated_patient_id=5)

    assert taken(pick_from(kept, need=1_000)) == [(1, 1_000, 0)]


def test_what_nobody_was_promised_is_taken_first_even_when_it_expires_later(make_thing: MakeThing) -> None:
    promised = make_thing(lot_id=1, expires_on=date(2026, 7, 1), allocated=10_000)
    free = make_thing(lot_id=2, expires_on=date(2027, 7, 1), quantity=5_000)

    picks = pick_from(promised, free, need=6_000, may_take_promised=True)

    assert [(each.thing.lot_id, each.quantity, each.promised) for each in picks] == [
        (1, 1_000, 1_000),
        (2, 5_000, 0),
    ]


def test_at_a_shelf_a_vial_that_is_promised_in_part_is_not_free(make_thing: MakeThing) -> None:
    vials = make_thing(quantity=10_000, allocated=1_000)

    assert taken(pick_from(vials, need=5_000)) == [(1, 5_000, 1)]
    with pytest.raises(NotEnoughUsable):
        pick_from(vials, need=5_001)


def test_too_little_says_how_much_there_is_and_why_not_more(make_thing: MakeThing) -> None:
    things = [make_thing(allocated=5_000), make_thing(lot_id=2, hold_reasons=(HoldReason.RECALL,))]

    with pytest.raises(NotEnoughUsable) as shortage:
        pick_from(*things, need=7_500)

    assert shortage.value.facts == {
        "product": "Demo Vitamin C",
        "needed": "7.5 mL",
        "usable": "5 mL",
        "promised": "5 mL",
        "unusable": "10 mL",
    }


@pytest.mark.parametrize("need", [0, -1])
def test_a_need_is_more_than_zero(make_thing: MakeThing, need: int) -> None:
    with pytest.raises(ValueError, match="more than zero"):
        pick_from(make_thing(), need=need)


@given(data=st.data())
def test_picks_make_up_the_need_and_take_nothing_that_is_not_there(
    make_thing: MakeThing, data: st.DataObject
) -> None:
    things = []
    for number in range(data.draw(st.integers(0, 6))):
        opened = data.draw(st.booleans())
        quantity = data.draw(st.integers(0, 4_999)) if opened else 5_000 * data.draw(st.integers(0, 3))
        things.append(
            make_thing(
                lot_id=number,
                opened=opened,
                quantity=quantity,
                allocated=data.draw(st.integers(0, quantity)),
                expires_on=date(2026, 6, 28) + timedelta(days=data.draw(st.integers(0, 5))),
            )
        )
    need = data.draw(st.integers(1, 30_000))
    may_take = data.draw(st.booleans())

    try:
        picks = pick_from(*things, need=need, may_take_promised=may_take)
    except NotEnoughUsable:
        usable = [each for each in things if each.expires_on is not None and each.expires_on >= NOW.date()]
        assert sum(each.quantity if may_take else max(0, each.unpromised - 4_999) for each in usable) < need
        return

    assert sum(each.quantity for each in picks) == need
    assert len({each.thing.lot_id for each in picks}) == len(picks)
    for each in picks:
        assert 0 < each.quantity <= each.thing.quantity
        assert each.quantity - each.promised <= each.thing.unpromised
        assert may_take or each.promised == 0
        assert each.presentations * 5_000 <= each.thing.quantity or each.thing.is_opened
        assert each.presentations * 5_000 >= each.quantity or each.thing.is_opened


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"expires_on": date(2026, 12, 23)}, True),
        ({"expires_on": date(2026, 12, 24)}, False),
        ({"expires_on": date(2026, 12, 31)}, False),
        ({"expires_on": None}, False),
        ({"expires_on": date(2026, 6, 29)}, False),
        ({"expires_on": date(2026, 7, 1), "location_id": 101}, False),
        ({"expires_on": date(2026, 7, 1), "product_id": 11}, False),
        ({"expires_on": date(2026, 7, 1), "allocated": 5_001}, False),
        ({"expires_on": date(2026, 7, 1), "allocated": 5_000}, True),
        ({"expires_on": date(2026, 7, 1), "hold_reasons": (HoldReason.SUSPICION,)}, False),
    ],
)
def test_an_earlier_lot_in_the_same_place_is_pointed_out(
    make_thing: MakeThing, changes: dict[str, Any], found: bool
) -> None:
    chosen = make_thing(lot_id=1, expires_on=date(2026, 12, 31))
    other = make_thing(lot_id=2, **changes)

    earlier = earlier_choice(
        chosen, [chosen, other], now=NOW, zone="Europe/Zurich", purpose=Purpose.OPEN, patient=PATIENT
    )

    assert earlier == (other if found else None)


def test_of_several_earlier_lots_the_earliest_is_pointed_out(make_thing: MakeThing) -> None:
    chosen = make_thing(lot_id=1, expires_on=None)
    others = [
        make_thing(lot_id=2, expires_on=date(2026, 9, 1)),
        make_thing(lot_id=3, expires_on=date(2026, 8, 1)),
    ]

    earlier = earlier_choice(chosen, others, now=NOW, zone="Europe/Zurich", purpose=Purpose.OPEN)

    assert earlier == others[1]


def test_an_opened_container_is_never_the_wrong_choice(make_thing: MakeThing) -> None:
    opened = make_thing(opened=True, expires_on=None)

    assert (
        earlier_choice(opened, [make_thing(lot_id=2)], now=NOW, zone="Europe/Zurich", purpose=Purpose.USE)
        is None
    )
