"""Does the database itself refuse to rewrite history, whatever the statement?"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, select, text
from sqlalchemy.exc import DBAPIError

from stockroom.db.base import Base
from stockroom.db.engine import open_engine
from stockroom.db.store import Store, open_store
from tests.conftest import KEYS
from tests.ledger.scene import Scene

FULL = ("movement", "line", "usage", "journal_entry", "organisation_entry", "container_placing")
"""Tables of history in which the scene has rows."""
EMPTY = (
    "usage_area", "lot_alias", "hold_place", "closed_period", "stocktake", "stocktake_line", "protocol_version",
    "protocol_need", "interval_answer", "course", "course_session",
)  # fmt: skip
ALL_KEPT = (
    "lot", "container", "location", "treatment_session", "preparation", "patient", "allocation",
    "product_rule", "journal_head", "organisation_head",
)  # fmt: skip


def _refused(store: Store, *statements: str) -> None:
    for statement in statements:
        with (
            pytest.raises(DBAPIError, match="append-only"),
            store.engine.connect().execution_options(write=True) as connection,
            connection.begin(),
        ):
            connection.execute(text(statement))


def _columns(table: str) -> list[str]:
    return [column.name for column in Base.metadata.tables[table].columns]


def _key(table: str) -> list[str]:
    return [column.name for column in Base.metadata.tables[table].primary_key.columns]


@pytest.mark.parametrize("table", FULL)
def test_a_row_of_history_is_neither_updated_nor_deleted(scene: Scene, table: str) -> None:
    column = _columns(table)[-1]

    _refused(scene.store, f"UPDATE {table} SET {column} = {column}", f"DELETE FROM {table}")


@pytest.mark.parametrize("table", FULL)
def test_a_row_of_history_is_not_replaced_by_an_insert(scene: Scene, table: str) -> None:
    columns, key = _columns(table), ", ".join(_key(table))
    names = ", ".join(columns)
    upsert = (
        f"INSERT INTO {table} ({names}) SELECT {names} FROM {table} WHERE true"
        f" ON CONFLICT ({key}) DO UPDATE SET {columns[-1]} = excluded.{columns[-1]}"
    )

    _refused(scene.store, upsert)
    if scene.store.is_sqlite:
        _refused(scene.store, f"INSERT OR REPLACE INTO {table} ({names}) SELECT {names} FROM {table}")
        _refused(scene.store, f"REPLACE INTO {table} ({names}) SELECT {names} FROM {table}")


@pytest.mark.parametrize("table", ALL_KEPT)
def test_what_history_rests_on_is_not_deleted(scene: Scene, table: str) -> None:
    _refused(scene.store, f"DELETE FROM {table}")


@pytest.mark.postgres
@pytest.mark.parametrize("table", FULL + EMPTY + ALL_KEPT)
def test_no_table_of_history_is_truncated(postgres_store: Store, table: str) -> None:
    _refused(postgres_store, f'TRUNCATE TABLE "{table}" CASCADE')


@pytest.fixture
def postgres_store(postgres_url: str) -> Iterator[Store]:
    engine = open_engine(postgres_url)
    yield open_store(engine, keyring=KEYS, anchor_file=Path("unused"))
    engine.dispose()


@pytest.mark.parametrize("change", ["seq = seq - 1", "seq = seq", "seq = seq + 2", "hash = 'x'"])
def test_a_head_goes_up_by_one_and_in_no_other_way(scene: Scene, change: str) -> None:
    _refused(scene.store, f"UPDATE journal_head SET {change}", f"UPDATE organisation_head SET {change}")


@pytest.mark.parametrize("table", ["line", "balance", "allocation", "container", "usage", "preparation"])
def test_a_row_that_names_things_of_another_clinic_fits_nowhere(scene: Scene, table: str) -> None:
    other = scene.house.another_clinic()

    with (
        pytest.raises(DBAPIError, match=r"(?i)foreign key"),
        scene.store.engine.connect().execution_options(write=True) as connection,
        connection.begin(),
    ):
        _copy_into(connection, table, other.id)


def _copy_into(connection: Connection, table: str, clinic_id: int) -> None:
    """Put a copy of a row into the books of another clinic; all that it names stays behind."""
    model = Base.metadata.tables[table]
    row = connection.execute(select(model).limit(1)).mappings().one()
    values = {**row, "clinic_id": clinic_id}
    values.pop("id", None)
    if "uid" in values:
        values["uid"] = "01900000-0000-7000-8000-00000000ffff"
    connection.execute(model.insert().values(values))
