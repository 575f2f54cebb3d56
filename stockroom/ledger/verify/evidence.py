"""Is signed evidence still what its journal entry names, over a head that is still there?"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from stockroom.ledger.verify.notes import Notes, Query, ask, stream
from stockroom.models import EvidencePack, JournalEntry

_HEADS = (
    Query(
        invariant="L12",
        table="evidence_pack",
        row="{id}",
        what="stands over entry {head_seq}, which is not there as it was read",
        sql="""SELECT p.id, p.head_seq FROM evidence_pack p
            LEFT JOIN journal_entry e ON e.clinic_id = p.clinic_id AND e.stream = 'changes' AND e.seq = p.head_seq
            WHERE e.hash IS NULL OR e.hash <> p.head_hash ORDER BY p.id""",
    ),
)
_Said = tuple[Any, ...]


def check(connection: Connection, notes: Notes) -> None:
    """L12: entries and signed evidence name each other: subject, instant, digest, head; and the head is there."""
    rows: dict[str, _Said] = {
        row.uid: (
            row.clinic_id, row.entry_seq, row.subject_kind, row.subject_uid, _text(row.as_of), row.digest,
            [row.head_seq, row.head_hash], row.signed_at,
        )
        for row in connection.execute(select(EvidencePack.__table__))
    }  # fmt: skip
    notes.counted("evidence_pack", len(rows))
    ask(connection, notes, _HEADS)
    for uid, said in _named(connection):
        found = rows.pop(uid, None)
        if found is None:
            notes.wrong("L12", "evidence_pack", uid, "is gone, and its journal entry names it")
        elif found != said:
            notes.wrong("L12", "evidence_pack", uid, "is not what its journal entry says")
    for uid in sorted(rows):
        notes.wrong("L12", "evidence_pack", uid, "stands under no journal entry that names it")


def _named(connection: Connection) -> Iterator[tuple[str, _Said]]:
    """Each pack that an entry names, with what its row has to say."""
    entries = (
        select(JournalEntry.clinic_id, JournalEntry.seq, JournalEntry.recorded_at, JournalEntry.payload)
        .where(JournalEntry.stream == "changes", JournalEntry.kind == "evidence.sign")
        .order_by(JournalEntry.clinic_id, JournalEntry.seq)
    )
    for row in stream(connection, entries):
        try:
            said = json.loads(row.payload)
            uid = str(said["evidence"])
            what = [said[name] for name in ("subject_kind", "subject", "as_of", "digest", "head")]
        except (KeyError, TypeError, json.JSONDecodeError):
            continue
        yield uid, (row.clinic_id, row.seq, *what, row.recorded_at)


def _text(at: datetime) -> str:
    """An instant as a payload writes it."""
    return f"{at.isoformat(timespec='microseconds')[:-6]}Z"
