"""Does what several people find stay apart, and is nothing added up that nobody was asked about?"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from stockroom.db.store import Store
from stockroom.errors import InvalidValue, StockroomError, ThingNotFound
from stockroom.ledger.post import OccursInFuture
from stockroom.models import CountFind
from stockroom.operations.dispose import FinishContainer, finish_container
from stockroom.operations.enter_finds import Again, CountedBefore, EnterFinds, enter_finds
from stockroom.reads.counted_things import LotElsewhere
from stockroom.rules.counting import CountedTwice, CountedVialDiscarded, CountImpossible
from stockroom.rules.permissions import ActionForbidden
from stockroom.rules.posting import PartOfPresentation
from stockroom.vocabulary import DisposalReason, LocationKind, Role
from tests.builders import NOW, House, key
from tests.correcting import nothing_moves, open_vial, rows
from tests.counts import LATER, Counting, lies


def test_what_is_found_stands_beside_the_books_and_moves_nothing(store: Store) -> None:
    house = House(store)
    product = house.product("Filler")
    lot = house.clinic.lot_on_shelf(product, "A1", presentations=3)
    vial = open_vial(house.clinic, product, lot)
    counting = Counting(house)

    counting.found(lies(lot, house.clinic.fridge, 5000), lies(lot, vial.place, 4200))

    shown = counting.shown()
    assert [(each.n, each.found_quantity, each.book_quantity, each.difference) for each in shown.counted] == [
        (2, 4200, 5000, -800),
        (1, 5000, 10_000, -5000),
    ]
    assert shown.uncounted == ()
    assert (house.clinic.on_hand(lot), house.clinic.on_hand(lot, vial.place)) == (10_000, 5000)


def test_a_lot_that_the_books_do_not_have_there_is_found_there(store: Store) -> None:
    house = House(store)
    lot = house.clinic.lot_on_shelf(house.product("Filler"), "A1", at=house.clinic.cupboard)
    counting = Counting(house)

    counting.found(lies(lot, house.clinic.fridge, 5000))

    (thing,) = counting.shown().counted
    assert (thing.book_quantity, thing.difference, thing.trouble) == (0, 5000, None)


def test_two_who_count_the_same_are_asked_and_one_replaces_the_other(store: Store) -> None:
    house = House(store)
    lot = house.clinic.lot_on_shelf(house.product("Filler"), "A1", presentations=3)
    colleague = house.clinic.employ(Role.NURSE, name="Nadia Demova")
    counting, thing = Counting(house), lies(lot, house.clinic.fridge, 15_000)
    first = counting.found(thing)

    with pytest.raises(CountedBefore) as asked:
        counting.found(thing, actor=colleague)
    entered = counting.found(thing, actor=colleague, again=Again.REPLACE, seen=first.find_uids)

    assert asked.value.facts == {
        "lot_number": "A1",
        "place": "Fridge",
        "counted_by": "Nurse Vitosha",
        "counted_at": NOW,
    }
    (counted,) = counting.shown().counted
    assert [(each.uid, each.counted_by) for each in counted.finds] == [(entered.find_uids[0], "Nadia Demova")]
    assert [row.removed_at is None for row in rows(store, CountFind)] == [False, True]


def test_two_parts_of_the_same_are_added_only_when_somebody_says_so(store: Store) -> None:
    house = House(store)
    lot = house.clinic.lot_on_shelf(house.product("Filler"), "A1", presentations=3)
    counting, fridge = Counting(house), house.clinic.fridge
    first = counting.found(lies(lot, fridge, 10_000))

    counting.found(
        lies(lot, fridge, 5000), again=Again.ADD, seen=first.find_uids, now=NOW + timedelta(minutes=5)
    )

    (thing,) = counting.shown().counted
    assert (thing.found_quantity, thing.difference, len(thing.finds)) == (15_000, 0, 2)


def test_who_has_not_seen_what_a_third_one_counted_is_asked_again(sqlite_store: Store) -> None:
    house = House(sqlite_store)
    lot = house.clinic.lot_on_shelf(house.product("Filler"), "A1", presentations=3)
    counting, thing = Counting(house), lies(lot, house.clinic.fridge, 5000)
    first = counting.found(thing)
    counting.found(thing, again=Again.ADD, seen=first.find_uids, actor=house.manager)

    with nothing_moves(sqlite_store), pytest.raises(CountedBefore) as asked:
        counting.found(thing, again=Again.REPLACE, seen=first.find_uids)

    assert asked.value.counted_by == "Manager Vitosha"


def test_a_vial_that_was_thrown_away_before_is_not_found_and_one_that_is_not_there_is(store: Store) -> None:
    house = House(store)
    product = house.product("Filler")
    lot = house.clinic.lot_on_shelf(product, "A1", presentations=2)
    vial = open_vial(house.clinic, product, lot)
    counting = Counting(house)
    rest = FinishContainer(container_uid=vial.uid, reason=DisposalReason.CONTAMINATED)
    finish_container(store, rest, actor=house.nurse, key=key("finish"), now=NOW + timedelta(minutes=5))

    with nothing_moves(store), pytest.raises(CountedVialDiscarded) as refused:
        counting.found(lies(lot, vial.place, 4000), now=LATER)
    counting.found(lies(lot, vial.place, 4000, NOW), now=LATER)

    assert refused.value.discarded_at == NOW + timedelta(minutes=5)
    (thing,) = counting.shown().counted
    assert (thing.book_quantity, thing.trouble, thing.discarded_at) == (
        5000,
        "discarded",
        NOW + timedelta(minutes=5),
    )


@pytest.mark.parametrize(
    ("case", "refusal"),
    [
        ("nothing", InvalidValue),
        ("twice", CountedTwice),
        ("less than nothing", CountImpossible),
        ("part of a vial at a shelf", PartOfPresentation),
        ("tomorrow", OccursInFuture),
        ("in an account", InvalidValue),
        ("in another lot's vial", LotElsewhere),
        ("a lot of another clinic", ThingNotFound),
        ("a place of another clinic", ThingNotFound),
    ],
)
def test_a_find_that_cannot_be_names_itself_and_leaves_nothing(
    sqlite_store: Store, case: str, refusal: type[StockroomError]
) -> None:
    house = House(sqlite_store)
    product = house.product("Filler")
    lot = house.clinic.lot_on_shelf(product, "A1", presentations=2)
    other = house.clinic.lot_on_shelf(product, "B2")
    rila = house.another_clinic()
    far = rila.lot_on_shelf(product, "A1")
    vial, fridge = open_vial(house.clinic, product, lot), house.clinic.fridge
    counting = Counting(house)
    things: dict[str, Any] = {
        "nothing": (),
        "twice": (lies(lot, fridge, 0), lies(lot, fridge, 5000)),
        "less than nothing": (lies(lot, fridge, -5000),),
        "part of a vial at a shelf": (lies(lot, fridge, 4999),),
        "tomorrow": (lies(lot, fridge, 0, NOW + timedelta(days=1)),),
        "in an account": (lies(lot, house.clinic.account(LocationKind.DISPOSAL), 0),),
        "in another lot's vial": (lies(other, vial.place, 100),),
        "a lot of another clinic": (lies(far, fridge, 0),),
        "a place of another clinic": (lies(lot, rila.fridge, 0),),
    }

    with nothing_moves(sqlite_store), pytest.raises(refusal):
        counting.found(*things[case])


def test_who_may_not_count_finds_nothing_and_the_same_key_finds_once(sqlite_store: Store) -> None:
    house = House(sqlite_store)
    lot = house.clinic.lot_on_shelf(house.product("Filler"), "A1")
    counting, practitioner = Counting(house), house.practitioner
    command = EnterFinds(count_uid=counting.uid, finds=(lies(lot, house.clinic.fridge, 0),))
    with nothing_moves(sqlite_store), pytest.raises(ActionForbidden):
        enter_finds(sqlite_store, command, actor=practitioner, key=key(), now=NOW)

    first, second = (
        enter_finds(sqlite_store, command, actor=house.nurse, key="same", now=NOW) for _ in range(2)
    )

    assert first == second
    assert len(rows(sqlite_store, CountFind)) == 1
