"""What a version of a product's rule says is never rewritten; how a product is thrown away is part of it.

Revision: 0033
Follows: 0032
"""

from __future__ import annotations

from alembic import op

from migrations.triggers import run_sql

revision = "0033"
down_revision = "0032"


def upgrade() -> None:
    """Upwards only; the way back is the backup."""
    op.execute("ALTER TABLE product DROP COLUMN waste_stream")
    run_sql("0033_rules_stay")
