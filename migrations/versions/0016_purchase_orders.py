"""Purchase orders: what was ordered from whom, and what came of it.

Revision: 0016
Follows: 0015
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.triggers import run_sql
from stockroom.db import columns

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    """Upwards only; the way back is the backup."""
    _create_orders()
    _create_lines()
    _create_arrivals()
    run_sql("0016_append_only")


def _create_orders() -> None:
    op.create_table(
        "purchase_order",
        sa.Column("id", columns.Identity, nullable=False),
        sa.Column("uid", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("clinic_id", columns.Identity, nullable=False),
        sa.Column("supplier_id", columns.Identity, nullable=False),
        sa.Column("started_by_id", columns.Identity, nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("expected_on", sa.Date(), nullable=True),
        sa.Column("ordered_at", columns.UTCDateTime(), nullable=True),
        sa.Column("ordered_by_id", columns.Identity, nullable=True),
        sa.Column("cancelled_at", columns.UTCDateTime(), nullable=True),
        sa.Column("cancelled_by_id", columns.Identity, nullable=True),
        sa.Column("cancel_reason", sa.Text(), nullable=False),
        sa.Column("version", columns.Identity, nullable=False),
        sa.Column("created_at", columns.UTCDateTime(), nullable=False),
        sa.Column("updated_at", columns.UTCDateTime(), nullable=False),
        sa.CheckConstraint(
            "(ordered_at IS NULL) = (ordered_by_id IS NULL)",
            name=op.f("ck_purchase_order_ordered_by_somebody"),
        ),
        sa.CheckConstraint(
            "(cancelled_at IS NULL) = (cancelled_by_id IS NULL)",
            name=op.f("ck_purchase_order_cancelled_by_somebody"),
        ),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"], name=op.f("fk_purchase_order_clinic_id")),
        sa.ForeignKeyConstraint(
            ["cancelled_by_id"], ["person.id"], name=op.f("fk_purchase_order_cancelled_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["ordered_by_id"], ["person.id"], name=op.f("fk_purchase_order_ordered_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["started_by_id"], ["person.id"], name=op.f("fk_purchase_order_started_by_id")
        ),
        sa.ForeignKeyConstraint(["supplier_id"], ["supplier.id"], name=op.f("fk_purchase_order_supplier_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_purchase_order")),
        sa.UniqueConstraint("clinic_id", "id", name=op.f("uq_purchase_order_clinic_id_id")),
        sa.UniqueConstraint("uid", name=op.f("uq_purchase_order_uid")),
        sqlite_strict=True,
    )
    op.create_index("ix_purchase_order_supplier", "purchase_order", ["clinic_id", "supplier_id"])


def _create_lines() -> None:
    op.create_table(
        "purchase_order_line",
        sa.Column("id", columns.Identity, nullable=False),
        sa.Column("uid", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("clinic_id", columns.Identity, nullable=False),
        sa.Column("purchase_order_id", columns.Identity, nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("version", columns.Identity, nullable=False),
        sa.Column("product_id", columns.Identity, nullable=False),
        sa.Column("item_code", sa.Text(), nullable=False),
        sa.Column("pack_count", sa.Integer(), nullable=False),
        sa.Column("packs_ordered", sa.Integer(), nullable=False),
        sa.Column("price_minor", columns.Identity, nullable=True),
        sa.Column("currency", sa.Text(), nullable=True),
        sa.Column("expected_on", sa.Date(), nullable=True),
        sa.Column("none_until", sa.Date(), nullable=True),
        sa.Column("closed_at", columns.UTCDateTime(), nullable=True),
        sa.Column("removed_at", columns.UTCDateTime(), nullable=True),
        sa.CheckConstraint(
            "(price_minor IS NULL) = (currency IS NULL)",
            name=op.f("ck_purchase_order_line_price_has_currency"),
        ),
        sa.CheckConstraint(
            "pack_count > 0 AND packs_ordered > 0", name=op.f("ck_purchase_order_line_packs_positive")
        ),
        sa.CheckConstraint(
            "price_minor IS NULL OR price_minor >= 0", name=op.f("ck_purchase_order_line_price_not_negative")
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id", "purchase_order_id"],
            ["purchase_order.clinic_id", "purchase_order.id"],
            name=op.f("fk_purchase_order_line_clinic_id_purchase_order_id"),
        ),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"], name=op.f("fk_purchase_order_line_clinic_id")),
        sa.ForeignKeyConstraint(
            ["product_id"], ["product.id"], name=op.f("fk_purchase_order_line_product_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_purchase_order_line")),
        sa.UniqueConstraint("clinic_id", "id", name=op.f("uq_purchase_order_line_clinic_id_id")),
        sa.UniqueConstraint("uid", name=op.f("uq_purchase_order_line_uid")),
        sqlite_strict=True,
    )
    standing, owed = sa.text("removed_at IS NULL"), sa.text("closed_at IS NULL AND removed_at IS NULL")
    table, order = "purchase_order_line", ["clinic_id", "purchase_order_id"]
    op.create_index("uq_purchase_order_line_n", table, [*order, "n"], unique=True)
    op.create_index(
        "uq_purchase_order_line_product",
        table,
        [*order, "product_id"],
        unique=True,
        sqlite_where=standing,
        postgresql_where=standing,
    )
    op.create_index(
        "ix_purchase_order_line_owed",
        table,
        ["clinic_id", "product_id"],
        sqlite_where=owed,
        postgresql_where=owed,
    )


def _create_arrivals() -> None:
    op.create_table(
        "order_arrival",
        sa.Column("clinic_id", columns.Identity, nullable=False),
        sa.Column("purchase_order_line_id", columns.Identity, nullable=False),
        sa.Column("receipt_line_id", columns.Identity, nullable=False),
        sa.Column("arrived_count", sa.Integer(), nullable=False),
        sa.CheckConstraint("arrived_count > 0", name=op.f("ck_order_arrival_arrived_positive")),
        sa.ForeignKeyConstraint(
            ["clinic_id", "purchase_order_line_id"],
            ["purchase_order_line.clinic_id", "purchase_order_line.id"],
            name=op.f("fk_order_arrival_clinic_id_purchase_order_line_id"),
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id", "receipt_line_id"],
            ["receipt_line.clinic_id", "receipt_line.id"],
            name=op.f("fk_order_arrival_clinic_id_receipt_line_id"),
        ),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"], name=op.f("fk_order_arrival_clinic_id")),
        sa.PrimaryKeyConstraint(
            "clinic_id", "purchase_order_line_id", "receipt_line_id", name=op.f("pk_order_arrival")
        ),
        sqlite_strict=True,
    )
    op.create_index("ix_order_arrival_receipt_line", "order_arrival", ["clinic_id", "receipt_line_id"])
