"""Who reacted to which session, how, and what was known of it at which time?"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, and_, case, func, select

from stockroom.db.sealing import KeyRing, unseal
from stockroom.models import Patient, Person, Reaction, ReferenceItem, TreatmentSession
from stockroom.queries.patient_record import record_ids
from stockroom.vocabulary import OTHER_EFFECT

SHOWN_MAX = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class ReactionRow:
    """One row as it was written down."""

    uid: str
    effect: str
    effect_name: str
    severity: str
    outcome: str
    began_at: datetime
    note: str
    is_note_closed: bool
    """There is a note, and whoever asked may not read it."""
    is_withdrawn: bool
    recorded_at: datetime
    recorded_by: str


@dataclass(frozen=True, kw_only=True)
class ReactionKnown:
    """A reaction: what is known now, and every row before it, the newest first."""

    session_uid: str
    session_code: str
    session_at: datetime
    now: ReactionRow
    before: tuple[ReactionRow, ...]


def reactions_of_sessions(
    connection: Connection, keyring: KeyRing | None, clinic_id: int, session_ids: Collection[int]
) -> Mapping[int, tuple[ReactionKnown, ...]]:
    """Give by session the reactions to it, withdrawn ones too; two statements, or none.

    Notes are read with a `keyring`; without one they stay closed.
    """
    if not session_ids:
        return {}
    which = Reaction.session_id.in_(sorted(session_ids))
    return _reactions(connection, keyring, clinic_id, which)


def reactions_of_patient(
    connection: Connection, keyring: KeyRing | None, clinic_id: int, *, uid: str
) -> tuple[ReactionKnown, ...]:
    """Give a patient's reactions to sessions in this clinic, the newest first; two statements.

    Notes are read with a `keyring`; without one they stay closed.
    """
    which = TreatmentSession.patient_id.in_(record_ids(uid))
    found = _reactions(connection, keyring, clinic_id, which)
    each = (reaction for reactions in found.values() for reaction in reactions)
    return tuple(sorted(each, key=lambda reaction: reaction.now.began_at, reverse=True))


def _reactions(
    connection: Connection, keyring: KeyRing | None, clinic_id: int, which: Any
) -> dict[int, tuple[ReactionKnown, ...]]:
    rows = connection.execute(_rows(clinic_id, which)).all()
    patient_ids = {row.patient_id for row in rows}
    keys = {} if keyring is None else _data_keys(connection, keyring, patient_ids)
    by_id = {row.id: row for row in rows}
    amended = {row.amends_id for row in rows}
    found: dict[int, list[ReactionKnown]] = {}
    for row in rows:
        if row.id in amended:
            continue
        chain = [row]
        while chain[-1].amends_id is not None:
            chain.append(by_id[chain[-1].amends_id])
        said = [_shown(each, keys.get(each.patient_id), is_closed=keyring is None) for each in chain]
        found.setdefault(row.session_id, []).append(
            ReactionKnown(
                session_uid=row.session_uid,
                session_code=row.session_code,
                session_at=row.session_at,
                now=said[0],
                before=tuple(said[1:]),
            )
        )
    return {session_id: tuple(each) for session_id, each in found.items()}


def effect_name() -> Any:
    """What kind of reaction it is, in words; of a `Reaction` beside the `ReferenceItem` that it names, if any."""
    unlisted = case((Reaction.effect == OTHER_EFFECT, "Another reaction"), else_=Reaction.effect)
    return func.coalesce(ReferenceItem.name, unlisted)


def _rows(clinic_id: int, which: Any) -> Any:
    item = ReferenceItem
    return (
        select(
            Reaction.id,
            Reaction.uid,
            Reaction.session_id,
            Reaction.amends_id,
            Reaction.effect,
            effect_name().label("effect_name"),
            Reaction.severity,
            Reaction.outcome,
            Reaction.began_at,
            Reaction.note,
            Reaction.is_withdrawn,
            Reaction.recorded_at,
            Person.name.label("recorded_by"),
            TreatmentSession.uid.label("session_uid"),
            TreatmentSession.short_code.label("session_code"),
            TreatmentSession.planned_at.label("session_at"),
            TreatmentSession.patient_id,
        )
        .join(
            TreatmentSession,
            and_(
                TreatmentSession.clinic_id == Reaction.clinic_id, TreatmentSession.id == Reaction.session_id
            ),
        )
        .join(Person, Person.id == Reaction.recorded_by_id)
        .outerjoin(item, and_(item.kind == "side_effects", item.slug == Reaction.effect))
        .where(Reaction.clinic_id == clinic_id, which)
        .order_by(Reaction.id)
        .limit(SHOWN_MAX)
    )


def _shown(row: Row[Any], data_keys: tuple[bytes, ...] | None, *, is_closed: bool) -> ReactionRow:
    return ReactionRow(
        uid=row.uid,
        effect=row.effect,
        effect_name=row.effect_name,
        severity=row.severity,
        outcome=row.outcome,
        began_at=row.began_at,
        note=_note(row, data_keys or ()),
        is_note_closed=is_closed and row.note is not None,
        is_withdrawn=row.is_withdrawn,
        recorded_at=row.recorded_at,
        recorded_by=row.recorded_by,
    )


def _note(row: Row[Any], data_keys: tuple[bytes, ...]) -> str:
    """The note, which nobody reads any more once the patient was erased."""
    if row.note is None or not data_keys:
        return ""
    return unseal(data_keys[0], row.note, bound_to=f"reaction:{row.uid}:note")


def _data_keys(
    connection: Connection, keyring: KeyRing, patient_ids: Collection[int]
) -> dict[int, tuple[bytes, ...]]:
    """By record its data key; none where it was erased.  A merged record keeps its own."""
    if not patient_ids:
        return {}
    rows = connection.execute(
        select(Patient.id, Patient.uid, Patient.data_key).where(
            Patient.id.in_(sorted(patient_ids)), Patient.data_key.is_not(None)
        )
    )
    return {row.id: (keyring.open_data_key(row.data_key, bound_to=row.uid),) for row in rows}
