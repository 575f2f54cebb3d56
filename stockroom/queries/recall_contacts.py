"""Who is to be told of a recall, what was tried with each patient, and how far has it come?

A task is a patient of the case's list, merges followed: whoever joins the list later has one at once.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, and_, func, select
from sqlalchemy.orm import aliased

from stockroom.db.sealing import KeyRing, unseal
from stockroom.ledger.trace_lines import NEWEST
from stockroom.models import Clinic, Patient, Person, RecallAttempt, RecallSession, TreatmentSession
from stockroom.rules.contacting import FINISHED, Progress, Tried, progress, state_of
from stockroom.vocabulary import ContactOutcome, ContactState, NextStep

_meant = aliased(Patient, name="meant")
_amending = aliased(RecallAttempt, name="amending")


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptRow:
    """One attempt to reach a patient; one that was withdrawn was written down by mistake."""

    uid: str
    channel: str
    tried_at: datetime
    tried_by: str
    clinic_name: str
    outcome: str
    next_step: str
    next_on: date | None
    note: str
    is_withdrawn: bool
    recorded_at: datetime

    @property
    def tried(self) -> Tried:
        return Tried(
            outcome=ContactOutcome(self.outcome), next_step=NextStep(self.next_step), next_on=self.next_on
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionOfContact:
    """A session in which a patient got something of what is recalled."""

    uid: str
    short_code: str
    clinic_id: int
    clinic_name: str
    at: datetime
    listed_at: datetime
    """When the session came upon the list."""
    stands: bool
    """Something that was used then is still booked; False after a correction took it back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """A patient of a case, with what was tried."""

    patient_id: int
    patient_uid: str
    short_code: str
    is_erased: bool
    """Nobody is behind the record any more: it is listed as unreachable."""
    sessions: tuple[SessionOfContact, ...]
    attempts: tuple[AttemptRow, ...]
    """In the order in which they were made, those that were withdrawn included."""

    @property
    def standing(self) -> tuple[AttemptRow, ...]:
        return tuple(each for each in self.attempts if not each.is_withdrawn)

    @property
    def state(self) -> ContactState:
        if self.is_erased:
            return ContactState.UNREACHABLE
        return state_of([each.tried for each in self.standing])

    @property
    def is_open(self) -> bool:
        """Something is still to be tried."""
        return self.state not in FINISHED

    @property
    def last(self) -> AttemptRow | None:
        return self.standing[-1] if self.standing else None

    @property
    def due_on(self) -> date | None:
        """The day of the next step; None where none was stated, or nothing is left to be done."""
        return self.last.next_on if self.last is not None and self.is_open else None

    @property
    def clinics(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(each.clinic_name for each in self.sessions))

    @property
    def is_concerned(self) -> bool:
        """Something that she got is still booked."""
        return any(each.stands for each in self.sessions)


def contacts_of_case(
    connection: Connection,
    *,
    case_id: int,
    seen: Collection[int],
    standing_sessions: Collection[str],
    keyring: KeyRing | None = None,
    as_of: datetime = NEWEST,
    as_booked: bool = False,
) -> tuple[Contact, ...]:
    """Give the patients of a case who were treated in the clinics that are `seen`, the least told first.

    A patient is whoever is meant now; `as_booked` she is the record under which it was written, whatever was merged
    or erased since: what was signed of her does not change.

    `standing_sessions` are the uids of the sessions that the trace still finds.  With a `keyring` the notes of
    the attempts are read as well: disclose whom they are about before.  Nothing counts that was recorded after
    `as_of`.  Two statements, and one more where an attempt stands under a record without a session.
    """
    who: Any = Patient if as_booked else _meant
    of_patient: dict[int, list[Any]] = {}
    for row in _sessions(connection, who, case_id, seen, as_of):
        of_patient.setdefault(row.patient_id, []).append(row)
    attempts = _attempts(connection, keyring, case_id, as_of, as_booked=as_booked)
    found = [
        Contact(
            patient_id=patient_id,
            patient_uid=rows[0].patient_uid,
            short_code=rows[0].short_code,
            is_erased=rows[0].erased_at is not None and not as_booked,
            sessions=tuple(_session(row, standing_sessions) for row in rows),
            attempts=attempts.get(patient_id, ()),
        )
        for patient_id, rows in of_patient.items()
    ]
    if as_booked:
        found += _without_session(
            connection, {id: each for id, each in attempts.items() if id not in of_patient}
        )
    return tuple(sorted(found, key=_in_order))


def _without_session(
    connection: Connection, attempts: Mapping[int, tuple[AttemptRow, ...]]
) -> Iterator[Contact]:
    """The records under which somebody was told whose sessions stand under another that was merged into it."""
    if not attempts:
        return
    for row in connection.execute(
        select(Patient.id, Patient.uid, Patient.short_code).where(Patient.id.in_(list(attempts)))
    ):
        yield Contact(
            patient_id=row.id, patient_uid=row.uid, short_code=row.short_code, is_erased=False, sessions=(),
            attempts=attempts[row.id],
        )  # fmt: skip


def progress_of(contacts: Iterable[Contact], *, share: int) -> Progress:
    """Count the patients who are concerned by how far it has come; `share` of the check, in percent."""
    concerned = [each for each in contacts if each.is_concerned]
    tried = (
        [Tried(outcome=ContactOutcome.UNREACHABLE)] if each.is_erased else _tried(each) for each in concerned
    )
    return progress(tried, share=share, attempts_made=sum(len(each.standing) for each in concerned))


def _tried(contact: Contact) -> list[Tried]:
    return [each.tried for each in contact.standing]


_ORDER = (
    ContactState.NOT_TRIED, ContactState.TRYING, ContactState.UNREACHABLE, ContactState.REFUSED,
    ContactState.REACHED,
)  # fmt: skip


def _in_order(contact: Contact) -> tuple[object, ...]:
    return (
        not contact.is_concerned, _ORDER.index(contact.state), contact.due_on or date.max, contact.short_code,
    )  # fmt: skip


def _sessions(
    connection: Connection, who: Any, case_id: int, seen: Collection[int], as_of: datetime
) -> Iterable[Any]:
    return connection.execute(
        select(
            who.id.label("patient_id"),
            who.uid.label("patient_uid"),
            who.short_code,
            who.erased_at,
            TreatmentSession.uid,
            TreatmentSession.short_code.label("session_code"),
            TreatmentSession.planned_at,
            RecallSession.clinic_id,
            RecallSession.recorded_at,
            Clinic.name.label("clinic_name"),
        )
        .select_from(RecallSession)
        .join(Patient, Patient.id == RecallSession.patient_id)
        .join(_meant, _meant.id == func.coalesce(Patient.merged_into_id, Patient.id))
        .join(
            TreatmentSession,
            and_(
                TreatmentSession.clinic_id == RecallSession.clinic_id,
                TreatmentSession.id == RecallSession.session_id,
            ),
        )
        .join(Clinic, Clinic.id == RecallSession.clinic_id)
        .where(
            RecallSession.case_id == case_id,
            RecallSession.clinic_id.in_(list(seen)),
            RecallSession.recorded_at <= as_of,
        )
        .order_by(TreatmentSession.planned_at, TreatmentSession.id)
    )


def _session(row: Any, standing_sessions: Collection[str]) -> SessionOfContact:
    return SessionOfContact(
        uid=row.uid,
        short_code=row.session_code,
        clinic_id=row.clinic_id,
        clinic_name=row.clinic_name,
        at=row.planned_at,
        listed_at=row.recorded_at,
        stands=row.uid in standing_sessions,
    )


def _attempts(
    connection: Connection, keyring: KeyRing | None, case_id: int, as_of: datetime, *, as_booked: bool
) -> dict[int, tuple[AttemptRow, ...]]:
    """The attempts of a case by the patient who is meant now, or by the record under which they were written."""
    of_case = _tried_until(as_of).where(RecallAttempt.case_id == case_id)
    found: dict[int, tuple[AttemptRow, ...]] = {}
    for row in connection.execute(of_case):
        whose = row.patient_id if as_booked else row.meant_id
        found[whose] = (*found.get(whose, ()), _attempt(keyring, row))
    return found


def attempts_with_patients(
    connection: Connection, keyring: KeyRing, patient_ids: Any, *, as_of: datetime
) -> dict[int, tuple[AttemptRow, ...]]:
    """Give by case what was tried with the people whom these records (a select of their ids) mean."""
    with_them = _tried_until(as_of).where(RecallAttempt.patient_id.in_(patient_ids))
    found: dict[int, tuple[AttemptRow, ...]] = {}
    for row in connection.execute(with_them):
        found[row.case_id] = (*found.get(row.case_id, ()), _attempt(keyring, row))
    return found


def _tried_until(as_of: datetime) -> Any:
    """Attempts with whom they were made; a withdrawal marks the one that it amends."""
    withdrawn = (
        select(_amending.id)
        .where(
            _amending.clinic_id == RecallAttempt.clinic_id,
            _amending.amends_id == RecallAttempt.id,
            _amending.recorded_at <= as_of,
        )
        .exists()
    )
    return (
        select(
            RecallAttempt.uid,
            RecallAttempt.case_id,
            RecallAttempt.patient_id,
            RecallAttempt.channel,
            RecallAttempt.tried_at,
            RecallAttempt.outcome,
            RecallAttempt.next_step,
            RecallAttempt.next_on,
            RecallAttempt.note,
            RecallAttempt.recorded_at,
            Patient.uid.label("patient_uid"),
            Patient.data_key,
            func.coalesce(Patient.merged_into_id, Patient.id).label("meant_id"),
            Person.name.label("tried_by"),
            Clinic.name.label("clinic_name"),
            withdrawn.label("is_withdrawn"),
        )
        .join(Patient, Patient.id == RecallAttempt.patient_id)
        .join(Person, Person.id == RecallAttempt.tried_by_id)
        .join(Clinic, Clinic.id == RecallAttempt.clinic_id)
        .where(
            RecallAttempt.amends_id.is_(None),
            RecallAttempt.recorded_at <= as_of,
        )
        .order_by(RecallAttempt.tried_at, RecallAttempt.id)
    )


def _attempt(keyring: KeyRing | None, row: Any) -> AttemptRow:
    note = ""
    if keyring is not None and row.note is not None and row.data_key is not None:
        key = keyring.open_data_key(row.data_key, bound_to=row.patient_uid)
        note = unseal(key, row.note, bound_to=f"recall_attempt:{row.uid}:note")
    return AttemptRow(
        uid=row.uid,
        channel=row.channel,
        tried_at=row.tried_at,
        tried_by=row.tried_by,
        clinic_name=row.clinic_name,
        outcome=row.outcome,
        next_step=row.next_step,
        next_on=row.next_on,
        note=note,
        is_withdrawn=row.is_withdrawn,
        recorded_at=row.recorded_at,
    )
