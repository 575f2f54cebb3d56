"""How is a row of a recall's case written, so that its journal entry says what it said?

The entry's payload lists [table, uid, digest] under `recall_rows`: the digest is the SHA-256 of the canonical
JSON of the row's columns in the order of their names, without its key and what is sealed in it; bytes stand
as their own SHA-256, and further rows that belong to it (the lines of a reply) as a list under `within`.
Sessions are many, so their rows are one digest an act and case, under `recall_sessions`.
`verify` computes all of them anew.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import func, insert, select

from stockroom.db.base import Base, table_of
from stockroom.db.identifiers import new_uid
from stockroom.db.transaction import Work
from stockroom.ledger.encoding import canonical, sha256
from stockroom.models import RecallSession
from stockroom.vocabulary import Joined

_LEFT_OUT = frozenset({"id", "data_key", "content"})


def write(
    work: Work, model: type[Base], values: Mapping[str, Any], *, within: Iterable[Mapping[str, Any]] = ()
) -> str:
    """Insert an append-only row of a case and give its uid; say all columns but those every row has.

    `within` are the rows that the caller writes beside it and that belong to what it says.
    """
    return write_numbered(work, model, values, within=within)[1]


def write_numbered(
    work: Work, model: type[Base], values: Mapping[str, Any], *, within: Iterable[Mapping[str, Any]] = ()
) -> tuple[int, str]:
    """As `write`, and give the row's key before its uid."""
    table = table_of(model)
    row = {"uid": new_uid(work.now)} | dict(values)
    row |= {"recorded_at": work.recorded_at, "recorded_by_id": work.actor.person_id}
    missing = {column.name for column in table.columns} - row.keys() - {"id"}
    if missing:
        raise ValueError(f"say {sorted(missing)} of {table.name}, that the entry says it too")
    row_id = work.connection.execute(insert(table).values(row).returning(table.c.id)).scalar_one()
    said: list[Any] = [_plain(row)]
    said += [_plain(each) for each in within]
    _listed(work, "recall_rows").append([table.name, row["uid"], sha256(canonical(said))])
    return int(row_id), str(row["uid"])


def next_number(work: Work, model: Any, case_id: int) -> int:
    """Give the next `n` of the rows of a case."""
    last = work.connection.execute(select(func.max(model.n)).where(model.case_id == case_id)).scalar()
    return int(last or 0) + 1


def join_sessions(
    work: Work, case_id: int, sessions: Sequence[tuple[int, int, int]], *, joined: Joined
) -> None:
    """Put sessions (clinic, session, patient) on a case's list; say each once, and none that is on it."""
    if not sessions:
        return
    batch_uid = new_uid(work.now)
    in_order = sorted(sessions)
    rows = [
        {
            "case_id": case_id,
            "clinic_id": clinic_id,
            "session_id": session_id,
            "patient_id": patient_id,
            "joined": joined.value,
            "batch_uid": batch_uid,
            "recorded_at": work.recorded_at,
        }
        for clinic_id, session_id, patient_id in in_order
    ]
    work.connection.execute(insert(RecallSession), rows)
    digest = sha256(canonical([[case_id, *each, joined.value] for each in in_order]))
    _listed(work, "recall_sessions").append([batch_uid, digest])


def _listed(work: Work, name: str) -> list[Any]:
    listed = work.payload.setdefault(name, [])
    assert isinstance(listed, list)
    return listed


def _plain(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _said(value) for name, value in row.items() if name not in _LEFT_OUT}


def _said(value: Any) -> Any:
    return hashlib.sha256(value).hexdigest() if isinstance(value, bytes) else value
