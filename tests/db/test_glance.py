"""Does a glance see what is committed, and leave neither a transaction nor a changed connection behind?"""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import bindparam, event, func, select, text
from sqlalchemy.exc import OperationalError

from stockroom.db.compiled_once import Once
from stockroom.db.engine import open_engine
from stockroom.db.glance import glancing
from stockroom.db.store import Store
from stockroom.models import Clinic
from tests.builders import House

_NAME = Once(select(Clinic.uid, Clinic.name).where(Clinic.uid == bindparam("its_uid")))


def test_a_glance_sees_what_was_committed_just_now(store: Store) -> None:
    house = House(store)

    with store.glancing() as glance:
        assert _NAME.one(glance, {"its_uid": house.clinic.uid}).uid == house.clinic.uid
        second = house.another_clinic("Rila")
        assert _NAME.one(glance, {"its_uid": second.uid}).name == "Rila"


def test_a_glance_gives_what_a_read_in_a_transaction_gives(store: Store) -> None:
    house = House(store)
    asked = {"its_uid": house.clinic.uid}

    with store.glancing() as glance, store.reading() as connection:
        assert _NAME.all(glance, asked) == connection.execute(_NAME.statement, asked).all()


def test_whoever_listens_for_statements_hears_a_glance(store: Store) -> None:
    heard: list[str] = []
    event.listen(store.engine, "before_cursor_execute", lambda *given: heard.append(given[2]))

    with store.glancing() as glance:
        _NAME.first(glance, {"its_uid": "01a20116-1800-752d-9691-926cd9ec78cb"})

    assert len(heard) == 1


def test_after_a_glance_a_transaction_is_one_again(store: Store) -> None:
    """Whether it was left in peace or by an error."""
    with store.glancing() as glance:
        _NAME.first(glance, {"its_uid": "01a20116-1800-752d-9691-926cd9ec78cb"})
    with pytest.raises(KeyError), store.glancing():
        raise KeyError("the reader's own mistake")

    count = select(func.count()).select_from(Clinic)
    with store.engine.connect().execution_options(write=True) as connection, connection.begin() as mine:
        driver: Any = connection.connection.driver_connection
        assert store.is_sqlite or driver.autocommit is False
        connection.execute(text("CREATE TABLE fleeting (id INTEGER)"))
        mine.rollback()
    with store.reading() as connection:
        assert connection.execute(count).scalar_one() >= 0
        with pytest.raises(Exception, match="fleeting"):
            connection.execute(text("SELECT * FROM fleeting"))


@pytest.mark.postgres
def test_a_lost_connection_is_given_up(postgres_url: str) -> None:
    engine = open_engine(postgres_url)
    asked = Once(select(func.pg_backend_pid().label("pid")))
    with glancing(engine) as glance:
        pid = asked.scalar(glance, {})
        with engine.connect() as other:
            other.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": pid})
        with pytest.raises(OperationalError) as lost:
            asked.scalar(glance, {})
        assert lost.value.connection_invalidated
    with glancing(engine) as glance:
        assert asked.scalar(glance, {}) != pid
    engine.dispose()
