"""What a delivery brought of its orders, what was wrong with it, and what went back to suppliers under which reference.

Revision: 0022
Follows: 0021
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.triggers import run_sql
from stockroom.db import columns

revision = "0022"
down_revision = "0021"

_COLUMNS = (
    "ALTER TABLE delivery_line ADD COLUMN order_choice TEXT DEFAULT 'undecided' NOT NULL"
    " CONSTRAINT ck_delivery_line_order_choice_is_a_word"
    " CHECK (order_choice IN ('undecided', 'keep', 'apart'))",
    "ALTER TABLE delivery_line ADD COLUMN fault TEXT"
    " CONSTRAINT ck_delivery_line_fault_is_a_word"
    " CHECK (fault IN ('damaged', 'wrong', 'short_dated', 'too_many', 'doubtful'))",
    "ALTER TABLE delivery_line ADD COLUMN refused_count INTEGER DEFAULT 0 NOT NULL"
    " CONSTRAINT ck_delivery_line_refused_fits"
    " CHECK (refused_count BETWEEN 0 AND pack_count AND (refused_count = 0 OR fault IS NOT NULL))",
    "ALTER TABLE supplier_answer ADD COLUMN words TEXT DEFAULT '' NOT NULL",
)


def upgrade() -> None:
    """Upwards only; the way back is the backup."""
    for statement in _COLUMNS:
        op.execute(statement)
    _create_returns()
    run_sql("0022_append_only")


def _create_returns() -> None:
    op.create_table(
        "supplier_return",
        sa.Column("id", columns.Identity, nullable=False),
        sa.Column("uid", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("clinic_id", columns.Identity, nullable=False),
        sa.Column("supplier_id", columns.Identity, nullable=False),
        sa.Column("movement_id", columns.Identity, nullable=False),
        sa.Column("receipt_id", columns.Identity, nullable=True),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("expects", sa.Text(), nullable=False),
        sa.Column("returned_by_id", columns.Identity, nullable=False),
        sa.Column("returned_at", columns.UTCDateTime(), nullable=False),
        sa.Column("settled_at", columns.UTCDateTime(), nullable=True),
        sa.Column("settled_by_id", columns.Identity, nullable=True),
        sa.Column("settled_by_paper", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "expects IN ('replacement', 'credit', 'nothing')",
            name=op.f("ck_supplier_return_expects_is_a_word"),
        ),
        sa.CheckConstraint(
            "(settled_at IS NULL) = (settled_by_id IS NULL) AND (settled_at IS NULL OR expects <> 'nothing')",
            name=op.f("ck_supplier_return_settled_by_somebody"),
        ),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"], name=op.f("fk_supplier_return_clinic_id")),
        sa.ForeignKeyConstraint(
            ["clinic_id", "movement_id"],
            ["movement.clinic_id", "movement.id"],
            name=op.f("fk_supplier_return_clinic_id_movement_id"),
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id", "receipt_id"],
            ["receipt.clinic_id", "receipt.id"],
            name=op.f("fk_supplier_return_clinic_id_receipt_id"),
        ),
        sa.ForeignKeyConstraint(
            ["returned_by_id"], ["person.id"], name=op.f("fk_supplier_return_returned_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["settled_by_id"], ["person.id"], name=op.f("fk_supplier_return_settled_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["supplier_id"], ["supplier.id"], name=op.f("fk_supplier_return_supplier_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_supplier_return")),
        sa.UniqueConstraint("uid", name=op.f("uq_supplier_return_uid")),
        sqlite_strict=True,
    )
    op.create_index(
        "uq_supplier_return_movement", "supplier_return", ["clinic_id", "movement_id"], unique=True
    )
