"""How do the processes of a race begin?  Each on its own, and none of them has to read our modules first.

They come from a server that has imported what they run and holds no database, so that sixteen of them stand at
the barrier as soon as two would; where there is no such server each begins as a new interpreter.
"""

from __future__ import annotations

import multiprocessing
from multiprocessing.context import ForkServerContext, SpawnContext

_RUN_BY_THEM = (
    "tests.faults.count_racers",
    "tests.faults.killed_makers",
    "tests.faults.order_racers",
    "tests.faults.pin_racers",
    "tests.faults.racers",
    "tests.faults.recall_racers",
    "tests.faults.slot_runners",
)


def _context() -> ForkServerContext | SpawnContext:
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([*_RUN_BY_THEM])
    return context


SEPARATE = _context()
