"""Is what was drawn of an abandoned cocktail thrown away, and the rest free again?"""

from __future__ import annotations

import json
from typing import Any

import pytest
from sqlalchemy import select

from stockroom.db.store import Store
from stockroom.db.transaction import Work
from stockroom.errors import InvalidValue, ThingNotFound
from stockroom.ledger import allocations
from stockroom.ledger.verify import verify
from stockroom.models import Allocation, Container, JournalEntry, Movement, Preparation, TreatmentSession
from stockroom.operations.abandon_preparation import (
    AbandonPreparation,
    DrawnOf,
    PreparationAbandoned,
    abandon_preparation,
)
from stockroom.operations.reverse import Reverse, reverse
from stockroom.reads.preparations import PreparationOver, open_preparation
from stockroom.rules.permissions import ActionForbidden
from tests.builders import NOW, key
from tests.cocktails import add, balances, lines_of, stock
from tests.operations.test_finish_preparation import Bench


def abandon(bench: Bench, *drawn: int, **facts: Any) -> PreparationAbandoned:
    """Abandon with so much drawn of ingredient 1, 2 …"""
    values = {"reason": "patient felt ill", **facts}
    actor = values.pop("actor", bench.house.nurse)
    with_key = values.pop("with_key", None) or key("abandon")
    answers = tuple(DrawnOf(n=n, quantity=quantity) for n, quantity in enumerate(drawn, start=1))
    command = AbandonPreparation(preparation_uid=bench.draft, drawn=answers, **values)
    return abandon_preparation(bench.house.store, command, actor=actor, key=with_key, now=NOW)


def state(store: Store) -> str:
    with store.reading() as connection:
        return connection.execute(select(Preparation.state)).scalar_one()


def test_what_was_drawn_is_thrown_away_and_the_rest_is_free(store: Store) -> None:
    bench = Bench(store)

    ended = abandon(bench, 2000, 0, with_key="abandon")

    assert abandon(bench, 2000, 0, with_key="abandon") == ended
    assert ended.movement_uid is not None
    assert lines_of(store, ended.movement_uid) == [(bench.filler_lot.id, "container", "disposal", 2000)]
    assert balances(store) == {
        (bench.filler_lot.id, bench.filler_lot.location_id): (0, 0),
        (bench.filler_lot.id, bench.vial.id): (3000, 0),
        (bench.ampoule_lot.id, bench.ampoule_lot.location_id): (2000, 0),
    }
    assert state(store) == "abandoned"
    with store.reading() as connection:
        states = connection.execute(select(Allocation.state).order_by(Allocation.id)).scalars().all()
    assert list(states) == ["used", "released"]
    assert verify(store).findings == ()


def test_a_vial_that_was_drawn_from_was_punctured_though_nothing_was_made(store: Store) -> None:
    bench = Bench(store)

    ended = abandon(bench, 2000, 0)

    assert punctures(store) == [1]
    assert ended.movement_uid is not None
    reverse(
        store,
        Reverse(movement_uid=ended.movement_uid, reason="it was not drawn after all"),
        actor=bench.house.manager,
        key=key(),
        now=NOW,
    )
    assert punctures(store) == [0]


def test_a_vial_that_was_not_touched_was_not_punctured(sqlite_store: Store) -> None:
    bench = Bench(sqlite_store)

    abandon(bench, 0, 300)

    assert punctures(sqlite_store) == [0]


def punctures(store: Store) -> list[int]:
    with store.reading() as connection:
        return list(connection.execute(select(Container.punctures)).scalars())


def test_a_part_of_what_was_kept_is_thrown_away_and_the_promise_ends_whole(sqlite_store: Store) -> None:
    bench = Bench(sqlite_store)

    abandon(bench, 700, 0)

    assert balances(sqlite_store)[bench.filler_lot.id, bench.vial.id] == (4300, 0)
    with sqlite_store.reading() as connection:
        used = connection.execute(select(Allocation.used_quantity).order_by(Allocation.id)).scalars().all()
    assert list(used) == [700, 0]


def test_a_sealed_ampoule_that_was_broken_is_thrown_away_whole(sqlite_store: Store) -> None:
    bench = Bench(sqlite_store)

    ended = abandon(bench, 0, 300)

    assert ended.disposed == (DrawnOf(n=1, quantity=0), DrawnOf(n=2, quantity=2000))
    assert balances(sqlite_store)[bench.ampoule_lot.id, bench.ampoule_lot.location_id] == (0, 0)


def test_where_nothing_was_drawn_nothing_moves(sqlite_store: Store) -> None:
    bench = Bench(sqlite_store)
    before = stock(sqlite_store)

    ended = abandon(bench, 0, 0)

    assert ended.movement_uid is None
    with sqlite_store.reading() as connection:
        assert "abandon" not in connection.execute(select(Movement.kind)).scalars().all()
    assert stock(sqlite_store)[1:] == before[1:]
    assert all(promised == 0 for _, promised in balances(sqlite_store).values())


@pytest.mark.parametrize("drawn", [(2000, 0), (0, 0)])
def test_why_it_was_abandoned_stays_with_it_and_in_the_journal(
    sqlite_store: Store, drawn: tuple[int, ...]
) -> None:
    bench = Bench(sqlite_store)

    abandon(bench, *drawn)

    with sqlite_store.reading() as connection:
        assert connection.execute(select(Preparation.end_reason)).scalar_one() == "patient felt ill"
        told = connection.execute(
            select(JournalEntry.payload).where(JournalEntry.kind == "preparation.abandon")
        ).scalar_one()
    assert json.loads(told)["said"] == {"reason": "patient felt ill"}


@pytest.mark.parametrize("drawn", [(), (2000,), (2000, 0, 0), (2001, 0), (-1, 0), (0, 2001)])
def test_every_ingredient_is_answered_for_and_nothing_impossible_is_said(
    sqlite_store: Store, drawn: tuple[int, ...]
) -> None:
    bench = Bench(sqlite_store)
    before = stock(sqlite_store)

    with pytest.raises(InvalidValue):
        abandon(bench, *drawn)

    assert stock(sqlite_store) == before
    assert state(sqlite_store) == "draft"


def test_it_says_why(sqlite_store: Store) -> None:
    bench = Bench(sqlite_store)

    with pytest.raises(InvalidValue):
        abandon(bench, 0, 0, reason=" ")

    assert state(sqlite_store) == "draft"


def test_what_was_taken_away_meanwhile_is_thrown_away_as_far_as_it_was_drawn(sqlite_store: Store) -> None:
    bench = Bench(sqlite_store)
    with sqlite_store.reading() as connection:
        draft = open_preparation(connection, bench.house.clinic.id, bench.draft)
    bench.house.clinic.act("test.break", lambda work: allocations.lose(work, draft.ingredients[0].promised))

    abandon(bench, 500, 0)

    assert balances(sqlite_store)[bench.filler_lot.id, bench.vial.id] == (4500, 0)
    with sqlite_store.reading() as connection:
        states = connection.execute(select(Allocation.state).order_by(Allocation.id)).scalars().all()
    assert list(states) == ["lost", "released"]


def test_an_abandoned_cocktail_is_over(sqlite_store: Store) -> None:
    bench = Bench(sqlite_store)
    abandon(bench, 0, 0)

    with pytest.raises(PreparationOver):
        abandon(bench, 0, 0)
    with pytest.raises(PreparationOver):
        add(bench.house, bench.draft, location_uid=bench.vial.uid)


def test_another_clinic_finds_no_draft_and_a_manager_abandons_nothing(sqlite_store: Store) -> None:
    bench = Bench(sqlite_store)
    there = bench.house.another_clinic()
    before = stock(sqlite_store)

    with pytest.raises(ThingNotFound):
        abandon(bench, 0, 0, actor=there.nurse)
    with pytest.raises(ActionForbidden):
        abandon(bench, 0, 0, actor=bench.house.manager)

    assert stock(sqlite_store) == before
    assert state(sqlite_store) == "draft"


def test_what_was_drawn_is_gone_although_it_is_promised_to_others_by_now(sqlite_store: Store) -> None:
    bench = Bench(sqlite_store)
    with sqlite_store.reading() as connection:
        draft = open_preparation(connection, bench.house.clinic.id, bench.draft)

    def promise_to_another(work: Work) -> None:
        allocations.lose(work, draft.ingredients[0].promised)
        session_id = work.connection.execute(select(TreatmentSession.id)).scalars().first()
        allocations.allocate(
            work,
            allocations.Promise(
                lot_id=bench.filler_lot.id,
                lot_number="A1",
                location_id=bench.vial.id,
                quantity=5_000,
                session_id=session_id,
            ),
        )

    bench.house.clinic.act("test.promise", promise_to_another)

    abandon(bench, 2_000, 0)

    assert balances(sqlite_store)[bench.filler_lot.id, bench.vial.id] == (3_000, 3_000)
    assert verify(sqlite_store).findings == ()
