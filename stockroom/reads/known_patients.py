"""Who of a table is registered already?  Found by blind tokens alone, in a number of statements that its size divides."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sqlalchemy import Connection, func, select

from stockroom.db.sealing import KeyRing
from stockroom.models import Patient, PatientIndex
from stockroom.tables.patient_lines import PatientLine
from stockroom.tables.patient_plan import BlindLine, KnownPatients

_AT_ONCE = 2_000


def blind_lines(keyring: KeyRing, lines: Iterable[PatientLine]) -> tuple[BlindLine, ...]:
    """Give the lines with the tokens under which each would be found."""
    return tuple(
        BlindLine(
            said=line,
            reference=keyring.blind_index("reference", line.reference) if line.reference else "",
            name=keyring.blind_index("name", line.name),
            born_on=keyring.blind_index("born_on", line.born_on.isoformat()) if line.born_on else "",
        )
        for line in lines
    )


def known_patients(connection: Connection, lines: Iterable[BlindLine]) -> KnownPatients:
    """Give those of the registered patients whom these lines may mean, merges followed."""
    asked = tuple(lines)
    by_reference = {
        token: patient_id
        for patient_id, token in _holders(connection, "reference", {line.reference for line in asked})
    }
    names = frozenset(_holders(connection, "name", {line.name for line in asked}))
    births = frozenset(_holders(connection, "born_on", {line.born_on for line in asked}))
    born: dict[int, list[str]] = {}
    for patient_id, token in births:
        born.setdefault(patient_id, []).append(token)
    by_person = {
        (name, birth): patient_id for patient_id, name in sorted(names) for birth in born.get(patient_id, ())
    }
    return KnownPatients(by_reference=by_reference, names=names, births=births, by_person=by_person)


def _holders(connection: Connection, field: str, tokens: set[str]) -> Iterator[tuple[int, str]]:
    """Patients (as what they were merged into) who have one of these tokens, with the token."""
    stands_for = func.coalesce(Patient.merged_into_id, Patient.id).label("patient_id")
    wanted = sorted(tokens - {""})
    for begin in range(0, len(wanted), _AT_ONCE):
        rows = connection.execute(
            select(stands_for, PatientIndex.token)
            .join_from(PatientIndex, Patient, Patient.id == PatientIndex.patient_id)
            .where(PatientIndex.field == field, PatientIndex.token.in_(wanted[begin : begin + _AT_ONCE]))
        )
        yield from ((row.patient_id, row.token) for row in rows)
