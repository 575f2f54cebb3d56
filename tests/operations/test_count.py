"""Does a count put the books right without undoing what moved meanwhile?"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from stockroom.db.store import Store
from stockroom.errors import InvalidValue, StockroomError, ThingNotFound
from stockroom.ledger.post import OccursInFuture
from stockroom.ledger.stocktakes import CountBooked
from stockroom.models import Container, Movement, Stocktake, StocktakeLine
from stockroom.operations.count import Count, CountedLine, count
from stockroom.operations.reverse import Reverse, reverse
from stockroom.reads.counted_things import LotElsewhere
from stockroom.rules.counting import CountedTwice, CountImpossible, CountOvertaken, CountReasonMissing
from stockroom.rules.permissions import ActionForbidden
from stockroom.rules.posting import PartOfPresentation
from stockroom.vocabulary import CountReason, LocationKind
from tests.builders import NOW, House, LotAt, Place, key
from tests.correcting import (
    alerts,
    books_are_true,
    nothing_moves,
    open_vial,
    promise,
    rows,
    state_of,
    use,
    visit,
)

TEN, HALF_PAST, ELEVEN = NOW, NOW + timedelta(minutes=30), NOW + timedelta(hours=1)


def found(lot: LotAt, place: Place, quantity: int, **values: Any) -> CountedLine:
    return CountedLine(
        lot_uid=lot.uid,
        location_uid=place.uid,
        found_quantity=quantity,
        **{"counted_at": TEN, "reason": CountReason.MISCOUNTED, **values},
    )


def book(house: House, *lines: CountedLine, actor: Any = None) -> CountBooked:
    return count(house.store, Count(lines=lines), actor=actor or house.nurse, key=key("count"), now=ELEVEN)


def test_a_difference_is_booked_with_its_reason_and_what_agrees_is_written_down(store: Store) -> None:
    house = House(store)
    product = house.product("Filler")
    short = house.clinic.lot_on_shelf(product, "A1", presentations=3)
    more = house.clinic.lot_on_shelf(product, "B2")
    same = house.clinic.lot_on_shelf(product, "C3")
    fridge = house.clinic.fridge

    answer = book(
        house,
        found(short, fridge, 10_000, reason=CountReason.LOST),
        found(more, fridge, 10_000, reason=CountReason.FOUND),
        found(same, fridge, 5_000, reason=None),
    )

    assert [house.clinic.on_hand(lot) for lot in (short, more, same)] == [10_000, 10_000, 5_000]
    assert [(each.book_quantity, each.found_quantity) for each in answer.differences] == [
        (15_000, 10_000),
        (5_000, 10_000),
    ]
    movement = rows(store, Movement, Movement.kind == "count")[0]
    assert (movement.reason, movement.document_uid) == ("found, lost", answer.stocktake_uid)
    lines = rows(store, StocktakeLine)
    assert [(row.book_quantity, row.counted_quantity, row.line_id is None) for row in lines] == [
        (15_000, 10_000, False),
        (5_000, 10_000, False),
        (5_000, 5_000, True),
    ]
    books_are_true(store)


def test_what_agrees_posts_no_movement(sqlite_store: Store) -> None:
    house = House(sqlite_store)
    lot = house.clinic.lot_on_shelf(house.product("Filler"), "A1")

    answer = book(house, found(lot, house.clinic.fridge, 5000, reason=None))

    assert (answer.movement_uid, answer.differences) == (None, ())
    assert rows(sqlite_store, Stocktake)[0].movement_id is None


def test_what_moved_between_counting_and_booking_is_not_undone(store: Store) -> None:
    house = House(store)
    product = house.product("Filler")
    lot = house.clinic.lot_on_shelf(product, "A1")
    vial = open_vial(house.clinic, product, lot)
    session = visit(house)
    use(house.clinic, session, (lot, vial.place, 700), now=HALF_PAST)

    answer = book(house, found(lot, vial.place, 4900))

    assert [(each.book_quantity, each.found_quantity) for each in answer.differences] == [(5000, 4900)]
    assert house.clinic.on_hand(lot, vial.place) == 4200
    books_are_true(store)


def test_what_was_used_before_the_count_and_recorded_late_was_already_gone(store: Store) -> None:
    house = House(store)
    product = house.product("Filler")
    lot = house.clinic.lot_on_shelf(product, "A1")
    vial = open_vial(house.clinic, product, lot)
    use(
        house.clinic,
        visit(house),
        (lot, vial.place, 700),
        now=HALF_PAST,
        occurred_at=TEN - timedelta(minutes=10),
    )

    answer = book(house, found(lot, vial.place, 4300, reason=None))

    assert answer.differences == ()
    assert house.clinic.on_hand(lot, vial.place) == 4300


def test_a_use_taken_back_after_the_count_never_left_the_shelf(store: Store) -> None:
    house = House(store)
    product = house.product("Filler")
    lot = house.clinic.lot_on_shelf(product, "A1")
    vial = open_vial(house.clinic, product, lot)
    used = use(house.clinic, visit(house), (lot, vial.place, 700), now=TEN - timedelta(minutes=10))
    reverse(
        store,
        Reverse(movement_uid=used.uid, reason="never happened"),
        actor=house.practitioner,
        key=key(),
        now=HALF_PAST,
    )

    answer = book(house, found(lot, vial.place, 5000, reason=None))

    assert answer.differences == ()
    assert house.clinic.on_hand(lot, vial.place) == 5000


def test_a_later_count_booked_after_an_earlier_one_finds_nothing_to_add(store: Store) -> None:
    house = House(store)
    product = house.product("Filler")
    lot = house.clinic.lot_on_shelf(product, "A1")
    vial = open_vial(house.clinic, product, lot)
    book(house, found(lot, vial.place, 4900))

    again = book(house, found(lot, vial.place, 4900, counted_at=HALF_PAST, reason=None))

    assert again.differences == ()
    assert house.clinic.on_hand(lot, vial.place) == 4900


def test_a_shortage_below_what_is_promised_ends_the_promise_with_an_alert(store: Store) -> None:
    house = House(store)
    product = house.product("Filler")
    lot = house.clinic.lot_on_shelf(product, "A1")
    vial = open_vial(house.clinic, product, lot)
    soon, late = visit(house), visit(house, "Ana Demova", planned_at=NOW + timedelta(hours=5))
    first = promise(house.clinic, lot, vial.place, 2000, soon)
    second = promise(house.clinic, lot, vial.place, 2000, late)

    answer = book(house, found(lot, vial.place, 2500, reason=CountReason.UNBOOKED_USE))

    assert answer.lost_allocation_uids == (second.uid,)
    assert (state_of(store, first), state_of(store, second)) == ("active", "lost")
    assert [row.subject_uid for row in alerts(store)] == [second.uid]
    books_are_true(store)


def test_an_opened_vial_found_empty_is_finished_and_a_finished_one_in_use_is_open_again(
    store: Store,
) -> None:
    house = House(store)
    product = house.product("Filler")
    lot = house.clinic.lot_on_shelf(product, "A1")
    vial = open_vial(house.clinic, product, lot)

    book(house, found(lot, vial.place, 0, reason=CountReason.LOST))
    finished = rows(store, Container)[0].state
    book(house, found(lot, vial.place, 300, counted_at=HALF_PAST, reason=CountReason.FOUND))

    assert (finished, rows(store, Container)[0].state) == ("finished", "open")
    assert house.clinic.on_hand(lot, vial.place) == 300
    books_are_true(store)


def test_a_lot_that_the_books_do_not_have_there_is_found_there(sqlite_store: Store) -> None:
    house = House(sqlite_store)
    lot = house.clinic.lot_on_shelf(house.product("Filler"), "A1")

    book(house, found(lot, house.clinic.cupboard, 5000, reason=CountReason.FOUND))

    assert house.clinic.on_hand(lot, house.clinic.cupboard) == 5000


@pytest.mark.parametrize(
    ("case", "refusal"),
    [
        ("nothing", InvalidValue),
        ("twice", CountedTwice),
        ("less than nothing", CountImpossible),
        ("no reason", CountReasonMissing),
        ("part of a vial at a shelf", PartOfPresentation),
        ("tomorrow", OccursInFuture),
        ("in an account", InvalidValue),
        ("in another lot's vial", LotElsewhere),
        ("a lot of another clinic", ThingNotFound),
        ("more used since than found", CountOvertaken),
    ],
)
def test_a_count_that_cannot_be_names_its_line_and_leaves_nothing(
    sqlite_store: Store, case: str, refusal: type[StockroomError]
) -> None:
    house = House(sqlite_store)
    product = house.product("Filler")
    lot = house.clinic.lot_on_shelf(product, "A1", presentations=2)
    other = house.clinic.lot_on_shelf(product, "B2")
    far = house.another_clinic().lot_on_shelf(product, "A1")
    vial = open_vial(house.clinic, product, lot)
    use(house.clinic, visit(house), (lot, vial.place, 3000), now=HALF_PAST)
    fridge = house.clinic.fridge
    lines = {
        "nothing": (),
        "twice": (found(lot, fridge, 0), found(lot, fridge, 5000)),
        "less than nothing": (found(lot, fridge, -1),),
        "no reason": (found(lot, fridge, 0, reason=None),),
        "part of a vial at a shelf": (found(lot, fridge, 4999),),
        "tomorrow": (found(lot, fridge, 0, counted_at=ELEVEN + timedelta(days=1)),),
        "in an account": (found(lot, house.clinic.account(LocationKind.DISPOSAL), 0),),
        "in another lot's vial": (found(other, vial.place, 100),),
        "a lot of another clinic": (found(far, fridge, 0),),
        "more used since than found": (found(lot, vial.place, 2999),),
    }[case]
    actor = house.nurse

    with nothing_moves(sqlite_store), pytest.raises(refusal):
        book(house, *lines, actor=actor)


def test_a_practitioner_counts_nothing_and_the_same_key_counts_once(sqlite_store: Store) -> None:
    house = House(sqlite_store)
    lot = house.clinic.lot_on_shelf(house.product("Filler"), "A1")
    command = Count(lines=(found(lot, house.clinic.fridge, 0, reason=CountReason.LOST),))
    practitioner = house.practitioner
    with nothing_moves(sqlite_store), pytest.raises(ActionForbidden):
        count(sqlite_store, command, actor=practitioner, key=key(), now=ELEVEN)

    first = count(sqlite_store, command, actor=house.manager, key="same", now=ELEVEN)
    second = count(sqlite_store, command, actor=house.manager, key="same", now=ELEVEN)

    assert first == second
    assert len(rows(sqlite_store, Stocktake)) == 1


def test_what_a_count_of_many_lines_put_right_was_so_when_its_line_was_counted(store: Store) -> None:
    house = House(store)
    product = house.product("Filler")
    lot = house.clinic.lot_on_shelf(product, "A1", presentations=5)
    other = house.clinic.lot_on_shelf(product, "B2", presentations=5)
    fridge = house.clinic.fridge

    book(house, found(lot, fridge, 20_000), found(other, fridge, 20_000, counted_at=HALF_PAST))
    again = book(house, found(lot, fridge, 20_000, counted_at=TEN + timedelta(minutes=10), reason=None))

    assert again.differences == ()
    assert [house.clinic.on_hand(each) for each in (lot, other)] == [20_000, 20_000]
