"""Is one bit of the database's file that was turned within a journal found, and where?  (I-22)

SQLite alone keeps its books in a file whose form is written down: https://www.sqlite.org/fileformat.html
"""

# ruff: noqa: N802 - the number of the invariant stands in the name as it is written

from __future__ import annotations

import random
import shutil
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import select, text

from stockroom.db.engine import open_engine
from stockroom.db.store import Store, open_store
from stockroom.ledger.journal import anchor_heads
from stockroom.ledger.verify import journals, pages, verify
from stockroom.ledger.verify.anchors import read as read_anchors
from stockroom.ledger.verify.notes import Notes
from stockroom.models import Clinic
from tests.builders import NOW
from tests.conftest import KEYS
from tests.ledger.scene import Scene

TOLD_OF = 26
"""So many bytes at the beginning of a row say the types and lengths of its fields, its clinic, journal and number."""


@pytest.fixture
def books(sqlite_scene: tuple[Path, Scene], tmp_path: Path) -> Path:
    """A file that nobody has open, with its anchors beside it."""
    shutil.copy(sqlite_scene[0], path := tmp_path / "books.sqlite")
    with opened(path) as store:
        anchor_heads(store, now=NOW)
    return path


@contextmanager
def opened(path: Path) -> Iterator[Store]:
    engine = open_engine(f"sqlite:///{path}")
    try:
        yield open_store(engine, keyring=KEYS, anchor_file=path.with_name("anchors.jsonl"))
    finally:
        engine.dispose()


def rows_in(path: Path, table: str) -> list[tuple[int, tuple[object, ...], int, int]]:
    """Of each row its own number, what it says, where it begins in the file, and its size."""
    with opened(path) as store, store.reading() as connection:
        rows = [tuple(row) for row in connection.execute(text(f"SELECT rowid, * FROM {table}"))]
    file = path.read_bytes()
    kept = (
        0 if table == "journal_entry" else 1
    )  # elsewhere the first column is the row's own number, kept beside it
    written = [(rowid, tuple(said), record([*[None] * kept, *said[kept:]])) for rowid, *said in rows]
    assert [file.count(its) for *_, its in written] == [1] * len(written)
    return [(rowid, said, file.index(its), len(its)) for rowid, said, its in written]


def record(said: list[object]) -> bytes:
    """A row as SQLite writes it: the types of its values with their lengths, then the values."""
    types, values = b"", b""
    for value in said:
        kind, its = 0, b""
        if isinstance(value, str):
            its = value.encode()
            kind = 13 + 2 * len(its)
        elif isinstance(value, int):
            size = (value.bit_length() + 8) // 8
            kind, its = (8 + value, b"") if value in (0, 1) else (size, value.to_bytes(size))
        types, values = types + varint(kind), values + its
    return varint(len(types) + 1) + types + values


def varint(number: int) -> bytes:
    """Seven bits a byte, the highest bit set where another follows."""
    assert number < 1 << 14
    return bytes([number]) if number < 128 else bytes([128 | number >> 7, number & 127])


def turn(path: Path, byte: int, bit: int) -> None:
    with path.open("r+b") as file:
        file.seek(byte)
        was = file.read(1)[0]
        file.seek(byte)
        file.write(bytes([was ^ 1 << bit]))


def found_in(path: Path) -> tuple[str, str] | None:
    """Table and row of what is found first: by the check of the journals, or else by that of the file."""
    notes = Notes()
    with opened(path) as store, store.reading() as connection:
        with pages.noting_damage(connection, notes, "journals"):
            journals.check(connection, notes, read_anchors(store.anchor_file, notes))
        if "L12" not in {each.invariant for each in notes.report().findings}:
            pages.check(connection, notes)
    found = {each.invariant: (each.table, each.row) for each in notes.report().findings}
    return found.get("L12", found.get("file"))


def test_L12_every_turned_bit_of_a_journal_is_found_in_its_entry(books: Path, scale: int) -> None:
    with opened(books) as store, store.reading() as connection:
        uids = {row.id: row.uid for row in connection.execute(select(Clinic.id, Clinic.uid))}
    places = rows_in(books, "journal_entry")
    chance, done = random.Random(20261123), Counter[str]()
    for each in range(100 * scale):
        rowid, said, begins, size = chance.choice(places)
        byte, bit = begins + chance.randrange(chance.choice((TOLD_OF, size))), chance.randrange(8)
        turn(books, byte, bit)
        found = found_in(books)
        turn(books, byte, bit)

        by_number = ("journal_entry", f"{uids[said[0]]}:{said[1]} {said[2]}")
        assert found in (by_number, ("journal_entry", f"rowid {rowid}")), (byte - begins, bit, found)
        done["by its number" if found == by_number else "by its place in the file"] += 1
        if each % 10 == 0:
            assert found_in(books) is None
    print(f"{done.total()} turned bits, named: {dict(done)}")


@pytest.mark.parametrize("byte", [0, 13, 17])
def test_L12_an_entry_that_cannot_be_read_at_all_is_named_and_verify_goes_on(books: Path, byte: int) -> None:
    places = rows_in(books, "journal_entry")
    _, said, begins, _ = places[4]
    turn(books, begins + byte, 1)
    with opened(books) as store:
        report = verify(store)

    found = {each.invariant: each for each in report.findings}
    assert found["L12"].row.endswith(f":{said[1]} {said[2]}"), found
    assert report.counts["journal_entry"] == len(places)


def test_a_torn_instant_of_another_table_is_a_finding_and_no_crash(books: Path) -> None:
    _, _, begins, size = rows_in(books, "movement")[0]
    turn(books, books.read_bytes().index(b"2026-", begins, begins + size) + 4, 6)
    with opened(books) as store:
        report = verify(store)

    assert "file" in {each.invariant for each in report.findings}, report.findings
