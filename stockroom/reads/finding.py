"""Which row is meant by a public id?  Another clinic's row is not found, which is the same answer."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Any

from sqlalchemy import Connection, Row, bindparam, select

from stockroom.db.base import table_of
from stockroom.db.compiled_once import Once
from stockroom.db.identifiers import is_uid
from stockroom.errors import ThingNotFound


def one_by_uid(
    connection: Connection, model: Any, uid: str, *, thing: str, clinic_id: int | None = None
) -> Row[Any]:
    """Give the whole row of `model` with this public id.

    Raises ThingNotFound (naming `thing` as people call it) when there is none in this clinic.
    """
    found = many_by_uid(connection, model, [uid], thing=thing, clinic_id=clinic_id)
    return found[uid]


def many_by_uid(
    connection: Connection, model: Any, uids: Iterable[str], *, thing: str, clinic_id: int | None = None
) -> dict[str, Row[Any]]:
    """Give the rows of `model` with these public ids, by id, in one statement.  Raises ThingNotFound."""
    wanted = set(uids)
    for uid in wanted:
        if not is_uid(uid):
            raise ThingNotFound(thing=thing, uid=uid[:40])
    of_clinic = {} if clinic_id is None else {"clinic": clinic_id}
    statement = _by_uids(model, clinic_id is not None)
    rows = statement.all(connection, {"uids": sorted(wanted), **of_clinic})
    found: dict[str, Row[Any]] = {row.uid: row for row in rows}  # named tuples, read as rows are
    if missing := wanted - found.keys():
        raise ThingNotFound(thing=thing, uid=sorted(missing)[0])
    return found


@cache
def _by_uids(model: Any, in_clinic: bool) -> Once:
    """Built once for each noun: building a statement costs more than running it."""
    statement = select(table_of(model)).where(model.uid.in_(bindparam("uids", expanding=True)))
    return Once(statement.where(model.clinic_id == bindparam("clinic")) if in_clinic else statement)
