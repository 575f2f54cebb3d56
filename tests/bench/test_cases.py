"""Does the hand-written SQL do the same work and give the same answer as Stockroom?"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest
from sqlalchemy import func, select

from bench.cases import cases, using
from bench.measuring import AnswersDiffer, Calls, Case, compare, counted, measure
from bench.workplace import Workplace
from stockroom.db.base import Base
from stockroom.ledger.verify import verify


def _row_counts(place: Workplace) -> Counter[str]:
    with place.store.reading() as connection:
        return Counter(
            {
                table.name: connection.execute(select(func.count()).select_from(table)).scalar_one()
                for table in Base.metadata.sorted_tables
            }
        )


def _rows_written(place: Workplace, case: Case, call: int, *, by_hand: bool) -> Counter[str]:
    before = _row_counts(place)
    asked = case.prepare(call)
    (case.by_hand if by_hand else case.by_stockroom)(asked)
    return _row_counts(place) - before


def test_both_sides_give_the_same_answer_to_every_question(place: Workplace) -> None:
    calls = Calls()

    for case in cases(place):
        for _ in range(3):
            compare(case, calls)


def test_both_sides_write_the_same_number_of_rows_into_the_same_tables(place: Workplace) -> None:
    for n, case in enumerate(case for case in cases(place) if case.writes):
        by_hand = _rows_written(place, case, 2 * n, by_hand=True)
        by_stockroom = _rows_written(place, case, 2 * n + 1, by_hand=False)

        assert by_hand == by_stockroom, case.name


def test_the_books_are_true_after_both_sides_have_written(place: Workplace) -> None:
    calls = Calls()
    for case in cases(place):
        if case.writes:
            for _ in range(3):
                case.by_hand(case.prepare(calls.next()))
                case.by_stockroom(case.prepare(calls.next()))

    assert verify(place.store, search_names=False).findings == ()


def test_an_answer_that_differs_stops_the_run_before_anything_is_timed(place: Workplace) -> None:
    honest = using(place, "use", [place.hot_uid], bare=False)
    lying = replace(honest, said_by_hand=lambda taken: [("another lot", taken.lot_number, taken.quantity)])

    with pytest.raises(AnswersDiffer, match="another lot"):
        measure([lying], place.store.engine, rounds=1, seconds=0.01)


def test_a_case_that_was_measured_has_times_on_both_sides_and_counted_statements(place: Workplace) -> None:
    case = using(place, "use", [place.hot_uid], bare=True)

    (measured,) = measure([case], place.store.engine, rounds=2, seconds=0.01)

    assert len(measured.by_hand.seconds) >= 6
    assert len(measured.by_stockroom.seconds) >= 6
    assert len(measured.bare.seconds) >= 6
    assert 0 < measured.statements <= 12


def _statements(place: Workplace, name: str) -> int:
    case = next(case for case in cases(place) if case.name == name)
    with counted(place.store.engine) as sent:
        case.by_stockroom(case.prepare(1))
    return len(sent)


def test_a_use_a_look_up_and_a_trace_take_a_fixed_number_of_statements(place: Workplace) -> None:
    assert _statements(place, "use") <= 12
    assert _statements(place, "use, hot product") == _statements(place, "use")
    assert _statements(place, "look-up") <= 2
    assert _statements(place, "trace 1,000") == _statements(place, "trace 10") <= 6


def test_a_thousand_lots_are_received_in_as_many_statements_as_one(place: Workplace) -> None:
    one = _statements(place, "receive 1 lot")  # PostgreSQL takes a movement with its one line at once
    assert _statements(place, "receive 1,000 lots") in (one, one + 1)
