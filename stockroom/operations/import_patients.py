"""How does a clinic's whole list of patients come in from a table?  Each sealed with her own key, whole, and once."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import select

from stockroom.actor import Actor
from stockroom.db.built_once import adding
from stockroom.db.identifiers import new_uid
from stockroom.db.sealing import KeyRing, seal
from stockroom.db.store import Store
from stockroom.db.transaction import ORGANISATION, Work
from stockroom.errors import Conflict, extracted
from stockroom.ledger.acts import Act, perform
from stockroom.ledger.encoding import canonical
from stockroom.models import OrganisationEntry, Patient, PatientIndex
from stockroom.reads.known_patients import blind_lines, known_patients
from stockroom.reads.patients import bound_to, field_digest, index_tokens, request_salt
from stockroom.reads.short_codes import free_short_codes, taken_codes
from stockroom.tables.kinds import refuse_faults
from stockroom.tables.patient_lines import PatientLine
from stockroom.tables.patient_plan import BlindLine, plan_patients
from stockroom.tables.reading import Tell, silent
from stockroom.vocabulary import Action

KIND = "patient.import"
_TAKEN_CODES = taken_codes(Patient.short_code)
_TOLD_EVERY = 250


@dataclass(eq=False, kw_only=True)
class PatientsMeanwhile(Conflict):
    """Somebody registered one of these patients between the look and the act."""

    code: ClassVar[str] = "patients_meanwhile"
    message: ClassVar[str] = extracted(
        "One of these patients was registered by somebody else in this moment. Nothing was brought in: do it again."
    )


@dataclass(frozen=True, kw_only=True)
class ImportPatients:
    """The good lines of a table of patients, as `tables.kinds.read_file` gives them."""

    lines: tuple[PatientLine, ...]


@dataclass(frozen=True, kw_only=True)
class PatientsImported:
    """How many were registered, and how many were known already.  Nothing personal (L14)."""

    added: int
    unchanged: int


@dataclass(frozen=True, kw_only=True)
class _Newcomer:
    """A patient to be registered, with the data key that is hers."""

    line: PatientLine
    uid: str
    wrapped: bytes
    data_key: bytes


@dataclass(frozen=True, kw_only=True)
class _Asked:
    """What is kept of the request: a digest for each new patient, under her own key (L14).

    Once her key is deleted, nobody can try out what the table said of her, and the act is repeated no more.
    """

    digests: tuple[tuple[int, str], ...]


def import_patients(
    store: Store,
    command: ImportPatients,
    *,
    actor: Actor,
    key: str,
    now: datetime,
    tell: Tell = silent,
) -> PatientsImported:
    """Register every patient of a table who is not registered yet; the same table a second time registers nobody.

    A patient is known again by the reference, else by name and birth date; nothing of a known one is changed.
    Raises TableHasFaults, PatientsMeanwhile.
    """
    blind = blind_lines(store.keyring, command.lines)
    newcomers = _earlier(store, command, actor, key) or _newcomers(store, blind, now)
    return perform(
        store,
        Act(kind=KIND, action=Action.MAINTAIN_PATIENTS, filed_in=ORGANISATION),
        command=_Asked(digests=tuple(_digest(store.keyring, each) for each in newcomers)),
        body=lambda work: _import(work, blind, newcomers, tell),
        answer=PatientsImported,
        actor=actor,
        key=key,
        now=now,
    )


def _newcomers(store: Store, blind: tuple[BlindLine, ...], now: datetime) -> tuple[_Newcomer, ...]:
    with store.reading() as connection:
        plan = plan_patients(blind, known_patients(connection, blind))
    found = []
    for each in plan.added:
        uid = new_uid(now)
        wrapped = store.keyring.new_data_key(bound_to=uid)
        data_key = store.keyring.open_data_key(wrapped, bound_to=uid)
        found.append(_Newcomer(line=each.said, uid=uid, wrapped=wrapped, data_key=data_key))
    return tuple(found)


def _earlier(store: Store, command: ImportPatients, actor: Actor, key: str) -> tuple[_Newcomer, ...]:
    """Those whom this author's act under this key registered, as this command names them; none when none did."""
    with store.reading() as connection:
        payload = connection.execute(
            select(OrganisationEntry.payload).where(
                OrganisationEntry.actor_uid == actor.person_uid,
                OrganisationEntry.key == key,
                OrganisationEntry.kind == KIND,
            )
        ).scalar_one_or_none()
        if payload is None:
            return ()
        lines = {line.line: line for line in command.lines}
        return tuple(
            _Newcomer(
                line=lines[n],
                uid=uid,
                wrapped=b"",
                data_key=request_salt(connection, store.keyring, uid),
            )
            for uid, n, _ in json.loads(payload)["patients"]
            if n in lines
        )


def _digest(keyring: KeyRing, each: _Newcomer) -> tuple[int, str]:
    said = canonical(each.line)
    return each.line.line, field_digest(keyring, each.data_key, each.uid, "import", said)


def _import(
    work: Work, blind: tuple[BlindLine, ...], newcomers: tuple[_Newcomer, ...], tell: Tell
) -> PatientsImported:
    plan = plan_patients(blind, known_patients(work.connection, blind))
    refuse_faults(plan.faults)
    if [each.said.line for each in plan.added] != [each.line.line for each in newcomers]:
        raise PatientsMeanwhile()
    codes = free_short_codes(work.connection, _TAKEN_CODES, len(newcomers))
    rows: list[dict[str, Any]] = []
    told: list[list[object]] = []
    for done, (each, code) in enumerate(zip(newcomers, codes, strict=True), start=1):
        values = _values(each.line)
        rows.append(_row(work, each, code, values))
        digests = {
            field: field_digest(work.store.keyring, each.data_key, each.uid, field, value)
            for field, value in values.items()
            if value
        }
        told.append([each.uid, each.line.line, digests])
        if done % _TOLD_EVERY == 0:
            tell(done, len(newcomers))
    if rows:
        work.connection.execute(adding(Patient), rows)
        _write_index(work, newcomers)
    work.payload.update(patients=told, unchanged=plan.unchanged_count)
    return PatientsImported(added=len(rows), unchanged=plan.unchanged_count)


def _values(line: PatientLine) -> dict[str, str]:
    return {
        "name": line.name,
        "born_on": line.born_on.isoformat() if line.born_on else "",
        "contact": line.contact,
        "reference": line.reference,
    }


def _row(work: Work, each: _Newcomer, code: str, values: dict[str, str]) -> dict[str, Any]:
    sealed = {
        field: seal(each.data_key, value, bound_to=bound_to(each.uid, field)) if value else None
        for field, value in values.items()
    }
    return {
        "uid": each.uid,
        "short_code": code,
        "data_key": each.wrapped,
        **sealed,
        "version": 1,
        "created_at": work.recorded_at,
        "updated_at": work.recorded_at,
    }


def _write_index(work: Work, newcomers: tuple[_Newcomer, ...]) -> None:
    """The blind index of all of them, in two statements for each thousand."""
    for begin in range(0, len(newcomers), 1_000):
        part = newcomers[begin : begin + 1_000]
        uids = [each.uid for each in part]
        read = work.connection.execute(select(Patient.uid, Patient.id).where(Patient.uid.in_(uids)))
        ids = {row.uid: row.id for row in read}
        rows = [
            {"patient_id": ids[each.uid], "field": token.field, "token": token.token}
            for each in part
            for token in dict.fromkeys(index_tokens(work.store.keyring, _values(each.line)))
        ]
        work.connection.execute(adding(PatientIndex), rows)
