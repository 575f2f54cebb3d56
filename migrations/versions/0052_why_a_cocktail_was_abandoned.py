"""Why a cocktail was abandoned is kept with it, also where nothing had been drawn.

Revision: 0052
Follows: 0051
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0052"
down_revision = "0051"


def upgrade() -> None:
    """Upwards only; the way back is the backup.  Of those abandoned before, the movement says why, where there is one."""
    op.add_column(
        "preparation",
        sa.Column("end_reason", sa.Text(), server_default=sa.text("''"), nullable=False),
    )
    op.execute(
        "UPDATE preparation SET end_reason = coalesce((SELECT movement.reason FROM movement"
        " WHERE movement.clinic_id = preparation.clinic_id AND movement.id = preparation.movement_id), '')"
        " WHERE state = 'abandoned'"
    )
