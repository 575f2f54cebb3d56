"""How does a revision run?  Upwards only, in one transaction, with SQLite's foreign keys off while tables are remade.

The way back is the backup.  Batch mode on SQLite drops triggers and would delete child rows with
foreign keys on, so the switch is thrown before any BEGIN and the keys are checked before the commit.
"""

from __future__ import annotations

from typing import Any

from alembic import context
from sqlalchemy import Connection, Uuid

import stockroom.models  # noqa: F401 - fills the metadata
from stockroom.db.base import Base


def _render(type_: str, item: Any, autogen_context: Any) -> str | bool:
    """Write our own column types by name, so that a revision reads like the models."""
    if type_ == "type" and isinstance(item, Uuid):
        return "sa.Uuid(as_uuid=False)"
    if type_ == "type" and type(item).__module__ == "stockroom.db.columns":
        autogen_context.imports.add("from stockroom.db import columns")
        return f"columns.{type(item).__name__}()"
    if type_ == "type" and item.__class__.__name__ == "BigInteger" and item.__dict__.get("_variant_mapping"):
        autogen_context.imports.add("from stockroom.db import columns")
        return "columns.Identity"
    return False


def run(connection: Connection) -> None:
    """Bring the database of `connection` to the revision that was asked for."""
    is_sqlite = connection.dialect.name == "sqlite"
    driver = connection.connection.driver_connection
    if is_sqlite:
        driver.execute("PRAGMA foreign_keys=OFF")
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        transactional_ddl=True,
        render_as_batch=True,
        compare_type=True,
        render_item=_render,
    )
    with context.begin_transaction():
        context.run_migrations()
        if is_sqlite and (broken := connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()):
            raise RuntimeError(f"foreign keys broken by a migration: {broken[:5]}")
    if is_sqlite:
        driver.execute("PRAGMA foreign_keys=ON")


run(context.config.attributes["connection"])
