"""How long does the trace of one lot with 100,000 uses take, and how much memory (I-14: below two seconds)?

`python -m bench.large_trace [--uses 100000] [--postgres]`: the trace at once, as a page shows it; and streamed, as a
file leaves: the time to the last use, and the most memory that Python held meanwhile.
"""

from __future__ import annotations

import tempfile
import time
import tracemalloc
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import click
from sqlalchemy import select

from bench.data import fill
from bench.databases import open_database
from bench.plan import HOT_LOT_COUNT, LINES_MIN, TRACED_USES, Plan
from stockroom.db.migrating import upgrade
from stockroom.db.store import Store
from stockroom.models import Clinic, Lot
from stockroom.queries.trace_starts import start_of
from stockroom.queries.traces import forward_from_lot, streamed_forward
from tests.postgres_cluster import PostgresCluster

ROUNDS = 3


def plan_with(uses: int) -> Plan:
    """A small history in which one lot has so many uses."""
    plan = Plan(line_count=LINES_MIN)
    at = HOT_LOT_COUNT + len(TRACED_USES) - 1
    lot = plan.lots[at]
    larger = replace(lot, use_count=uses, quantity=uses + lot.left)
    object.__setattr__(plan, "lots", (*plan.lots[:at], larger, *plan.lots[at + 1 :]))
    object.__setattr__(plan, "line_count", plan.line_count - lot.use_count + uses)
    return plan


@click.command()
@click.option("--uses", type=click.IntRange(min=1_000), default=100_000, show_default=True)
@click.option("--postgres", is_flag=True, help="On a throw-away PostgreSQL.")
def main(uses: int, postgres: bool) -> None:
    """Trace one lot with many uses."""
    with tempfile.TemporaryDirectory(prefix="stockroom-bench-") as name:
        folder = Path(name)
        if postgres:
            with PostgresCluster() as cluster:
                _told(open_database(cluster.create_database("large"), folder), uses, "PostgreSQL")
        else:
            _told(open_database(f"sqlite:///{folder / 'stockroom.sqlite'}", folder), uses, "SQLite")


def _told(store: Store, uses: int, label: str) -> None:
    upgrade(store.engine)
    plan = plan_with(uses)
    fill(store, plan)
    number = plan.traced_lot(TRACED_USES[-1]).number
    with store.reading() as connection:
        clinics = tuple(connection.execute(select(Clinic.id)).scalars())
        uid = connection.execute(select(Lot.uid).where(Lot.id == number)).scalar_one()

    def at_once() -> int:
        with store.reading() as connection:
            return len(forward_from_lot(connection, clinics, lot_uid=uid).uses)

    def streamed() -> int:
        with store.reading() as connection:
            start = start_of(connection, clinics, kind="lot", uid=uid)
            return sum(1 for _ in streamed_forward(connection, clinics, start).uses)

    for word, trace in (("at once", at_once), ("streamed", streamed)):
        seconds, peak = _fastest(trace, uses), _peak(trace)
        print(f"{label}, {uses:,} uses, {word}: {seconds:.2f} s, at most {peak / 2**20:.1f} MiB")
    store.engine.dispose()


def _fastest(trace: Callable[[], int], uses: int) -> float:
    best = float("inf")
    for _ in range(ROUNDS):
        begun = time.perf_counter()
        found = trace()
        best = min(best, time.perf_counter() - begun)
        if found != uses:
            raise SystemExit(f"the trace has {found:,} uses")
    return best


def _peak(trace: Callable[[], int]) -> int:
    tracemalloc.start()
    trace()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak


if __name__ == "__main__":
    main()
