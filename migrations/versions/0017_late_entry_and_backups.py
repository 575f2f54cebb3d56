"""What is written down after the clinic's window is a deviation; and which backups were made and proven.

Revision: 0017
Follows: 0016
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.triggers import run_sql
from stockroom.db import columns

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    """Upwards only; the way back is the backup."""
    run_sql("0017_beyond_the_window")
    op.create_table(
        "backup_made",
        sa.Column("id", columns.Identity, nullable=False),
        sa.Column("uid", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("made_at", columns.UTCDateTime(), nullable=False),
        sa.Column("verified_at", columns.UTCDateTime(), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("size_bytes", columns.Identity, nullable=False),
        sa.Column("recorded_at", columns.UTCDateTime(), nullable=False),
        sa.CheckConstraint("size_bytes > 0", name=op.f("ck_backup_made_size_positive")),
        sa.CheckConstraint("made_at <= verified_at", name=op.f("ck_backup_made_verified_after_made")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_backup_made")),
        sa.UniqueConstraint("uid", name=op.f("uq_backup_made_uid")),
        sqlite_strict=True,
    )
    op.create_index("ix_backup_made_at", "backup_made", ["made_at"])
    run_sql("0017_append_only")
