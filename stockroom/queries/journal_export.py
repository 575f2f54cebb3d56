"""How does a whole journal leave, so that somebody without Stockroom can prove it?  One JSON object a line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, Row, select

from stockroom.db.transaction import CHANGES
from stockroom.ledger.encoding import instant_text
from stockroom.models import Clinic, JournalEntry, JournalHead, OrganisationEntry, OrganisationHead

_AT_ONCE = 1_000
_CHAINED = (
    "seq", "recorded_at", "actor_uid", "roles", "device", "kind", "key", "request_digest", "payload", "answer",
    "previous_hash", "hash",
)  # fmt: skip


def clinic_journal(connection: Connection, clinic_id: int, *, stream: str) -> Iterator[str]:
    """Give a clinic's journal line by line: its name and head first, then every entry up to it, oldest first.

    An entry's line holds what its hash was made of, each as it was hashed (docs/ledger.md), and the hash.
    Rows are fetched a thousand at a time: a journal of any length leaves in constant memory.
    """
    head = connection.execute(
        select(Clinic.uid, JournalHead.seq, JournalHead.hash)
        .join(JournalHead, JournalHead.clinic_id == Clinic.id)
        .where(Clinic.id == clinic_id, JournalHead.stream == stream)
    ).one()
    yield _head_line(f"{head.uid}:{stream}", head, stream=stream)
    table = JournalEntry.__table__
    entries = select(*(table.c[name] for name in _CHAINED)).where(
        table.c.clinic_id == clinic_id, table.c.stream == stream, table.c.seq <= head.seq
    )
    yield from _lines(connection, entries.order_by(table.c.seq))


def organisation_journal(connection: Connection) -> Iterator[str]:
    """Give the organisation's journal in the same form."""
    head = connection.execute(select(OrganisationHead.uid, OrganisationHead.seq, OrganisationHead.hash)).one()
    yield _head_line("organisation", head, stream=CHANGES)
    table = OrganisationEntry.__table__
    entries = select(*(table.c[name] for name in _CHAINED)).where(table.c.seq <= head.seq)
    yield from _lines(connection, entries.order_by(table.c.seq))


def _head_line(journal: str, head: Row[str, int, str], *, stream: str) -> str:
    return _line(
        {"journal": journal, "owner": head.uid, "stream": stream, "entries": head.seq, "head": head.hash}
    )


def _lines(connection: Connection, entries: Any) -> Iterator[str]:
    options = {"stream_results": True, "yield_per": _AT_ONCE}
    with connection.execute(entries, execution_options=options) as rows:
        for row in rows:
            yield chained_line(row)


def chained_line(row: Row[Any]) -> str:
    """Give the line of an entry: what its hash was made of, each as it was hashed, and the hash."""
    said = {name: row._mapping[name] for name in _CHAINED}
    return _line({**said, "recorded_at": instant_text(row.recorded_at)})


def _line(value: dict[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False) + "\n"
