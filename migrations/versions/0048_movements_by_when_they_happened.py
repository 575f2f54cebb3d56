"""What happened in a time is found without reading what happened before and after it, and uses by hand among all.

Revision: 0048
Follows: 0047
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0048"
down_revision = "0047"

_BY_HAND = sa.text("identified_by = 'by_hand'")


def upgrade() -> None:
    """Upwards only; the way back is the backup."""
    op.create_index("ix_movement_occurred", "movement", ["clinic_id", "occurred_at"])
    op.create_index(
        "ix_usage_by_hand",
        "usage",
        ["clinic_id", "line_id"],
        sqlite_where=_BY_HAND,
        postgresql_where=_BY_HAND,
    )
