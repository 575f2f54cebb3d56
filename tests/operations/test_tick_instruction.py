"""Is it written down, by whom, what was done before a session?"""

from __future__ import annotations

import pytest

from stockroom.db.store import Store
from stockroom.errors import ThingNotFound
from stockroom.models import SessionTick
from stockroom.operations.tick_instruction import (
    InstructionsTicked,
    SessionOver,
    TickInstructions,
    tick_instructions,
)
from stockroom.rules.permissions import ActionForbidden
from stockroom.vocabulary import SessionState
from tests.builders import NOW, House, key
from tests.sessions import advance, rows, session


def tick(
    house: House, visit: str, *done: str, not_done: tuple[str, ...] = (), request: str | None = None
) -> InstructionsTicked:
    command = TickInstructions(session_uid=visit, done=done, not_done=not_done)
    return tick_instructions(house.store, command, actor=house.nurse, key=request or key("tick"), now=NOW)


def test_each_tick_is_a_row_and_what_stands_is_not_written_again(store: Store) -> None:
    house = House(store)
    visit = session(house)

    tick(house, visit, "consultation", "clean-area")
    tick(house, visit, "consultation", "numb-area")
    answer = tick(house, visit, not_done=("clean-area", "no-alcohol"))

    assert answer.done == ("consultation", "numb-area")
    assert [(row.instruction, row.is_done) for row in rows(store, SessionTick)] == [
        ("consultation", True),
        ("clean-area", True),
        ("numb-area", True),
        ("clean-area", False),
    ]


def test_the_same_key_ticks_once(sqlite_store: Store) -> None:
    house = House(sqlite_store)
    visit = session(house)

    first = tick(house, visit, "consultation", request="tick")

    assert tick(house, visit, "consultation", request="tick") == first
    assert len(rows(sqlite_store, SessionTick)) == 1


def test_nothing_is_ticked_that_is_not_there_in_what_is_over_or_by_whom_it_does_not_concern(
    sqlite_store: Store,
) -> None:
    house = House(sqlite_store)
    visit, gone = session(house), session(house)
    advance(house, gone, SessionState.CANCELLED)

    with pytest.raises(ThingNotFound):
        tick(house, visit, "drink-tea")
    with pytest.raises(SessionOver):
        tick(house, gone, "consultation")
    with pytest.raises(ThingNotFound):
        tick_instructions(
            house.store,
            TickInstructions(session_uid=visit, done=("consultation",)),
            actor=house.another_clinic().nurse,
            key=key(),
            now=NOW,
        )
    with pytest.raises(ActionForbidden):
        tick_instructions(
            house.store,
            TickInstructions(session_uid=visit),
            actor=house.clinic.auditor,
            key=key(),
            now=NOW,
        )
    assert rows(sqlite_store, SessionTick) == []
