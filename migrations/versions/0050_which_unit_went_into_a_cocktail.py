"""The serial of a sealed unit that went into a cocktail: a serialised unit is taken once, and traced by its serial.

Revision: 0050
Follows: 0049
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0050"
down_revision = "0049"
_HAS_SERIAL = sa.text("serial IS NOT NULL")


def upgrade() -> None:
    """Upwards only; the way back is the backup.  Of what went in before, the scan is kept, and on records still read."""
    op.add_column("preparation_ingredient", sa.Column("serial", sa.Text, nullable=True))
    op.create_index(
        "ix_preparation_ingredient_serial",
        "preparation_ingredient",
        ["clinic_id", "serial"],
        sqlite_where=_HAS_SERIAL,
        postgresql_where=_HAS_SERIAL,
    )
