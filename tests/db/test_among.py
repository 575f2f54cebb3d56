"""Is a list of any length one parameter, found by the index, on both databases?"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Column, Connection, Engine, MetaData, Table, insert, select
from sqlalchemy.orm import aliased

from stockroom.db.among import among
from stockroom.db.columns import Identity, Uid
from stockroom.db.compiled_once import Once
from stockroom.db.identifiers import new_uid
from stockroom.db.store import Store
from stockroom.models import Line
from tests.builders import NOW

_KEPT = Table("kept", MetaData(), Column("id", Identity, primary_key=True), Column("uid", Uid(), unique=True))
_BY_ID = select(_KEPT.c.id, _KEPT.c.uid).where(among(_KEPT.c.id, "ids")).order_by(_KEPT.c.id)
_BY_UID = select(_KEPT.c.id).where(among(_KEPT.c.uid, "uids"), among(_KEPT.c.id, "ids")).order_by(_KEPT.c.id)
UIDS = [new_uid(NOW) for _ in range(1_000)]


@pytest.fixture
def connection(engine: Engine) -> Iterator[Connection]:
    with engine.connect().execution_options(write=True) as opened, opened.begin():
        _KEPT.create(opened)
        opened.execute(insert(_KEPT), [{"id": n, "uid": uid} for n, uid in enumerate(UIDS)])
        yield opened


@pytest.mark.parametrize("count", [0, 1, 7, 1_000])
def test_what_is_listed_is_found_and_nothing_else(connection: Connection, count: int) -> None:
    asked = {"ids": tuple(range(count))}

    for found in (connection.execute(_BY_ID, asked).all(), Once(_BY_ID).all(connection, asked)):
        assert [tuple(row) for row in found] == list(enumerate(UIDS[:count]))


@pytest.mark.parametrize("count", [0, 1, 700])
def test_public_ids_go_through_their_type(connection: Connection, count: int) -> None:
    asked = {"uids": tuple(UIDS[:count]), "ids": (0, 5, 999)}

    for found in (connection.execute(_BY_UID, asked).all(), Once(_BY_UID).all(connection, asked)):
        assert [row.id for row in found] == [n for n in (0, 5) if n < count]


def test_the_statement_is_the_same_however_many_are_listed(connection: Connection) -> None:
    asked = Once(_BY_ID)
    for count in (1, 2, 3):
        asked.all(connection, {"ids": tuple(range(count))})

    assert len(asked._plans) == 1


def test_an_alias_of_the_table_is_meant_where_one_is_named() -> None:
    other = aliased(Line, name="other")

    said = str(select(other.id).where(among(other.lot_id, "ids")).compile())

    assert "other.lot_id = ANY" in said and " = 1" not in said


def test_sqlite_finds_what_is_listed_by_an_index(sqlite_store: Store) -> None:
    statement = select(Line.id).where(among(Line.clinic_id, "clinics"), among(Line.lot_id, "lots"))
    said = str(statement.compile(sqlite_store.engine))
    with sqlite_store.reading() as connection:
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {said}", ("[1]", "[1, 2, 3]")).all()

    assert plan[0].detail.startswith("SEARCH line USING COVERING INDEX ix_line_lot"), plan
    assert "(clinic_id=? AND lot_id=?" in plan[0].detail, plan
