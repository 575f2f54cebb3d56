"""What does one process of a race for a count do?  It opens the installation and confirms, or counts anew."""

from __future__ import annotations

from dataclasses import dataclass
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Barrier
from pathlib import Path
from typing import Any

from stockroom.actor import Actor
from stockroom.db.engine import open_engine
from stockroom.db.store import open_store
from stockroom.operations.confirm_count import ConfirmCount, confirm_count
from stockroom.operations.enter_finds import Again, EnterFinds, FoundThing, enter_finds
from tests.conftest import KEYS
from tests.counts import LATER


@dataclass(frozen=True, kw_only=True)
class CountRace:
    """Where a race is run, and what each of its racers does: some confirm, the others count anew."""

    url: str
    anchor_file: str
    actors: tuple[Actor, ...]
    confirm: ConfirmCount
    find: FoundThing
    seen: tuple[str, ...]


def run(race: CountRace, number: int, counts_anew: bool, start: Barrier, results: Queue[Any]) -> None:
    """Do one thing from the moment that everybody is ready; send what came of it."""
    engine = open_engine(race.url)
    store = open_store(engine, keyring=KEYS, anchor_file=Path(race.anchor_file))
    actor, key = race.actors[number % len(race.actors)], f"count-racer-{number}"
    with engine.connect():
        pass
    start.wait(120)
    try:
        if counts_anew:
            anew = EnterFinds(
                count_uid=race.confirm.count_uid, finds=(race.find,), again=Again.REPLACE, seen=race.seen
            )
            enter_finds(store, anew, actor=actor, key=key, now=LATER)
            outcome = "counted"
        else:
            confirm_count(store, race.confirm, actor=actor, key=key, now=LATER)
            outcome = "confirmed"
    except Exception as refused:
        outcome = type(refused).__name__
    engine.dispose()
    results.put(outcome)
