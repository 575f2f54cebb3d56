"""What a line of a receipt said before it was changed, so that old books can be read with what they knew.

Revision: 0020
Follows: 0019
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.triggers import run_sql
from stockroom.db import columns

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    """Upwards only; the way back is the backup."""
    op.create_table(
        "receipt_line_before",
        sa.Column("clinic_id", columns.Identity, nullable=False),
        sa.Column("receipt_line_id", columns.Identity, nullable=False),
        sa.Column("until_seq", columns.Identity, nullable=False),
        sa.Column("lot_id", columns.Identity, nullable=False),
        sa.Column("line_id", columns.Identity, nullable=False),
        sa.Column("cost_state", sa.Text(), nullable=False),
        sa.Column("unit_cost_minor", columns.Identity, nullable=True),
        sa.Column("currency", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "cost_state IN ('priced', 'free_sample', 'unknown')",
            name=op.f("ck_receipt_line_before_cost_state_is_a_word"),
        ),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"], name=op.f("fk_receipt_line_before_clinic_id")),
        sa.ForeignKeyConstraint(
            ["clinic_id", "receipt_line_id"],
            ["receipt_line.clinic_id", "receipt_line.id"],
            name=op.f("fk_receipt_line_before_clinic_id_receipt_line_id"),
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id", "lot_id"],
            ["lot.clinic_id", "lot.id"],
            name=op.f("fk_receipt_line_before_clinic_id_lot_id"),
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id", "line_id"],
            ["line.clinic_id", "line.id"],
            name=op.f("fk_receipt_line_before_clinic_id_line_id"),
        ),
        sa.PrimaryKeyConstraint(
            "clinic_id", "receipt_line_id", "until_seq", name=op.f("pk_receipt_line_before")
        ),
        sqlite_strict=True,
    )
    op.create_index("ix_receipt_line_before_lot", "receipt_line_before", ["clinic_id", "lot_id"])
    run_sql("0020_append_only")
