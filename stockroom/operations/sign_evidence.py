"""How does somebody put a name to a pack of evidence?  As it stood at an instant, with a word of what was looked at."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from sqlalchemy import insert, select

from stockroom.actor import Actor
from stockroom.db.identifiers import new_uid
from stockroom.db.store import Store
from stockroom.db.transaction import CHANGES, JournalName, Signing, Work
from stockroom.errors import Conflict, InvalidValue, extracted
from stockroom.ledger.acts import Act, perform
from stockroom.models import EvidencePack, JournalEntry
from stockroom.vocabulary import Action, SignatureMeaning, SignOnWay

COMMENT_LONGEST = 2_000
SUBJECT = re.compile(r"[a-z_]{1,30}(/[a-z_]{1,30})?")
_DIGEST = re.compile(r"[0-9a-f]{64}")


@dataclass(eq=False, kw_only=True)
class EvidenceNotAsRead(Conflict):
    """The journal or the books do not say any more what the signer read."""

    code: ClassVar[str] = "evidence_not_as_read"
    message: ClassVar[str] = extracted(
        "Nothing was signed: what the books say is not what you read. Load the page again, look at it, and sign that."
    )
    head_seq: int


@dataclass(frozen=True, kw_only=True)
class SignEvidence:
    """What was read, as it stood at an instant."""

    subject_kind: str
    """trace/lot, trace/session …, recall, mock_recall."""
    subject_uid: str
    as_of: datetime
    digest: str
    """SHA-256 of what it says, by whoever put it together."""
    head_seq: int
    head_hash: str
    """The newest entry of the clinic's changes when it was put together."""
    comment: str
    """What was looked at and found; a signature without a word says nothing."""
    way: SignOnWay
    """How the signer proved who it is."""
    clinic_uids: tuple[str, ...] = ()
    """The clinics that it covers, where it covers others than the signer's: whoever prints it has to see them."""


@dataclass(frozen=True, kw_only=True)
class EvidenceSigned:
    evidence_uid: str
    entry_seq: int


def sign_evidence(
    store: Store, command: SignEvidence, *, actor: Actor, key: str, now: datetime
) -> EvidenceSigned:
    """Sign off a pack of evidence, for good: a signature, a row, and the entry that names both.

    The caller has put the pack together anew and seen that its digest is the one that was read.
    Raises InvalidValue for no comment or an instant to come, EvidenceNotAsRead.
    """
    return perform(
        store,
        Act(kind="evidence.sign", action=Action.SIGN_EVIDENCE),
        command=command,
        body=lambda work: _sign(work, command),
        answer=EvidenceSigned,
        actor=actor,
        key=key,
        now=now,
    )


def _sign(work: Work, command: SignEvidence) -> EvidenceSigned:
    comment = command.comment.strip()
    _check(work, command, comment)
    uid, entry_seq = new_uid(work.now), work.heads[JournalName(clinic_id=work.clinic_id)].seq + 1
    work.connection.execute(
        insert(EvidencePack).values(
            uid=uid,
            clinic_id=work.clinic_id,
            subject_kind=command.subject_kind,
            subject_uid=command.subject_uid,
            as_of=command.as_of,
            digest=command.digest,
            head_seq=command.head_seq,
            head_hash=command.head_hash,
            comment=comment,
            signed_by_id=work.actor.person_id,
            signed_at=work.recorded_at,
            entry_seq=entry_seq,
        )
    )
    work.signed.append(
        Signing(
            person_id=work.actor.person_id,
            person_uid=work.actor.person_uid,
            meaning=SignatureMeaning.CHECKED,
            way=command.way,
        )
    )
    work.payload.update(
        evidence=uid,
        subject_kind=command.subject_kind,
        subject=command.subject_uid,
        as_of=command.as_of,
        digest=command.digest,
        head=[command.head_seq, command.head_hash],
        clinics=sorted(command.clinic_uids),
    )
    return EvidenceSigned(evidence_uid=uid, entry_seq=entry_seq)


def _check(work: Work, command: SignEvidence, comment: str) -> None:
    if not comment or len(comment) > COMMENT_LONGEST:
        raise InvalidValue(field="comment", problem=f"what you looked at, in at most {COMMENT_LONGEST} signs")
    if SUBJECT.fullmatch(command.subject_kind) is None:
        raise InvalidValue(field="subject_kind", problem="a word for what it is about")
    if command.as_of > work.recorded_at:
        raise InvalidValue(field="as_of", problem="an instant that has passed")
    if _DIGEST.fullmatch(command.digest) is None or _hash_of(work, command.head_seq) != command.head_hash:
        raise EvidenceNotAsRead(head_seq=command.head_seq)


def _hash_of(work: Work, seq: int) -> str | None:
    """The hash of an entry of the clinic's changes; None for one that is not written yet."""
    return work.connection.execute(
        select(JournalEntry.hash).where(
            JournalEntry.clinic_id == work.clinic_id,
            JournalEntry.stream == CHANGES,
            JournalEntry.seq == seq,
        )
    ).scalar_one_or_none()
