"""Are no more wrong PINs looked at than the limit says, however many tablets and workers try at once?"""

from __future__ import annotations

from collections import Counter

import pytest

from stockroom.db.store import Store
from stockroom.rules.pins import WRONG_BEFORE_LOCK
from tests.builders import NOW, House
from tests.faults.pin_racers import PinRace, run
from tests.faults.processes import SEPARATE
from tests.tableting import register

RACERS, TRIES = 4, 5


@pytest.mark.slow
def test_of_twenty_wrong_pins_from_four_processes_five_are_looked_at(store: Store) -> None:
    house = House(store)
    race = PinRace(
        url=store.engine.url.render_as_string(hide_password=False),
        anchor_file=str(store.anchor_file),
        tablets=(
            register(house.clinic, at=NOW),
            register(house.clinic, name="Tablet 2", secret="t" * 43, at=NOW),
        ),
        person_uid=house.nurse.person_uid,
        tries=TRIES,
    )
    barrier, results = SEPARATE.Barrier(RACERS), SEPARATE.Queue()
    processes = [
        SEPARATE.Process(target=run, args=(race, number, barrier, results), daemon=True)
        for number in range(RACERS)
    ]
    for process in processes:
        process.start()

    outcome = Counter(each for _ in processes for each in results.get(timeout=240))

    for process in processes:
        process.join(30)
    assert outcome == {"evaluated": WRONG_BEFORE_LOCK, "PinLocked": RACERS * TRIES - WRONG_BEFORE_LOCK}
