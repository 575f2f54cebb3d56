"""Who is this patient, what must she not get, and which record is meant after a merge?

Identities are unsealed here and nowhere below.  Found by blind index only: whole words, whole dates, whole
references; nothing can be searched by the beginning of a name, because nothing readable is kept.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, ClassVar

from sqlalchemy import ColumnElement, Connection, Row, and_, bindparam, func, or_, select

from stockroom.db.base import table_of
from stockroom.db.sealing import KeyRing, unseal
from stockroom.errors import Refused, Stale, ThingNotFound, extracted
from stockroom.models import OrganisationEntry, Patient, PatientIndex, TreatmentSession
from stockroom.reads.finding import many_by_uid, one_by_uid
from stockroom.reads.patient_facts import fact_columns, facts_of, merged_into
from stockroom.rules.suitability import PatientFacts

SEALED_FIELDS = ("name", "born_on", "contact", "reference")
FOUND_MAX = 50
_WORD = re.compile(r"[^\W_]+")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_target = table_of(Patient).alias()
_IDENTITIES = (
    select(Patient.id.label("asked_id"), _target)
    .join(_target, _target.c.id == func.coalesce(Patient.merged_into_id, Patient.id))
    .where(Patient.id.in_(bindparam("ids", expanding=True)), _target.c.erased_at.is_(None))
)
"""Built once: the alias of a wide table costs more than the reading."""
_FACTS: Any = (
    select(Patient.id.label("asked_id"), *fact_columns(bindparam("clinic")))
    .outerjoin(merged_into, merged_into.id == Patient.merged_into_id)
    .where(Patient.id.in_(bindparam("ids", expanding=True)))
)


@dataclass(eq=False, kw_only=True)
class PatientErased(Refused):
    """The record was erased: nobody is behind it any more."""

    code: ClassVar[str] = "patient_erased"
    message: ClassVar[str] = extracted(
        "This patient record was erased. Whoever comes back is registered anew."
    )
    patient: str


@dataclass(eq=False, kw_only=True)
class PatientChanged(Stale):
    """Somebody changed the record since it was read."""

    code: ClassVar[str] = "patient_changed"
    message: ClassVar[str] = extracted(
        "This patient record was changed by somebody else. Look at it again before you change it."
    )
    patient: str


@dataclass(frozen=True, kw_only=True)
class PatientIdentity:
    """Who a patient is.  Shown to people, never journalled (L14)."""

    uid: str
    short_code: str
    name: str
    born_on: date | None
    contact: str
    reference: str
    version: int


@dataclass(frozen=True, kw_only=True)
class IndexToken:
    """One thing by which a patient is found without being read."""

    field: str
    token: str


def patient_by_uid(connection: Connection, uid: str) -> Row[Any]:
    """Give the row of the patient whom this record means now: its merge target where there is one.

    Raises ThingNotFound and PatientErased.
    """
    row = one_by_uid(connection, Patient, uid, thing="patient")
    if row.merged_into_id is not None:
        row = connection.execute(select(Patient.__table__).where(Patient.id == row.merged_into_id)).one()
    if row.erased_at is not None:
        raise PatientErased(patient=uid)
    return row


def patient_referenced(connection: Connection, keyring: KeyRing, reference: str) -> str:
    """Give the uid of the patient who has this number elsewhere, merges followed.  Raises ThingNotFound."""
    token = keyring.blind_index("reference", reference)
    found = connection.execute(
        select(_target.c.uid)
        .join_from(PatientIndex, Patient, Patient.id == PatientIndex.patient_id)
        .join(_target, _target.c.id == func.coalesce(Patient.merged_into_id, Patient.id))
        .where(PatientIndex.field == "reference", PatientIndex.token == token, _target.c.erased_at.is_(None))
    ).scalar()
    if found is None:
        raise ThingNotFound(thing="patient", uid="…")
    return str(found)


def patients_by_uid(connection: Connection, uids: Iterable[str]) -> dict[str, Row[Any]]:
    """Give the rows as they stand, merges not followed, by uid.  Raises ThingNotFound."""
    return many_by_uid(connection, Patient, uids, thing="patient")


def patient_facts(
    connection: Connection, clinic_id: int, patient_ids: Iterable[int]
) -> dict[int, PatientFacts]:
    """Give by patient id (as asked) what the rules of a clinic must know, in one statement.

    After a merge the facts are the target's, `patient_id` included.  Of an erased patient nothing is known.
    """
    asked = {"clinic": clinic_id, "ids": list(set(patient_ids))}
    return {row.asked_id: facts_of(row) for row in connection.execute(_FACTS, asked)}


def facts_of_session(connection: Connection, clinic_id: int, session: Row[Any] | None) -> PatientFacts | None:
    """Give what the rules must know of a session's patient, in one statement; None for no session."""
    if session is None:
        return None
    return patient_facts(connection, clinic_id, [session.patient_id])[session.patient_id]


def identities(
    connection: Connection, keyring: KeyRing, patient_ids: Iterable[int]
) -> dict[int, PatientIdentity]:
    """Give by patient id (as asked) who it is; an erased patient has no identity and is left out.

    Merges are followed.  Raises SealBroken when a value was tampered with.
    """
    rows = connection.execute(_IDENTITIES, {"ids": list(set(patient_ids))}).all()
    return {row.asked_id: identity(keyring, row) for row in rows}


def identity(keyring: KeyRing, row: Row[Any]) -> PatientIdentity:
    """Unseal a patient's row that is not erased.  Raises SealBroken."""
    values = sealed_values(keyring, row)
    born_on = values["born_on"]
    return PatientIdentity(
        uid=row.uid,
        short_code=row.short_code,
        name=values["name"],
        born_on=date.fromisoformat(born_on) if born_on else None,
        contact=values["contact"],
        reference=values["reference"],
        version=row.version,
    )


def sealed_values(keyring: KeyRing, row: Row[Any]) -> dict[str, str]:
    """Give each sealed field of a patient's row as text, empty where there is none.  Raises SealBroken."""
    data_key = keyring.open_data_key(row.data_key, bound_to=row.uid)
    sealed = {field: getattr(row, field) for field in SEALED_FIELDS}
    return {
        field: unseal(data_key, value, bound_to=bound_to(row.uid, field)) if value is not None else ""
        for field, value in sealed.items()
    }


def reference_of(keyring: KeyRing, row: Row[Any]) -> str:
    """Give by which reference a patient's row that is not erased is known elsewhere.  Raises SealBroken."""
    if row.reference is None:
        return ""
    data_key = keyring.open_data_key(row.data_key, bound_to=row.uid)
    return unseal(data_key, row.reference, bound_to=bound_to(row.uid, "reference"))


def bound_to(uid: str, field: str) -> str:
    """Where a sealed value of a patient belongs."""
    return f"patient:{uid}:{field}"


def field_digest(keyring: KeyRing, data_key: bytes, uid: str, field: str, value: str) -> str:
    """Give the salted hash under which a changed field is journalled (L14).

    Keyed by the installation and salted with the patient's uid and data key: once the data key is
    deleted, not even whoever holds the installation's key can try values (a birth date has few).
    """
    return keyring.digest("patient", data_key + f"{uid}:{field}:{value}".encode())


def request_salt(connection: Connection, keyring: KeyRing, uid: str) -> bytes:
    """Give what is mixed into the digest of a request that says something of this patient: her data key.

    Once it is deleted, not even whoever holds the installation's key can try what the request said.
    Empty for a patient who is not known or was erased: nothing is recorded of her then.
    """
    try:
        row = one_by_uid(connection, Patient, uid, thing="patient")
    except ThingNotFound:
        return b""  # refused under the lock, where it is said who may ask at all
    if row.data_key is None:
        return b""
    return keyring.open_data_key(row.data_key, bound_to=row.uid)


def registered_under(connection: Connection, author_uid: str, key: str) -> str | None:
    """Give the uid of the patient whom this author's act under this key made known; None when none did."""
    answer = connection.execute(
        select(OrganisationEntry.answer).where(
            OrganisationEntry.actor_uid == author_uid,
            OrganisationEntry.key == key,
            OrganisationEntry.kind == "patient.register",
        )
    ).scalar_one_or_none()
    return None if answer is None else str(json.loads(answer)["patient_uid"])


def index_tokens(keyring: KeyRing, values: Mapping[str, str]) -> tuple[IndexToken, ...]:
    """Give the blind index of a patient's values: full name, its words, birth date, reference."""
    whole = [(field, values[field]) for field in ("name", "born_on", "reference") if values[field].strip()]
    words = [("name_word", word) for word in words_of(values["name"])]
    return tuple(
        IndexToken(field=field, token=keyring.blind_index(field, text)) for field, text in [*whole, *words]
    )


def words_of(name: str) -> tuple[str, ...]:
    """Give the words of a name, each once, letter case and hyphens aside."""
    folded = unicodedata.normalize("NFKC", name).casefold()
    return tuple(dict.fromkeys(_WORD.findall(folded)))


def find_patients(
    connection: Connection, keyring: KeyRing, text: str, *, seen_in: int | None = None, limit: int = 20
) -> tuple[PatientIdentity, ...]:
    """Give at most `limit` (and never over FOUND_MAX) patients whom `text` means, by name.

    `text`: words of the name in any order, with or without the birth date (YYYY-MM-DD), or the whole
    reference, or the code on the card.  All words must fit.  `seen_in` keeps those with a session in that
    clinic.  Merged records are found under either name and shown once, as what they became; erased
    ones are not found.  Three statements at most.
    """
    matching = _matching(keyring, text)
    if matching is None:
        return ()
    stands_for = func.coalesce(Patient.merged_into_id, Patient.id)
    statement = (
        select(stands_for).where(matching).distinct().order_by(stands_for).limit(min(limit, FOUND_MAX))
    )
    if seen_in is not None:
        statement = statement.where(_was_seen_in(seen_in))
    found = identities(connection, keyring, connection.execute(statement).scalars().all())
    return tuple(sorted(found.values(), key=lambda each: (each.name.casefold(), each.uid)))


def known_as(connection: Connection, tokens: Iterable[IndexToken]) -> tuple[str, ...]:
    """Give the uids of the patients who have every one of these tokens, merges followed."""
    wanted = tuple(tokens)
    stands_for = func.coalesce(Patient.merged_into_id, Patient.id)
    known = select(stands_for).where(Patient.id.in_(_having_all(wanted)))
    return tuple(connection.execute(select(Patient.uid).where(Patient.id.in_(known))).scalars())


def _matching(keyring: KeyRing, text: str) -> ColumnElement[bool] | None:
    if not text.strip():
        return None
    dates = _DATE.findall(text)
    words = words_of(_DATE.sub(" ", text))
    asked = [("born_on", day) for day in dates] + [("name_word", word) for word in words]
    tokens = tuple(IndexToken(field=f, token=keyring.blind_index(f, value)) for f, value in asked)
    reference = IndexToken(field="reference", token=keyring.blind_index("reference", text))
    code = text.strip().upper().removeprefix("SRT:")
    ways = [Patient.id.in_(_having_all((reference,))), Patient.short_code == code]
    if tokens:
        ways.append(Patient.id.in_(_having_all(tokens)))
    return or_(*ways)


def _having_all(tokens: tuple[IndexToken, ...]) -> Any:
    distinct = set(tokens)
    any_of = or_(
        *(and_(PatientIndex.field == each.field, PatientIndex.token == each.token) for each in distinct)
    )
    return (
        select(PatientIndex.patient_id)
        .where(any_of)
        .group_by(PatientIndex.patient_id)
        .having(func.count() == len(distinct))
    )


def _was_seen_in(clinic_id: int) -> ColumnElement[bool]:
    visit = select(TreatmentSession.id).where(
        TreatmentSession.clinic_id == clinic_id, TreatmentSession.patient_id == Patient.id
    )
    return visit.exists()
