"""Counts are kept while people count; a stocktake names who looked, and the second person.

Revision: 0011
Follows: 0010
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.triggers import run_sql
from stockroom.db import columns

revision = "0011"
down_revision = "0010"

_COLUMNS = (
    "ALTER TABLE stocktake ADD COLUMN second_person_id {identity}"
    " CONSTRAINT ck_stocktake_second_is_another"
    " CHECK (second_person_id IS NULL OR second_person_id <> counted_by_id)"
    " CONSTRAINT fk_stocktake_second_person_id REFERENCES person (id)",
    "ALTER TABLE stocktake_line ADD COLUMN counted_by_id {identity}"
    " CONSTRAINT fk_stocktake_line_counted_by_id REFERENCES person (id)",
)


def upgrade() -> None:
    """Upwards only; the way back is the backup."""
    identity = "INTEGER" if op.get_bind().dialect.name == "sqlite" else "BIGINT"
    for statement in _COLUMNS:
        op.execute(statement.format(identity=identity))
    _index_stocktakes()
    _create_counts()
    _create_finds()
    run_sql("0011_append_only")


def _index_stocktakes() -> None:
    is_booked = sa.text("line_id IS NOT NULL")
    op.create_index("ix_stocktake_recorded", "stocktake", ["clinic_id", "recorded_at"])
    op.create_index(
        "ix_stocktake_line_place", "stocktake_line", ["clinic_id", "lot_id", "location_id", "counted_at"]
    )
    op.create_index(
        "ix_stocktake_line_line",
        "stocktake_line",
        ["clinic_id", "line_id"],
        sqlite_where=is_booked,
        postgresql_where=is_booked,
    )


def _create_counts() -> None:
    op.create_table(
        "stock_count",
        sa.Column("id", columns.Identity, nullable=False),
        sa.Column("uid", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("clinic_id", columns.Identity, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("product_id", columns.Identity, nullable=True),
        sa.Column("lot_id", columns.Identity, nullable=True),
        sa.Column("location_id", columns.Identity, nullable=True),
        sa.Column("is_blind", sa.Boolean(), nullable=False),
        sa.Column("started_by_id", columns.Identity, nullable=False),
        sa.Column("ended_by_id", columns.Identity, nullable=True),
        sa.Column("stocktake_id", columns.Identity, nullable=True),
        sa.Column("version", columns.Identity, nullable=False),
        sa.Column("created_at", columns.UTCDateTime(), nullable=False),
        sa.Column("updated_at", columns.UTCDateTime(), nullable=False),
        sa.CheckConstraint(
            "(product_id IS NULL OR lot_id IS NULL) AND (lot_id IS NULL OR location_id IS NULL)"
            " AND (product_id IS NULL OR location_id IS NULL)",
            name=op.f("ck_stock_count_one_thing_at_most"),
        ),
        sa.CheckConstraint(
            "(state = 'booked') = (stocktake_id IS NOT NULL)",
            name=op.f("ck_stock_count_booked_has_a_stocktake"),
        ),
        sa.CheckConstraint(
            "(state = 'open') = (ended_by_id IS NULL)", name=op.f("ck_stock_count_ended_by_somebody")
        ),
        sa.CheckConstraint(
            "state IN ('open', 'booked', 'given_up')", name=op.f("ck_stock_count_state_is_a_word")
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id", "location_id"],
            ["location.clinic_id", "location.id"],
            name=op.f("fk_stock_count_clinic_id_location_id"),
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id", "lot_id"], ["lot.clinic_id", "lot.id"], name=op.f("fk_stock_count_clinic_id_lot_id")
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id", "stocktake_id"],
            ["stocktake.clinic_id", "stocktake.id"],
            name=op.f("fk_stock_count_clinic_id_stocktake_id"),
        ),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"], name=op.f("fk_stock_count_clinic_id")),
        sa.ForeignKeyConstraint(["ended_by_id"], ["person.id"], name=op.f("fk_stock_count_ended_by_id")),
        sa.ForeignKeyConstraint(["product_id"], ["product.id"], name=op.f("fk_stock_count_product_id")),
        sa.ForeignKeyConstraint(["started_by_id"], ["person.id"], name=op.f("fk_stock_count_started_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stock_count")),
        sa.UniqueConstraint("clinic_id", "id", name=op.f("uq_stock_count_clinic_id_id")),
        sa.UniqueConstraint("uid", name=op.f("uq_stock_count_uid")),
        sqlite_strict=True,
    )
    op.create_index(
        "ix_stock_count_open",
        "stock_count",
        ["clinic_id", "id"],
        sqlite_where=sa.text("state = 'open'"),
        postgresql_where=sa.text("state = 'open'"),
    )


def _create_finds() -> None:
    op.create_table(
        "count_find",
        sa.Column("id", columns.Identity, nullable=False),
        sa.Column("uid", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("clinic_id", columns.Identity, nullable=False),
        sa.Column("stock_count_id", columns.Identity, nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("version", columns.Identity, nullable=False),
        sa.Column("lot_id", columns.Identity, nullable=False),
        sa.Column("location_id", columns.Identity, nullable=False),
        sa.Column("counted_at", columns.UTCDateTime(), nullable=False),
        sa.Column("found_quantity", columns.Quantity(), nullable=False),
        sa.Column("counted_by_id", columns.Identity, nullable=False),
        sa.Column("entered_at", columns.UTCDateTime(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("removed_at", columns.UTCDateTime(), nullable=True),
        sa.CheckConstraint("found_quantity >= 0", name=op.f("ck_count_find_found_not_negative")),
        sa.CheckConstraint(
            "reason IN ('miscounted', 'found', 'lost', 'unbooked_use', 'suspected_theft')",
            name=op.f("ck_count_find_reason_is_a_word"),
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id", "location_id"],
            ["location.clinic_id", "location.id"],
            name=op.f("fk_count_find_clinic_id_location_id"),
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id", "lot_id"], ["lot.clinic_id", "lot.id"], name=op.f("fk_count_find_clinic_id_lot_id")
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id", "stock_count_id"],
            ["stock_count.clinic_id", "stock_count.id"],
            name=op.f("fk_count_find_clinic_id_stock_count_id"),
        ),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"], name=op.f("fk_count_find_clinic_id")),
        sa.ForeignKeyConstraint(["counted_by_id"], ["person.id"], name=op.f("fk_count_find_counted_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_count_find")),
        sa.UniqueConstraint("uid", name=op.f("uq_count_find_uid")),
        sqlite_strict=True,
    )
    op.create_index("ix_count_find_n", "count_find", ["clinic_id", "stock_count_id", "n"], unique=True)
