"""Is a recall closed by a second person who sees what is open, opened again, and released by who may?"""

from __future__ import annotations

from dataclasses import replace

import pytest

from stockroom.db.store import Store
from stockroom.errors import InvalidValue
from stockroom.ledger.verify import verify
from stockroom.models import Line, ProductHold, RecallSession, RecallStep
from stockroom.operations.close_recall import (
    CloseRecall,
    NothingHeld,
    OwnRecall,
    PatientsNotTold,
    RecallNotClosed,
    ReleaseCase,
    ReopenRecall,
    StockNotAccountedFor,
    close_recall,
    release_case,
    reopen_recall,
)
from stockroom.operations.correct_lot import CorrectLot, correct_lot
from stockroom.operations.correct_use import CorrectUse, correct_use
from stockroom.reads.recall_cases import RecallClosed, any_case
from stockroom.rules.permissions import ActionForbidden
from stockroom.vocabulary import RecallState
from tests.builders import FAR, NOW, House, LotAt, key
from tests.correcting import nothing_moves, rows
from tests.recalls import recalled
from tests.sessions import line, session, used


class Case:
    """A needle of lot N1, five of them on a shelf and one used on a patient, recalled by the practitioner."""

    def __init__(self, store: Store) -> None:
        self.house = House(store)
        self.needle = self.house.needle()
        self.lot: LotAt = self.house.clinic.lot_on_shelf(self.needle, "N1", presentations=5)
        self.use = used(self.house, session(self.house), line(self.lot))
        opened = recalled(store, self.needle.uid, "N1", actor=self.house.practitioner)
        self.uid = opened.case_uid
        self.close = CloseRecall(
            case_uid=self.uid, reason="Looked at.", untold_reason="Written to.", left_reason="In the bin."
        )

    @property
    def is_held(self) -> bool:
        return any(row.released_at is None for row in rows(self.house.store, ProductHold))


def test_a_second_person_closes_it_opens_it_again_and_lets_go(store: Store) -> None:
    case = Case(store)
    manager = case.house.manager

    closed = close_recall(store, case.close, actor=manager, key="close", now=NOW)
    assert close_recall(store, case.close, actor=manager, key="close", now=NOW) == closed
    assert (closed.patients, closed.untold, closed.released_hold_uids) == (1, 1, ()) and case.is_held
    with pytest.raises(RecallClosed):
        close_recall(store, case.close, actor=manager, key=key(), now=NOW)
    release = ReleaseCase(case_uid=case.uid, reason="The maker says so.")
    release_case(store, release, actor=manager, key=key(), now=NOW)
    assert not case.is_held
    with pytest.raises(NothingHeld):
        release_case(store, release, actor=manager, key=key(), now=NOW)
    reopened = reopen_recall(
        store, ReopenRecall(case_uid=case.uid, reason="Found some."), actor=manager, key=key(), now=NOW
    )

    assert len(reopened.hold_uids) == 1 and case.is_held
    steps = ["closed", "released", "reopened", "held_again"]
    assert [row.kind for row in rows(store, RecallStep)] == steps
    with store.reading() as connection:
        assert any_case(connection, case.uid).state is RecallState.OPEN
    assert verify(store).ok


def test_closing_says_why_something_is_still_open(sqlite_store: Store) -> None:
    case = Case(sqlite_store)
    manager, practitioner, nurse = case.house.manager, case.house.practitioner, case.house.nurse
    refused = (
        (practitioner, case.close, OwnRecall),
        (nurse, case.close, ActionForbidden),
        (manager, replace(case.close, reason=" "), InvalidValue),
        (manager, replace(case.close, untold_reason=""), PatientsNotTold),
        (manager, replace(case.close, left_reason=""), StockNotAccountedFor),
    )

    with nothing_moves(sqlite_store):
        for actor, command, error in refused:
            with pytest.raises(error):
                close_recall(sqlite_store, command, actor=actor, key=key(), now=NOW)
        again = ReopenRecall(case_uid=case.uid, reason="x")
        with pytest.raises(RecallNotClosed):
            reopen_recall(sqlite_store, again, actor=manager, key=key(), now=NOW)

    done = replace(case.close, left_reason="", releases=True)
    closed = close_recall(sqlite_store, done, actor=manager, key=key(), now=NOW)
    assert len(closed.released_hold_uids) == 1 and not case.is_held


def test_a_correction_brings_its_session_onto_the_list(store: Store) -> None:
    case = Case(store)
    house = case.house
    other = house.clinic.lot_on_shelf(case.needle, "N7", presentations=5)
    wrong = session(house)
    used(house, wrong, line(other))
    moved = session(house)

    correct_use(
        store,
        CorrectUse(movement_uid=case.use.movement_uid, session_uid=moved, reason="Another patient."),
        actor=house.practitioner,
        key=key(),
        now=NOW,
    )
    correct_lot(
        store,
        CorrectLot(lot_uid=other.uid, number="N1", expires_on=FAR, expires_at=None, reason="Read again."),
        actor=house.practitioner,
        key=key(),
        now=NOW,
    )

    listed = rows(store, RecallSession)
    assert sorted(row.joined for row in listed) == ["corrected", "corrected", "scope"]
    assert {row.session_id for row in listed} == {
        row.session_id for row in rows(store, Line) if row.session_id is not None
    }
    assert verify(store).ok
