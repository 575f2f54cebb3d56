"""A label that is printed again says so, so every printing has a row.

Revision: 0014
Follows: 0013
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.triggers import run_sql
from stockroom.db import columns

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    """Upwards only; the way back is the backup."""
    op.create_table(
        "label_print",
        sa.Column("id", columns.Identity, nullable=False),
        sa.Column("uid", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("clinic_id", columns.Identity, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("thing_uid", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("part_count", sa.Integer(), nullable=False),
        sa.Column("paper", sa.Text(), nullable=False),
        sa.Column("start", sa.Integer(), nullable=False),
        sa.Column("printed_by_id", columns.Identity, nullable=False),
        sa.Column("printed_at", columns.UTCDateTime(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('container', 'preparation', 'lot', 'location')",
            name=op.f("ck_label_print_kind_is_a_word"),
        ),
        sa.CheckConstraint(
            "n > 0 AND part_count > 0 AND start > 0", name=op.f("ck_label_print_counts_positive")
        ),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"], name=op.f("fk_label_print_clinic_id")),
        sa.ForeignKeyConstraint(["printed_by_id"], ["person.id"], name=op.f("fk_label_print_printed_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_label_print")),
        sa.UniqueConstraint("uid", name=op.f("uq_label_print_uid")),
        sa.UniqueConstraint(
            "clinic_id", "kind", "thing_uid", "n", name=op.f("uq_label_print_clinic_id_kind_thing_uid_n")
        ),
        sqlite_strict=True,
    )
    run_sql("0014_append_only")
