"""What a product knows, version by version; whose a vial in a treatment room is, and when it was really opened.

Revision: 0029
Follows: 0028
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.triggers import run_sql
from stockroom.db import columns

revision = "0029"
down_revision = "0028"

_COLUMNS = (
    "product_rule ADD COLUMN is_single_use BOOLEAN_ NOT NULL",
    "product_rule ADD COLUMN needle_gauge INTEGER"
    " CONSTRAINT ck_product_rule_gauge_positive CHECK (needle_gauge > 0)",
    "product_rule ADD COLUMN needle_length_um INTEGER"
    " CONSTRAINT ck_product_rule_length_positive CHECK (needle_length_um > 0)",
    "product_rule ADD COLUMN pin_count INTEGER CONSTRAINT ck_product_rule_pins_positive CHECK (pin_count > 0)",
    "product_rule ADD COLUMN waste_stream TEXT DEFAULT '' NOT NULL",
    "product_rule ADD COLUMN diluent_quantity BIGINT_"
    " CONSTRAINT ck_product_rule_diluent_positive CHECK (diluent_quantity > 0)",
    "product_rule ADD COLUMN reconstituted_quantity BIGINT_"
    " CONSTRAINT ck_product_rule_reconstituted_positive CHECK (reconstituted_quantity > 0)",
    "product_rule ADD COLUMN reconstituted_minutes INTEGER"
    " CONSTRAINT ck_product_rule_reconstituted_life_positive CHECK (reconstituted_minutes > 0)",
    "product_rule ADD COLUMN diluent_id BIGINT_"
    " CONSTRAINT ck_product_rule_reconstituted_with_something"
    " CHECK (diluent_id IS NULL OR (diluent_quantity IS NOT NULL AND reconstituted_quantity IS NOT NULL))"
    " CONSTRAINT fk_product_rule_diluent_id REFERENCES product (id)",
    "product_rule ADD COLUMN reconstitution_source TEXT DEFAULT '' NOT NULL",
    "product_rule ADD COLUMN reason TEXT DEFAULT '' NOT NULL",
    "product_rule ADD COLUMN recorded_by_id BIGINT_"
    " CONSTRAINT fk_product_rule_recorded_by_id REFERENCES person (id)",
    "container ADD COLUMN closed_by_id BIGINT_ CONSTRAINT fk_container_closed_by_id REFERENCES person (id)",
)


def upgrade() -> None:
    """Upwards only; the way back is the backup."""
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    number, flag = ("INTEGER", "INTEGER DEFAULT false") if is_sqlite else ("BIGINT", "BOOLEAN DEFAULT false")
    for each in _COLUMNS:
        op.execute("ALTER TABLE " + each.replace("BIGINT_", number).replace("BOOLEAN_", flag))
    op.add_column("container", sa.Column("one_patient_since", columns.UTCDateTime(), nullable=True))
    _create_rule_ingredient()
    _create_rule_incompatibility()
    _create_opening_redated()
    run_sql("0029_leftovers")
    run_sql("0029_append_only")


def _create_rule_ingredient() -> None:
    op.create_table(
        "product_rule_ingredient",
        sa.Column("product_rule_id", columns.Identity, nullable=False),
        sa.Column("ingredient_id", columns.Identity, nullable=False),
        sa.Column("amount", sa.Text(), nullable=False),
        sa.Column("is_excipient", sa.Boolean(), nullable=False),
        *_of_rule("product_rule_ingredient"),
        sqlite_strict=True,
    )


def _create_rule_incompatibility() -> None:
    op.create_table(
        "product_rule_incompatibility",
        sa.Column("product_rule_id", columns.Identity, nullable=False),
        sa.Column("ingredient_id", columns.Identity, nullable=False),
        sa.Column("says", sa.Text(), nullable=False),
        *_of_rule("product_rule_incompatibility"),
        sqlite_strict=True,
    )


def _of_rule(table: str) -> tuple[sa.Constraint, ...]:
    return (
        sa.ForeignKeyConstraint(["ingredient_id"], ["ingredient.id"], name=op.f(f"fk_{table}_ingredient_id")),
        sa.ForeignKeyConstraint(
            ["product_rule_id"], ["product_rule.id"], name=op.f(f"fk_{table}_product_rule_id")
        ),
        sa.PrimaryKeyConstraint("product_rule_id", "ingredient_id", name=op.f(f"pk_{table}")),
    )


def _create_opening_redated() -> None:
    op.create_table(
        "opening_redated",
        sa.Column("id", columns.Identity, nullable=False),
        sa.Column("clinic_id", columns.Identity, nullable=False),
        sa.Column("container_id", columns.Identity, nullable=False),
        sa.Column("was_opened_at", columns.UTCDateTime(), nullable=False),
        sa.Column("opened_at", columns.UTCDateTime(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("recorded_at", columns.UTCDateTime(), nullable=False),
        sa.Column("recorded_by_id", columns.Identity, nullable=False),
        sa.CheckConstraint("opened_at < was_opened_at", name=op.f("ck_opening_redated_earlier_only")),
        sa.ForeignKeyConstraint(
            ["clinic_id", "container_id"],
            ["container.clinic_id", "container.location_id"],
            name=op.f("fk_opening_redated_clinic_id_container_id"),
        ),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"], name=op.f("fk_opening_redated_clinic_id")),
        sa.ForeignKeyConstraint(
            ["recorded_by_id"], ["person.id"], name=op.f("fk_opening_redated_recorded_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_opening_redated")),
        sqlite_strict=True,
    )
    op.create_index("ix_opening_redated_container", "opening_redated", ["clinic_id", "container_id"])
