"""The serial of the unit that was opened as a container.

Revision: 0024
Follows: 0023
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"

_HAS_SERIAL = sa.text("serial IS NOT NULL")


def upgrade() -> None:
    """Upwards only; the way back is the backup."""
    op.add_column("container", sa.Column("serial", sa.Text(), nullable=True))
    op.create_index(
        "ix_container_serial",
        "container",
        ["clinic_id", "serial"],
        sqlite_where=_HAS_SERIAL,
        postgresql_where=_HAS_SERIAL,
    )
