"""By which reference does the clinic's own software know the patients of a trace?"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from operator import attrgetter

from sqlalchemy import Connection, func, select
from sqlalchemy.orm import aliased

from stockroom.db.among import among
from stockroom.db.compiled_once import Once
from stockroom.db.glance import Glance
from stockroom.db.sealing import KeyRing
from stockroom.errors import ThingNotFound
from stockroom.models import Patient
from stockroom.reads.patients import reference_of

_meant = aliased(Patient, name="meant")
_REACHED = Once(
    select(
        Patient.uid.label("asked_uid"),
        _meant.uid,
        _meant.short_code,
        _meant.reference,
        _meant.data_key,
        _meant.erased_at,
    )
    .join(_meant, _meant.id == func.coalesce(Patient.merged_into_id, Patient.id))
    .where(among(Patient.uid, "uids"))
)
"""Each record with the one that it means after a merge."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PatientReached:
    """A patient by code and reference; both None where the record was erased."""

    uid: str
    """Of the record that was asked about."""
    meant_uid: str
    """Of the record that she has by now: of what was merged, the one that it became."""
    short_code: str | None
    reference: str | None


def patients_reached(
    connection: Connection | Glance, keyring: KeyRing, uids: Iterable[str]
) -> tuple[PatientReached, ...]:
    """Give the patients by uid; one statement, and of what is sealed only the reference is opened.

    Disclose it first.  Raises ThingNotFound, SealBroken.
    """
    wanted = set(uids)
    rows = _REACHED.all(connection, {"uids": tuple(wanted)})
    if missing := wanted - {row.asked_uid for row in rows}:
        raise ThingNotFound(thing="patient", uid=min(missing)[:40])
    return tuple(
        PatientReached(
            uid=row.asked_uid,
            meant_uid=row.uid,
            short_code=None if row.erased_at else row.short_code,
            reference=None if row.erased_at else reference_of(keyring, row),
        )
        for row in sorted(rows, key=attrgetter("asked_uid"))
    )
