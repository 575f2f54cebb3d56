"""What does one process of a race for an order do?  It opens the installation and acts as soon as all are ready."""

from __future__ import annotations

from dataclasses import dataclass
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Barrier
from pathlib import Path
from typing import Any

from stockroom.actor import Actor
from stockroom.db.engine import open_engine
from stockroom.db.store import open_store
from stockroom.operations.gather_orders import GatherOrders, gather_orders
from stockroom.operations.match_order import MatchOrder, match_order
from stockroom.operations.place_order import PlaceOrder, place_order
from tests.builders import NOW
from tests.conftest import KEYS

_OPERATIONS: dict[type[Any], Any] = {
    MatchOrder: match_order,
    PlaceOrder: place_order,
    GatherOrders: gather_orders,
}


@dataclass(frozen=True, kw_only=True)
class OrderRace:
    """Where a race is run, and what each of its racers asks."""

    url: str
    anchor_file: str
    actors: tuple[Actor, ...]
    commands: tuple[MatchOrder | PlaceOrder | GatherOrders, ...]


def run(race: OrderRace, number: int, start: Barrier, results: Queue[Any]) -> None:
    """Do one act from the moment that everybody is ready; send what came of it."""
    engine = open_engine(race.url)
    store = open_store(engine, keyring=KEYS, anchor_file=Path(race.anchor_file))
    actor, command = race.actors[number % len(race.actors)], race.commands[number]
    with engine.connect():
        pass
    start.wait(120)
    try:
        _OPERATIONS[type(command)](store, command, actor=actor, key=f"order-racer-{number}", now=NOW)
        outcome = "done"
    except Exception as refused:
        outcome = type(refused).__name__
    engine.dispose()
    results.put(outcome)
