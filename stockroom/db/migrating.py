"""Which revision is the database at, and how is it brought to the newest?"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from sqlalchemy import Engine, column, inspect, select, table

from stockroom.errors import StockroomError, extracted

if TYPE_CHECKING:
    from alembic.config import Config

MIGRATIONS = Path(__file__).resolve().parents[2] / "migrations"
_VERSION = table("alembic_version", column("version_num"))


class RevisionUnknown(StockroomError):
    """The database was written by another version of Stockroom; this one does not touch it."""

    code: ClassVar[str] = "revision_unknown"
    message: ClassVar[str] = extracted(
        "This database is not at the version that this Stockroom knows. Run `stockroom db upgrade`, "
        "or start the newer Stockroom that wrote it."
    )


def _config() -> Config:
    from alembic.config import Config  # loaded where there is something to migrate, not at every start

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("path_separator", "os")
    config.set_main_option("prepend_sys_path", str(MIGRATIONS.parent))
    return config


def newest_revision() -> str:
    """The revision that this code knows as the newest."""
    return max(known_revisions())


def known_revisions() -> frozenset[str]:
    """The revisions of this code: each file's name begins with the four digits of its own."""
    return frozenset(path.name[:4] for path in (MIGRATIONS / "versions").glob("[0-9]*.py"))


def current_revision(engine: Engine) -> str | None:
    """The revision that the database says it is at; None for an empty one."""
    with engine.connect() as connection:
        if not inspect(connection).has_table(_VERSION.name):
            return None
        revision: str | None = connection.execute(select(_VERSION.c.version_num)).scalar_one_or_none()
        return revision


def upgrade(engine: Engine, revision: str = "head") -> None:
    """Bring the database to `revision`.  Each revision is one transaction: whole or not at all.

    Raises RevisionUnknown when the database is at a revision that this code does not have.
    """
    current = current_revision(engine)
    if current == newest_revision():
        return
    if current is not None and current not in known_revisions():
        raise RevisionUnknown()
    from alembic import command

    with engine.connect().execution_options(write=True) as connection:
        config = _config()
        config.attributes["connection"] = connection
        command.upgrade(config, revision)


def refuse_other_revision(engine: Engine) -> None:
    """Raise RevisionUnknown unless the database is at the newest revision."""
    if current_revision(engine) != newest_revision():
        raise RevisionUnknown()
