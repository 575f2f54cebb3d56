"""A log-in lives in the database, so that it can be ended there.

Revision: 0006
Follows: 0005
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from stockroom.db import columns

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Upwards only; the way back is the backup."""
    op.create_table(
        "log_in",
        sa.Column("id", columns.Identity, nullable=False),
        sa.Column("uid", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("user_id", columns.Identity, nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("device", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("began_at", columns.UTCDateTime(), nullable=False),
        sa.Column("last_seen_at", columns.UTCDateTime(), nullable=False),
        sa.Column("ended_at", columns.UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_log_in_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_log_in")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_log_in_token_hash")),
        sa.UniqueConstraint("uid", name=op.f("uq_log_in_uid")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_log_in_user_id"), "log_in", ["user_id"])
    op.create_index(op.f("ix_log_in_began_at"), "log_in", ["began_at"])
