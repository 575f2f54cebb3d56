"""How is it kept why an earlier lot was not taken first?  As rows that the act's entry names."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import insert

from stockroom.db.identifiers import new_uid
from stockroom.db.transaction import JournalName, Work
from stockroom.models import PassedOverLot
from stockroom.rules.passing_over import PassOver
from stockroom.rules.usability import Thing


def write_passed_over(
    work: Work,
    taken: Thing,
    passed: Iterable[Thing],
    answers: Iterable[PassOver],
    *,
    document_uid: str | None,
) -> None:
    """Write an answer for each lot that was passed over when `taken` was; no statement where none was.

    `document_uid` is the session or cocktail for which it was taken.  What was answered before (`reads.passed_over`)
    is not written again.

    What it is kept for stays out of the journal (L14): the entry names each row by uid with its lot, the lot
    that was taken, and the answer.
    """
    said = {each.lot_uid: each for each in answers}
    left = [each for each in passed if each.lot_uid in said]
    if not left:
        return
    rows = [
        {
            "uid": new_uid(work.now),
            "clinic_id": work.clinic_id,
            "lot_id": each.lot_id,
            "location_id": each.location_id,
            "taken_lot_id": taken.lot_id,
            "answer": said[each.lot_uid].answer.value,
            "words": said[each.lot_uid].words.strip(),
            "document_uid": document_uid,
            "answered_at": work.recorded_at,
            "answered_by_id": work.actor.person_id,
            "entry_seq": work.heads[JournalName(clinic_id=work.clinic_id)].seq + 1,
        }
        for each in left
    ]
    work.connection.execute(insert(PassedOverLot), rows)
    named = [
        {
            "uid": row["uid"],
            "lot": each.lot_uid,
            "taken": taken.lot_uid,
            "answer": row["answer"],
            **({"for": document_uid} if document_uid is not None else {}),
        }
        for row, each in zip(rows, left, strict=True)
    ]
    work.payload["passed_over"] = [*_named(work), *named]


def _named(work: Work) -> list[object]:
    """What the act named before: of several things that it takes, each may pass over lots."""
    named = work.payload.get("passed_over", [])
    return named if isinstance(named, list) else []
