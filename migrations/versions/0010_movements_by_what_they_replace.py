"""What corrected a movement is found by the movement that it replaces.

Revision: 0010
Follows: 0009
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"

_REPLACES = sa.text("replaces_movement_id IS NOT NULL")


def upgrade() -> None:
    """Upwards only; the way back is the backup."""
    op.create_index(
        "ix_movement_replaces",
        "movement",
        ["clinic_id", "replaces_movement_id"],
        sqlite_where=_REPLACES,
        postgresql_where=_REPLACES,
    )
