"""A file that somebody brings in has a row, so that its progress is seen from every page and process.

Revision: 0013
Follows: 0012
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from stockroom.db import columns

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """Upwards only; the way back is the backup."""
    op.create_table(
        "table_import",
        sa.Column("id", columns.Identity, nullable=False),
        sa.Column("uid", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("clinic_id", columns.Identity, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("whole", sa.Integer(), nullable=False),
        sa.Column("data_key", sa.LargeBinary(), nullable=True),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.Column("result", sa.Text(), nullable=False),
        sa.Column("asked_by_id", columns.Identity, nullable=False),
        sa.Column("asked_at", columns.UTCDateTime(), nullable=False),
        sa.Column("updated_at", columns.UTCDateTime(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('products', 'stock', 'patients')", name=op.f("ck_table_import_kind_is_a_word")
        ),
        sa.CheckConstraint(
            "state IN ('checking', 'checked', 'bringing_in', 'done', 'refused')",
            name=op.f("ck_table_import_state_is_a_word"),
        ),
        sa.CheckConstraint("0 <= done AND done <= whole", name=op.f("ck_table_import_done_within_whole")),
        sa.CheckConstraint(
            "(content IS NULL) = (data_key IS NULL)", name=op.f("ck_table_import_content_has_its_key")
        ),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"], name=op.f("fk_table_import_clinic_id")),
        sa.ForeignKeyConstraint(["asked_by_id"], ["person.id"], name=op.f("fk_table_import_asked_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_table_import")),
        sa.UniqueConstraint("uid", name=op.f("uq_table_import_uid")),
        sqlite_strict=True,
    )
    op.create_index("ix_table_import_asked", "table_import", ["clinic_id", "asked_at"])
