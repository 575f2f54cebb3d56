"""By which reference does the clinic's own software know the patients of a trace?"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Connection

from stockroom.db.sealing import KeyRing
from stockroom.reads.patients import identities, patients_by_uid


@dataclass(frozen=True, slots=True, kw_only=True)
class PatientReached:
    """A patient by code and reference; both None where the record was erased."""

    uid: str
    short_code: str | None
    reference: str | None


def patients_reached(
    connection: Connection, keyring: KeyRing, uids: Iterable[str]
) -> tuple[PatientReached, ...]:
    """Give the patients by uid; two statements.  Disclose it first.  Raises ThingNotFound, SealBroken."""
    rows = patients_by_uid(connection, uids)
    known = identities(connection, keyring, (row.id for row in rows.values()))
    return tuple(
        PatientReached(
            uid=uid,
            short_code=known[row.id].short_code if row.id in known else None,
            reference=known[row.id].reference if row.id in known else None,
        )
        for uid, row in sorted(rows.items())
    )
