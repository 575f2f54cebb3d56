"""What does one process of a race for an order do?  It opens the installation and books its delivery on the order."""

from __future__ import annotations

from dataclasses import dataclass
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Barrier
from pathlib import Path
from typing import Any

from stockroom.actor import Actor
from stockroom.db.engine import open_engine
from stockroom.db.store import open_store
from stockroom.operations.match_order import MatchOrder, match_order
from stockroom.operations.post_delivery import PostDelivery, post_delivery
from tests.builders import NOW
from tests.conftest import KEYS


@dataclass(frozen=True, kw_only=True)
class OrderRace:
    """Where a race is run, and what each of its racers books: a receipt on the order, or a delivery whole."""

    url: str
    anchor_file: str
    actors: tuple[Actor, ...]
    books: tuple[MatchOrder | PostDelivery, ...]


def run(race: OrderRace, number: int, start: Barrier, results: Queue[Any]) -> None:
    """Book one delivery on the order from the moment that everybody is ready; send what came of it."""
    engine = open_engine(race.url)
    store = open_store(engine, keyring=KEYS, anchor_file=Path(race.anchor_file))
    actor = race.actors[number % len(race.actors)]
    with engine.connect():
        pass
    start.wait(120)
    try:
        key, command = f"order-racer-{number}", race.books[number]
        if isinstance(command, MatchOrder):
            match_order(store, command, actor=actor, key=key, now=NOW)
        else:
            post_delivery(store, command, actor=actor, key=key, now=NOW)
        outcome = "booked"
    except Exception as refused:
        outcome = type(refused).__name__
    engine.dispose()
    results.put(outcome)
