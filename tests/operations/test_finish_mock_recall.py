"""Is an exercise's watch stopped once, by the server's clock, and its result kept?"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from stockroom.db.store import Store
from stockroom.errors import InvalidValue
from stockroom.operations.finish_mock_recall import (
    ExerciseFinished,
    FinishMockRecall,
    MockRecallFinished,
    NotAnExercise,
    finish_mock_recall,
)
from stockroom.queries.recall_answers import mock_recall_count, mock_recalls
from stockroom.rules.permissions import ActionForbidden
from tests.builders import NOW, House, key
from tests.recall_cases import case_of

FOUND = {"lots": 1, "cocktails": 2, "sessions": 120, "patients": 87, "clinics": 1, "is_complete": True}


def _finish(
    house: House, case_uid: str, *, at: datetime = NOW, once: str = "", **said: Any
) -> MockRecallFinished:
    command = FinishMockRecall(**{"case_uid": case_uid, **FOUND, **said})
    return finish_mock_recall(house.store, command, actor=house.manager, key=once or key(), now=at)


def test_the_result_says_how_long_it_took_and_what_was_found(store: Store) -> None:
    house = House(store)
    filler = house.product("Filler")
    real, exercise = case_of(house, filler, "A1"), case_of(house, filler, "A1", is_mock=True)
    running = case_of(house, filler, "A1", is_mock=True)
    at = NOW + timedelta(seconds=41, milliseconds=250)

    with pytest.raises(NotAnExercise):
        _finish(house, real)
    with pytest.raises(InvalidValue):
        _finish(house, exercise, lots=-1)
    done = _finish(house, exercise, at=at, once="k")
    assert done == _finish(house, exercise, at=at + timedelta(hours=1), once="k")
    with pytest.raises(ExerciseFinished):
        _finish(house, exercise)
    with pytest.raises(ActionForbidden):
        command = FinishMockRecall(case_uid=running, **FOUND)  # type: ignore[arg-type]
        finish_mock_recall(store, command, actor=house.nurse, key=key(), now=NOW)

    assert done.listed_after_ms == 41_250
    with store.reading() as connection:
        rows = mock_recalls(connection, limit=9)
        assert mock_recall_count(connection) == 2
    assert [(each.case_uid, each.listed_after_ms, each.patients) for each in rows] == [
        (running, None, None), (exercise, 41_250, 87)
    ]  # fmt: skip


def test_a_clock_that_was_set_back_does_not_run_the_watch_backwards(store: Store) -> None:
    house = House(store)
    exercise = case_of(house, house.product("Filler"), "A1", is_mock=True)

    assert _finish(house, exercise, at=NOW - timedelta(hours=2)).listed_after_ms == 0
