"""Does a statement that is compiled once say, give and raise what SQLAlchemy's own execution does?"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from threading import Thread
from typing import Any

import pytest
from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    Date,
    Engine,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    bindparam,
    event,
    func,
    insert,
    select,
    text,
    tuple_,
    update,
)
from sqlalchemy.exc import IntegrityError, MultipleResultsFound, NoResultFound, OperationalError

from stockroom.db.columns import Identity, Quantity, Uid, UTCDateTime
from stockroom.db.compiled_once import LISTED_MAX, Once
from stockroom.db.engine import open_engine
from stockroom.db.identifiers import new_uid
from stockroom.db.store import Store
from stockroom.vocabulary import LotKind
from tests.builders import NOW

_METADATA = MetaData()
_KEPT = Table(
    "kept",
    _METADATA,
    Column("id", Identity, primary_key=True),
    Column("uid", Uid()),
    Column("at", UTCDateTime),
    Column("day", Date),
    Column("quantity", Quantity),
    Column("kind", String(20)),
    Column("is_ours", Boolean, default=False),
    Column("said", Text, default=""),
    UniqueConstraint("uid", name="uq_kept_uid"),
)
_ADD = Once(insert(_KEPT).returning(_KEPT.c.id))
_ADD_ALL = Once(insert(_KEPT))
_CHANGE = Once(
    update(_KEPT)
    .where(_KEPT.c.uid == bindparam("its_uid"), _KEPT.c.quantity >= bindparam("least"))
    .values(quantity=_KEPT.c.quantity - bindparam("less"))
)
_OF_UID = Once(select(_KEPT).where(_KEPT.c.uid == bindparam("its_uid")))
_OF_IDS = Once(
    select(_KEPT.c.id, _KEPT.c.uid.label("named"))
    .where(_KEPT.c.id.in_(bindparam("ids", expanding=True)), _KEPT.c.kind != "none")
    .order_by(_KEPT.c.id)
)
_OF_PAIRS = Once(
    select(_KEPT.c.id, func.count().over().label("all_of_them"))
    .where(tuple_(_KEPT.c.id, _KEPT.c.uid).in_(bindparam("pairs", expanding=True)))
    .order_by(_KEPT.c.id)
)


@pytest.fixture
def connection(engine: Engine) -> Iterator[Connection]:
    with engine.connect().execution_options(write=True) as opened, opened.begin():
        _METADATA.create_all(opened)
        yield opened


def row(n: int, **other: Any) -> dict[str, Any]:
    said = {
        "uid": new_uid(NOW + timedelta(seconds=n)),
        "at": NOW + timedelta(microseconds=n),
        "day": date(2026, 2, 28) + timedelta(days=n),
        "quantity": n,
        "kind": LotKind.MANUFACTURED,
    }
    return {**said, **other}


def test_what_is_added_comes_back_as_sqlalchemy_reads_it(connection: Connection) -> None:
    added = row(3, said="Ü 100 %")

    assert _ADD.scalar(connection, added) == 1

    by_us = _OF_UID.all(connection, {"its_uid": added["uid"]})
    by_sqlalchemy = connection.execute(_OF_UID.statement, {"its_uid": added["uid"]}).all()
    assert by_us == by_sqlalchemy
    assert by_us[0]._mapping == by_sqlalchemy[0]._mapping == {**added, "id": 1, "is_ours": False}
    assert [type(value) for value in by_us[0]] == [type(value) for value in by_sqlalchemy[0]]


def test_nothing_is_given_as_null_and_comes_back_as_none(connection: Connection) -> None:
    _ADD.scalar(connection, row(1, uid=None, at=None, day=None, quantity=None, kind=None, said=None))

    found = connection.execute(select(_KEPT)).one()
    assert _OF_IDS.all(connection, {"ids": [1]}) == []
    assert tuple(found) == (1, None, None, None, None, None, False, None)


def test_rows_are_added_each_with_what_its_columns_say(connection: Connection) -> None:
    rows = [row(n) for n in range(5)]

    assert _ADD_ALL.change_each(connection, rows) == 5
    assert _ADD_ALL.change_each(connection, [row(9)]) == 1

    kept = connection.execute(select(_KEPT.c.uid, _KEPT.c.said, _KEPT.c.is_ours).order_by(_KEPT.c.id)).all()
    assert [tuple(each) for each in kept[:5]] == [(each["uid"], "", False) for each in rows]


def test_a_change_says_how_many_rows_it_touched(connection: Connection) -> None:
    added = row(5)
    _ADD_ALL.change(connection, added)

    assert _CHANGE.change(connection, {"its_uid": added["uid"], "least": 4, "less": 4}) == 1
    assert _CHANGE.change(connection, {"its_uid": added["uid"], "least": 4, "less": 4}) == 0
    assert _OF_UID.one(connection, {"its_uid": added["uid"]}).quantity == 1


@pytest.mark.parametrize("count", [0, 1, 2, LISTED_MAX, LISTED_MAX + 1])
def test_a_list_of_any_length_is_taken(connection: Connection, count: int) -> None:
    rows = [row(n) for n in range(LISTED_MAX + 2)]
    _ADD_ALL.change_each(connection, rows)
    ids = list(range(1, count + 1))

    found = _OF_IDS.all(connection, {"ids": ids})

    assert [(each.id, each.named) for each in found] == [(n, rows[n - 1]["uid"]) for n in ids]


def test_a_list_of_constants_is_bound_once_and_for_all(connection: Connection) -> None:
    rows = [row(n) for n in range(4)]
    _ADD_ALL.change_each(connection, rows)
    asked = Once(
        select(_KEPT.c.id)
        .where(_KEPT.c.uid.in_([rows[0]["uid"], rows[2]["uid"]]), _KEPT.c.quantity < bindparam("most"))
        .order_by(_KEPT.c.id)
    )

    assert [each.id for each in asked.all(connection, {"most": 9})] == [1, 3]
    assert [each.id for each in asked.all(connection, {"most": 2})] == [1]


@pytest.mark.parametrize("count", [1, 3])
def test_a_list_of_pairs_goes_through_the_types_of_both(connection: Connection, count: int) -> None:
    rows = [row(n) for n in range(4)]
    _ADD_ALL.change_each(connection, rows)
    pairs = [(n, rows[n - 1]["uid"]) for n in range(1, count + 1)]

    found = _OF_PAIRS.all(connection, {"pairs": pairs})

    assert [tuple(each) for each in found] == [(n, count) for n in range(1, count + 1)]


def test_one_is_one(connection: Connection) -> None:
    added = row(1)
    _ADD_ALL.change(connection, added)

    with pytest.raises(NoResultFound):
        _OF_UID.one(connection, {"its_uid": new_uid(NOW)})
    assert _OF_UID.first(connection, {"its_uid": new_uid(NOW)}) is None
    _ADD_ALL.change(connection, row(2))
    with pytest.raises(MultipleResultsFound):
        _OF_IDS.one(connection, {"ids": [1, 2]})


def test_a_value_of_the_wrong_type_is_refused_by_its_column(connection: Connection) -> None:
    with pytest.raises(TypeError, match="whole number of base units"):
        _ADD_ALL.change(connection, row(1, quantity=True))
    with pytest.raises(ValueError, match="naive"):
        _ADD_ALL.change(connection, row(1, at=NOW.replace(tzinfo=None)))


def test_a_value_that_is_missing_is_an_error(connection: Connection) -> None:
    with pytest.raises(Exception, match="less"):
        _CHANGE.change(connection, {"its_uid": new_uid(NOW), "least": 1})


def test_what_the_driver_refuses_is_raised_as_sqlalchemy_raises_it(engine: Engine) -> None:
    added = row(1, said="a personal value")
    with engine.connect().execution_options(write=True) as opened, opened.begin():
        _METADATA.create_all(opened)
        _ADD_ALL.change(opened, added)

    for add in (_ADD_ALL.change, _ADD.all, lambda c, given: _ADD_ALL.change_each(c, [row(2), given])):
        with engine.connect().execution_options(write=True) as opened, opened.begin() as transaction:
            with pytest.raises(IntegrityError) as refused:
                add(opened, added)
            transaction.rollback()
        assert "a personal value" not in str(refused.value)
        assert refused.value.orig is not None

    with engine.connect() as opened:
        assert opened.execute(select(func.count()).select_from(_KEPT)).scalar_one() == 1


def test_whoever_listens_for_statements_hears_it(connection: Connection) -> None:
    heard: list[str] = []
    event.listen(
        connection.engine, "before_cursor_execute", lambda _c, _cursor, said, *_rest: heard.append(said)
    )

    _OF_IDS.all(connection, {"ids": [1]})

    assert len(heard) == 1 and heard[0].startswith("SELECT kept.id")


def test_threads_share_a_statement(engine: Engine) -> None:
    added = [row(n) for n in range(LISTED_MAX)]
    with engine.connect().execution_options(write=True) as opened, opened.begin():
        _METADATA.create_all(opened)
        _ADD_ALL.change_each(opened, added)
    shared = Once(_OF_IDS.statement)
    found: list[int] = []

    def ask(first: int) -> None:
        with engine.connect() as mine, mine.begin():
            for count in range(1, LISTED_MAX + 1 - first):
                ids = list(range(first + 1, first + 1 + count))
                found.append([each.id for each in shared.all(mine, {"ids": ids})] == ids)

    threads = [Thread(target=ask, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found and all(found)


@pytest.mark.postgres
def test_a_lost_connection_is_given_up(postgres_url: str) -> None:
    engine = open_engine(postgres_url)
    asked = Once(select(func.pg_backend_pid().label("pid")))
    with engine.connect() as mine, mine.begin() as transaction:
        pid = asked.scalar(mine, {})
        with engine.connect() as other:
            other.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": pid})
        with pytest.raises(OperationalError) as lost:
            asked.scalar(mine, {})
        assert lost.value.connection_invalidated and mine.invalidated
        transaction.rollback()
    with engine.connect() as mine, mine.begin():
        assert asked.scalar(mine, {}) != pid
    engine.dispose()


@pytest.mark.parametrize("count", [0, 1, LISTED_MAX + 1])
def test_a_list_of_any_length_is_taken_at_a_glance(store: Store, count: int) -> None:
    rows = [row(n) for n in range(LISTED_MAX + 2)]
    with store.engine.connect().execution_options(write=True) as opened, opened.begin():
        _METADATA.create_all(opened)
        _ADD_ALL.change_each(opened, rows)
    ids = list(range(1, count + 1))

    with store.glancing() as glance:
        assert [each.id for each in _OF_IDS.all(glance, {"ids": ids})] == ids
