"""How does a patient come to be known, and how is what we know of her put right?  Sealed with her own key."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, ClassVar

from sqlalchemy import Row, delete, update

from stockroom.actor import Actor
from stockroom.clock import civil_date
from stockroom.db.built_once import adding, adding_one, changing
from stockroom.db.identifiers import new_uid
from stockroom.db.sealing import seal
from stockroom.db.store import Store
from stockroom.db.transaction import ORGANISATION, Work
from stockroom.errors import InvalidValue, Refused, extracted
from stockroom.ledger.acts import Act, perform
from stockroom.models import Patient, PatientIndex
from stockroom.reads.patients import (
    SEALED_FIELDS,
    IndexToken,
    PatientChanged,
    bound_to,
    field_digest,
    index_tokens,
    known_as,
    patient_by_uid,
    registered_under,
    request_salt,
    sealed_values,
)
from stockroom.reads.short_codes import free_short_code, taken_codes
from stockroom.vocabulary import Action

_LENGTHS = {"name": 200, "contact": 500, "reference": 100}
_WEST_MOST = "Etc/GMT+12"
_TAKEN_CODES = taken_codes(Patient.short_code)
"""A birth date is in the past wherever the patient was born: no clinic's zone is asked."""


@dataclass(eq=False, kw_only=True)
class PatientKnown(Refused):
    """A patient with this name and birth date is registered already."""

    code: ClassVar[str] = "patient_known"
    message: ClassVar[str] = extracted(
        "A patient with this name and birth date is registered already. Use that record, or say that "
        "this is another person."
    )
    patients: tuple[str, ...]


@dataclass(eq=False, kw_only=True)
class ReferenceTaken(Refused):
    """Another patient has this external reference."""

    code: ClassVar[str] = "reference_taken"
    message: ClassVar[str] = extracted(
        "Another patient has this reference already. Look at that record, or check the number."
    )
    patients: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class RegisterPatient:
    """A patient as she introduces herself; empty where she did not say."""

    name: str
    born_on: date | None = None
    contact: str = ""
    reference: str = ""
    """Her number in the clinic's own software."""
    is_another_person: bool = False
    """True: somebody has looked at those of the same name and birth date, and it is none of them."""


@dataclass(frozen=True, kw_only=True)
class PatientRegistered:
    """The record's ids; the short code is for a card.  Nothing personal (L14)."""

    patient_uid: str
    short_code: str


@dataclass(frozen=True, kw_only=True)
class AmendPatient:
    """A patient's values as they should read from now on, all of them."""

    patient_uid: str
    version: int
    """The version of the record that was read."""
    name: str
    born_on: date | None = None
    contact: str = ""
    reference: str = ""


@dataclass(frozen=True, kw_only=True)
class PatientAmended:
    patient_uid: str
    version: int


def register_patient(
    store: Store, command: RegisterPatient, *, actor: Actor, key: str, now: datetime
) -> PatientRegistered:
    """Make a patient known under a random id and a data key of her own.

    The digest of the request is salted with that key as well: once it is deleted, nobody can try out what
    the request said, and the act is repeated no more.
    Raises InvalidValue, PatientKnown (unless `is_another_person`), ReferenceTaken.
    """
    with store.reading() as connection:
        earlier = registered_under(connection, actor.person_uid, key)
        salt = request_salt(connection, store.keyring, earlier) if earlier else b""
    uid = new_uid(now)
    wrapped = store.keyring.new_data_key(bound_to=uid)
    salt = salt or store.keyring.open_data_key(wrapped, bound_to=uid)
    return perform(
        store,
        Act(kind="patient.register", action=Action.MAINTAIN_PATIENTS, filed_in=ORGANISATION, salt=salt),
        command=command,
        body=lambda work: _register(work, command, uid=uid, wrapped=wrapped),
        answer=PatientRegistered,
        actor=actor,
        key=key,
        now=now,
    )


def amend_patient(
    store: Store, command: AmendPatient, *, actor: Actor, key: str, now: datetime
) -> PatientAmended:
    """Put a patient's values right.  The journal says which fields changed, never what they say.

    A merged record means what it was merged into.
    Raises ThingNotFound, PatientErased, PatientChanged, InvalidValue, ReferenceTaken.
    """
    with store.reading() as connection:
        salt = request_salt(connection, store.keyring, command.patient_uid)
    return perform(
        store,
        Act(kind="patient.amend", action=Action.MAINTAIN_PATIENTS, filed_in=ORGANISATION, salt=salt),
        command=command,
        body=lambda work: _amend(work, command),
        answer=PatientAmended,
        actor=actor,
        key=key,
        now=now,
    )


def _register(work: Work, command: RegisterPatient, *, uid: str, wrapped: bytes) -> PatientRegistered:
    values = _values(work, command)
    tokens = index_tokens(work.store.keyring, values)
    _check_reference(work, tokens, own_uid=None)
    if not command.is_another_person:
        _check_not_known(work, tokens)
    code = free_short_code(work.connection, _TAKEN_CODES)
    patient_id = work.connection.execute(
        adding_one(Patient),
        {
            "uid": uid,
            "short_code": code,
            "data_key": wrapped,
            "created_at": work.recorded_at,
            "updated_at": work.recorded_at,
        },
    ).scalar_one()
    given = {field: value for field, value in values.items() if value}
    data_key = work.store.keyring.open_data_key(wrapped, bound_to=uid)
    _write(work, patient_id, uid, data_key, given)
    _write_index(work, patient_id, tokens)
    return PatientRegistered(patient_uid=uid, short_code=code)


def _amend(work: Work, command: AmendPatient) -> PatientAmended:
    row = patient_by_uid(work.connection, command.patient_uid)
    if row.version != command.version:
        raise PatientChanged(patient=row.uid)
    values = _values(work, command)
    tokens = index_tokens(work.store.keyring, values)
    _check_reference(work, tokens, own_uid=row.uid)
    before = sealed_values(work.store.keyring, row)
    changed = {field: values[field] for field in SEALED_FIELDS if values[field] != before[field]}
    data_key = work.store.keyring.open_data_key(row.data_key, bound_to=row.uid)
    _write(work, row.id, row.uid, data_key, changed)
    work.connection.execute(delete(PatientIndex).where(PatientIndex.patient_id == row.id))
    _write_index(work, row.id, tokens)
    return _raise_version(work, row)


def _raise_version(work: Work, row: Row[Any]) -> PatientAmended:
    version = row.version + 1
    work.connection.execute(
        update(Patient).where(Patient.id == row.id).values(version=version, updated_at=work.recorded_at)
    )
    work.payload["version"] = version
    return PatientAmended(patient_uid=row.uid, version=version)


def _values(work: Work, command: RegisterPatient | AmendPatient) -> dict[str, str]:
    """Give the values as they are sealed.  Raises InvalidValue, which never repeats the value (L14)."""
    if not command.name.strip():
        raise InvalidValue(field="name", problem="a patient has a name")
    texts = {"name": command.name, "contact": command.contact, "reference": command.reference}
    for field, text in texts.items():
        if len(text) > _LENGTHS[field] or "\x00" in text:
            raise InvalidValue(field=field, problem=f"at most {_LENGTHS[field]} readable characters")
    born_on = command.born_on
    if born_on is not None and not date(1880, 1, 1) <= born_on <= civil_date(work.now, _WEST_MOST):
        raise InvalidValue(field="born_on", problem="not a date on which a patient can be born")
    trimmed = {field: text.strip() for field, text in texts.items()}
    return {**trimmed, "born_on": born_on.isoformat() if born_on else ""}


def _check_reference(work: Work, tokens: Iterable[IndexToken], *, own_uid: str | None) -> None:
    mine = tuple(token for token in tokens if token.field == "reference")
    others = tuple(uid for uid in known_as(work.connection, mine) if uid != own_uid) if mine else ()
    if others:
        raise ReferenceTaken(patients=others)


def _check_not_known(work: Work, tokens: Iterable[IndexToken]) -> None:
    telling = tuple(token for token in tokens if token.field in ("name", "born_on"))
    known = known_as(work.connection, telling) if len(telling) == 2 else ()
    if known:
        raise PatientKnown(patients=known)


def _write(work: Work, patient_id: int, uid: str, data_key: bytes, changed: Mapping[str, str]) -> None:
    """Seal the changed fields, and journal for each its name and a salted hash (L14)."""
    sealed = {
        field: seal(data_key, value, bound_to=bound_to(uid, field)) if value else None
        for field, value in changed.items()
    }
    if sealed:
        work.connection.execute(changing(Patient, "id"), {"its_id": patient_id, **sealed})
    keyring = work.store.keyring
    digests = {field: field_digest(keyring, data_key, uid, field, value) for field, value in changed.items()}
    work.payload.update(patient=uid, changed=digests)


def _write_index(work: Work, patient_id: int, tokens: Iterable[IndexToken]) -> None:
    rows = [
        {"patient_id": patient_id, "field": each.field, "token": each.token} for each in dict.fromkeys(tokens)
    ]
    work.connection.execute(adding(PatientIndex), rows)
