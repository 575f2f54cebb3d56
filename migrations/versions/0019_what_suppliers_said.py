"""What suppliers said of the lines of orders, each time they said something.

Revision: 0019
Follows: 0018
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.triggers import run_sql
from stockroom.db import columns

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    """Upwards only; the way back is the backup."""
    op.create_table(
        "supplier_answer",
        sa.Column("id", columns.Identity, nullable=False),
        sa.Column("clinic_id", columns.Identity, nullable=False),
        sa.Column("purchase_order_line_id", columns.Identity, nullable=False),
        sa.Column("said_at", columns.UTCDateTime(), nullable=False),
        sa.Column("said_by_id", columns.Identity, nullable=False),
        sa.Column("expected_on", sa.Date(), nullable=True),
        sa.Column("none_until", sa.Date(), nullable=True),
        sa.Column("rest_is_coming", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["clinic_id", "purchase_order_line_id"],
            ["purchase_order_line.clinic_id", "purchase_order_line.id"],
            name=op.f("fk_supplier_answer_clinic_id_purchase_order_line_id"),
        ),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"], name=op.f("fk_supplier_answer_clinic_id")),
        sa.ForeignKeyConstraint(["said_by_id"], ["person.id"], name=op.f("fk_supplier_answer_said_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_supplier_answer")),
        sqlite_strict=True,
    )
    op.create_index("ix_supplier_answer_line", "supplier_answer", ["clinic_id", "purchase_order_line_id"])
    run_sql("0019_append_only")
