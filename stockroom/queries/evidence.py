"""Which evidence was signed off about a thing, by whom, and over which head of the journal?"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, select

from stockroom.db.transaction import CHANGES
from stockroom.errors import ThingNotFound
from stockroom.ledger.encoding import canonical, sha256
from stockroom.models import Clinic, EvidencePack, JournalEntry, JournalHead, Signature
from stockroom.queries.paging import is_uid
from stockroom.queries.trace_rows import Use

SHOWN_MAX = 200
ROWS_ON_PAPER_MAX = 5_000
"""More of one table would make a paper that nobody reads and few machines print: the annex holds all of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """The newest entry of a clinic's changes."""

    seq: int
    hash: str
    recorded_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceRow:
    """A pack that was signed off."""

    uid: str
    subject_kind: str
    subject_uid: str
    as_of: datetime
    digest: str
    head_seq: int
    head_hash: str
    comment: str
    signed_by: str
    """As the signature has it."""
    signed_way: str
    signed_at: datetime
    entry_seq: int
    clinic_uids: frozenset[str]
    """The clinics that it covers, as its entry names them; none where it covers this one alone."""

    @property
    def annex(self) -> str:
        """What the file of its rows is called, without its kind."""
        return f"evidence-{self.entry_seq}-rows"


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedRow:
    """One of the rows over which the digest of a pack is taken, and what it is about where a file shows it."""

    said: list[Any]
    """Uids, numbers, quantities and instants, and no name."""
    use: Use | None = None
    patient_uid: str = ""
    is_seen: bool = True
    """False for a row about a patient of a clinic in which the reader may not trace: its digest alone is told."""

    @property
    def text(self) -> str:
        """The row as it is digested."""
        return canonical(self.said)


def evidence_about(connection: Connection, clinic_id: int, *, subject_uid: str) -> tuple[EvidenceRow, ...]:
    """Give what was signed off about a thing, the newest first; one statement."""
    return _rows(connection, clinic_id, EvidencePack.subject_uid == subject_uid)


def evidence(connection: Connection, clinic_id: int, *, uid: str) -> EvidenceRow:
    """Give one pack; one statement.  Raises ThingNotFound."""
    found = _rows(connection, clinic_id, EvidencePack.uid == uid) if is_uid(uid) else ()
    if not found:
        raise ThingNotFound(thing="evidence", uid=uid[:40])
    return found[0]


def head_of(connection: Connection, clinic_id: int) -> Head:
    """Give the newest entry of a clinic's changes; one statement."""
    row = connection.execute(
        select(JournalHead.seq, JournalHead.hash, JournalHead.recorded_at).where(
            JournalHead.clinic_id == clinic_id, JournalHead.stream == CHANGES
        )
    ).one()
    return Head(seq=row.seq, hash=row.hash, recorded_at=row.recorded_at)


def uids_of_clinics(connection: Connection, clinic_ids: Collection[int]) -> frozenset[str]:
    """Give the uids of clinics; one statement."""
    return frozenset(connection.execute(select(Clinic.uid).where(Clinic.id.in_(list(clinic_ids)))).scalars())


def ids_of_clinics(connection: Connection, clinic_uids: Collection[str]) -> frozenset[int]:
    """Give the keys of clinics; one statement."""
    return frozenset(connection.execute(select(Clinic.id).where(Clinic.uid.in_(list(clinic_uids)))).scalars())


def digest_of(rows: Iterable[Any]) -> str:
    """Give the SHA-256 of what a pack says: the digests of its rows, in their order.

    The rows hold uids, numbers, quantities and instants, and no name: erasing a patient changes no digest.  It is
    that of the canonical list of the digests, taken row by row.
    """
    taken = hashlib.sha256(b"[")
    for n, row in enumerate(rows):
        taken.update(f'{"," if n else ""}"{sha256(canonical(row))}"'.encode())
    taken.update(b"]")
    return taken.hexdigest()


def _rows(connection: Connection, clinic_id: int, condition: Any) -> tuple[EvidenceRow, ...]:
    signed = and_(
        Signature.clinic_id == EvidencePack.clinic_id,
        Signature.entry_seq == EvidencePack.entry_seq,
        Signature.person_id == EvidencePack.signed_by_id,
    )
    entry = and_(
        JournalEntry.clinic_id == EvidencePack.clinic_id,
        JournalEntry.stream == CHANGES,
        JournalEntry.seq == EvidencePack.entry_seq,
    )
    rows = connection.execute(
        select(
            EvidencePack.uid,
            EvidencePack.subject_kind,
            EvidencePack.subject_uid,
            EvidencePack.as_of,
            EvidencePack.digest,
            EvidencePack.head_seq,
            EvidencePack.head_hash,
            EvidencePack.comment,
            Signature.person_name.label("signed_by"),
            Signature.way.label("signed_way"),
            EvidencePack.signed_at,
            EvidencePack.entry_seq,
            JournalEntry.payload,
        )
        .join(JournalEntry, entry)
        .join(Signature, signed)
        .where(EvidencePack.clinic_id == clinic_id, condition)
        .order_by(EvidencePack.id.desc())
        .limit(SHOWN_MAX)
    )
    return tuple(map(_row, rows))


def _row(row: Any) -> EvidenceRow:
    said = {name: value for name, value in row._mapping.items() if name != "payload"}
    covered = json.loads(row.payload).get("clinics", ())
    return EvidenceRow(**said, clinic_uids=frozenset(covered))
