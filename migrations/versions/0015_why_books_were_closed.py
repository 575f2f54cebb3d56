"""A closed period says why its books were closed although something still stood open.

Revision: 0015
Follows: 0014
"""

from __future__ import annotations

from alembic import op

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    """Upwards only; the way back is the backup."""
    op.execute("ALTER TABLE closed_period ADD COLUMN although TEXT DEFAULT '' NOT NULL")
