"""Does the one transaction keep its rules: one at a time, journalled or nothing, whole or nothing?"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event, func, insert, select
from sqlalchemy.exc import OperationalError

from stockroom.db.store import Store
from stockroom.db.transaction import (
    ORGANISATION,
    DatabaseUnavailable,
    JournalName,
    Work,
    is_serialisation_failure,
    transaction,
)
from stockroom.ledger import journal
from stockroom.models import JournalHead, Manufacturer, OrganisationEntry
from stockroom.reads.actors import system_actor
from tests.builders import NOW, House


def _begin(store: Store, *journals: JournalName) -> Any:
    with store.reading() as connection:
        actor = system_actor(connection, device="test")
    return transaction(
        store, actor=actor, kind="test.act", key="k", now=NOW, journals=journals or (ORGANISATION,)
    )


def _add_maker(work: Work, name: str) -> None:
    work.connection.execute(
        insert(Manufacturer).values(
            uid="01900000-0000-7000-8000-000000000001", name=name, created_at=NOW, updated_at=NOW
        )
    )


def _makers(store: Store) -> int:
    with store.reading() as connection:
        return connection.execute(select(func.count()).select_from(Manufacturer)).scalar_one()


def test_an_act_with_its_entry_is_committed(store: Store) -> None:
    with _begin(store) as work:
        _add_maker(work, "one")
        journal.append(work, ORGANISATION, journal.Entry(payload={"made": "one"}))

    assert _makers(store) == 1


def test_an_act_without_an_entry_is_not_committed(store: Store) -> None:
    with pytest.raises(RuntimeError, match="no journal entry"), _begin(store) as work:
        _add_maker(work, "one")

    assert _makers(store) == 0


def test_an_exception_takes_everything_back_and_leaves_the_next_act_free(store: Store) -> None:
    with pytest.raises(ZeroDivisionError), _begin(store) as work:
        _add_maker(work, "one")
        journal.append(work, ORGANISATION, journal.Entry(payload={}))
        raise ZeroDivisionError

    assert _makers(store) == 0
    with store.reading() as connection:
        assert connection.execute(select(func.count()).select_from(OrganisationEntry)).scalar_one() == 0
    with _begin(store) as work:
        journal.append(work, ORGANISATION, journal.Entry(payload={}))


def test_transactions_do_not_nest(store: Store) -> None:
    with pytest.raises(RuntimeError, match="do not nest"), _begin(store), _begin(store):
        pass


def test_a_journal_without_a_head_is_refused(store: Store) -> None:
    with pytest.raises(RuntimeError, match="no head"), _begin(store, JournalName(clinic_id=77)):
        pass


def test_what_comes_after_the_commit_runs_after_a_commit_alone(store: Store) -> None:
    ran: list[str] = []
    with _begin(store) as work:
        journal.append(work, ORGANISATION, journal.Entry(payload={}))
        work.after_commit.append(lambda: ran.append("kept"))
    with pytest.raises(ZeroDivisionError), _begin(store) as work:
        work.after_commit.append(lambda: ran.append("lost"))
        raise ZeroDivisionError

    assert ran == ["kept"]


def test_what_fails_after_the_commit_takes_nothing_back(store: Store) -> None:
    def fail() -> None:
        raise OSError("no space left on device")

    with _begin(store) as work:
        journal.append(work, ORGANISATION, journal.Entry(payload={}))
        work.after_commit.append(fail)

    with store.reading() as connection:
        assert connection.execute(select(func.count()).select_from(OrganisationEntry)).scalar_one() == 1


def test_the_first_statement_of_a_writing_transaction_locks_the_heads(store: Store) -> None:
    clinic = House(store).clinic
    statements: list[str] = []
    event.listen(
        store.engine, "before_cursor_execute", lambda _c, _cur, statement, *_: statements.append(statement)
    )

    with _begin(store, ORGANISATION, JournalName(clinic_id=clinic.id)) as work:
        journal.append(work, ORGANISATION, journal.Entry(payload={}))

    writing = [s for s in statements if "person" not in s]
    assert "FROM organisation_head" in writing[0] and "FROM journal_head" in writing[1]
    if not store.is_sqlite:
        assert writing[0].rstrip().endswith("FOR UPDATE") and writing[1].rstrip().endswith("FOR UPDATE")


def test_the_heads_of_several_clinics_are_locked_in_the_order_of_their_ids(store: Store) -> None:
    house = House(store)
    first, second = house.clinic.id, house.another_clinic().id

    with _begin(store, JournalName(clinic_id=second), JournalName(clinic_id=first)) as work:
        locked = list(work.heads)
        journal.append(work, JournalName(clinic_id=first), journal.Entry(payload={}))

    assert [name.clinic_id for name in locked] == [first, second]


def test_a_database_that_fails_is_unavailable_and_a_deadlock_may_be_tried_again(store: Store) -> None:
    class _Deadlock(Exception):
        sqlstate = "40P01"

    def fail(cause: Exception) -> None:
        with _begin(store):
            raise OperationalError("SELECT 1", {}, cause)

    with pytest.raises(DatabaseUnavailable):
        fail(Exception("disk full"))
    with pytest.raises(OperationalError) as again:
        fail(_Deadlock())
    assert is_serialisation_failure(again.value)


def test_a_snapshot_never_writes_and_sees_one_instant(store: Store) -> None:
    clinic = House(store).clinic
    head = select(JournalHead.seq).where(JournalHead.clinic_id == clinic.id, JournalHead.stream == "changes")
    with store.reading() as connection:
        before = connection.execute(head).scalar_one()
        name = JournalName(clinic_id=clinic.id)
        with _begin(store, name) as work:
            journal.append(work, name, journal.Entry(payload={}))

        assert connection.execute(head).scalar_one() == before
    with store.reading() as connection:
        assert connection.execute(head).scalar_one() == before + 1


def test_an_act_that_waited_its_turn_decides_by_the_instant_at_which_it_had_it(store: Store) -> None:
    house = House(store)
    clinic = house.clinic
    seen: list[tuple[datetime, bool]] = []
    clinic.act("first", lambda work: None, now=NOW)

    clinic.act(
        "second",
        lambda work: seen.append((work.now, work.clock_stepped_back)),
        now=NOW - timedelta(seconds=5),
    )

    assert seen == [(NOW, False)]
