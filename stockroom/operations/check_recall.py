"""How many of those concerned does a recall make sure to have told, and how many is that by now?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from stockroom.actor import Actor
from stockroom.db.store import Store
from stockroom.db.transaction import ORGANISATION, Work
from stockroom.errors import InvalidValue
from stockroom.ledger import recall_rows
from stockroom.ledger.acts import Act, perform
from stockroom.models import RecallCheck
from stockroom.reads.recall_cases import open_case
from stockroom.rules.contacting import share_of
from stockroom.rules.receiving import check_text
from stockroom.vocabulary import Action, CheckLevel

NOTE_LONGEST = 1_000


@dataclass(frozen=True, kw_only=True)
class CheckRecall:
    """The level of a case's effectiveness check, and how many were tried and reached as whoever writes it saw."""

    case_uid: str
    level: CheckLevel
    share: int | None = None
    """In percent; level B alone states its own."""
    tried: int = 0
    reached: int = 0
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class RecallChecked:
    check_uid: str
    share: int


def check_recall(
    store: Store, command: CheckRecall, *, actor: Actor, key: str, now: datetime
) -> RecallChecked:
    """Set the level of a case's effectiveness check, or write down how it stands; the newest row counts.

    Raises ThingNotFound, RecallClosed, InvalidValue.
    """
    return perform(
        store,
        Act(kind="recall.check", action=Action.RECALL, filed_in=ORGANISATION),
        command=command,
        body=lambda work: _check(work, command),
        answer=RecallChecked,
        actor=actor,
        key=key,
        now=now,
    )


def _check(work: Work, command: CheckRecall) -> RecallChecked:
    case = open_case(work.connection, command.case_uid)
    share = share_of(command.level, command.share)
    check_text("note", command.note, longest=NOTE_LONGEST, may_break=True)
    if not 0 <= command.reached <= command.tried:
        raise InvalidValue(field="reached", problem="none or more, and no more than were tried")
    uid = recall_rows.write(
        work,
        RecallCheck,
        {
            "case_id": case.id,
            "level": command.level,
            "share": share,
            "sampled": command.tried,
            "confirmed": command.reached,
            "note": command.note.strip(),
        },
    )
    work.payload.update(case=case.uid, check=uid, level=command.level, share=share)
    return RecallChecked(check_uid=uid, share=share)
