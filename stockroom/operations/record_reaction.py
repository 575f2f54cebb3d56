"""How is an adverse reaction written down, and what is known of it later, without losing what was known before?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar

from sqlalchemy import Row, insert, select

from stockroom.actor import Actor
from stockroom.db.identifiers import new_uid
from stockroom.db.sealing import seal
from stockroom.db.store import Store
from stockroom.db.transaction import Work
from stockroom.errors import Conflict, InvalidValue, Refused, ThingNotFound, extracted
from stockroom.ledger.acts import Act, perform
from stockroom.ledger.named_rows import name_rows
from stockroom.models import Patient, Reaction, ReferenceItem, TreatmentSession
from stockroom.reads.finding import one_by_uid
from stockroom.reads.patients import PatientErased, request_salt
from stockroom.vocabulary import OTHER_EFFECT, Action, ReactionOutcome, ReactionSeverity, SessionState

NOTE_MAX = 2_000
_BEFORE = timedelta(days=1)
"""So long before its planned time a session may have begun: whatever began earlier did not come of it."""


@dataclass(eq=False, kw_only=True)
class DidNotTakePlace(Refused):
    """Nobody reacts to a visit that was not."""

    code: ClassVar[str] = "did_not_take_place"
    message: ClassVar[str] = extracted(
        "This session is {state}: nobody was treated in it. Choose the session after which it began."
    )
    session: str
    state: str


@dataclass(eq=False, kw_only=True)
class ReactionAmended(Conflict):
    """Somebody wrote down more about it meanwhile."""

    code: ClassVar[str] = "reaction_amended"
    message: ClassVar[str] = extracted(
        "Somebody wrote down more about this reaction. Look at it again before you add to it."
    )
    reaction: str


@dataclass(frozen=True, kw_only=True)
class WhatIsKnown:
    """A reaction as far as it is known."""

    effect: str
    """A slug of the reference data's side effects, or OTHER_EFFECT with a note."""
    severity: ReactionSeverity
    began_at: datetime
    outcome: ReactionOutcome
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class RecordReaction:
    session_uid: str
    known: WhatIsKnown


@dataclass(frozen=True, kw_only=True)
class AmendReaction:
    """What is known now, all of it; the row before stays beside it."""

    reaction_uid: str
    """The newest row of the reaction."""
    known: WhatIsKnown
    is_withdrawn: bool = False
    """It was written down by mistake; the note says why."""


@dataclass(frozen=True, kw_only=True)
class ReactionRecorded:
    """That something was written down; what is medical and stays out (L14)."""

    reaction_uid: str
    session_uid: str


def record_reaction(
    store: Store, command: RecordReaction, *, actor: Actor, key: str, now: datetime
) -> ReactionRecorded:
    """Write down how a patient reacted to a session.

    Raises ThingNotFound, DidNotTakePlace, PatientErased, InvalidValue for what is not in the list and no note
    says, or for an onset in the future or before the session.
    """
    salt = _salt(store, actor.clinic_id, TreatmentSession, command.session_uid)
    return perform(
        store,
        Act(kind="reaction.record", action=Action.MAINTAIN_PATIENTS, salt=salt),
        command=command,
        body=lambda work: _record(work, command),
        answer=ReactionRecorded,
        actor=actor,
        key=key,
        now=now,
    )


def amend_reaction(
    store: Store, command: AmendReaction, *, actor: Actor, key: str, now: datetime
) -> ReactionRecorded:
    """Write down what is known of a reaction now; what was known before stays.

    Raises ThingNotFound, ReactionAmended, PatientErased, InvalidValue, also for a withdrawal without a note.
    """
    salt = _salt(store, actor.clinic_id, Reaction, command.reaction_uid)
    return perform(
        store,
        Act(kind="reaction.amend", action=Action.MAINTAIN_PATIENTS, salt=salt),
        command=command,
        body=lambda work: _amend(work, command),
        answer=ReactionRecorded,
        actor=actor,
        key=key,
        now=now,
    )


def _salt(store: Store, clinic_id: int, model: Any, uid: str) -> bytes:
    """The data key of the patient who is meant, so that nobody tries out what was said of her; or nothing."""
    with store.reading() as connection:
        try:
            row = one_by_uid(connection, model, uid, thing="session", clinic_id=clinic_id)
        except ThingNotFound:
            return b""  # refused under the lock, where it is said who may ask at all
        session_id = row.session_id if model is Reaction else row.id
        whose = (
            select(Patient.uid)
            .join(TreatmentSession, TreatmentSession.patient_id == Patient.id)
            .where(TreatmentSession.clinic_id == clinic_id, TreatmentSession.id == session_id)
        )
        return request_salt(connection, store.keyring, connection.execute(whose).scalar_one())


def _record(work: Work, command: RecordReaction) -> ReactionRecorded:
    session = one_by_uid(
        work.connection, TreatmentSession, command.session_uid, thing="session", clinic_id=work.clinic_id
    )
    is_to_come = session.state == SessionState.PLANNED and session.planned_at > work.now + _BEFORE
    if is_to_come or session.state in (SessionState.CANCELLED, SessionState.DID_NOT_COME):
        raise DidNotTakePlace(session=session.uid, state=session.state.replace("_", " "))
    return _write(work, session, command.known, amends=None, is_withdrawn=False)


def _amend(work: Work, command: AmendReaction) -> ReactionRecorded:
    before = one_by_uid(
        work.connection, Reaction, command.reaction_uid, thing="reaction", clinic_id=work.clinic_id
    )
    later = select(Reaction.id).where(Reaction.clinic_id == work.clinic_id, Reaction.amends_id == before.id)
    if work.connection.execute(later).first() is not None:
        raise ReactionAmended(reaction=before.uid)
    if command.is_withdrawn and not command.known.note.strip():
        raise InvalidValue(field="note", problem="say why it was a mistake")
    session = work.connection.execute(
        select(TreatmentSession.__table__).where(
            TreatmentSession.clinic_id == work.clinic_id, TreatmentSession.id == before.session_id
        )
    ).one()
    return _write(work, session, command.known, amends=before, is_withdrawn=command.is_withdrawn)


def _write(
    work: Work, session: Row[Any], known: WhatIsKnown, *, amends: Row[Any] | None, is_withdrawn: bool
) -> ReactionRecorded:
    _check(work, session, known)
    uid = new_uid(work.now)
    values = {
        "uid": uid,
        "clinic_id": work.clinic_id,
        "session_id": session.id,
        "amends_id": None if amends is None else amends.id,
        "effect": known.effect,
        "severity": known.severity,
        "outcome": known.outcome,
        "began_at": known.began_at,
        "note": _sealed(work, session, uid, known.note.strip()),
        "is_withdrawn": is_withdrawn,
        "recorded_at": work.recorded_at,
        "recorded_by_id": work.actor.person_id,
    }
    work.connection.execute(insert(Reaction).values(**values))
    name_rows(work, Reaction, [uid])
    work.payload.update(
        session=session.uid,
        reaction=uid,
        amends=None if amends is None else amends.uid,
        is_withdrawn=is_withdrawn,
    )
    return ReactionRecorded(reaction_uid=uid, session_uid=session.uid)


def _check(work: Work, session: Row[Any], known: WhatIsKnown) -> None:
    listed = select(ReferenceItem.slug).where(
        ReferenceItem.kind == "side_effects", ReferenceItem.slug == known.effect
    )
    if known.effect == OTHER_EFFECT:
        if not known.note.strip():
            raise InvalidValue(field="note", problem="say what it is")
    elif work.connection.execute(listed).first() is None:
        raise InvalidValue(field="effect", problem=f"{known.effect[:40]} is not in the list")
    if len(known.note) > NOTE_MAX or "\x00" in known.note:
        raise InvalidValue(field="note", problem=f"at most {NOTE_MAX} readable characters")
    if known.began_at > work.now:
        raise InvalidValue(field="began_at", problem="not in the future")
    if known.began_at < session.planned_at - _BEFORE:
        raise InvalidValue(
            field="began_at", problem="not before the session; choose the one that it followed"
        )


def _sealed(work: Work, session: Row[Any], uid: str, note: str) -> bytes:
    """The note, sealed even where nothing is said: what is random in it keeps the entry's digest of the row,
    whose other values are few, from being guessed (L14).
    """
    patient = _patient(work, session)
    data_key = work.store.keyring.open_data_key(patient.data_key, bound_to=patient.uid)
    return seal(data_key, note, bound_to=f"reaction:{uid}:note")


def _patient(work: Work, session: Row[Any]) -> Row[Any]:
    """The record under which the session was booked; it keeps its own key when it is merged.  Raises PatientErased."""
    row: Row[Any] = work.connection.execute(
        select(Patient.__table__).where(Patient.id == session.patient_id)
    ).one()
    if row.data_key is None:
        raise PatientErased(patient=row.uid)
    return row
