"""How do many rows get into a table in one statement?  On PostgreSQL as one array a column, else as SQLAlchemy does.

A list of values a row is a text of its own for each number of rows: PostgreSQL reads and plans half a megabyte
of it for a thousand lots.  Arrays are the same few words, however many rows there are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Select, Table, bindparam, func, insert, select

from stockroom.db.among import Listed
from stockroom.db.base import Base, table_of
from stockroom.db.compiled_once import Given, Once


def rows_of_lists(table: Table, names: Sequence[str]) -> Select[Any]:
    """Select the rows whose columns are given as lists, by `in_lists`: on PostgreSQL only."""
    return select(*(func.unnest(bindparam(name, type_=Listed(table.c[name].type))) for name in names))


def in_lists(rows: Sequence[Given]) -> Mapping[str, tuple[Any, ...]]:
    """Turn rows, all of which state the same columns, into the list of each column."""
    return {name: tuple(row[name] for row in rows) for name in rows[0]}


class AddingMany:
    """Adds rows to the table of a model, in one statement each time."""

    def __init__(self, model: type[Base], names: Sequence[str], *returned: str) -> None:
        """`names` are the columns that every row states, `returned` what is asked back of each."""
        table = table_of(model)
        back = [table.c[name] for name in returned]
        added = insert(table).from_select(list(names), rows_of_lists(table, names))
        self._in_lists = Once(added.returning(*back) if back else added)
        self._in_rows = insert(table).returning(*back) if back else insert(table)
        self._each = Once(insert(table))

    def rows(self, connection: Connection, rows: Sequence[Given]) -> Sequence[Any]:
        """Add them and give what is asked back of each, in no promised order."""
        if connection.dialect.name == "postgresql":
            return self._in_lists.all(connection, in_lists(rows))
        return connection.execute(self._in_rows, rows).all()

    def add(self, connection: Connection, rows: Sequence[Given]) -> None:
        """Add them; nothing is asked back."""
        if connection.dialect.name == "postgresql" and len(rows) > 1:
            self._in_lists.change(connection, in_lists(rows))
        else:
            self._each.change_each(connection, rows)
