"""Which revision is the database at, and how is it brought to the newest?"""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine

from stockroom.errors import StockroomError, extracted

MIGRATIONS = Path(__file__).resolve().parents[2] / "migrations"


class RevisionUnknown(StockroomError):
    """The database was written by another version of Stockroom; this one does not touch it."""

    code: ClassVar[str] = "revision_unknown"
    message: ClassVar[str] = extracted(
        "This database is not at the version that this Stockroom knows. Run `stockroom db upgrade`, "
        "or start the newer Stockroom that wrote it."
    )


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("path_separator", "os")
    config.set_main_option("prepend_sys_path", str(MIGRATIONS.parent))
    return config


def newest_revision() -> str:
    """The revision that this code knows as the newest."""
    head = ScriptDirectory.from_config(_config()).get_current_head()
    assert head is not None, "there is at least one revision"
    return head


def current_revision(engine: Engine) -> str | None:
    """The revision that the database says it is at; None for an empty one."""
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def upgrade(engine: Engine, revision: str = "head") -> None:
    """Bring the database to `revision`.  Each revision is one transaction: whole or not at all.

    Raises RevisionUnknown when the database is at a revision that this code does not have.
    """
    known = {script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()}
    current = current_revision(engine)
    if current is not None and current not in known:
        raise RevisionUnknown()
    if current == newest_revision():
        return
    with engine.connect().execution_options(write=True) as connection:
        config = _config()
        config.attributes["connection"] = connection
        command.upgrade(config, revision)


def refuse_other_revision(engine: Engine) -> None:
    """Raise RevisionUnknown unless the database is at the newest revision."""
    if current_revision(engine) != newest_revision():
        raise RevisionUnknown()
