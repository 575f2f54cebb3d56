"""How is it kept how far a file is that somebody brings in?  Beside the books: none of this is a fact of them."""

from __future__ import annotations

from base64 import b64decode, b64encode
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, or_, select, update

from stockroom.db.identifiers import new_uid
from stockroom.db.sealing import KeyRing, seal, unseal
from stockroom.models import TableImport
from stockroom.tables.words import ImportState, TableKind

KEPT_FOR = timedelta(days=1)
"""So long the content of a file waits to be brought in."""
LISTED_FOR = timedelta(days=90)
SILENT_MAX = timedelta(minutes=10)
"""Who has said nothing for so long is not at work any more."""
WHOLE = 100
_AT_WORK = (ImportState.CHECKING, ImportState.BRINGING_IN)


def keep(
    connection: Connection,
    keyring: KeyRing,
    *,
    clinic_id: int,
    kind: TableKind,
    file_name: str,
    content: bytes,
    asked_by_id: int,
    at: datetime,
) -> str:
    """Keep a file, sealed under a key of its own, and give the uid under which it is being checked."""
    uid = new_uid(at)
    wrapped = keyring.new_data_key(bound_to=uid)
    data_key = keyring.open_data_key(wrapped, bound_to=uid)
    connection.execute(
        insert(TableImport).values(
            uid=uid,
            clinic_id=clinic_id,
            kind=kind,
            file_name=file_name,
            state=ImportState.CHECKING,
            done=0,
            whole=WHOLE,
            data_key=wrapped,
            content=seal(data_key, b64encode(content).decode("ascii"), bound_to=_bound(uid)),
            result="{}",
            asked_by_id=asked_by_id,
            asked_at=at,
            updated_at=at,
        )
    )
    return uid


def content_of(keyring: KeyRing, row: Row[Any]) -> bytes | None:
    """Give the content of a kept file; None when it is gone.  Raises SealBroken."""
    if row.content is None:
        return None
    data_key = keyring.open_data_key(row.data_key, bound_to=row.uid)
    return b64decode(unseal(data_key, row.content, bound_to=_bound(row.uid)))


def progress(connection: Connection, uid: str, *, done: int, at: datetime) -> None:
    """Say how far it is, in hundredths."""
    connection.execute(
        update(TableImport)
        .where(TableImport.uid == uid, TableImport.state.in_(_AT_WORK))
        .values(done=done, updated_at=at)
    )


def take(connection: Connection, uid: str, state: ImportState, *, at: datetime) -> bool:
    """Take a file that waits, or that somebody left in the middle, into work; False when another was first."""
    waits = TableImport.state == ImportState.CHECKED
    was_left = TableImport.state.in_(_AT_WORK) & (TableImport.updated_at < at - SILENT_MAX)
    taken = connection.execute(
        update(TableImport)
        .where(TableImport.uid == uid, TableImport.content.is_not(None), or_(waits, was_left))
        .values(state=state, done=0, updated_at=at)
    )
    return taken.rowcount == 1


def end(
    connection: Connection, uid: str, state: ImportState, *, result: str, keeps_content: bool, at: datetime
) -> None:
    """Write down what came of it; the content stays only where it is still to be brought in."""
    gone: dict[str, Any] = {} if keeps_content else {"content": None, "data_key": None}
    connection.execute(
        update(TableImport)
        .where(TableImport.uid == uid, TableImport.state.in_(_AT_WORK))
        .values(state=state, done=TableImport.whole, result=result, updated_at=at, **gone)
    )


def throw_away(connection: Connection, uid: str, *, at: datetime) -> None:
    """Forget the content of a file that is not brought in."""
    connection.execute(
        update(TableImport)
        .where(TableImport.uid == uid, TableImport.state == ImportState.CHECKED)
        .values(state=ImportState.REFUSED, content=None, data_key=None, updated_at=at)
    )


def forget_old(connection: Connection, *, at: datetime) -> int:
    """Forget contents that nobody brought in for a day, and what came of files after three months; give how many."""
    forgotten = connection.execute(
        update(TableImport)
        .where(TableImport.content.is_not(None), TableImport.asked_at < at - KEPT_FOR)
        .values(
            state=ImportState.REFUSED,
            content=None,
            data_key=None,
            updated_at=at,
        )
    )
    dropped = connection.execute(delete(TableImport).where(TableImport.asked_at < at - LISTED_FOR))
    return forgotten.rowcount + dropped.rowcount


def is_there_old(connection: Connection, *, at: datetime) -> bool:
    """Whether there is anything to forget."""
    too_old = or_(
        TableImport.content.is_not(None) & (TableImport.asked_at < at - KEPT_FOR),
        TableImport.asked_at < at - LISTED_FOR,
    )
    return connection.execute(select(TableImport.id).where(too_old).limit(1)).first() is not None


def _bound(uid: str) -> str:
    return f"table_import:{uid}"
