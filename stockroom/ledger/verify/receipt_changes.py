"""Is what receipts said before they were changed what the entries say that changed them?"""

from __future__ import annotations

import json
from itertools import groupby
from typing import Any

from sqlalchemy import Connection, select

from stockroom.ledger.verify.digests import hash_of
from stockroom.ledger.verify.notes import Notes, count, stream
from stockroom.models import JournalEntry, Lot, ReceiptLine, ReceiptLineBefore

_Place = tuple[int, int]
"""Clinic and number of an entry."""


def check(connection: Connection, notes: Notes) -> None:
    """What was kept until an entry hashes to what that entry names, and nothing else was kept or is gone.

    Stock of a past day is valued by these rows (form: `ledger.receipt_changes`).
    """
    count(connection, notes, "receipt_line_before")
    kept, named = _kept(connection), _named(connection)
    for place in sorted(kept.keys() | named.keys()):
        row = f"clinic {place[0]}, entry {place[1]}"
        if place not in named:
            notes.wrong(
                "L12", "receipt_line_before", row, "was kept, and its journal entry names nothing kept"
            )
        elif place not in kept:
            notes.wrong("L12", "receipt_line_before", row, "is gone, and its journal entry names it")
        elif kept[place] != named[place]:
            notes.wrong("L12", "receipt_line_before", row, "is not what its journal entry says")


def _named(connection: Connection) -> dict[_Place, Any]:
    """The digest that each entry names which changed lines of receipts."""
    entries = select(JournalEntry.clinic_id, JournalEntry.seq, JournalEntry.payload).where(
        JournalEntry.stream == "changes", JournalEntry.payload.contains('"receipt_lines_before"')
    )
    named: dict[_Place, Any] = {}
    for row in stream(connection, entries):
        try:
            digest = json.loads(row.payload).get("receipt_lines_before")
        except (AttributeError, json.JSONDecodeError):
            continue
        if digest is not None:
            named[row.clinic_id, row.seq] = digest
    return named


def _kept(connection: Connection) -> dict[_Place, str]:
    """The digest of what was kept until each entry."""
    before, line = ReceiptLineBefore, ReceiptLine
    rows = (
        select(
            before.clinic_id, before.until_seq, line.uid, Lot.uid.label("lot_uid"), before.cost_state,
            before.unit_cost_minor, before.currency,
        )
        .outerjoin(line, (line.clinic_id == before.clinic_id) & (line.id == before.receipt_line_id))
        .outerjoin(Lot, (Lot.clinic_id == before.clinic_id) & (Lot.id == before.lot_id))
        .order_by(before.clinic_id, before.until_seq)
    )  # fmt: skip
    kept: dict[_Place, str] = {}
    for place, group in groupby(stream(connection, rows), key=lambda row: (row.clinic_id, row.until_seq)):
        said = [list(row)[2:] for row in group]
        kept[place] = hash_of(sorted(said, key=lambda row: str(row[0])))
    return kept
