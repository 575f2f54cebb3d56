"""A signature may say that a practitioner signed a session off.

Revision: 0051
Follows: 0050
"""

from __future__ import annotations

from migrations.triggers import run_sql

revision = "0051"
down_revision = "0050"


def upgrade() -> None:
    """Upwards only; the way back is the backup."""
    run_sql("0051_sessions_are_signed_off")
