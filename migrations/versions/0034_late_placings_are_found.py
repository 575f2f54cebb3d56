"""Containers that were put elsewhere and written down late are found without looking at all that were.

Revision: 0034
Follows: 0033
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"

_IS_LATE = sa.text("late_reason <> ''")


def upgrade() -> None:
    """Upwards only; the way back is the backup."""
    op.create_index(
        "ix_container_placing_late",
        "container_placing",
        ["clinic_id", "recorded_at"],
        sqlite_where=_IS_LATE,
        postgresql_where=_IS_LATE,
    )
