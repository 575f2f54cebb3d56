"""Does a recall count its patients by how far it has come with each, and ask for as many as its level says?"""

from __future__ import annotations

from datetime import date

import pytest

from stockroom.errors import InvalidValue
from stockroom.rules.contacting import Tried, check_attempt, progress, share_of, state_of, whole_percent
from stockroom.vocabulary import CheckLevel, ContactOutcome, ContactState, NextStep

_O, _S = ContactOutcome, ContactState


def _tried(*outcomes: ContactOutcome) -> list[Tried]:
    return [Tried(outcome=outcome) for outcome in outcomes]


@pytest.mark.parametrize(
    ("outcomes", "state"),
    [
        ((), _S.NOT_TRIED),
        ((_O.NO_ANSWER,), _S.TRYING),
        ((_O.SENT,), _S.TRYING),
        ((_O.WRONG_NUMBER, _O.LEFT_MESSAGE, _O.RETURNED), _S.TRYING),
        ((_O.NO_ANSWER, _O.REACHED), _S.REACHED),
        ((_O.REACHED, _O.NO_ANSWER), _S.REACHED),
        ((_O.NO_ANSWER, _O.REFUSED), _S.REFUSED),
        ((_O.NO_ANSWER, _O.UNREACHABLE), _S.UNREACHABLE),
        ((_O.UNREACHABLE, _O.SENT), _S.TRYING),
        ((_O.HAS_DIED,), _S.UNREACHABLE),
    ],
)
def test_the_last_attempt_decides_unless_one_reached_her(
    outcomes: tuple[ContactOutcome, ...], state: ContactState
) -> None:
    assert state_of(_tried(*outcomes)) is state


def test_progress_counts_each_patient_once() -> None:
    attempts = [
        _tried(),
        _tried(_O.NO_ANSWER, _O.NO_ANSWER),
        _tried(_O.REACHED),
        _tried(_O.REFUSED),
        _tried(_O.UNREACHABLE),
    ]

    found = progress(attempts, share=40, attempts_made=5)

    assert (found.patients, found.tried, found.reached, found.refused, found.unreachable) == (5, 4, 1, 1, 1)
    assert (found.open, found.required, found.attempts) == (2, 2, 5)
    assert (found.is_tried_enough, found.is_enough) == (True, False), "contacted is not reached"
    assert (found.tried_percent, found.reached_percent) == (80, 20)


@pytest.mark.parametrize(
    ("patients", "share", "required"),
    [(0, 100, 0), (1, 2, 1), (99, 10, 10), (120, 100, 120), (120, 0, 0), (50, 2, 1)],
)
def test_a_part_of_a_patient_is_a_whole_one(patients: int, share: int, required: int) -> None:
    assert progress([_tried()] * patients, share=share).required == required


def test_a_hundred_percent_is_everybody() -> None:
    assert [whole_percent(999, 1000), whole_percent(1000, 1000), whole_percent(0, 0)] == [99, 100, 100]


@pytest.mark.parametrize(
    ("level", "stated", "share"),
    [
        (CheckLevel.A, None, 100),
        (CheckLevel.A, 100, 100),
        (CheckLevel.B, 11, 11),
        (CheckLevel.B, 99, 99),
        (CheckLevel.C, None, 10),
        (CheckLevel.D, None, 2),
        (CheckLevel.E, None, 0),
    ],
)
def test_a_level_asks_for_its_share(level: CheckLevel, stated: int | None, share: int) -> None:
    assert share_of(level, stated) == share


@pytest.mark.parametrize(
    ("level", "stated"), [(CheckLevel.B, None), (CheckLevel.B, 10), (CheckLevel.B, 100), (CheckLevel.C, 50)]
)
def test_a_share_that_is_not_of_its_level_is_refused(level: CheckLevel, stated: int | None) -> None:
    with pytest.raises(InvalidValue):
        share_of(level, stated)


@pytest.mark.parametrize(
    ("outcome", "step", "on"),
    [
        (_O.NO_ANSWER, NextStep.NOTHING, date(2026, 3, 4)),
        (_O.NO_ANSWER, NextStep.CALL_AGAIN, date(2026, 3, 2)),
        (_O.UNREACHABLE, NextStep.CALL_AGAIN, None),
    ],
)
def test_a_next_step_that_cannot_be_is_refused(
    outcome: ContactOutcome, step: NextStep, on: date | None
) -> None:
    with pytest.raises(InvalidValue):
        check_attempt(outcome, step, on, date(2026, 3, 3))


def test_a_next_step_may_be_today() -> None:
    check_attempt(_O.NO_ANSWER, NextStep.CALL_AGAIN, date(2026, 3, 3), date(2026, 3, 3))
