"""Is a count booked once when several people confirm it at the same time, and never as nobody has seen it?"""

from __future__ import annotations

from collections import Counter

import pytest

from stockroom.db.store import Store
from stockroom.models import CountFind, Movement, Stocktake
from stockroom.operations.confirm_count import ConfirmCount
from tests.builders import House, LotAt
from tests.correcting import books_are_true, rows
from tests.counts import Counting, because, lies
from tests.faults.count_racers import CountRace, run
from tests.faults.processes import SEPARATE

RACERS = 6


def _race(race: CountRace, counting_anew: int) -> Counter[str]:
    """Start the racers, let them leave together, and add up what came of it."""
    barrier, results = SEPARATE.Barrier(RACERS), SEPARATE.Queue()
    processes = [
        SEPARATE.Process(
            target=run, args=(race, number, number < counting_anew, barrier, results), daemon=True
        )
        for number in range(RACERS)
    ]
    for process in processes:
        process.start()
    outcome = Counter(results.get(timeout=240) for _ in processes)
    for process in processes:
        process.join(30)
    return outcome


def _course(house: House, lot: LotAt) -> CountRace:
    """A count in which one vial of three is missing, looked through by everybody who is about to confirm it."""
    counting, fridge = Counting(house), house.clinic.fridge
    entered = counting.found(lies(lot, fridge, 10_000))
    return CountRace(
        url=house.store.engine.url.render_as_string(hide_password=False),
        anchor_file=str(house.store.anchor_file),
        actors=(house.nurse, house.manager),
        confirm=ConfirmCount(
            count_uid=counting.uid, version=entered.version, reasons=(because(lot, fridge),)
        ),
        find=lies(lot, fridge, 5000),
        seen=entered.find_uids,
    )


@pytest.mark.slow
def test_of_several_who_confirm_at_once_one_books_it(store: Store) -> None:
    house = House(store)
    lot = house.clinic.lot_on_shelf(house.product("Filler"), "A1", presentations=3)

    outcome = _race(_course(house, lot), 0)

    assert outcome == {"confirmed": 1, "CountOver": RACERS - 1}
    assert house.clinic.on_hand(lot) == 10_000
    assert len(rows(store, Stocktake)) == len(rows(store, Movement, Movement.kind == "count")) == 1
    books_are_true(store)


@pytest.mark.slow
def test_who_counts_anew_while_others_confirm_is_booked_by_nobody_who_has_not_seen_it(store: Store) -> None:
    house = House(store)
    lot = house.clinic.lot_on_shelf(house.product("Filler"), "A1", presentations=3)

    outcome = _race(_course(house, lot), 1)

    assert set(outcome) <= {"confirmed", "counted", "CountOver", "CountChanged"}
    assert outcome["confirmed"] + outcome["counted"] == 1
    booked = outcome["confirmed"] == 1
    assert house.clinic.on_hand(lot) == (10_000 if booked else 15_000)
    standing = [row.found_quantity for row in rows(store, CountFind) if row.removed_at is None]
    assert standing == [10_000 if booked else 5000]
    books_are_true(store)
