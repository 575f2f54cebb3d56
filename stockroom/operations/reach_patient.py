"""How is it written down that somebody tried to tell a patient of a recall?  And that it was written down by mistake?"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, ClassVar

from sqlalchemy import func, select

from stockroom.actor import Actor
from stockroom.clock import civil_date
from stockroom.db.identifiers import new_uid
from stockroom.db.sealing import seal
from stockroom.db.store import Store
from stockroom.db.transaction import ORGANISATION, Work
from stockroom.errors import Conflict, InvalidValue, Refused, ThingNotFound, extracted
from stockroom.ledger import recall_rows
from stockroom.ledger.acts import Act, perform
from stockroom.models import Patient, RecallAttempt, RecallSession
from stockroom.reads.clinics import clinic_settings
from stockroom.reads.finding import one_by_uid
from stockroom.reads.patients import patient_by_uid, request_salt
from stockroom.reads.recall_cases import Case, open_case
from stockroom.rules.contacting import check_attempt, require_real
from stockroom.vocabulary import Action, ContactChannel, ContactOutcome, NextStep

NOTE_MAX = 2_000
LETTERS_MAX = 5_000
"""Written down in one act; a clinic that treated more with one lot sends them in parts."""


@dataclass(eq=False, kw_only=True)
class NotOnTheList(Refused):
    """This patient got nothing of what the case covers."""

    code: ClassVar[str] = "not_on_the_list"
    message: ClassVar[str] = extracted(
        "This patient is not on the list of this recall. Look at the list again; it may be another one."
    )
    patient: str


@dataclass(eq=False, kw_only=True)
class AttemptWithdrawn(Conflict):
    """Somebody took it back before."""

    code: ClassVar[str] = "attempt_withdrawn"
    message: ClassVar[str] = extracted("This attempt was taken back before. Load the page again.")
    attempt: str


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """What was tried, when, and what came of it."""

    channel: ContactChannel
    tried_at: datetime
    outcome: ContactOutcome
    next_step: NextStep = NextStep.NOTHING
    next_on: date | None = None
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class ReachPatient:
    case_uid: str
    patient_uid: str
    attempt: Attempt


@dataclass(frozen=True, kw_only=True)
class SendLetters:
    """The letters to these patients went to the post."""

    case_uid: str
    patient_uids: tuple[str, ...]
    sent_at: datetime


@dataclass(frozen=True, kw_only=True)
class WithdrawAttempt:
    case_uid: str
    attempt_uid: str


@dataclass(frozen=True, kw_only=True)
class AttemptsRecorded:
    """That something was tried; what came of it stays out (L14)."""

    attempt_uids: tuple[str, ...]


def reach_patient(
    store: Store, command: ReachPatient, *, actor: Actor, key: str, now: datetime
) -> AttemptsRecorded:
    """Write down one attempt to tell a patient of a recall, by whoever acts.

    Raises ThingNotFound, RecallClosed, ExerciseReachesNobody, NotOnTheList, PatientErased, InvalidValue.
    """
    with store.reading() as connection:
        salt = request_salt(connection, store.keyring, command.patient_uid)
    return _perform(store, "recall.reach", command, lambda work: _reach(work, command), actor, key, now, salt)


def send_letters(
    store: Store, command: SendLetters, *, actor: Actor, key: str, now: datetime
) -> AttemptsRecorded:
    """Write down for each of these patients that a letter went.  Raises as `reach_patient` does."""
    return _perform(store, "recall.letters", command, lambda work: _send(work, command), actor, key, now)


def withdraw_attempt(
    store: Store, command: WithdrawAttempt, *, actor: Actor, key: str, now: datetime
) -> AttemptsRecorded:
    """Say that an attempt was written down by mistake; it stays, marked.

    Raises ThingNotFound, RecallClosed, AttemptWithdrawn.
    """
    return _perform(
        store, "recall.attempt_withdrawn", command, lambda work: _withdraw(work, command), actor, key, now
    )


def _perform(
    store: Store,
    kind: str,
    command: object,
    body: Any,
    actor: Actor,
    key: str,
    now: datetime,
    salt: bytes = b"",
) -> AttemptsRecorded:
    """In the clinic's journal; the organisation's is locked as well, so that no case is closed meanwhile."""
    return perform(
        store,
        Act(kind=kind, action=Action.CONTACT_PATIENTS, also_locks=(ORGANISATION,), salt=salt),
        command=command,
        body=body,
        answer=AttemptsRecorded,
        actor=actor,
        key=key,
        now=now,
    )


def _reach(work: Work, command: ReachPatient) -> AttemptsRecorded:
    case = _case(work, command.case_uid)
    said = command.attempt
    _check(work, said)
    patient = patient_by_uid(work.connection, command.patient_uid)
    if patient.id not in _listed(work, case.id, [patient.id]):
        raise NotOnTheList(patient=patient.uid)
    uid = new_uid(work.now)
    values = {
        **_values(work, case, patient.id),
        "uid": uid,
        "channel": said.channel,
        "tried_at": said.tried_at,
        "outcome": said.outcome,
        "next_step": said.next_step,
        "next_on": said.next_on,
        "note": _sealed_note(work, patient, uid, said.note.strip()),
    }
    recall_rows.write(work, RecallAttempt, values)
    work.payload.update(case=case.uid, patients=[patient.uid])
    return AttemptsRecorded(attempt_uids=(uid,))


def _send(work: Work, command: SendLetters) -> AttemptsRecorded:
    case = _case(work, command.case_uid)
    _check_time(work, command.sent_at, field="sent_at")
    wanted = sorted(set(command.patient_uids))
    if not 0 < len(wanted) <= LETTERS_MAX:
        raise InvalidValue(field="patient_uids", problem=f"1 to {LETTERS_MAX} patients")
    patients = _patients(work, wanted)
    listed = _listed(work, case.id, [row.id for row in patients])
    attempt_uids = []
    for row in patients:
        if row.id not in listed:
            raise NotOnTheList(patient=row.uid)
        uid = new_uid(work.now)
        recall_rows.write(
            work,
            RecallAttempt,
            {
                **_values(work, case, row.id),
                "uid": uid,
                "channel": ContactChannel.LETTER,
                "tried_at": command.sent_at,
                "outcome": ContactOutcome.SENT,
                "next_step": NextStep.NOTHING,
                "next_on": None,
                "note": None,
            },
        )
        attempt_uids.append(uid)
    work.payload.update(case=case.uid, patients=[row.uid for row in patients])
    return AttemptsRecorded(attempt_uids=tuple(attempt_uids))


def _withdraw(work: Work, command: WithdrawAttempt) -> AttemptsRecorded:
    case = _case(work, command.case_uid)
    row = one_by_uid(
        work.connection, RecallAttempt, command.attempt_uid, thing="attempt", clinic_id=work.clinic_id
    )
    if row.case_id != case.id:
        raise ThingNotFound(thing="attempt", uid=command.attempt_uid)
    amended = select(RecallAttempt.id).where(
        RecallAttempt.clinic_id == work.clinic_id, RecallAttempt.amends_id == row.id
    )
    if row.amends_id is not None or work.connection.execute(amended).first() is not None:
        raise AttemptWithdrawn(attempt=row.uid)
    same = ("channel", "tried_at", "outcome", "next_step", "next_on")
    uid = new_uid(work.now)
    values = {
        **_values(work, case, row.patient_id),
        **{name: getattr(row, name) for name in same},
        "uid": uid,
        "note": _sealed_note(work, _patient_of(work, row.patient_id), uid, ""),
        "is_withdrawn": True,
        "amends_id": row.id,
    }
    recall_rows.write(work, RecallAttempt, values)
    work.payload.update(case=case.uid, withdrawn=row.uid)
    return AttemptsRecorded(attempt_uids=(uid,))


def _case(work: Work, uid: str) -> Case:
    case = open_case(work.connection, uid)
    require_real(case.uid, is_mock=case.is_mock)
    return case


def _values(work: Work, case: Case, patient_id: int) -> dict[str, Any]:
    return {
        "clinic_id": work.clinic_id,
        "case_id": case.id,
        "patient_id": patient_id,
        "tried_by_id": work.actor.person_id,
        "is_withdrawn": False,
        "amends_id": None,
    }


def _check(work: Work, said: Attempt) -> None:
    zone = clinic_settings(work.connection, work.clinic_id).time_zone
    _check_time(work, said.tried_at, field="tried_at")
    check_attempt(said.outcome, said.next_step, said.next_on, civil_date(work.now, zone))
    if len(said.note) > NOTE_MAX or "\0" in said.note:
        raise InvalidValue(field="note", problem=f"at most {NOTE_MAX} readable characters")


def _check_time(work: Work, at: datetime, *, field: str) -> None:
    if at > work.now:
        raise InvalidValue(field=field, problem="not in the future")


def _sealed_note(work: Work, patient: Any, uid: str, note: str) -> bytes | None:
    """Seal a note, also an empty one: what is sealed salts the row's digest, so that the journal alone does not
    let anybody try which outcome it stands for (L14).  Nothing where the patient was erased.
    """
    if patient.data_key is None:
        return None
    key = work.store.keyring.open_data_key(patient.data_key, bound_to=patient.uid)
    return seal(key, note, bound_to=f"recall_attempt:{uid}:note")


def _patient_of(work: Work, patient_id: int) -> Any:
    """The record of an attempt, also where it was merged or erased since."""
    return work.connection.execute(
        select(Patient.uid, Patient.data_key).where(Patient.id == patient_id)
    ).one()


def _patients(work: Work, uids: Iterable[str]) -> Sequence[Any]:
    """The records as they stand, by uid.  Raises ThingNotFound for one that is not known."""
    wanted = tuple(uids)
    found = work.connection.execute(
        select(Patient.id, Patient.uid).where(Patient.uid.in_(wanted)).order_by(Patient.uid)
    ).all()
    if missing := set(wanted) - {row.uid for row in found}:
        raise ThingNotFound(thing="patient", uid=min(missing)[:40])
    return found


def _listed(work: Work, case_id: int, patient_ids: Iterable[int]) -> frozenset[int]:
    """Which of these patients the case's list names, merges followed."""
    meant = func.coalesce(Patient.merged_into_id, Patient.id)
    rows = work.connection.execute(
        select(meant)
        .select_from(RecallSession)
        .join(Patient, Patient.id == RecallSession.patient_id)
        .where(RecallSession.case_id == case_id, meant.in_(list(patient_ids)))
        .distinct()
    )
    return frozenset(rows.scalars())
