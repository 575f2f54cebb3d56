"""A table that is brought in may be one of sessions.

Revision: 0035
Follows: 0034
"""

from __future__ import annotations

from migrations.triggers import run_sql

revision = "0035"
down_revision = "0034"


def upgrade() -> None:
    """Upwards only; the way back is the backup."""
    run_sql("0035_tables_of_sessions")
