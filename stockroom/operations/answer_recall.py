"""How is it written down what a recall's issuer was answered: which quantities, to whom, when, how, and by whom?"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import insert

from stockroom.actor import Actor
from stockroom.db.store import Store
from stockroom.db.transaction import ORGANISATION, Work
from stockroom.errors import InvalidValue, Stale, extracted
from stockroom.ledger import recall_rows
from stockroom.ledger.acts import Act, perform
from stockroom.ledger.encoding import canonical, sha256
from stockroom.models import Product, RecallReply, RecallReplyLine, Supplier
from stockroom.reads.finding import many_by_uid, one_by_uid
from stockroom.reads.recall_cases import open_case
from stockroom.rules.contacting import require_real
from stockroom.rules.recalled_quantities import LotSums
from stockroom.rules.receiving import check_text
from stockroom.vocabulary import Action, ReplyChannel

TEXT_LONGEST, NOTE_LONGEST = 200, 2_000


@dataclass(eq=False, kw_only=True)
class ReplyChanged(Stale):
    """The quantities are no longer those that were printed."""

    code: ClassVar[str] = "reply_changed"
    message: ClassVar[str] = extracted(
        "Nothing was recorded: the quantities of this recall have changed since the reply was shown. Look at it "
        "again, print it anew, and send that one."
    )
    case: str


@dataclass(frozen=True, kw_only=True)
class ReplyLine:
    """What the reply says of one lot."""

    product_uid: str
    lot_number: str
    sums: LotSums
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class AnswerRecall:
    """A reply that was sent, as it was printed."""

    case_uid: str
    sent_to: str
    sent_how: ReplyChannel
    sent_at: datetime
    lines: tuple[ReplyLine, ...]
    """As the books say now; none where the clinics never had any of it."""
    seen: str
    """The digest (`digest_of`) of the lines that whoever sent them had seen."""
    supplier_uid: str | None = None
    reference: str = ""
    """The recipient's number of the receipt, or of the message."""
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class RecallAnswered:
    reply_uid: str
    number: int


def answer_recall(
    store: Store, command: AnswerRecall, *, actor: Actor, key: str, now: datetime
) -> RecallAnswered:
    """Keep a reply as it was sent; a later one is a further version, and every version stays.

    The request is known again by what was seen, not by what the books say when it comes again.
    Raises ThingNotFound, RecallClosed, ExerciseReachesNobody, ReplyChanged, InvalidValue.
    """
    return perform(
        store,
        Act(kind="recall.answer", action=Action.RECALL, filed_in=ORGANISATION),
        command=replace(command, lines=()),
        body=lambda work: _answer(work, command),
        answer=RecallAnswered,
        actor=actor,
        key=key,
        now=now,
    )


def _answer(work: Work, command: AnswerRecall) -> RecallAnswered:
    case = open_case(work.connection, command.case_uid)
    require_real(case.uid, is_mock=case.is_mock)
    _check(work, command)
    if command.seen != digest_of(command.lines):
        raise ReplyChanged(case=case.uid)
    number = recall_rows.next_number(work, RecallReply, case.id)
    values = {
        "case_id": case.id,
        "n": number,
        "supplier_id": _supplier_id(work, command.supplier_uid),
        "sent_to": command.sent_to.strip(),
        "sent_how": command.sent_how,
        "sent_at": command.sent_at,
        "sent_by_id": work.actor.person_id,
        "reference": command.reference.strip(),
        "note": command.note.strip(),
        "file_id": None,
    }
    lines = _lines(work, command.lines)
    reply_id, uid = recall_rows.write_numbered(work, RecallReply, values, within=lines)
    if lines:
        work.connection.execute(insert(RecallReplyLine), [{"reply_id": reply_id, **line} for line in lines])
    work.payload.update(case=case.uid, reply=uid, number=number)
    return RecallAnswered(reply_uid=uid, number=number)


def digest_of(lines: Iterable[ReplyLine]) -> str:
    """Give by what the lines of a reply are known again: the same quantities, the same digest."""
    return sha256(canonical(tuple(lines)))


def _check(work: Work, command: AnswerRecall) -> None:
    for field, text in (("sent_to", command.sent_to), ("reference", command.reference)):
        check_text(field, text, longest=TEXT_LONGEST)
    check_text("note", command.note, longest=NOTE_LONGEST, may_break=True)
    if not command.sent_to.strip():
        raise InvalidValue(field="sent_to", problem="say who got it")
    if command.sent_at > work.now:
        raise InvalidValue(field="sent_at", problem="not in the future")


def _supplier_id(work: Work, uid: str | None) -> int | None:
    return None if uid is None else int(one_by_uid(work.connection, Supplier, uid, thing="supplier").id)


def _lines(work: Work, lines: tuple[ReplyLine, ...]) -> list[dict[str, Any]]:
    products = many_by_uid(work.connection, Product, {line.product_uid for line in lines}, thing="product")
    return [
        {
            "n": n,
            "product_id": products[line.product_uid].id,
            "lot_number": line.lot_number,
            **asdict(line.sums),
            "note": line.note,
        }
        for n, line in enumerate(lines, start=1)
    ]
