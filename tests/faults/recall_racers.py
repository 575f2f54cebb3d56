"""What does one process of a recall's race do?  It uses of a lot until it is told to stop; the first recalls it.

So round after round, each of a lot of its own, and all begin each together.
"""

from __future__ import annotations

from dataclasses import dataclass
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Barrier
from pathlib import Path
from typing import Any

from stockroom.actor import Actor
from stockroom.clock import now
from stockroom.db.engine import open_engine
from stockroom.db.store import Store, open_store
from stockroom.operations.use import Use, use
from stockroom.rules.overriding import LotRecalled
from stockroom.rules.using import ThingName, UseLine
from tests.conftest import KEYS
from tests.recalls import recalled

BEFORE, AFTER, AT_MOST = 2, 3, 40
"""So many uses before the first recalls, so many refusals before a user gives up, so many tries in all."""


@dataclass(frozen=True, kw_only=True)
class RecallRace:
    """Where a race is run, of which lot in each round, and in which session each racer uses them."""

    url: str
    anchor_file: str
    nurse: Actor
    recaller: Actor
    product_uid: str
    lots: tuple[tuple[str, str], ...]
    """Of each round the uid and the number."""
    session_uids: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Raced:
    """What a racer saw in a round: uses that were accepted, refusals, and the case that it opened."""

    number: int
    used: tuple[str, ...]
    refused: int
    others: tuple[str, ...]
    case_uid: str | None


def run(race: RecallRace, number: int, start: Barrier, results: Queue[Any]) -> None:
    """Race each round from the moment that everybody is ready; send what came of them all."""
    engine = open_engine(race.url)
    store = open_store(engine, keyring=KEYS, anchor_file=Path(race.anchor_file))
    raced = []
    for lot_uid, lot_number in race.lots:
        start.wait(120)
        raced.append(_round(store, race, number, lot_uid, lot_number))
    engine.dispose()
    results.put(raced)


def _round(store: Store, race: RecallRace, number: int, lot_uid: str, lot_number: str) -> Raced:
    """Use of a lot until it is refused often enough."""
    line = UseLine(thing=ThingName(lot_uid=lot_uid), quantity=1)
    command = Use(session_uid=race.session_uids[number], lines=(line,))
    used, others, refused, case_uid = list[str](), list[str](), 0, None
    for n in range(AT_MOST):
        if number == 0 and n == BEFORE:
            opened = recalled(store, race.product_uid, lot_number, actor=race.recaller, now=now())
            case_uid = opened.case_uid
        try:
            done = use(
                store, command, actor=race.nurse, key=f"recall-racer-{lot_number}-{number}-{n}", now=now()
            )
            used.append(done.movement_uid)
        except LotRecalled:
            refused += 1
        except Exception as error:
            others.append(type(error).__name__)
        if refused == AFTER:
            break
    return Raced(number=number, used=tuple(used), refused=refused, others=tuple(others), case_uid=case_uid)
