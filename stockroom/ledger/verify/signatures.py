"""Does each signature stand under its act as the act's journal entry says, and none is missing or added?"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, select

from stockroom.ledger.verify.notes import Notes, stream
from stockroom.models import JournalEntry, Person, Signature

_Said = tuple[Any, ...]


def check(connection: Connection, notes: Notes) -> None:
    """Entries and signatures name each other: person, meaning, way, the act's kind and its instant."""
    rows = {
        row.uid: (row.clinic_id, row.entry_seq, row.act, row.signed_at, row.person, row.meaning, row.way)
        for row in connection.execute(
            select(Signature.__table__, Person.uid.label("person")).join(
                Person, Person.id == Signature.person_id
            )
        )
    }
    notes.counted("signature", len(rows))
    for uid, said in _named(connection):
        found = rows.pop(uid, None)
        if found is None:
            notes.wrong("L12", "signature", uid, "is gone, and its journal entry names it")
        elif found != said:
            notes.wrong("L12", "signature", uid, "is not what its journal entry says")
    for uid in sorted(rows):
        notes.wrong("L12", "signature", uid, "stands under no journal entry that names it")


def _named(connection: Connection) -> Iterator[tuple[str, _Said]]:
    """Each signature that an entry names, with what its row has to say."""
    entries = (
        select(
            JournalEntry.clinic_id,
            JournalEntry.seq,
            JournalEntry.kind,
            JournalEntry.recorded_at,
            JournalEntry.payload,
        )
        .where(JournalEntry.stream == "changes", JournalEntry.payload.contains('"signatures"'))
        .order_by(JournalEntry.clinic_id, JournalEntry.seq)
    )
    for row in stream(connection, entries):
        try:
            named = [
                (str(each["uid"]), each["person"], each["meaning"], each["way"])
                for each in json.loads(row.payload)["signatures"]
            ]
        except (KeyError, TypeError, json.JSONDecodeError):
            continue
        for uid, person, meaning, way in named:
            yield uid, (row.clinic_id, row.seq, row.kind, row.recorded_at, person, meaning, way)
