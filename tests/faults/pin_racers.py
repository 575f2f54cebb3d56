"""What does one process of a race of wrong PINs do?  It opens the installation and tries until it is refused."""

from __future__ import annotations

from dataclasses import dataclass
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Barrier
from pathlib import Path
from typing import Any

from stockroom.db.engine import open_engine
from stockroom.db.store import open_store
from stockroom.operations.sign_on import TrySignOn, try_sign_on
from stockroom.reads.actors import system_actor
from tests.builders import NOW
from tests.conftest import KEYS


@dataclass(frozen=True, kw_only=True)
class PinRace:
    """Where a race is run, at which tablets, and whose PIN is guessed at."""

    url: str
    anchor_file: str
    tablets: tuple[str, ...]
    person_uid: str
    tries: int


def run(race: PinRace, number: int, start: Barrier, results: Queue[Any]) -> None:
    """Try from the moment that everybody is ready; send what came of each try."""
    engine = open_engine(race.url)
    store = open_store(engine, keyring=KEYS, anchor_file=Path(race.anchor_file))
    with store.reading() as connection:
        doorkeeper = system_actor(connection, device="log-in")
    command = TrySignOn(person_uid=race.person_uid, tablet_uid=race.tablets[number % len(race.tablets)])
    outcome = []
    start.wait(120)
    for n in range(race.tries):
        try:
            try_sign_on(store, command, actor=doorkeeper, key=f"pin-racer-{number}-{n}", now=NOW)
            outcome.append("evaluated")
        except Exception as refused:
            outcome.append(type(refused).__name__)
    engine.dispose()
    results.put(outcome)
