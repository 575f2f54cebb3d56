"""How many lines a second come in?  `python -m bench.imports [--rows N] [--postgres]`: products, lots and patients.

An empty clinic is set up from three tables, each as CSV and as XLSX.  Told apart are reading (bytes to lines), judging
(against what is there) and bringing in (one act, durable), and the same table a second time, which changes nothing.
"""

from __future__ import annotations

import argparse
import csv
import io
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import select

from bench.databases import open_database
from bench.names import gtin
from stockroom import clock
from stockroom.actor import Actor
from stockroom.db.identifiers import new_uid
from stockroom.db.migrating import upgrade
from stockroom.db.store import Store
from stockroom.models import Clinic
from stockroom.operations.add_location import AddLocation, add_location
from stockroom.operations.found_clinic import FoundClinic, found_clinic
from stockroom.queries.table_imports import Judged, judge
from stockroom.reads.actors import system_actor
from stockroom.tables.kinds import Reading, read_file
from stockroom.tables.words import TableKind
from stockroom.tables.writing import xlsx_file
from stockroom.vocabulary import LocationKind, StorageClass
from stockroom.web.import_work import bring_in
from tests.postgres_cluster import PostgresCluster

Done = TypeVar("Done")
_MAKERS = 40
_HEADS = ("read CSV", "read XLSX", "judge", "bring in", "whole (CSV)", "again")
_WIDTHS = (10, 11, 9, 10, 13, 9)


@dataclass(frozen=True, kw_only=True)
class Timed:
    """Seconds of each part of one table."""

    reading_csv: float
    reading_xlsx: float
    judging: float
    writing: float
    again: float


def main(passed: Sequence[str] | None = None) -> None:
    """Set a clinic up from tables and print how fast that was."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--rows", type=int, default=5_000)
    asked.add_argument("--postgres", action="store_true", help="on a throw-away PostgreSQL instead of SQLite")
    given = asked.parse_args(passed)
    with _postgres() if given.postgres else _sqlite() as store:
        print(f"{'PostgreSQL' if given.postgres else 'SQLite'}, {given.rows} lines a table, lines a second")
        shown = zip(_HEADS, _WIDTHS, strict=True)
        print(f"{'table':<10}" + "".join(f"{head:>{width}}" for head, width in shown))
        for kind, heads, rows in tables(given.rows):
            _tell(kind, given.rows, _timed(store, kind, heads, rows))


def tables(count: int) -> Iterator[tuple[TableKind, list[str], list[list[str]]]]:
    """Give the three tables of a clinic with so many products, lots and patients."""
    heads = [
        "manufacturer",
        "name",
        "presentation",
        "content",
        "container type",
        "storage",
        "gtin",
        "supplier",
    ]
    heads += ["item code", "supplier pack", "lead time days", "price", "currency", "minimum", "target"]
    products = [
        [
            f"Bench Maker {n % _MAKERS}", f"Bench Vial {n}", "vial", "2,5 mL", "multi dose", "refrigerated", gtin(n),
            f"Bench Supply {n % 7}", f"B-{n}", "10", "4", "125,00", "EUR", "5", "20",
        ]
        for n in range(1, count + 1)
    ]  # fmt: skip
    yield TableKind.PRODUCTS, heads, products
    heads = ["code", "lot", "expiry", "place", "count", "unit cost", "currency"]
    lots = [
        [gtin(n), f"L{n:05d}X", "2029-05-31", "Fridge", "12", "12,50", "EUR"] for n in range(1, count + 1)
    ]
    yield TableKind.STOCK, heads, lots
    heads = ["reference", "name", "born on", "contact"]
    people = [
        [f"P-{n}", f"Invented Person {n}", "1985-05-31", "+359 2 000 0000"] for n in range(1, count + 1)
    ]
    yield TableKind.PATIENTS, heads, people


def _timed(store: Store, kind: TableKind, heads: list[str], rows: list[list[str]]) -> Timed:
    text = io.StringIO()
    csv.writer(text, delimiter=";").writerows([heads, *rows])
    content = text.getvalue().encode()
    with xlsx_file(heads, rows, title=kind) as sheet:
        spreadsheet = sheet.read()
    reading_csv, reading = _watched(lambda: _read(content, kind))
    reading_xlsx, same = _watched(lambda: _read(spreadsheet, kind))
    assert not reading.faults and reading.lines == same.lines, "both files say the same"
    judging, judged = _watched(lambda: _judged(store, reading))
    assert judged.added == len(rows)
    writing, done = _watched(lambda: _brought_in(store, reading))
    again, nothing = _watched(lambda: _brought_in(store, reading))
    assert (done.added, nothing.added, nothing.unchanged) == (len(rows), 0, len(rows))
    return Timed(
        reading_csv=reading_csv, reading_xlsx=reading_xlsx, judging=judging, writing=writing, again=again
    )


def _watched(do: Callable[[], Done]) -> tuple[float, Done]:
    begins = time.perf_counter()
    done = do()
    return time.perf_counter() - begins, done


def _read(content: bytes, kind: TableKind) -> Reading:
    return read_file(content, kind, today=date(2026, 1, 1))


def _judged(store: Store, reading: Reading) -> Judged:
    with store.reading() as connection:
        return judge(connection, store.keyring, reading, clinic_actor(store))


def _brought_in(store: Store, reading: Reading) -> Any:
    at = clock.now()
    return bring_in(
        store, reading, actor=clinic_actor(store), key=new_uid(at), now=at, note="bench", tell=lambda *_: None
    )


def clinic_actor(store: Store) -> Actor:
    """The terminal's own principal in the one clinic."""
    with store.reading() as connection:
        row = connection.execute(select(Clinic.id, Clinic.uid)).one()
        return system_actor(connection, device="bench", clinic_id=row.id, clinic_uid=row.uid)


def _tell(kind: TableKind, count: int, timed: Timed) -> None:
    whole = timed.reading_csv + timed.judging + timed.writing
    parts = (timed.reading_csv, timed.reading_xlsx, timed.judging, timed.writing, whole, timed.again)
    told = "".join(f"{count / each:>{width},.0f}" for each, width in zip(parts, _WIDTHS, strict=True))
    print(f"{kind.value:<10}{told}")


@contextmanager
def _sqlite() -> Iterator[Store]:
    with tempfile.TemporaryDirectory(prefix="stockroom-bench-") as name:
        folder = Path(name)
        with opened(f"sqlite:///{folder / 'stockroom.sqlite'}", folder) as store:
            yield store


@contextmanager
def _postgres() -> Iterator[Store]:
    with (
        tempfile.TemporaryDirectory(prefix="stockroom-bench-") as name,
        PostgresCluster() as cluster,
        opened(cluster.create_database("bench_imports"), Path(name)) as store,
    ):
        yield store


@contextmanager
def opened(url: str, folder: Path) -> Iterator[Store]:
    """A new installation with one clinic that has a fridge, and nothing else."""
    store = open_database(url, folder)
    try:
        upgrade(store.engine)
        with store.reading() as connection:
            system = system_actor(connection, device="bench")
        at = clock.now()
        command = FoundClinic(
            name="Bench",
            time_zone="Europe/Sofia",
            country="BG",
            currency="EUR",
            books_begin_on=date(2026, 1, 1),
        )
        found_clinic(store, command, actor=system, key="found", now=at)
        fridge = AddLocation(name="Fridge", kind=LocationKind.FRIDGE, storage_class=StorageClass.REFRIGERATED)
        add_location(store, fridge, actor=clinic_actor(store), key="fridge", now=at)
        yield store
    finally:
        store.engine.dispose()


if __name__ == "__main__":
    main()
