"""Do the column types refuse what would rot: naive instants, floats, bools as numbers?"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from sqlalchemy import Column, Engine, MetaData, Table, insert, select
from sqlalchemy.exc import DBAPIError, StatementError

from stockroom.db.columns import Identity, Quantity, UTCDateTime
from stockroom.db.identifiers import new_uid
from stockroom.models import Clinic
from tests.builders import NOW

_METADATA = MetaData()
_KEPT = Table(
    "kept",
    _METADATA,
    Column("id", Identity, primary_key=True),
    Column("at", UTCDateTime),
    Column("quantity", Quantity),
)


@pytest.fixture
def kept(engine: Engine) -> Engine:
    with engine.connect().execution_options(write=True) as connection, connection.begin():
        _METADATA.create_all(connection)
    return engine


def _round_trip(engine: Engine, **values: object) -> object:
    with engine.connect().execution_options(write=True) as connection, connection.begin():
        connection.execute(insert(_KEPT).values(values))
        return connection.execute(select(*(_KEPT.c[name] for name in values))).scalar_one()


@pytest.mark.parametrize(
    "at",
    [
        NOW,
        datetime(2026, 3, 29, 3, 30, tzinfo=timezone(timedelta(hours=2))),
        datetime(2026, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC),
        datetime(2026, 1, 1, tzinfo=timezone(timedelta(hours=14))),
    ],
)
def test_an_instant_comes_back_the_same_and_in_utc(kept: Engine, at: datetime) -> None:
    back = _round_trip(kept, at=at)

    assert back == at
    assert isinstance(back, datetime) and back.utcoffset() == timedelta(0)


def test_a_naive_instant_is_refused(kept: Engine) -> None:
    with pytest.raises(StatementError, match="naive"):
        _round_trip(kept, at=datetime(2026, 3, 2, 8, 0))


@pytest.mark.parametrize("quantity", [0, 1, -1, 2**53 - 1])
def test_a_quantity_comes_back_whole(kept: Engine, quantity: int) -> None:
    assert _round_trip(kept, quantity=quantity) == quantity


@pytest.mark.parametrize("quantity", [1.0, 0.5, Decimal(1), "1", True, float("nan")])
def test_a_quantity_that_is_no_whole_number_is_refused(kept: Engine, quantity: object) -> None:
    with pytest.raises(StatementError, match="whole number of base units"):
        _round_trip(kept, quantity=quantity)


def test_the_database_itself_refuses_a_word_where_a_number_belongs(engine: Engine) -> None:
    statement = "INSERT INTO balance VALUES (1, 1, 1, 1, 'many', 0)"
    with (
        pytest.raises(DBAPIError),
        engine.connect().execution_options(write=True) as connection,
        connection.begin(),
    ):
        connection.exec_driver_sql(statement)


def test_a_uid_is_a_uuidv7_in_the_order_of_time() -> None:
    uids = [new_uid(NOW + timedelta(milliseconds=n)) for n in range(50)]

    assert uids == sorted(uids) and len(set(uids)) == 50
    assert {uid[14] for uid in uids} == {"7"} and {uid[19] for uid in uids} <= set("89ab")
    assert Clinic.__table__.c.uid.type.as_uuid is False
