"""How is something looked up that takes one statement?  Without a transaction: one statement sees one snapshot.

To begin a transaction and to end it costs more than the statement, and on PostgreSQL two round trips.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Dialect, Engine
from sqlalchemy.pool import PoolProxiedConnection


@dataclass(frozen=True)
class Glance:
    """A connection of an engine on which each statement stands by itself, for `Once` and nothing else."""

    engine: Engine
    connection: PoolProxiedConnection

    @property
    def dialect(self) -> Dialect:
        return self.engine.dialect

    @property
    def dispatch(self) -> Any:
        """Who listens for statements."""
        return self.engine.dispatch

    def invalidate(self, exception: BaseException | None = None) -> None:
        """Give the connection up: the database went away."""
        self.connection.invalidate(exception)


@contextmanager
def glancing(engine: Engine) -> Iterator[Glance]:
    """Give a glance at the database of an engine."""
    connection = engine.raw_connection()
    try:
        driver: Any = connection.driver_connection
        if engine.dialect.name == "sqlite":  # nothing begins there unless we begin it (db/engine.py)
            yield Glance(engine, connection)
            return
        driver.autocommit = True
        try:
            yield Glance(engine, connection)
        finally:
            if connection.is_valid:
                driver.autocommit = False
    finally:
        connection.close()
