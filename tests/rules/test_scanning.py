"""Which vial does a scan mean, and how much of it is taken?"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from stockroom.rules.scanning import (
    Got,
    HowMuch,
    Room,
    Said,
    Step,
    Wanted,
    WhichVial,
    how_much,
    step_of,
    still_needed,
    which_vial,
)
from stockroom.rules.suitability import PatientFacts
from stockroom.rules.usability import Thing
from stockroom.vocabulary import BaseUnit, ContainerType
from tests.rules.conftest import MakeThing

NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
ANA = PatientFacts(patient_id=1, allergies_asked=True, allergy_ingredient_ids=frozenset())


def ask(*things: Thing, names_container: bool = False) -> WhichVial:
    return which_vial(things, names_container=names_container, now=NOW, zone="Europe/Sofia", patient=ANA)


def codes(things: tuple[Thing, ...]) -> list[str | None]:
    return [each.container_code for each in things]


def test_a_sealed_vial_for_several_draws_is_opened(make_thing: MakeThing) -> None:
    sealed = make_thing()
    assert ask(sealed).step is Step.OPEN
    assert ask(sealed).sealed == sealed


@pytest.mark.parametrize("kind", [ContainerType.SINGLE_DOSE, ContainerType.NONE, None])
def test_what_is_used_in_one_go_is_used_from_the_shelf(
    make_thing: MakeThing, kind: ContainerType | None
) -> None:
    sealed = make_thing(container_type=kind)
    assert ask(sealed).vials == (sealed,)
    assert ask(sealed).step is Step.USE


@pytest.mark.parametrize("kind", list(ContainerType))
def test_where_something_of_the_lot_is_open_a_person_is_asked(
    make_thing: MakeThing, kind: ContainerType
) -> None:
    sealed = make_thing(container_type=kind)
    opened = make_thing(opened=True, container_type=kind, location_id=200)

    which = ask(sealed, opened)

    assert (which.step, which.vials, which.sealed) == (Step.ASK, (opened,), sealed)


def test_a_vial_past_its_limit_or_of_somebody_else_is_asked_about_last(make_thing: MakeThing) -> None:
    past = make_thing(opened=True, container_code="OLD", location_id=200, beyond_use_at=NOW)
    hers = make_thing(opened=True, container_code="HER", location_id=201, dedicated_patient_id=9)
    good = make_thing(opened=True, container_code="K7M", location_id=202)

    which = ask(past, hers, good, make_thing())

    assert which.step is Step.ASK
    assert codes(which.vials)[0] == "K7M"
    assert set(codes(which.vials)) == {"OLD", "HER", "K7M"}


def test_the_only_thing_there_is_needs_no_question(make_thing: MakeThing) -> None:
    opened = make_thing(opened=True)
    assert ask(opened) == ask(opened, make_thing(quantity=0))
    assert (ask(opened).step, ask(opened).vials) == (Step.USE, (opened,))


def test_two_open_vials_are_asked_about_when_none_is_sealed(make_thing: MakeThing) -> None:
    which = ask(
        make_thing(opened=True, location_id=200),
        make_thing(opened=True, container_code="P2Q", location_id=201),
    )
    assert (which.step, len(which.vials), which.sealed) == (Step.ASK, 2, None)


def test_our_own_label_leaves_no_question_even_on_an_emptied_vial(make_thing: MakeThing) -> None:
    emptied = make_thing(opened=True, quantity=0)
    which = ask(emptied, names_container=True)
    assert (which.step, which.vials) == (Step.USE, (emptied,))


def test_nothing_left_is_said(make_thing: MakeThing) -> None:
    assert ask().step is ask(make_thing(quantity=0)).step is Step.NOTHING_LEFT


@pytest.mark.parametrize(
    ("open_need", "usual_draw", "left", "expected"),
    [
        (2_500, 1_000, 3_000, HowMuch(quantity=2_500, said=Said.NEED)),
        (None, 1_000, 3_000, HowMuch(quantity=1_000, said=Said.USUAL_DRAW)),
        (0, 1_000, 3_000, HowMuch(quantity=1_000, said=Said.USUAL_DRAW)),
        (2_500, None, 2_000, HowMuch(quantity=2_000, said=Said.REST)),
        (None, None, 2_000, HowMuch(quantity=2_000, said=Said.ONE)),
        (2_444, None, 3_000, HowMuch(quantity=2_450, said=Said.NEED)),
    ],
)
def test_a_draw_from_an_open_vial(
    open_need: int | None, usual_draw: int | None, left: int, expected: HowMuch
) -> None:
    given = how_much(
        open_need=open_need, usual_draw=usual_draw, whole=5_000, lying=left, is_opened=True, graduation=50
    )
    assert given == expected


def test_one_piece_where_nothing_says_more_and_never_more_than_lies_there() -> None:
    assert how_much(open_need=None, usual_draw=None, whole=1, lying=40).quantity == 1
    assert how_much(open_need=3, usual_draw=None, whole=1, lying=40).quantity == 3
    assert how_much(open_need=3, usual_draw=None, whole=1, lying=2) == HowMuch(quantity=2, said=Said.REST)


def test_an_emptied_vial_may_hold_a_little_more_than_its_label_said() -> None:
    emptied = how_much(open_need=200, usual_draw=None, whole=5_000, lying=0, is_opened=True)
    assert emptied == HowMuch(quantity=200, said=Said.NEED)


@pytest.mark.parametrize(
    ("unit", "graduation", "step"),
    [(BaseUnit.MICROLITRE, 1, 100), (BaseUnit.MICROLITRE, 50, 50), (BaseUnit.PIECE, 1, 1)],
)
def test_a_press_changes_it_by_what_the_syringe_shows(unit: BaseUnit, graduation: int, step: int) -> None:
    assert step_of(unit, graduation) == step


def test_a_need_is_met_by_its_product_then_by_its_group_in_their_order() -> None:
    needs = (
        Wanted(need_uid="group", product_id=None, group_id=5, quantity=1_000),
        Wanted(need_uid="acid", product_id=10, group_id=None, quantity=2_000),
        Wanted(need_uid="again", product_id=10, group_id=None, quantity=500),
    )
    got = (Got(product_id=10, group_id=5, quantity=2_800), Got(product_id=11, group_id=5, quantity=100))

    assert still_needed(needs, got) == {"group": 600, "acid": 0, "again": 0}
    assert still_needed(needs, ()) == {"group": 1_000, "acid": 2_000, "again": 500}


ROOM = Room(name="Room 1", location_ids=frozenset({300, 200}))


def in_room(*things: Thing) -> WhichVial:
    return which_vial(things, names_container=False, now=NOW, zone="Europe/Sofia", patient=ANA, room=ROOM)


def test_what_lies_in_the_room_is_meant_before_what_expires_sooner_elsewhere(make_thing: MakeThing) -> None:
    elsewhere = make_thing(location_id=101, lot_number="A")
    here = make_thing(location_id=300, lot_number="B")
    assert in_room(elsewhere, here) == WhichVial(step=Step.OPEN, sealed=here)
    assert ask(elsewhere, here).sealed == elsewhere


def test_what_lies_in_one_other_place_only_was_brought_from_there(make_thing: MakeThing) -> None:
    elsewhere = make_thing(location_id=101)
    assert in_room(elsewhere) == WhichVial(step=Step.OPEN, sealed=elsewhere)


def test_a_person_says_from_which_of_several_other_places_it_was_brought(make_thing: MakeThing) -> None:
    fridge, cupboard = make_thing(location_id=101), make_thing(location_id=102)
    assert in_room(fridge, cupboard) == WhichVial(step=Step.ASK, places=(fridge, cupboard))
    assert in_room(fridge, cupboard).meant == (fridge, cupboard)
    assert ask(fridge, cupboard).step is Step.OPEN


def test_an_emergency_box_is_no_place_to_choose_while_there_is_another(make_thing: MakeThing) -> None:
    room = replace(ROOM, set_aside_ids=frozenset({102}))
    fridge, box = make_thing(location_id=101), make_thing(location_id=102, lot_number="A")

    def of(*things: Thing) -> WhichVial:
        return which_vial(things, names_container=False, now=NOW, zone="Europe/Sofia", patient=ANA, room=room)

    assert of(fridge, box) == WhichVial(step=Step.OPEN, sealed=fridge)
    assert of(box) == WhichVial(step=Step.OPEN, sealed=box)


def test_an_opened_vial_in_the_room_is_asked_about_first(make_thing: MakeThing) -> None:
    far = make_thing(opened=True, container_code="FAR", location_id=201)
    near = make_thing(opened=True, container_code="NEAR", location_id=200)
    assert codes(in_room(far, near).vials) == ["NEAR", "FAR"]
