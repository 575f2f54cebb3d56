"""How do a million rows get into a migrated schema quickly?  executemany on SQLite, COPY on PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from sqlalchemy import Connection, Table, func, select, text


def write(connection: Connection, model: Any, rows: Iterable[Mapping[str, Any]]) -> None:
    """Insert rows of one table; a column that a row leaves out gets the default of its model, or NULL."""
    table: Table = model.__table__
    if connection.dialect.name == "sqlite":
        _execute_many(connection, table, rows)
    else:
        _copy(connection, table, rows)


def set_sequences(connection: Connection, *models: Any) -> None:
    """Let PostgreSQL number on after the ids that were written out; SQLite does so by itself."""
    if connection.dialect.name == "sqlite":
        return
    for model in models:
        newest = connection.execute(select(func.max(model.id))).scalar_one()
        sequence = connection.execute(
            text("SELECT pg_get_serial_sequence(:table, 'id')"), {"table": model.__tablename__}
        ).scalar_one()
        if newest is not None and sequence is not None:
            connection.execute(select(func.setval(sequence, newest)))


def _execute_many(connection: Connection, table: Table, rows: Iterable[Mapping[str, Any]]) -> None:
    columns = [(column.name, _default(column), _bind(column, connection)) for column in table.columns]
    names = ", ".join(f'"{name}"' for name, _, _ in columns)
    marks = ", ".join("?" for _ in columns)
    values = [tuple(bind(row.get(name, default)) for name, default, bind in columns) for row in rows]
    if values:
        connection.exec_driver_sql(f'INSERT INTO "{table.name}" ({names}) VALUES ({marks})', values)


def _copy(connection: Connection, table: Table, rows: Iterable[Mapping[str, Any]]) -> None:
    columns = [(column.name, _default(column)) for column in table.columns]
    names = ", ".join(f'"{name}"' for name, _ in columns)
    driver: Any = connection.connection.driver_connection
    with driver.cursor() as cursor, cursor.copy(f'COPY "{table.name}" ({names}) FROM STDIN') as copying:
        for row in rows:
            copying.write_row([row.get(name, default) for name, default in columns])


def _default(column: Any) -> Any:
    return column.default.arg if column.default is not None and column.default.is_scalar else None


def _bind(column: Any, connection: Connection) -> Callable[[Any], Any]:
    found = column.type.dialect_impl(connection.dialect).bind_processor(connection.dialect)
    return found or (lambda value: value)
