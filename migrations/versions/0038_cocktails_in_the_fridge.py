"""How long a cocktail keeps in a fridge and since when it lies outside one; for what an earlier lot was passed over.

Revision: 0038
Follows: 0037
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from stockroom.db import columns

revision = "0038"
down_revision = "0037"


def upgrade() -> None:
    """Upwards only; the way back is the backup."""
    op.execute(
        "ALTER TABLE preparation ADD COLUMN life_minutes_refrigerated INTEGER"
        " CONSTRAINT ck_preparation_cold_life_longer CHECK (life_minutes_refrigerated > life_minutes)"
    )
    op.add_column("preparation", sa.Column("warm_since", columns.UTCDateTime(), nullable=True))
    op.add_column("passed_over_lot", sa.Column("document_uid", sa.Uuid(as_uuid=False), nullable=True))
