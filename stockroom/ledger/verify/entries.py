"""What does each entry of a journal say, and what must it hash to?  (form: docs/ledger.md)

Read as it lies there: by a bare cursor, whose values nothing turns into dates or anything else, so that a million
entries take seconds; and where bytes of the file were changed, whatever they are now.
"""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import ColumnElement, Connection, Select, Text, case, func, select, type_coerce
from sqlalchemy.exc import DBAPIError

_AT_ONCE = 1_000
_SAID = (
    "seq", "recorded_at", "actor_uid", "roles", "device", "kind", "key", "request_digest", "payload", "answer",
    "previous_hash", "hash",
)  # fmt: skip
_canonical = msgspec.json.Encoder().encode


class Entry(NamedTuple):
    """An entry, with the hash that what it says must have."""

    seq: int
    recorded_at: str
    """As `told` gives it."""
    payload: object
    previous_hash: object
    hash: object
    must_be: str
    """Its hash, computed from all of its fields; empty where it says what no entry can say."""


def told(connection: Connection, instant: Any) -> ColumnElement[str]:
    """An instant in UTC as text: that which SQLite keeps, and what PostgreSQL keeps in the same form."""
    if connection.dialect.name == "sqlite":
        return type_coerce(instant, Text)
    text = func.to_char(func.timezone("UTC", instant), "YYYY-MM-DD HH24:MI:SS.US")
    return case((instant >= func.to_timestamp(0), text), else_="")  # which would not tell 2026 from 2026 BC


def entries(connection: Connection, table: Any, of_it: ColumnElement[bool]) -> Iterator[Entry]:
    """Give the entries of one journal in their order, each with the hash computed from what it says."""
    columns = [told(connection, table.c[name]) if name == "recorded_at" else table.c[name] for name in _SAID]
    statement = select(*columns).where(of_it).order_by(table.c.seq)
    for rows in _raising_as_sqlalchemy_does(connection, _in_order(connection, statement, table.c.seq)):
        for row in rows:
            try:
                day, _, time = row[1].partition(" ")
                must_be = sha256(_canonical((row[0], f"{day}T{time}Z", *row[2:11]))).hexdigest()
            except (AttributeError, TypeError, UnicodeEncodeError):
                yield Entry(row[0], "", "", row[10], row[11], "")
            else:
                yield Entry(row[0], row[1], row[8], row[10], row[11], must_be)


def _raising_as_sqlalchemy_does(
    connection: Connection, given: Iterator[list[tuple[Any, ...]]]
) -> Iterator[list[tuple[Any, ...]]]:
    errors = connection.dialect.loaded_dbapi.Error
    try:
        yield from given
    except errors as error:
        raise DBAPIError.instance(
            None, None, error, errors, hide_parameters=True, dialect=connection.dialect
        ) from error


def _in_order(connection: Connection, statement: Select[Any], seq: Any) -> Iterator[list[tuple[Any, ...]]]:
    """Give the rows some at a time; those among which SQLite cannot read a text, with what there is instead."""
    driver: Any = connection.connection.driver_connection
    if connection.dialect.name != "sqlite":
        with driver.cursor(name="entries") as cursor:
            cursor.execute(_written(connection, statement))
            while rows := cursor.fetchmany(_AT_ONCE):
                yield rows
        return
    rest = statement
    while True:
        try:
            cursor = driver.execute(_written(connection, rest))
            while rows := cursor.fetchmany(_AT_ONCE):
                yield rows
                rest = statement.where(seq > rows[-1][0])
            return
        except connection.dialect.loaded_dbapi.DatabaseError:
            rows = _one_by_one(connection, rest, seq)
            if not rows:
                raise
        yield rows
        rest = statement.where(seq > rows[-1][0])


def _written(connection: Connection, statement: Select[Any]) -> str:
    return str(statement.compile(dialect=connection.dialect, compile_kwargs={"literal_binds": True}))


def _one_by_one(connection: Connection, rest: Select[Any], seq: Any) -> list[tuple[Any, ...]]:
    """Give the next rows; of one that cannot be read, of a torn file, its number and nothing else.

    Bytes that are no UTF-8 stand in their texts as what cannot be encoded again.
    """
    driver: Any = connection.connection.driver_connection
    torn = connection.dialect.loaded_dbapi.DatabaseError
    numbers = driver.execute(_written(connection, rest.with_only_columns(seq).limit(_AT_ONCE))).fetchall()
    before, driver.text_factory = driver.text_factory, lambda raw: raw.decode("utf-8", "surrogateescape")
    rows: list[tuple[Any, ...]] = []
    try:
        for (number,) in numbers:
            try:
                rows += driver.execute(_written(connection, rest.where(seq == number))).fetchall()
            except torn as error:
                if type(error) is not torn:  # but one of its children, as of a disk that does not answer
                    raise
                rows.append((number, *[None] * (len(_SAID) - 1)))
    finally:
        driver.text_factory = before
    return rows
