"""What must a movement and a list hash to?  Computed from the rows alone (form: docs/ledger.md)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from itertools import groupby
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection, Row, select

from stockroom.ledger.verify.notes import stream
from stockroom.models import Line, Movement

_JSON = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), sort_keys=True, allow_nan=False)


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
    return hashlib.sha256(_JSON.encode(plain).encode("utf-8")).hexdigest()


def movements_in_order(connection: Connection) -> Iterator[Digested]:
    """Give every movement with its digest, by clinic and number.

    Lines come in a stream of their own, in the same order, so that a header is read once and not per line.
    """
    in_order = (Movement.clinic_id, Movement.seq, Movement.id)
    of_movement = (Line.movement_id == Movement.id) & (Line.clinic_id == Movement.clinic_id)
    lines = groupby(
        stream(
            connection,
            select(
                Movement.id, Line.n, Line.lot_id, Line.from_id, Line.to_id, Line.quantity, Line.session_id,
                Line.reverses_line_id,
            )
            .join_from(Movement, Line, of_movement)
            .order_by(*in_order, Line.n),
        ),
        key=itemgetter(0),
    )  # fmt: skip
    named, rows = next(lines, _NO_LINES)
    for movement in stream(connection, select(Movement.__table__).order_by(*in_order)):
        if named == movement.id:
            yield _digested(movement, [tuple(row)[1:] for row in rows])
            named, rows = next(lines, _NO_LINES)
        else:
            yield _digested(movement, [])


_NO_LINES: tuple[int | None, Iterator[Any]] = (None, iter(()))


def _digested(movement: Row[Any], lines: list[tuple[Any, ...]]) -> Digested:
    header = [
        movement.uid, movement.kind, _instant(movement.occurred_at), _instant(movement.recorded_at),
        movement.is_late, movement.reason, movement.document_kind, movement.document_uid,
        movement.supplier_id, movement.actor_id, movement.roles, movement.device,
        movement.reverses_movement_id, movement.replaces_movement_id,
    ]  # fmt: skip
    return Digested(
        clinic_id=movement.clinic_id,
        seq=movement.seq,
        movement_id=movement.id,
        uid=movement.uid,
        digest=hash_of([header, lines]),
    )


@lru_cache(maxsize=1_000)
def _instant(at: datetime) -> str:
    utc = at.astimezone(UTC)
    return f"{utc:%Y-%m-%dT%H:%M:%S}.{utc.microsecond:06}Z"
