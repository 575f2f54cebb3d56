"""What must an entry and a movement hash to?  Computed from the rows alone (form: docs/ledger.md)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
from typing import Any

from sqlalchemy import Connection, Row, select

from stockroom.ledger.verify.notes import stream
from stockroom.models import Line, Movement


@dataclass(frozen=True, kw_only=True)
class Digested:
    """A movement of the books with the digest of its rows."""

    clinic_id: int
    seq: int
    movement_id: int
    uid: str
    digest: str


def hash_of(parts: list[Any]) -> str:
    """SHA-256 of a list as JSON without white space; instants in UTC with microseconds."""
    plain = [_instant(part) if isinstance(part, datetime) else part for part in parts]
    written = json.dumps(plain, ensure_ascii=False, separators=(",", ":"), sort_keys=True, allow_nan=False)
    return hashlib.sha256(written.encode("utf-8")).hexdigest()


def hash_of_entry(row: Row[Any]) -> str:
    """The hash that an entry must carry: over its number, instant, author, act, answer and predecessor."""
    return hash_of(
        [
            row.seq, row.recorded_at, row.actor_uid, row.roles, row.device, row.kind, row.key,
            row.request_digest, row.payload, row.answer, row.previous_hash,
        ]
    )  # fmt: skip


def movements_in_order(connection: Connection) -> Iterator[Digested]:
    """Give every movement with its digest, by clinic and number."""
    movement, line = Movement.__table__.c, Line.__table__.c
    statement = (
        select(
            movement.clinic_id, movement.seq, movement.id, movement.uid, movement.kind, movement.occurred_at,
            movement.recorded_at, movement.is_late, movement.reason, movement.document_kind,
            movement.document_uid, movement.supplier_id, movement.actor_id, movement.roles, movement.device,
            movement.reverses_movement_id, movement.replaces_movement_id, line.n, line.lot_id, line.from_id,
            line.to_id, line.quantity, line.session_id, line.reverses_line_id,
        )
        .outerjoin_from(
            Movement, Line, (Line.movement_id == Movement.id) & (Line.clinic_id == Movement.clinic_id)
        )
        .order_by(Movement.clinic_id, Movement.seq, Movement.id, Line.n)
    )  # fmt: skip
    for _, rows in groupby(stream(connection, statement), key=lambda row: row.id):
        yield _digested(rows)


def _digested(rows: Iterable[Row[Any]]) -> Digested:
    together = list(rows)
    first = together[0]
    header = [
        first.uid, first.kind, _instant(first.occurred_at), _instant(first.recorded_at), first.is_late,
        first.reason, first.document_kind, first.document_uid, first.supplier_id, first.actor_id, first.roles,
        first.device, first.reverses_movement_id, first.replaces_movement_id,
    ]  # fmt: skip
    lines = [
        [row.n, row.lot_id, row.from_id, row.to_id, row.quantity, row.session_id, row.reverses_line_id]
        for row in together
        if row.n is not None
    ]
    return Digested(
        clinic_id=first.clinic_id,
        seq=first.seq,
        movement_id=first.id,
        uid=first.uid,
        digest=hash_of([header, lines]),
    )


def _instant(at: datetime) -> str:
    utc = at.astimezone(UTC)
    return f"{utc:%Y-%m-%dT%H:%M:%S}.{utc.microsecond:06}Z"
