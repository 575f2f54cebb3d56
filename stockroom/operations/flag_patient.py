"""How does a contraindication of a patient come into her record, and how does it end?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, ClassVar

from sqlalchemy import Row, delete, or_, select

from stockroom.actor import Actor
from stockroom.clock import civil_date
from stockroom.db.built_once import adding, changing
from stockroom.db.identifiers import new_uid
from stockroom.db.store import Store
from stockroom.db.transaction import ORGANISATION, Work
from stockroom.errors import InvalidValue, Refused, ThingNotFound, extracted
from stockroom.ledger.acts import Act, perform
from stockroom.ledger.unsuitable import tell_unsuitable
from stockroom.models import Patient, PatientFlag, ReferenceItem
from stockroom.reads.clinics import clinic_settings, every_clinic
from stockroom.reads.finding import one_by_uid
from stockroom.reads.patients import PatientChanged, field_digest, patient_by_uid, request_salt
from stockroom.reads.unsuitable import causes_of_patient
from stockroom.vocabulary import Action

CONTRAINDICATIONS = "contraindications"
"""The kind of reference data that flags are named by."""
NO_FLAG = "ingredient-allergy"
"""A contraindication that is written down as an allergy, by its ingredient or class."""
_BEGAN_FIRST = date(1900, 1, 1)
_AHEAD_MAX = timedelta(days=3_650)


@dataclass(eq=False, kw_only=True)
class FlaggedAlready(Refused):
    """The same flag counts on some of these days already."""

    code: ClassVar[str] = "flagged_already"
    message: ClassVar[str] = extracted(
        "This flag stands in the record already, from {from_on}. End that one first, or leave it as it is."
    )
    patient: str
    from_on: date


@dataclass(frozen=True, kw_only=True)
class NoteFlag:
    """A contraindication, from one day until another."""

    patient_uid: str
    flag: str
    """The slug of a contraindication of the reference data."""
    from_on: date | None = None
    """Today in the clinic when None."""
    until_on: date | None = None
    """Its last day; None while nobody knows of an end."""
    version: int | None = None
    """The version of the record that was read; None where nobody looked."""


@dataclass(frozen=True, kw_only=True)
class EndFlag:
    """The last day of a flag."""

    patient_uid: str
    flag_uid: str
    until_on: date
    version: int | None = None


@dataclass(frozen=True, kw_only=True)
class WithdrawFlag:
    """A flag that was never true: somebody wrote it down by mistake."""

    patient_uid: str
    flag_uid: str
    version: int | None = None


@dataclass(frozen=True, kw_only=True)
class PatientFlagged:
    """The record's new version; which flag it is is medical and stays out (L14)."""

    patient_uid: str
    flag_uid: str
    version: int


def note_flag(store: Store, command: NoteFlag, *, actor: Actor, key: str, now: datetime) -> PatientFlagged:
    """Write down a contraindication of a patient.

    Locks every clinic: it may stop uses everywhere, and whatever is planned for her and does not suit her
    any more is told there.
    Raises ThingNotFound, PatientErased, PatientChanged, InvalidValue, FlaggedAlready.
    """
    return _perform(store, "patient.note_flag", command, _note, actor=actor, key=key, now=now)


def end_flag(store: Store, command: EndFlag, *, actor: Actor, key: str, now: datetime) -> PatientFlagged:
    """Say which day is the last of a flag.

    Raises ThingNotFound, PatientErased, PatientChanged, InvalidValue.
    """
    return _perform(store, "patient.end_flag", command, _end, actor=actor, key=key, now=now)


def withdraw_flag(
    store: Store, command: WithdrawFlag, *, actor: Actor, key: str, now: datetime
) -> PatientFlagged:
    """Take a flag out that was written down by mistake; the journal keeps that one was.

    Raises ThingNotFound, PatientErased, PatientChanged.
    """
    return _perform(store, "patient.withdraw_flag", command, _withdraw, actor=actor, key=key, now=now)


def _perform(
    store: Store,
    kind: str,
    command: Any,
    body: Callable[[Work, Row[Any], Any], str],
    *,
    actor: Actor,
    key: str,
    now: datetime,
) -> PatientFlagged:
    with store.reading() as connection:
        salt = request_salt(connection, store.keyring, command.patient_uid)
    return perform(
        store,
        Act(
            kind=kind,
            action=Action.MAINTAIN_PATIENTS,
            filed_in=ORGANISATION,
            also_locks=every_clinic(store),
            salt=salt,
        ),
        command=command,
        body=lambda work: _change(work, command, body),
        answer=PatientFlagged,
        actor=actor,
        key=key,
        now=now,
    )


def _change(work: Work, command: Any, body: Callable[[Work, Row[Any], Any], str]) -> PatientFlagged:
    row = patient_by_uid(work.connection, command.patient_uid)
    if command.version is not None and command.version != row.version:
        raise PatientChanged(patient=row.uid)
    flag_uid = body(work, row, command)
    version = row.version + 1
    work.connection.execute(
        changing(Patient, "id"), {"its_id": row.id, "version": version, "updated_at": work.recorded_at}
    )
    work.payload.update(patient=row.uid, flag=flag_uid, version=version)
    tell_unsuitable(work, causes_of_patient(work.connection, row.id))
    return PatientFlagged(patient_uid=row.uid, flag_uid=flag_uid, version=version)


def _note(work: Work, row: Row[Any], command: NoteFlag) -> str:
    named = select(ReferenceItem.slug).where(
        ReferenceItem.kind == CONTRAINDICATIONS, ReferenceItem.slug == command.flag
    )
    if command.flag == NO_FLAG:
        raise InvalidValue(field="flag", problem="an allergy is written down by ingredient or class")
    if work.connection.execute(named).first() is None:
        raise ThingNotFound(thing="flag", uid=command.flag[:40])
    zone = clinic_settings(work.connection, work.clinic_id).time_zone
    today = civil_date(work.now, zone)
    from_on = command.from_on or today
    _check_days(from_on, command.until_on, today)
    _check_new(work, row, command.flag, from_on, command.until_on)
    uid = new_uid(work.now)
    values: dict[str, object] = {"flag": command.flag, "from_on": from_on, "until_on": command.until_on}
    work.connection.execute(
        adding(PatientFlag),
        [
            {
                "uid": uid,
                "patient_id": row.id,
                **values,
                "recorded_at": work.recorded_at,
                "recorded_by_id": work.actor.person_id,
            }
        ],
    )
    _journal(work, row, f"{command.flag}|{from_on}|{command.until_on or ''}")
    return uid


def _end(work: Work, row: Row[Any], command: EndFlag) -> str:
    flag = _flag(work, row, command.flag_uid)
    zone = clinic_settings(work.connection, work.clinic_id).time_zone
    _check_days(flag.from_on, command.until_on, civil_date(work.now, zone))
    work.connection.execute(changing(PatientFlag, "id"), {"its_id": flag.id, "until_on": command.until_on})
    _journal(work, row, f"{flag.flag}|{flag.from_on}|{command.until_on}")
    return str(flag.uid)


def _withdraw(work: Work, row: Row[Any], command: WithdrawFlag) -> str:
    flag = _flag(work, row, command.flag_uid)
    work.connection.execute(delete(PatientFlag).where(PatientFlag.id == flag.id))
    _journal(work, row, "")
    return str(flag.uid)


def _flag(work: Work, row: Row[Any], uid: str) -> Row[Any]:
    """One of her flags.  Raises ThingNotFound, for somebody else's too."""
    flag = one_by_uid(work.connection, PatientFlag, uid, thing="flag")
    if flag.patient_id != row.id:
        raise ThingNotFound(thing="flag", uid=uid[:40])
    return flag


def _check_days(from_on: date, until_on: date | None, today: date) -> None:
    if not _BEGAN_FIRST <= from_on <= today + _AHEAD_MAX:
        raise InvalidValue(field="from_on", problem="not a day on which this can begin")
    if until_on is not None and not from_on <= until_on <= today + _AHEAD_MAX:
        raise InvalidValue(field="until_on", problem="its last day is not before its first")


def _check_new(work: Work, row: Row[Any], flag: str, from_on: date, until_on: date | None) -> None:
    overlapping = select(PatientFlag.from_on).where(
        PatientFlag.patient_id == row.id,
        PatientFlag.flag == flag,
        or_(PatientFlag.until_on.is_(None), PatientFlag.until_on >= from_on),
    )
    if until_on is not None:
        overlapping = overlapping.where(PatientFlag.from_on <= until_on)
    known = work.connection.execute(overlapping).first()
    if known is not None:
        raise FlaggedAlready(patient=row.uid, from_on=known.from_on)


def _journal(work: Work, row: Row[Any], value: str) -> None:
    """Only a salted hash that nobody can try out: which flag it is is medical."""
    data_key = work.store.keyring.open_data_key(row.data_key, bound_to=row.uid)
    digest = field_digest(work.store.keyring, data_key, row.uid, "flags", value)
    work.payload["changed"] = {"flags": digest}
