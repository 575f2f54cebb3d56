"""Does each answer about an earlier lot stand as its act's journal entry says, and is none missing or added?"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, and_, select
from sqlalchemy.orm import aliased

from stockroom.ledger.verify.notes import Notes, stream
from stockroom.models import JournalEntry, Lot, PassedOverLot

_Said = tuple[Any, ...]


def check(connection: Connection, notes: Notes) -> None:
    """Entries and answers name each other: the lot, the one that was taken, for what, and the answer."""
    taken = aliased(Lot)
    rows = {
        row.uid: (row.clinic_id, row.entry_seq, row.lot, row.taken, row.answer, row.document_uid)
        for row in connection.execute(
            select(
                PassedOverLot.uid,
                PassedOverLot.clinic_id,
                PassedOverLot.entry_seq,
                Lot.uid.label("lot"),
                taken.uid.label("taken"),
                PassedOverLot.answer,
                PassedOverLot.document_uid,
            )
            .join(Lot, and_(Lot.clinic_id == PassedOverLot.clinic_id, Lot.id == PassedOverLot.lot_id))
            .join(
                taken,
                and_(taken.clinic_id == PassedOverLot.clinic_id, taken.id == PassedOverLot.taken_lot_id),
            )
        )
    }
    notes.counted("passed_over_lot", len(rows))
    for uid, said in _named(connection):
        found = rows.pop(uid, None)
        if found is None:
            notes.wrong("L12", "passed_over_lot", uid, "is gone, and its journal entry names it")
        elif found != said:
            notes.wrong("L12", "passed_over_lot", uid, "is not what its journal entry says")
    for uid in sorted(rows):
        notes.wrong("L12", "passed_over_lot", uid, "stands under no journal entry that names it")


def _named(connection: Connection) -> Iterator[tuple[str, _Said]]:
    """Each answer that an entry names, with what its row has to say."""
    entries = (
        select(JournalEntry.clinic_id, JournalEntry.seq, JournalEntry.payload)
        .where(JournalEntry.stream == "changes", JournalEntry.payload.contains('"passed_over"'))
        .order_by(JournalEntry.clinic_id, JournalEntry.seq)
    )
    for row in stream(connection, entries):
        try:
            named = [
                (str(each["uid"]), each["lot"], each["taken"], each["answer"], each.get("for"))
                for each in json.loads(row.payload)["passed_over"]
            ]
        except (KeyError, TypeError, json.JSONDecodeError):
            continue
        for uid, *said in named:
            yield uid, (row.clinic_id, row.seq, *said)
