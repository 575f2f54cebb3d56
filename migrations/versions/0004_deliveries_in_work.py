"""Deliveries are kept while they are unpacked; a pack may be received at the bench and matched later.

Revision: 0004
Follows: 0003
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.triggers import run_sql
from stockroom.db import columns

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Upwards only; the way back is the backup."""
    run_sql("0004_bench_receipts")
    _create_deliveries()
    _create_delivery_lines()
    _create_bench_matches()
    run_sql("0004_append_only")


def _create_deliveries() -> None:
    op.create_table(
        "delivery",
        sa.Column("id", columns.Identity, nullable=False),
        sa.Column("uid", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("clinic_id", columns.Identity, nullable=False),
        sa.Column("supplier_id", columns.Identity, nullable=True),
        sa.Column("delivery_note", sa.Text(), nullable=False),
        sa.Column("arrived_at", columns.UTCDateTime(), nullable=False),
        sa.Column("state_on_arrival", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("started_by_id", columns.Identity, nullable=False),
        sa.Column("receipt_id", columns.Identity, nullable=True),
        sa.Column("version", columns.Identity, nullable=False),
        sa.Column("created_at", columns.UTCDateTime(), nullable=False),
        sa.Column("updated_at", columns.UTCDateTime(), nullable=False),
        sa.CheckConstraint(
            "(state = 'posted') = (receipt_id IS NOT NULL)", name=op.f("ck_delivery_posted_has_a_receipt")
        ),
        sa.CheckConstraint(
            "state IN ('open', 'posted', 'discarded')", name=op.f("ck_delivery_state_is_a_word")
        ),
        sa.CheckConstraint(
            "state_on_arrival IN ('good', 'damaged', 'warm', 'doubtful')",
            name=op.f("ck_delivery_state_on_arrival_is_a_word"),
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id", "receipt_id"],
            ["receipt.clinic_id", "receipt.id"],
            name=op.f("fk_delivery_clinic_id_receipt_id"),
        ),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"], name=op.f("fk_delivery_clinic_id")),
        sa.ForeignKeyConstraint(["started_by_id"], ["person.id"], name=op.f("fk_delivery_started_by_id")),
        sa.ForeignKeyConstraint(["supplier_id"], ["supplier.id"], name=op.f("fk_delivery_supplier_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery")),
        sa.UniqueConstraint("clinic_id", "id", name=op.f("uq_delivery_clinic_id_id")),
        sa.UniqueConstraint("uid", name=op.f("uq_delivery_uid")),
        sqlite_strict=True,
    )
    op.create_index(
        "ix_delivery_open",
        "delivery",
        ["clinic_id", "id"],
        unique=False,
        sqlite_where=sa.text("state = 'open'"),
        postgresql_where=sa.text("state = 'open'"),
    )


def _create_delivery_lines() -> None:
    op.create_table(
        "delivery_line",
        sa.Column("id", columns.Identity, nullable=False),
        sa.Column("uid", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("clinic_id", columns.Identity, nullable=False),
        sa.Column("delivery_id", columns.Identity, nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("version", columns.Identity, nullable=False),
        sa.Column("raw_scan", sa.Text(), nullable=True),
        sa.Column("reading", sa.Text(), nullable=True),
        sa.Column("in_doubt", sa.Boolean(), nullable=False),
        sa.Column("gtin", sa.Text(), nullable=True),
        sa.Column("other_code", sa.Text(), nullable=True),
        sa.Column("product_id", columns.Identity, nullable=True),
        sa.Column("lot_number", sa.Text(), nullable=True),
        sa.Column("expires_on", sa.Date(), nullable=True),
        sa.Column("expires_at", columns.UTCDateTime(), nullable=True),
        sa.Column("serial", sa.Text(), nullable=True),
        sa.Column("pack_count", sa.Integer(), nullable=False),
        sa.Column("location_id", columns.Identity, nullable=True),
        sa.Column("cost_state", sa.Text(), nullable=False),
        sa.Column("unit_cost_minor", columns.Identity, nullable=True),
        sa.Column("currency", sa.Text(), nullable=True),
        sa.Column("decision", sa.Text(), nullable=False),
        sa.Column("bench_decision", sa.Text(), nullable=False),
        sa.Column("entered_by_id", columns.Identity, nullable=False),
        sa.Column("entered_at", columns.UTCDateTime(), nullable=False),
        sa.Column("removed_at", columns.UTCDateTime(), nullable=True),
        sa.CheckConstraint(
            "(cost_state = 'priced') = (unit_cost_minor IS NOT NULL) AND (unit_cost_minor IS NULL) = (currency IS NULL)",
            name=op.f("ck_delivery_line_priced_has_a_cost"),
        ),
        sa.CheckConstraint(
            "bench_decision IN ('undecided', 'take_off', 'keep')",
            name=op.f("ck_delivery_line_bench_decision_is_a_word"),
        ),
        sa.CheckConstraint(
            "cost_state IN ('priced', 'free_sample', 'unknown')",
            name=op.f("ck_delivery_line_cost_state_is_a_word"),
        ),
        sa.CheckConstraint(
            "expires_on IS NULL OR expires_at IS NULL", name=op.f("ck_delivery_line_one_printed_expiry")
        ),
        sa.CheckConstraint("pack_count > 0", name=op.f("ck_delivery_line_packs_positive")),
        sa.CheckConstraint(
            "raw_scan IS NOT NULL OR product_id IS NOT NULL", name=op.f("ck_delivery_line_scanned_or_chosen")
        ),
        sa.CheckConstraint(
            "unit_cost_minor IS NULL OR unit_cost_minor >= 0", name=op.f("ck_delivery_line_cost_not_negative")
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id", "delivery_id"],
            ["delivery.clinic_id", "delivery.id"],
            name=op.f("fk_delivery_line_clinic_id_delivery_id"),
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id", "location_id"],
            ["location.clinic_id", "location.id"],
            name=op.f("fk_delivery_line_clinic_id_location_id"),
        ),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"], name=op.f("fk_delivery_line_clinic_id")),
        sa.ForeignKeyConstraint(
            ["entered_by_id"], ["person.id"], name=op.f("fk_delivery_line_entered_by_id")
        ),
        sa.ForeignKeyConstraint(["product_id"], ["product.id"], name=op.f("fk_delivery_line_product_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery_line")),
        sa.UniqueConstraint("uid", name=op.f("uq_delivery_line_uid")),
        sqlite_strict=True,
    )
    op.create_index("ix_delivery_line_n", "delivery_line", ["clinic_id", "delivery_id", "n"], unique=True)


def _create_bench_matches() -> None:
    op.create_table(
        "bench_match",
        sa.Column("clinic_id", columns.Identity, nullable=False),
        sa.Column("receipt_line_id", columns.Identity, nullable=False),
        sa.Column("bench_line_id", columns.Identity, nullable=False),
        sa.Column("quantity", columns.Quantity(), nullable=False),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_bench_match_quantity_positive")),
        sa.ForeignKeyConstraint(
            ["clinic_id", "bench_line_id"],
            ["receipt_line.clinic_id", "receipt_line.id"],
            name=op.f("fk_bench_match_clinic_id_bench_line_id"),
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id", "receipt_line_id"],
            ["receipt_line.clinic_id", "receipt_line.id"],
            name=op.f("fk_bench_match_clinic_id_receipt_line_id"),
        ),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"], name=op.f("fk_bench_match_clinic_id")),
        sa.PrimaryKeyConstraint("clinic_id", "receipt_line_id", "bench_line_id", name=op.f("pk_bench_match")),
        sqlite_strict=True,
    )
    op.create_index("ix_bench_match_bench_line", "bench_match", ["clinic_id", "bench_line_id"], unique=False)
