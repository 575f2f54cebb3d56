"""What do the letters of a recall say?  Written case by case; what was said before stays."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from stockroom.actor import Actor
from stockroom.db.store import Store
from stockroom.db.transaction import ORGANISATION, Work
from stockroom.ledger import recall_rows
from stockroom.ledger.acts import Act, perform
from stockroom.ledger.said import SAID
from stockroom.models import RecallLetter
from stockroom.reads.recall_cases import open_case
from stockroom.rules.recall_letters import check_letter
from stockroom.vocabulary import Action


@dataclass(frozen=True, kw_only=True)
class WriteRecallLetter:
    """The text of every letter, with placeholders (`rules.recall_letters.PLACEHOLDERS`) in braces."""

    case_uid: str
    subject: str
    body: str = field(metadata=SAID)


@dataclass(frozen=True, kw_only=True)
class RecallLetterWritten:
    letter_uid: str
    number: int


def write_recall_letter(
    store: Store, command: WriteRecallLetter, *, actor: Actor, key: str, now: datetime
) -> RecallLetterWritten:
    """Keep a text for the letters of a case; the newest is printed.

    Raises ThingNotFound, RecallClosed, InvalidValue for a text that could not be printed.
    """
    return perform(
        store,
        Act(kind="recall.letter", action=Action.CONTACT_PATIENTS, filed_in=ORGANISATION),
        command=command,
        body=lambda work: _write(work, command),
        answer=RecallLetterWritten,
        actor=actor,
        key=key,
        now=now,
    )


def _write(work: Work, command: WriteRecallLetter) -> RecallLetterWritten:
    case = open_case(work.connection, command.case_uid)
    subject, body = command.subject.strip(), command.body.replace("\r\n", "\n").strip()
    check_letter(subject, body)
    number = recall_rows.next_number(work, RecallLetter, case.id)
    uid = recall_rows.write(
        work, RecallLetter, {"case_id": case.id, "n": number, "subject": subject, "body": body}
    )
    work.payload.update(case=case.uid, letter=uid, number=number)
    return RecallLetterWritten(letter_uid=uid, number=number)
