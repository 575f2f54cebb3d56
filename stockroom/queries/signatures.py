"""Who signed what was done in a session, or under one act?"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, select

from stockroom.models import Signature, TreatmentSession


@dataclass(frozen=True, slots=True, kw_only=True)
class SignatureRow:
    """A signature: whose, what it says, when, and how the signer proved who it is."""

    person_name: str
    meaning: str
    signed_at: datetime
    way: str


def signatures_of_session(
    connection: Connection, clinic_id: int, session_uid: str
) -> tuple[SignatureRow, ...]:
    """Give the signatures under what was used in a session, in their order; one statement."""
    session = select(TreatmentSession.id).where(
        TreatmentSession.clinic_id == clinic_id, TreatmentSession.uid == session_uid
    )
    return _signatures(connection, clinic_id, Signature.session_id == session.scalar_subquery())


def signatures_of_sessions(
    connection: Connection, clinic_id: int, session_ids: Collection[int]
) -> dict[int, list[SignatureRow]]:
    """Give by session the signatures under what was used in it, in their order; one statement, or none."""
    found: dict[int, list[SignatureRow]] = {}
    if not session_ids:
        return found
    rows = connection.execute(
        select(
            Signature.session_id,
            Signature.person_name,
            Signature.meaning,
            Signature.signed_at,
            Signature.way,
        )
        .where(Signature.clinic_id == clinic_id, Signature.session_id.in_(sorted(session_ids)))
        .order_by(Signature.id)
    )
    for row in rows:
        said = {name: value for name, value in row._mapping.items() if name != "session_id"}
        found.setdefault(row.session_id, []).append(SignatureRow(**said))
    return found


def signatures_of_entry(connection: Connection, clinic_id: int, seq: int) -> tuple[SignatureRow, ...]:
    """Give the signatures under the act with this number in the clinic's journal; one statement."""
    return _signatures(connection, clinic_id, Signature.entry_seq == seq)


def _signatures(
    connection: Connection, clinic_id: int, which: ColumnElement[bool]
) -> tuple[SignatureRow, ...]:
    rows = connection.execute(
        select(Signature.person_name, Signature.meaning, Signature.signed_at, Signature.way)
        .where(Signature.clinic_id == clinic_id, which)
        .order_by(Signature.id)
    )
    return tuple(SignatureRow(**row._mapping) for row in rows)
