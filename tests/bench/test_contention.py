"""Does a crowd that uses one product at once leave exact books, and would the benchmark say so if not?"""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import text

from bench.books import books_of, conserved, once_each, true_books
from bench.contention import contend
from bench.plan import HOT_LOT_COUNT, HOT_LOT_QUANTITY
from bench.workplace import Workplace


def test_a_crowd_on_both_sides_leaves_exact_books(place: Workplace) -> None:
    row, facts = contend(place, "here", seconds=0.2)

    assert row.per_second is not None
    assert row.per_second > 0
    assert [fact.sentence for fact in [*facts, true_books(place, "here")] if not fact.holds] == []
    assert books_of(place).received == HOT_LOT_COUNT * HOT_LOT_QUANTITY


def test_a_unit_that_is_lost_is_told(place: Workplace) -> None:
    with place.store.engine.execution_options(write=True).begin() as connection:
        connection.execute(
            text("UPDATE balance SET quantity = quantity - 1 WHERE lot_id = 1 AND quantity > 0")
        )

    fact = conserved(place, "here")

    assert not fact.holds
    assert fact.sentence == "40,000 received = 39,999 on hand + 0 used"


def test_an_answer_without_a_movement_and_a_movement_without_an_answer_are_told(place: Workplace) -> None:
    before = books_of(place)

    assert once_each(place, before, [], "here").holds
    assert not once_each(place, before, ["0190-nothing"], "here").holds
    assert not once_each(place, replace(before, movement_count=before.movement_count - 1), [], "here").holds
