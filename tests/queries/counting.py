"""How many statements does a query take?  Counted at the driver, so that they carry no noise."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine, event


@contextmanager
def counted(connection: Connection | Engine) -> Iterator[list[str]]:
    """Give the statements that are executed meanwhile: a compiled one tells those who listen at the engine."""
    statements: list[str] = []
    engine = connection.engine

    def note(_connection, _cursor, statement, *_rest) -> None:
        statements.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(engine, "before_cursor_execute", note)
