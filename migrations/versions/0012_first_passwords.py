"""A password that was given to somebody opens until an instant, and only so that another one is chosen.

Revision: 0012
Follows: 0011
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from stockroom.db.columns import UTCDateTime

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Upwards only; the way back is the backup."""
    op.add_column("user_account", sa.Column("first_password_until", UTCDateTime(), nullable=True))
