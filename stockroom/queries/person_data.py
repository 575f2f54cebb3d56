"""What is held of one person?  Everything, in every clinic, for whoever asks for her own data.

Regulation (EU) 2016/679, articles 15 and 20.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, bindparam, or_, select

from stockroom.db.sealing import KeyRing
from stockroom.models import (
    Clinic,
    Location,
    OrganisationEntry,
    Patient,
    Person,
    ReferenceItem,
    SessionTick,
    TreatmentSession,
)
from stockroom.queries.cautions_answered import CautionAnswered, answered_in
from stockroom.queries.courses import CourseRow, courses_of_patient
from stockroom.queries.disclosures import DisclosureRow, disclosures_of_patient
from stockroom.queries.patient_record import clinics_of_person, record_ids
from stockroom.queries.patients import PatientShown, patient_shown
from stockroom.queries.products_used import ProductsUsed, products_used_on_patient
from stockroom.queries.reactions import ReactionKnown, reactions_of_patient
from stockroom.queries.recalls_of_person import RecallOfPerson, recalls_of_person
from stockroom.reads.patients import PatientIdentity, identity


@dataclass(frozen=True, slots=True, kw_only=True)
class TickHeld:
    """An instruction for before a session that was ticked, or not after all."""

    instruction: str
    is_done: bool
    at: datetime
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionHeld:
    """A session that is planned or was."""

    uid: str
    short_code: str
    state: str
    planned_at: datetime
    finished_at: datetime | None
    room: str
    practitioner: str
    external_reference: str
    ticks: tuple[TickHeld, ...]
    answers: tuple[CautionAnswered, ...]
    """Cautions that were answered in it."""


@dataclass(frozen=True, kw_only=True)
class ClinicHeld:
    """What one clinic holds of her."""

    id: int
    name: str
    time_zone: str
    courses: tuple[CourseRow, ...]
    sessions: tuple[SessionHeld, ...]
    used: ProductsUsed
    reactions: tuple[ReactionKnown, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """That somebody changed her record."""

    at: datetime
    by: str
    what: str
    """The kind of the change."""


@dataclass(frozen=True, kw_only=True)
class PersonData:
    """Everything that is held of one person."""

    shown: PatientShown
    merged: tuple[PatientIdentity, ...]
    """Other records that mean her."""
    clinics: tuple[ClinicHeld, ...]
    recalls: tuple[RecallOfPerson, ...]
    changes: tuple[Change, ...]
    disclosures: tuple[DisclosureRow, ...]
    """The oldest first."""


def person_data(
    connection: Connection, keyring: KeyRing, clinic_id: int, *, uid: str, on: date, now: datetime
) -> PersonData:
    """Give everything that is held of the patient whom this record means.

    Once for a person who asks for it: it reads what the organisation's journal says of any patient.
    Raises ThingNotFound, PatientErased, SealBroken.
    """
    shown = patient_shown(connection, keyring, clinic_id, uid=uid, on=on)
    hers = shown.identity.uid
    records: Any = connection.execute(
        select(Patient.__table__).where(Patient.id.in_(record_ids(hers))).order_by(Patient.id)
    ).all()
    uids = [row.uid for row in records]
    return PersonData(
        shown=shown,
        merged=tuple(identity(keyring, row) for row in records if row.uid != hers and row.erased_at is None),
        clinics=tuple(
            _of_clinic(connection, keyring, each, hers) for each in clinics_of_person(connection, uid=hers)
        ),
        recalls=recalls_of_person(connection, keyring, uid=hers, as_of=now),
        changes=_changes(connection, uids),
        disclosures=disclosures_of_patient(connection, hers).rows[::-1],
    )


def _of_clinic(connection: Connection, keyring: KeyRing, clinic_id: int, uid: str) -> ClinicHeld:
    clinic = connection.execute(select(Clinic.name, Clinic.time_zone).where(Clinic.id == clinic_id)).one()
    return ClinicHeld(
        id=clinic_id,
        name=clinic.name,
        time_zone=clinic.time_zone,
        courses=courses_of_patient(connection, clinic_id, patient_uid=uid),
        sessions=_sessions(connection, clinic_id, uid),
        used=products_used_on_patient(connection, [clinic_id], uid=uid),
        reactions=reactions_of_patient(connection, keyring, clinic_id, uid=uid),
    )


def _sessions(connection: Connection, clinic_id: int, uid: str) -> tuple[SessionHeld, ...]:
    session = TreatmentSession
    rows = connection.execute(
        select(
            session.id,
            session.uid,
            session.short_code,
            session.state,
            session.planned_at,
            session.finished_at,
            Location.name.label("room"),
            Person.name.label("practitioner"),
            session.external_reference,
        )
        .outerjoin(Location, (Location.clinic_id == session.clinic_id) & (Location.id == session.room_id))
        .outerjoin(Person, Person.id == session.practitioner_id)
        .where(session.clinic_id == clinic_id, session.patient_id.in_(record_ids(uid)))
        .order_by(session.planned_at.desc(), session.id)
    ).all()
    ids = [row.id for row in rows]
    ticks = _ticks(connection, clinic_id, ids)
    answers = answered_in(connection, clinic_id, ids)
    return tuple(
        SessionHeld(
            uid=row.uid,
            short_code=row.short_code,
            state=row.state,
            planned_at=row.planned_at,
            finished_at=row.finished_at,
            room=row.room or "",
            practitioner=row.practitioner or "",
            external_reference=row.external_reference,
            ticks=tuple(ticks.get(row.id, ())),
            answers=answers.get(row.id, ()),
        )
        for row in rows
    )


def _ticks(connection: Connection, clinic_id: int, session_ids: list[int]) -> Mapping[int, list[TickHeld]]:
    found: dict[int, list[TickHeld]] = {}
    rows = connection.execute(
        select(
            SessionTick.session_id,
            ReferenceItem.name,
            SessionTick.instruction,
            SessionTick.is_done,
            SessionTick.recorded_at,
            Person.name.label("by"),
        )
        .outerjoin(
            ReferenceItem,
            (ReferenceItem.kind == "before_session") & (ReferenceItem.slug == SessionTick.instruction),
        )
        .join(Person, Person.id == SessionTick.recorded_by_id)
        .where(
            SessionTick.clinic_id == clinic_id,
            SessionTick.session_id.in_(bindparam("sessions", expanding=True)),
        )
        .order_by(SessionTick.id),
        {"sessions": session_ids},
    )
    for row in rows:
        tick = TickHeld(
            instruction=row.name or row.instruction, is_done=row.is_done, at=row.recorded_at, by=row.by
        )
        found.setdefault(row.session_id, []).append(tick)
    return found


def _changes(connection: Connection, uids: list[str]) -> tuple[Change, ...]:
    names = or_(*(OrganisationEntry.payload.contains(uid, autoescape=True) for uid in uids))
    rows = connection.execute(
        select(OrganisationEntry.recorded_at, OrganisationEntry.actor_uid, OrganisationEntry.kind)
        .where(OrganisationEntry.kind.startswith("patient"), names)
        .order_by(OrganisationEntry.seq)
    ).all()
    people = _people(connection, {row.actor_uid for row in rows})
    return tuple(Change(at=row.recorded_at, by=people.get(row.actor_uid, ""), what=row.kind) for row in rows)


def _people(connection: Connection, uids: Iterable[str]) -> dict[str, str]:
    found = select(Person.uid, Person.name).where(Person.uid.in_(bindparam("uids", expanding=True)))
    return {row.uid: row.name for row in connection.execute(found, {"uids": sorted(uids)})}
