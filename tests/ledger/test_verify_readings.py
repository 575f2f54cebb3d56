"""Does `verify` see a temperature that was rewritten, taken away, or put in behind the books?"""

from __future__ import annotations

import pytest
from sqlalchemy import text

from stockroom.db.store import Store
from stockroom.ledger.verify import verify
from stockroom.models import TemperatureReading
from tests.builders import NOW, House
from tests.correcting import books_are_true, rows
from tests.thermometers import HOUR, read, warm_fridge


def _tampered(store: Store, statement: str) -> list[str]:
    """What is found after somebody with the database's own rights has changed a row."""
    with store.engine.connect().execution_options(write=True) as connection, connection.begin():
        for event in ("update", "delete"):
            connection.execute(text(f"DROP TRIGGER temperature_reading_refuses_{event}"))
        connection.execute(text(statement))
    return [each.what for each in verify(store, search_names=False).findings if each.invariant == "L12"]


def test_untouched_temperatures_are_proven_and_counted(store: Store) -> None:
    clinic = House(store).clinic
    warm_fridge(clinic)
    read(clinic, 45, at=NOW + HOUR)

    books_are_true(store)

    assert verify(store, search_names=False).counts["reading"] == 3


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        ("UPDATE temperature_reading SET now_tenths = 45 WHERE now_tenths = 124", "is not what its journal"),
        (
            "UPDATE temperature_reading SET read_at = '2020-01-01 00:00:00' WHERE now_tenths = 45",
            "is not what",
        ),
        ("DELETE FROM temperature_reading WHERE now_tenths = 46", "is gone"),
        ("UPDATE temperature_reading SET seq = seq + 500 WHERE now_tenths = 46", "is gone"),
    ],
)
def test_a_temperature_changed_behind_the_books_is_found(
    sqlite_store: Store, statement: str, found: str
) -> None:
    clinic = House(sqlite_store).clinic
    warm_fridge(clinic)
    read(clinic, 46, at=NOW + HOUR)
    assert len(rows(sqlite_store, TemperatureReading)) == 3

    assert any(found in what for what in _tampered(sqlite_store, statement))
