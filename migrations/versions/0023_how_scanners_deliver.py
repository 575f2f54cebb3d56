"""How a clinic's scanners deliver a code, and labels of sharps boxes.

Revision: 0023
Follows: 0022
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.triggers import run_sql

revision = "0023"
down_revision = "0022"


def upgrade() -> None:
    """Upwards only; the way back is the backup."""
    op.add_column("clinic", sa.Column("scanner_separator", sa.Text(), nullable=False, server_default=""))
    op.add_column("clinic", sa.Column("scanner_layout", sa.Text(), nullable=False, server_default=""))
    op.add_column(
        "clinic", sa.Column("duplicate_scan_ms", sa.Integer(), nullable=False, server_default="1000")
    )
    run_sql("0023_labels_of_sharps_boxes")
