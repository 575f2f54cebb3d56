"""How do a revision's triggers get into the database?  From numbered SQL files, one for each dialect."""

from __future__ import annotations

from pathlib import Path

from alembic import op

_SQL = Path(__file__).resolve().parent / "sql"
_SEPARATOR = "--;"


def run_sql(name: str) -> None:
    """Run `sql/<name>.<dialect>.sql`, statement by statement (statements end in a line `--;`)."""
    bind = op.get_bind()
    text = (_SQL / f"{name}.{bind.dialect.name}.sql").read_text(encoding="utf-8")
    for statement in text.split(_SEPARATOR):
        if statement.strip():
            bind.execution_options(no_parameters=True).exec_driver_sql(statement)
