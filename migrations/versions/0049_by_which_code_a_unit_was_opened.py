"""The code of the pack that was scanned when a container was opened: its UDI-DI on records.

Revision: 0049
Follows: 0048
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from stockroom.db import columns

revision = "0049"
down_revision = "0048"


def upgrade() -> None:
    """Upwards only; the way back is the backup.  What was opened before keeps none: its scan was not kept."""
    pack = sa.ForeignKey("trade_item.id", name="fk_container_trade_item_id")
    column = sa.Column("trade_item_id", columns.Identity, pack, nullable=True)
    op.add_column("container", column, inline_references=True)
