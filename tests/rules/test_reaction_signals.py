"""Does a lot stand out when the numbers say so, and only then?"""

from __future__ import annotations

from fractions import Fraction

import pytest

from stockroom.rules.reaction_signals import LotName, Threshold, Treated, compared, tallies, tally

A1, A2, B1 = LotName("filler", "A1"), LotName("filler", "A2"), LotName("serum", "A1")
USUAL = Threshold()


def session(n: int, *lots: LotName, reacts: bool = False, patient: int | None = None) -> Treated:
    return Treated(
        session_id=n,
        patient_id=n if patient is None else patient,
        has_event=reacts,
        lots=frozenset(lots),
        recipes=frozenset(),
        operators=frozenset(),
        areas=frozenset(),
    )


def sessions(lot: LotName, count: int, events: int, first: int = 0) -> list[Treated]:
    return [session(first + n, lot, reacts=n < events) for n in range(count)]


@pytest.mark.parametrize(
    ("its", "rest", "stands_out", "lot_count"),
    [
        ((30, 6), (30, 1), True, 2),  # the lower bound of 6 of 30 is 7.7 %, above 1 of 30
        ((30, 6), (30, 3), False, 2),  # and below 3 of 30
        ((29, 29), (100, 0), False, 0),  # too few sessions with it
        ((100, 100), (29, 0), False, 0),  # too few without it
        ((30, 0), (30, 0), False, 2),
        ((41, 2), (350, 0), False, 2),  # above none of 350, and only two
        ((41, 3), (350, 0), True, 2),
        ((400, 40), (400, 20), True, 2),
    ],
)
def test_a_lot_stands_out_when_its_lower_bound_is_above_the_rest_of_its_product(
    its: tuple[int, int], rest: tuple[int, int], stands_out: bool, lot_count: int
) -> None:
    found = compared([*sessions(A1, *its), *sessions(A2, *rest, first=1000)], USUAL)

    assert [each.lot for each in found.signals] == ([A1] if stands_out else [])
    assert found.lot_count == lot_count
    for signal in found.signals:
        assert (signal.tally.exposures, signal.tally.events) == its
        assert (signal.rest.exposures, signal.rest.events) == rest


def test_one_number_under_two_products_is_two_lots() -> None:
    found = tallies([session(1, A1), session(2, B1, reacts=True)], lambda each: each.lots, USUAL)

    assert {lot: each.events for lot, each in found.items()} == {A1: 0, B1: 1}


def test_a_session_with_both_lots_is_in_neither_ones_rest() -> None:
    both = [session(5000 + n, A1, A2, reacts=True) for n in range(40)]
    found = compared([*sessions(A1, 40, 0), *sessions(A2, 40, 0, first=1000), *both], USUAL)

    assert {signal.rest.exposures for signal in found.signals} == {40}
    assert {signal.tally.exposures for signal in found.signals} == {80}


def test_below_the_least_number_there_are_counts_and_no_rate() -> None:
    few, enough = tally(sessions(A1, 29, 3), USUAL), tally(sessions(A1, 30, 3), USUAL)

    assert (few.exposures, few.events, few.rate, few.bounds) == (29, 3, None, None)
    assert enough.rate == Fraction(1, 10)
    assert tally(sessions(A1, 29, 3), Threshold(exposures_least=1)).rate is None  # no setting goes below


def test_a_patient_who_came_often_is_one_patient_and_many_sessions() -> None:
    found = tally([session(n, A1, reacts=n < 2, patient=7) for n in range(5)], USUAL)

    assert (found.exposures, found.patients, found.events, found.patients_with_event) == (5, 1, 2, 1)
