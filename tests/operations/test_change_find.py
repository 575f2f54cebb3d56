"""Is it said why a find differs, and taken off what was entered by mistake, each by the version that was read?"""

from __future__ import annotations

import pytest

from stockroom.db.store import Store
from stockroom.errors import ThingNotFound
from stockroom.operations.change_find import FindChanged, SayWhy, TakeOffFind, say_why, take_off_find
from stockroom.reads.stock_counts import FindStale
from stockroom.rules.permissions import ActionForbidden
from stockroom.vocabulary import CountReason
from tests.builders import NOW, House, key
from tests.correcting import nothing_moves
from tests.counts import Counting, lies


def test_a_reason_stands_and_a_find_that_was_taken_off_counts_as_not_looked_at(store: Store) -> None:
    house = House(store)
    lot = house.clinic.lot_on_shelf(house.product("Filler"), "A1", presentations=2)
    counting = Counting(house)
    (uid,) = counting.found(lies(lot, house.clinic.fridge, 5000)).find_uids

    said = why(house, counting, uid, 1)
    reason = counting.shown().counted[0].reason
    taken = take_off(house, counting, uid, 2)

    assert (reason, said.version, taken.count_version) == ("lost", 2, 4)
    shown = counting.shown()
    assert (shown.counted, len(shown.uncounted), shown.count.find_count) == ((), 1, 0)


def test_what_was_changed_meanwhile_and_what_is_of_another_count_stays(sqlite_store: Store) -> None:
    house = House(sqlite_store)
    lot = house.clinic.lot_on_shelf(house.product("Filler"), "A1", presentations=2)
    counting, other = Counting(house), Counting(house)
    (uid,) = counting.found(lies(lot, house.clinic.fridge, 5000)).find_uids
    why(house, counting, uid, 1)

    with nothing_moves(sqlite_store):
        for do in (why, take_off):
            with pytest.raises(FindStale):
                do(house, counting, uid, 1)
            with pytest.raises(ThingNotFound):
                do(house, other, uid, 2)


def test_who_may_not_count_changes_nothing_and_the_same_key_changes_once(sqlite_store: Store) -> None:
    house = House(sqlite_store)
    lot = house.clinic.lot_on_shelf(house.product("Filler"), "A1", presentations=2)
    counting, practitioner = Counting(house), house.practitioner
    (uid,) = counting.found(lies(lot, house.clinic.fridge, 5000)).find_uids
    command = SayWhy(count_uid=counting.uid, find_uid=uid, version=1, reason=CountReason.FOUND)
    with nothing_moves(sqlite_store), pytest.raises(ActionForbidden):
        say_why(sqlite_store, command, actor=practitioner, key=key(), now=NOW)

    first, second = (say_why(sqlite_store, command, actor=house.nurse, key="same", now=NOW) for _ in range(2))

    assert first == second


def why(house: House, counting: Counting, uid: str, version: int) -> FindChanged:
    command = SayWhy(count_uid=counting.uid, find_uid=uid, version=version, reason=CountReason.LOST)
    return say_why(house.store, command, actor=house.nurse, key=key("why"), now=NOW)


def take_off(house: House, counting: Counting, uid: str, version: int) -> FindChanged:
    command = TakeOffFind(count_uid=counting.uid, find_uid=uid, version=version)
    return take_off_find(house.store, command, actor=house.nurse, key=key("off"), now=NOW)
