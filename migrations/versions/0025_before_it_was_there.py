"""A deviation may be that something is dated before it was there; a placing may be recorded late.

Revision: 0025
Follows: 0024
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.triggers import run_sql

revision = "0025"
down_revision = "0024"


def upgrade() -> None:
    """Upwards only; the way back is the backup."""
    run_sql("0025_before_it_was_there")
    op.add_column(
        "container_placing", sa.Column("late_reason", sa.Text(), server_default=sa.text("''"), nullable=False)
    )
