"""A signature may say that somebody decided, and that it was given with a token.

Revision: 0036
Follows: 0035
"""

from __future__ import annotations

from migrations.triggers import run_sql

revision = "0036"
down_revision = "0035"


def upgrade() -> None:
    """Upwards only; the way back is the backup."""
    run_sql("0036_what_signatures_say")
