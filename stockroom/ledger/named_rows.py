"""How does an entry vouch for rows that stand outside the lines?  It names each by uid, with the digest of what it says.

The digest is the SHA-256 of the row's values, in the order of `SAID`, as canonical JSON (instants in UTC with
microseconds, bytes as hexadecimal digits).  Of a row that changes the newest entry that names it counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import select

from stockroom.db.transaction import Work
from stockroom.ledger.encoding import canonical, sha256

SAID: dict[str, tuple[str, ...]] = {
    "reaction": (
        "session_id", "amends_id", "effect", "severity", "outcome", "began_at", "note", "is_withdrawn",
        "recorded_at", "recorded_by_id",
    ),
    "device": (
        "kind", "name", "manufacturer", "udi_di", "serial", "short_code", "room_id", "needs_service",
        "serviced_until", "held_at", "hold_reason", "retired_at", "version", "created_at", "updated_at",
    ),
    "device_act": (
        "device_id", "kind", "session_id", "occurred_at", "recorded_at", "by_id", "serviced_until", "reason",
        "raw_scan", "undoes_id",
    ),
    "session_tick": ("session_id", "instruction", "is_done", "recorded_at", "recorded_by_id"),
    "ratio_answer": (
        "session_id", "kind", "counted", "usual", "answer", "answered_at", "answered_by_id",
    ),
    "interval_answer": (
        "course_id", "session_id", "days", "least_days", "reason", "answered_at", "answered_by_id",
    ),
    "stated_purpose": ("person_id", "purpose", "reference", "stated_at", "until_at"),
    "caution_answer": ("session_id", "word", "about", "reason", "answered_at", "answered_by_id"),
    "deviation": (
        "movement_id", "rule", "lot_id", "reason", "was_asked", "recorded_at", "recorded_by_id", "agreed_by_id",
        "signed_at", "signed_by_id",
    ),
    "sharps_box": (
        "room_id", "short_code", "waste_stream", "opened_at", "opened_by_id", "close_by_on", "closed_at",
        "closed_by_id", "close_reason", "collected_at", "collected_by_id", "collection_note",
    ),
}  # fmt: skip
"""What each table's rows say, beside their clinic and uid.  The order is part of the digest and stays."""


def name_rows(work: Work, model: Any, uids: Iterable[str]) -> None:
    """Let the act's entry name these rows of a clinic's table as they stand now; one statement."""
    table = model.__table__
    said = [table.c[name] for name in ("uid", *SAID[table.name])]
    rows = work.connection.execute(
        select(*said).where(table.c.clinic_id == work.clinic_id, table.c.uid.in_(list(uids)))
    )
    name_written(work, model, [row._asdict() for row in rows])


def name_written(work: Work, model: Any, rows: Iterable[Mapping[str, Any]]) -> None:
    """Let the act's entry name rows that were just written in full, by their columns; no statement."""
    table = model.__tablename__
    named = {row["uid"]: sha256(canonical([_plain(row[column]) for column in SAID[table]])) for row in rows}
    before: Any = work.payload.get("rows", {})
    work.payload["rows"] = {**before, table: {**before.get(table, {}), **named}}


def _plain(value: Any) -> Any:
    return value.hex() if isinstance(value, bytes) else value
