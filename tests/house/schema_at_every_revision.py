"""What does the schema look like after each revision, one after the other?"""

from __future__ import annotations

from alembic.script import ScriptDirectory
from sqlalchemy import Engine

from stockroom.db.fingerprint import fingerprint
from stockroom.db.migrating import MIGRATIONS, upgrade


def revisions() -> tuple[str, ...]:
    """Every revision, the oldest first."""
    return tuple(script.revision for script in ScriptDirectory(str(MIGRATIONS)).walk_revisions())[::-1]


def fingerprints(engine: Engine) -> dict[str, str]:
    """Upgrade an empty database through every revision, and give the schema after each."""
    found = {}
    for revision in revisions():
        upgrade(engine, revision)
        with engine.connect() as connection:
            found[revision] = fingerprint(connection)
    return found
