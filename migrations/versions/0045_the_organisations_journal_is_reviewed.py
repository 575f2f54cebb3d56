"""The organisation's journal is signed off like a clinic's.

Revision: 0045
Follows: 0044
"""

from __future__ import annotations

from migrations.triggers import run_sql

revision = "0045"
down_revision = "0044"


def upgrade() -> None:
    """Upwards only; the way back is the backup."""
    run_sql("0045_the_organisations_journal_is_reviewed")
