"""Do the rows of recalls say what their journal entries say, and is every session with a recalled use on its list?"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from itertools import groupby
from typing import Any

from sqlalchemy import Connection, select

from stockroom.ledger.verify.notes import Notes, Query, ask, stream
from stockroom.models import (
    JournalEntry,
    OrganisationEntry,
    RecallAttempt,
    RecallCase,
    RecallCheck,
    RecallFile,
    RecallFinding,
    RecallLetter,
    RecallLot,
    RecallMockResult,
    RecallNotice,
    RecallReply,
    RecallReplyLine,
    RecallScope,
    RecallSession,
    RecallStep,
)

_TABLES: tuple[Any, ...] = (
    RecallCase, RecallNotice, RecallFile, RecallScope, RecallLot, RecallFinding, RecallStep, RecallAttempt,
    RecallLetter, RecallReply, RecallCheck, RecallMockResult,
)  # fmt: skip
_SEALED = frozenset({"id", "reply_id", "data_key", "content"})
_JSON = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), sort_keys=True, allow_nan=False)
_QUERIES = (
    Query(
        invariant="I-13",
        table="recall_session",
        row="recall {number}, session {session_id}",
        what="used lot {lot_number}, which the recall holds, and is not on its list",
        sql="""SELECT DISTINCT c.number, l.session_id, lot.number AS lot_number
            FROM product_hold h JOIN recall_case c ON c.id = h.case_id
            JOIN lot ON lot.product_id = h.product_id AND (h.lot_number IS NULL OR h.lot_number = lot.number)
            JOIN line l ON l.clinic_id = lot.clinic_id AND l.lot_id = lot.id
            JOIN location p ON p.clinic_id = l.clinic_id AND p.id = l.to_id AND p.kind = 'patient'
            LEFT JOIN line r ON r.clinic_id = l.clinic_id AND r.reverses_line_id = l.id
            LEFT JOIN recall_session s ON s.case_id = c.id AND s.clinic_id = l.clinic_id
                AND s.session_id = l.session_id
            WHERE h.released_at IS NULL AND l.session_id IS NOT NULL AND l.reverses_line_id IS NULL
                AND r.id IS NULL AND s.id IS NULL
            ORDER BY c.number, l.session_id""",
    ),
    Query(
        invariant="I-13",
        table="recall_lot",
        row="{uid}",
        what="is covered by a recall that nobody released, and nothing holds it",
        sql="""SELECT t.uid FROM recall_lot t JOIN recall_case c ON c.id = t.case_id
            WHERE NOT c.is_mock AND NOT EXISTS (SELECT 1 FROM product_hold h WHERE h.case_id = t.case_id
                AND h.product_id = t.product_id
                AND (h.lot_number = t.lot_number OR (h.lot_number IS NULL AND t.lot_number IS NULL)))
            ORDER BY t.id""",
    ),
)


def check(connection: Connection, notes: Notes) -> None:
    """L12: each row and each batch of sessions has the digest that its entry names.  I-13: nobody is left out."""
    named, batches = _named(connection)
    for model in _TABLES:
        table, counted = model.__tablename__, 0
        lines = _lines_of_replies(connection) if model is RecallReply else {}
        for row in stream(connection, select(model.__table__).order_by(model.id)):
            counted += 1
            digest = named.pop((table, row.uid), None)
            if digest is None:
                notes.wrong("L12", table, row.uid, "stands under no journal entry that names it")
            elif digest != _hash([_plain(row), *lines.get(row.id, ())]):
                notes.wrong("L12", table, row.uid, "is not what its journal entry says")
        notes.counted(table, counted)
    for table, uid in sorted(named):
        notes.wrong("L12", table, uid, "is gone, and its journal entry names it")
    _check_sessions(connection, notes, batches)
    ask(connection, notes, _QUERIES)


def _check_sessions(connection: Connection, notes: Notes, batches: dict[str, str]) -> None:
    in_order = (RecallSession.clinic_id, RecallSession.session_id, RecallSession.patient_id)
    rows = stream(
        connection,
        select(RecallSession.batch_uid, RecallSession.case_id, *in_order, RecallSession.joined).order_by(
            RecallSession.batch_uid, *in_order
        ),
    )
    counted = 0
    for batch_uid, group in groupby(rows, key=lambda row: str(row.batch_uid)):
        listed = [list(row)[1:] for row in group]
        counted += len(listed)
        if batches.pop(batch_uid, None) != _hash(listed):
            notes.wrong("L12", "recall_session", batch_uid, "the batch is not what a journal entry says")
    for batch_uid in sorted(batches):
        notes.wrong("L12", "recall_session", batch_uid, "the batch is gone, and its journal entry names it")
    notes.counted("recall_session", counted)


def _named(connection: Connection) -> tuple[dict[tuple[str, str], str], dict[str, str]]:
    """The digests that entries name: of rows by table and uid, and of batches of sessions."""
    rows: dict[tuple[str, str], str] = {}
    batches: dict[str, str] = {}
    for told in _payloads(connection):
        try:
            said = json.loads(told)
            rows |= {(table, uid): digest for table, uid, digest in said.get("recall_rows", ())}
            batches |= dict(said.get("recall_sessions", ()))
        except (AttributeError, TypeError, ValueError):
            continue  # the chain of the journal says that this entry was changed
    return rows, batches


def _payloads(connection: Connection) -> Iterator[str]:
    for model in (OrganisationEntry, JournalEntry):
        said = model.payload.contains('"recall_')
        statement = select(model.payload).where(said)
        if model is JournalEntry:
            statement = statement.where(JournalEntry.stream == "changes")
        for row in stream(connection, statement):
            yield row.payload


def _lines_of_replies(connection: Connection) -> dict[int, list[dict[str, Any]]]:
    found: dict[int, list[dict[str, Any]]] = {}
    order = (RecallReplyLine.reply_id, RecallReplyLine.n)
    for row in stream(connection, select(RecallReplyLine.__table__).order_by(*order)):
        found.setdefault(row.reply_id, []).append(_plain(row))
    return found


def _plain(row: Any) -> dict[str, Any]:
    return {name: _said(value) for name, value in row._mapping.items() if name not in _SEALED}


def _said(value: Any) -> Any:
    if isinstance(value, bytes):
        return hashlib.sha256(value).hexdigest()
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    return value.isoformat() if isinstance(value, date) else value


def _hash(said: list[Any]) -> str:
    return hashlib.sha256(_JSON.encode(said).encode("utf-8")).hexdigest()
