"""Does a count come into the books whole, without undoing what moved while people counted?"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from stockroom.db.store import Store
from stockroom.errors import InvalidValue, ThingNotFound
from stockroom.models import JournalEntry, Movement, StockCount, Stocktake, StocktakeLine
from stockroom.operations.confirm_count import ConfirmCount, confirm_count
from stockroom.operations.count import Count, CountedLine, count
from stockroom.operations.dispose import FinishContainer, finish_container
from stockroom.operations.enter_finds import Again
from stockroom.operations.set_settings import SetSettings, set_settings
from stockroom.reads.stock_counts import CountChanged, CountOver
from stockroom.rules.confirming import CountNeedsSecondPerson, SecondPersonMayNotConfirm
from stockroom.rules.counting import (
    CountedSince,
    CountedVialDiscarded,
    CountOvertaken,
    CountReasonMissing,
    PartsMoved,
)
from stockroom.rules.permissions import ActionForbidden
from stockroom.vocabulary import CountReason, DisposalReason, Role
from tests.builders import NOW, House, LotAt, key
from tests.correcting import books_are_true, nothing_moves, open_vial, promise, rows, state_of, use, visit
from tests.counts import LATER, Counting, because, lies, priced

SOON, HALF_PAST = NOW + timedelta(minutes=5), NOW + timedelta(minutes=30)


def test_several_people_count_and_each_difference_is_posted_once(store: Store) -> None:
    house = House(store)
    product, fridge = house.product("Filler"), house.clinic.fridge
    short = house.clinic.lot_on_shelf(product, "A1", presentations=3)
    more = house.clinic.lot_on_shelf(product, "B2")
    unseen = house.clinic.lot_on_shelf(product, "C3")
    counting = Counting(house)
    counting.found(lies(short, fridge, 10_000))
    counting.found(lies(more, fridge, 10_000), actor=house.manager, now=SOON)

    answer = counting.confirm(because(short, fridge), because(more, fridge, CountReason.FOUND))

    assert [house.clinic.on_hand(lot) for lot in (short, more, unseen)] == [10_000, 10_000, 5000]
    (stocktake,) = rows(store, Stocktake)
    (row,) = rows(store, StockCount)
    assert (row.state, row.stocktake_id, row.ended_by_id) == ("booked", stocktake.id, house.nurse.person_id)
    assert [
        (each.counted_by_id, each.book_quantity, each.counted_quantity, each.reason)
        for each in rows(store, StocktakeLine)
    ] == [
        (house.nurse.person_id, 15_000, 10_000, "lost"),
        (house.manager.person_id, 5000, 10_000, "found"),
    ]
    (movement,) = rows(store, Movement, Movement.kind == "count")
    assert (movement.uid, movement.occurred_at) == (answer.movement_uid, SOON)
    books_are_true(store)


def test_what_was_used_taken_out_and_put_in_while_people_counted_is_reconciled(store: Store) -> None:
    house = House(store)
    product, fridge = house.product("Filler"), house.clinic.fridge
    lot = house.clinic.lot_on_shelf(product, "A1", presentations=3)
    vial = open_vial(house.clinic, product, lot)
    counting = Counting(house)
    counting.found(lies(lot, fridge, 10_000), lies(lot, vial.place, 4900))
    use(house.clinic, visit(house), (lot, vial.place, 700), now=SOON)
    open_vial(house.clinic, product, lot, now=HALF_PAST)

    shown = counting.shown()
    answer = counting.confirm(because(lot, vial.place))

    assert [(each.difference, each.moved_since) for each in shown.counted] == [(-100, -700), (0, -5000)]
    assert [(each.book_quantity, each.found_quantity) for each in answer.differences] == [(5000, 4900)]
    assert (house.clinic.on_hand(lot), house.clinic.on_hand(lot, vial.place)) == (5000, 4200)
    books_are_true(store)


def test_a_vial_that_was_thrown_away_meanwhile_agrees_or_is_told_in_a_clear_word(store: Store) -> None:
    house = House(store)
    product = house.product("Filler")
    lot = house.clinic.lot_on_shelf(product, "A1", presentations=2)
    vial = open_vial(house.clinic, product, lot)
    right, wrong = Counting(house), Counting(house)
    right.found(lies(lot, vial.place, 5000))
    wrong.found(lies(lot, vial.place, 4900))
    rest = FinishContainer(container_uid=vial.uid, reason=DisposalReason.CONTAMINATED)
    finish_container(store, rest, actor=house.nurse, key=key("finish"), now=SOON)

    with nothing_moves(store), pytest.raises(CountedVialDiscarded) as refused:
        wrong.confirm(because(lot, vial.place))
    answer = right.confirm()

    assert (refused.value.lot_number, refused.value.discarded_at) == ("A1", SOON)
    assert answer.movement_uid is None
    books_are_true(store)


def test_parts_are_booked_as_one_and_not_at_all_when_something_moved_between_them(store: Store) -> None:
    house = House(store)
    product, fridge = house.product("Filler"), house.clinic.fridge
    lot = house.clinic.lot_on_shelf(product, "A1", presentations=4)
    counting = Counting(house)
    first = counting.found(lies(lot, fridge, 10_000))
    counting.found(lies(lot, fridge, 5000), again=Again.ADD, seen=first.find_uids, now=HALF_PAST)
    with nothing_moves(store), pytest.raises(CountReasonMissing):
        counting.confirm()

    open_vial(house.clinic, product, lot, now=SOON)
    with nothing_moves(store), pytest.raises(PartsMoved):
        counting.confirm(because(lot, fridge))


def test_a_count_that_was_overtaken_by_another_one_is_not_booked_over_it(store: Store) -> None:
    house = House(store)
    fridge = house.clinic.fridge
    lot = house.clinic.lot_on_shelf(house.product("Filler"), "A1", presentations=3)
    early, late = Counting(house), Counting(house)
    early.found(lies(lot, fridge, 10_000))
    late.found(lies(lot, fridge, 10_000), now=SOON)
    late.confirm(because(lot, fridge))

    with nothing_moves(store), pytest.raises(CountedSince) as refused:
        early.confirm(because(lot, fridge))

    assert refused.value.counted_at == SOON
    assert house.clinic.on_hand(lot) == 10_000


def test_less_than_what_was_taken_since_is_counted_again(sqlite_store: Store) -> None:
    house = House(sqlite_store)
    product = house.product("Filler")
    lot = house.clinic.lot_on_shelf(product, "A1")
    vial = open_vial(house.clinic, product, lot)
    counting = Counting(house)
    counting.found(lies(lot, vial.place, 500))
    use(house.clinic, visit(house), (lot, vial.place, 700), now=SOON)

    with nothing_moves(sqlite_store), pytest.raises(CountOvertaken):
        counting.confirm(because(lot, vial.place))


def test_what_is_missing_of_a_promise_ends_it_with_an_alert(store: Store) -> None:
    house = House(store)
    product = house.product("Filler")
    lot = house.clinic.lot_on_shelf(product, "A1")
    vial = open_vial(house.clinic, product, lot)
    promised = promise(house.clinic, lot, vial.place, 2000, visit(house))
    counting = Counting(house)
    counting.found(lies(lot, vial.place, 1500))

    answer = counting.confirm(because(lot, vial.place, CountReason.UNBOOKED_USE))

    assert answer.lost_allocation_uids == (promised.uid,)
    assert state_of(store, promised) == "lost"
    books_are_true(store)


class TestSecondPerson:
    """More than the clinic tolerates is confirmed by two."""

    def test_above_the_tolerance_a_colleague_confirms_and_is_written_down(self, store: Store) -> None:
        house = House(store)
        lot = priced(house, house.product("Filler"), "A1", packs=4, cents=6_000)
        counting = Counting(house)
        counting.found(lies(lot, house.clinic.fridge, 10_000))
        reason = because(lot, house.clinic.fridge)
        colleague = house.clinic.employ(Role.NURSE, name="Nadia Demova")

        with nothing_moves(store), pytest.raises(CountNeedsSecondPerson) as refused:
            counting.confirm(reason)
        counting.confirm(reason, second_person_uid=colleague.person_uid)

        assert refused.value.why == ("worth more than one person may confirm",)
        assert counting.shown().count.state == "booked"
        assert rows(store, Stocktake)[0].second_person_id == colleague.person_id
        refusals = rows(store, JournalEntry, JournalEntry.kind == "refusal")
        assert len(refusals) == 1

    @pytest.mark.parametrize(
        ("tolerance", "cents", "missing", "reason", "wants"),
        [
            (100, 6_000, 1, CountReason.LOST, False),
            (100, 6_000, 2, CountReason.LOST, True),
            (120, 6_000, 2, CountReason.LOST, False),
            (0, 0, 3, CountReason.LOST, False),
            (0, 1, 1, CountReason.LOST, True),
            (100, 6_000, 1, CountReason.SUSPECTED_THEFT, True),
        ],
    )
    def test_the_clinic_says_how_much_it_tolerates(
        self,
        sqlite_store: Store,
        tolerance: int,
        cents: int,
        missing: int,
        reason: CountReason,
        wants: bool,
    ) -> None:
        house = House(sqlite_store)
        decide(house, count_tolerance_worth=tolerance)
        lot = priced(house, house.product("Filler"), "A1", packs=4, cents=cents)
        counting = Counting(house)
        counting.found(lies(lot, house.clinic.fridge, 20_000 - missing * 5000))
        said = because(lot, house.clinic.fridge, reason)

        if not wants:
            counting.confirm(said)
            return
        with pytest.raises(CountNeedsSecondPerson):
            counting.confirm(said)

    def test_what_nobody_knows_the_worth_of_is_judged_by_presentations(self, sqlite_store: Store) -> None:
        house = House(sqlite_store)
        lot = house.clinic.lot_on_shelf(house.product("Filler"), "A1", presentations=9)
        counting = Counting(house)
        counting.found(lies(lot, house.clinic.fridge, 15_000))

        with pytest.raises(CountNeedsSecondPerson) as refused:
            counting.confirm(because(lot, house.clinic.fridge))

        assert refused.value.why == ("many of a worth that nobody knows",)

    @pytest.mark.parametrize("who", ["the author", "a practitioner", "somebody of another clinic", "nobody"])
    def test_the_second_person_is_another_one_who_counts_here(self, sqlite_store: Store, who: str) -> None:
        house = House(sqlite_store)
        lot = house.clinic.lot_on_shelf(house.product("Filler"), "A1", presentations=9)
        counting = Counting(house)
        counting.found(lies(lot, house.clinic.fridge, 0))
        people = {
            "the author": house.nurse.person_uid,
            "a practitioner": house.practitioner.person_uid,
            "somebody of another clinic": house.another_clinic().nurse.person_uid,
            "nobody": house.clinic.uid,
        }

        refusal = ThingNotFound if who == "nobody" else SecondPersonMayNotConfirm
        with nothing_moves(sqlite_store), pytest.raises(refusal):
            counting.confirm(because(lot, house.clinic.fridge), second_person_uid=people[who])

    def test_a_count_that_is_booked_at_once_asks_for_one_too(self, sqlite_store: Store) -> None:
        house = House(sqlite_store)
        lot = house.clinic.lot_on_shelf(house.product("Filler"), "A1", presentations=9)
        said, nurse = at_once(lot, house, 0), house.nurse

        with nothing_moves(sqlite_store), pytest.raises(CountNeedsSecondPerson):
            count(sqlite_store, Count(lines=(said,)), actor=nurse, key=key(), now=LATER)
        second = Count(lines=(said,), second_person_uid=house.manager.person_uid)
        count(sqlite_store, second, actor=nurse, key=key(), now=LATER)

        assert house.clinic.on_hand(lot) == 0
        assert rows(sqlite_store, Stocktake)[0].second_person_id == house.manager.person_id


def at_once(lot: LotAt, house: House, quantity: int) -> CountedLine:
    return CountedLine(
        lot_uid=lot.uid,
        location_uid=house.clinic.fridge.uid,
        counted_at=NOW,
        found_quantity=quantity,
        reason=CountReason.LOST,
    )


def decide(house: House, **values: Any) -> None:
    command = SetSettings(values=values, version=1)
    set_settings(house.store, command, actor=house.manager, key=key("set"), now=NOW)


def test_nothing_is_booked_that_nobody_has_seen_and_nothing_twice(store: Store) -> None:
    house = House(store)
    lot = house.clinic.lot_on_shelf(house.product("Filler"), "A1", presentations=2)
    counting, fridge = Counting(house), house.clinic.fridge
    with nothing_moves(store), pytest.raises(InvalidValue):
        counting.confirm()
    first = counting.found(lies(lot, fridge, 5000))
    seen = counting.shown().count.version
    counting.found(lies(lot, fridge, 0), again=Again.REPLACE, seen=first.find_uids, actor=house.manager)

    with nothing_moves(store), pytest.raises(CountChanged):
        counting.confirm(because(lot, fridge), version=seen)
    counting.confirm(because(lot, fridge))
    with nothing_moves(store), pytest.raises(CountOver):
        counting.confirm(because(lot, fridge))

    assert house.clinic.on_hand(lot) == 0


def test_who_may_not_count_confirms_nothing_and_the_same_key_confirms_once(sqlite_store: Store) -> None:
    house = House(sqlite_store)
    lot = house.clinic.lot_on_shelf(house.product("Filler"), "A1", presentations=2)
    counting, practitioner = Counting(house), house.practitioner
    counting.found(lies(lot, house.clinic.fridge, 5000))
    reasons = (because(lot, house.clinic.fridge),)
    command = ConfirmCount(count_uid=counting.uid, version=2, reasons=reasons)
    with nothing_moves(sqlite_store), pytest.raises(ActionForbidden):
        confirm_count(sqlite_store, command, actor=practitioner, key=key(), now=LATER)

    first, second = (
        confirm_count(sqlite_store, command, actor=house.nurse, key="same", now=LATER) for _ in range(2)
    )

    assert first == second
    assert len(rows(sqlite_store, Stocktake)) == 1


def test_another_clinics_count_is_not_found(sqlite_store: Store) -> None:
    house = House(sqlite_store)
    counting, stranger = Counting(house), house.another_clinic().nurse

    with pytest.raises(ThingNotFound):
        counting.confirm(actor=stranger)
