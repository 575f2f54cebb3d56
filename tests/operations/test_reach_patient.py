"""Is every attempt to tell a patient of a recall kept, by whom and when, and told apart from those made by mistake?"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from stockroom.actor import Actor
from stockroom.db.store import Store
from stockroom.errors import InvalidValue, ThingNotFound
from stockroom.ledger.verify import verify
from stockroom.models import JournalEntry, RecallAttempt
from stockroom.operations.erase_patient import ErasePatient, erase_patient
from stockroom.operations.reach_patient import (
    Attempt,
    AttemptsRecorded,
    AttemptWithdrawn,
    NotOnTheList,
    ReachPatient,
    SendLetters,
    WithdrawAttempt,
    reach_patient,
    send_letters,
    withdraw_attempt,
)
from stockroom.queries.recall_contacts import Contact, contacts_of_case
from stockroom.reads.patients import PatientErased
from stockroom.reads.recall_cases import RecallClosed, any_case
from stockroom.rules.contacting import ExerciseReachesNobody
from stockroom.rules.permissions import ActionForbidden
from stockroom.vocabulary import ContactChannel, ContactOutcome, ContactState, NextStep
from tests.builders import NOW, House, key
from tests.recall_cases import case_of, close
from tests.receiving import rows_of
from tests.sessions import line, patient, session, used

LATER = NOW + timedelta(hours=2)


class Recalled:
    """A lot that was used on one patient, and its case."""

    def __init__(self, house: House, *, is_mock: bool = False) -> None:
        self.house = house
        self.product = house.product(key("Filler"))
        lot = house.clinic.lot_on_shelf(self.product, "A1", presentations=9)
        self.patient_uid = patient(house)
        self.session_uid = session(house, self.patient_uid)
        used(house, self.session_uid, line(lot, 5000))
        self.case_uid = case_of(house, self.product, "A1", is_mock=is_mock)

    def reach(
        self, outcome: ContactOutcome = ContactOutcome.NO_ANSWER, *, actor: Actor | None = None,
        patient_uid: str = "", once: str = "", **said: Any,
    ) -> AttemptsRecorded:  # fmt: skip
        attempt = Attempt(channel=ContactChannel.PHONE, outcome=outcome, **{"tried_at": NOW, **said})
        command = ReachPatient(
            case_uid=self.case_uid, patient_uid=patient_uid or self.patient_uid, attempt=attempt
        )
        return reach_patient(
            self.house.store, command, actor=actor or self.house.nurse, key=once or key(), now=LATER
        )

    def withdraw(self, attempt_uid: str) -> AttemptsRecorded:
        command = WithdrawAttempt(case_uid=self.case_uid, attempt_uid=attempt_uid)
        return withdraw_attempt(self.house.store, command, actor=self.house.nurse, key=key(), now=LATER)

    @property
    def contact(self) -> Contact:
        store = self.house.store
        with store.reading() as connection:
            case = any_case(connection, self.case_uid)
            (found,) = contacts_of_case(
                connection,
                case_id=case.id,
                seen=[self.house.clinic.id],
                standing_sessions={self.session_uid},
                keyring=store.keyring,
            )
        return found


@pytest.fixture
def recalled(store: Store) -> Recalled:
    return Recalled(House(store))


def test_attempts_are_kept_until_she_is_reached(recalled: Recalled) -> None:
    day = LATER.date() + timedelta(days=1)
    assert recalled.contact.state is ContactState.NOT_TRIED

    first = recalled.reach(next_step=NextStep.CALL_AGAIN, next_on=day, note="rang ten times")
    assert recalled.reach(once="k", outcome=ContactOutcome.REACHED) == recalled.reach(
        once="k", outcome=ContactOutcome.REACHED
    )

    contact = recalled.contact
    assert (contact.state, contact.is_open, contact.due_on) == (ContactState.REACHED, False, None)
    assert [(each.outcome, each.note, each.next_on) for each in contact.attempts] == [
        ("no_answer", "rang ten times", day), ("reached", "", None)
    ]  # fmt: skip
    assert contact.attempts[0].tried_by == "Nurse Vitosha"
    entry = rows_of(recalled.house.store, JournalEntry, JournalEntry.kind == "recall.reach")[0]
    assert "rang" not in entry.payload and first.attempt_uids[0] in entry.payload
    assert verify(recalled.house.store).ok


def test_what_was_written_down_by_mistake_stays_marked(recalled: Recalled) -> None:
    (uid,) = recalled.reach(ContactOutcome.REACHED).attempt_uids

    recalled.withdraw(uid)

    assert recalled.contact.state is ContactState.NOT_TRIED
    assert [each.is_withdrawn for each in recalled.contact.attempts] == [True]
    with pytest.raises(AttemptWithdrawn):
        recalled.withdraw(uid)


def test_the_journal_does_not_let_anybody_try_which_outcome_it_stands_for(recalled: Recalled) -> None:
    (uid,) = recalled.reach(ContactOutcome.REACHED).attempt_uids
    recalled.withdraw(uid)

    rows = rows_of(recalled.house.store, RecallAttempt)

    assert len(rows) == len({row.note for row in rows if row.note}) == 2, "what is sealed salts the digest"
    assert verify(recalled.house.store).ok


def test_letters_are_written_down_for_all_or_for_none(recalled: Recalled) -> None:
    house = recalled.house

    def sending(*uids: str) -> AttemptsRecorded:
        command = SendLetters(case_uid=recalled.case_uid, patient_uids=uids, sent_at=NOW)
        return send_letters(house.store, command, actor=house.nurse, key=key(), now=LATER)

    with pytest.raises(NotOnTheList):
        sending(recalled.patient_uid, patient(house))
    with pytest.raises(InvalidValue):
        sending()
    with pytest.raises(ThingNotFound):
        sending(recalled.case_uid)
    assert not rows_of(house.store, RecallAttempt)

    sending(recalled.patient_uid)

    assert recalled.contact.state is ContactState.TRYING
    assert [(each.channel, each.outcome) for each in recalled.contact.attempts] == [("letter", "sent")]


def test_nobody_else_is_reached_and_not_by_everybody(recalled: Recalled) -> None:
    house = recalled.house
    with pytest.raises(NotOnTheList):
        recalled.reach(patient_uid=patient(house))
    with pytest.raises(ActionForbidden):
        recalled.reach(actor=house.clinic.auditor)
    with pytest.raises(InvalidValue):
        recalled.reach(tried_at=LATER + timedelta(hours=1))
    with pytest.raises(InvalidValue):
        recalled.reach(note="x" * 2_001)
    assert recalled.contact.attempts == ()


def test_an_erased_patient_is_listed_as_unreachable_and_her_notes_are_gone(recalled: Recalled) -> None:
    house = recalled.house
    recalled.reach(note="afraid of needles")
    erase = ErasePatient(patient_uid=recalled.patient_uid)
    erase_patient(house.store, erase, actor=house.manager, key=key(), now=LATER)

    contact = recalled.contact

    assert (contact.is_erased, contact.state) == (True, ContactState.UNREACHABLE)
    assert [each.note for each in contact.attempts] == [""]
    with pytest.raises(PatientErased):
        recalled.reach()


def test_a_closed_case_and_an_exercise_reach_nobody(store: Store) -> None:
    recalled = Recalled(House(store))
    exercise = Recalled(recalled.house, is_mock=True)
    close(recalled.house, recalled.case_uid)

    with pytest.raises(RecallClosed):
        recalled.reach()
    with pytest.raises(ExerciseReachesNobody):
        exercise.reach()
