"""What recipes say beyond amounts, how a cocktail was begun, and which lots the bench passed over.

Revision: 0026
Follows: 0025
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.triggers import run_sql
from stockroom.db import columns

revision = "0026"
down_revision = "0025"

_COLUMNS = (
    "ALTER TABLE recipe_version ADD COLUMN sterile_products_max INTEGER"
    " CONSTRAINT ck_recipe_version_products_positive CHECK (sterile_products_max > 0)",
    "ALTER TABLE recipe_version ADD COLUMN accepted_reason TEXT DEFAULT '' NOT NULL",
    "ALTER TABLE recipe_version ADD COLUMN accepted TEXT DEFAULT '' NOT NULL"
    " CONSTRAINT ck_recipe_version_accepted_with_a_reason CHECK (accepted = '' OR accepted_reason <> '')",
    "ALTER TABLE recipe_component ADD COLUMN basis TEXT DEFAULT 'dose' NOT NULL"
    " CONSTRAINT ck_recipe_component_basis_is_a_word CHECK (basis IN ('dose', 'ml'))",
    "ALTER TABLE preparation ADD COLUMN wanted_quantity BIGINT_"
    " CONSTRAINT ck_preparation_wanted_positive CHECK (wanted_quantity > 0)",
    "ALTER TABLE preparation ADD COLUMN life_minutes INTEGER"
    " CONSTRAINT ck_preparation_life_positive CHECK (life_minutes > 0)",
)


def upgrade() -> None:
    """Upwards only; the way back is the backup."""
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    for statement in _COLUMNS:
        op.execute(statement.replace("BIGINT_", "INTEGER" if is_sqlite else "BIGINT"))
    _say_more_of_versions()
    op.add_column("recipe", sa.Column("pattern", sa.Text(), nullable=True))
    op.create_index(
        "uq_recipe_pattern",
        "recipe",
        ["pattern"],
        unique=True,
        sqlite_where=sa.text("pattern IS NOT NULL"),
        postgresql_where=sa.text("pattern IS NOT NULL"),
    )
    for name in ("life_rule", "again_reason"):
        op.add_column("preparation", _text(name))
    op.add_column("preparation_session", sa.Column("ended_at", columns.UTCDateTime(), nullable=True))
    _create_recipe_substitute()
    _create_passed_over_lot()
    run_sql("0026_not_to_be_mixed")
    run_sql("0026_append_only")


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), server_default=sa.text("''"), nullable=False)


def _say_more_of_versions() -> None:
    for name in ("mixing", "technique", "indications"):
        op.add_column("recipe_version", _text(name))
    op.add_column(
        "recipe_version",
        sa.Column("is_ordered", sa.Boolean(), server_default=sa.text("false"), nullable=False),
    )


def _create_recipe_substitute() -> None:
    op.create_table(
        "recipe_substitute",
        sa.Column("recipe_version_id", columns.Identity, nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("product_id", columns.Identity, nullable=False),
        sa.ForeignKeyConstraint(["product_id"], ["product.id"], name=op.f("fk_recipe_substitute_product_id")),
        sa.ForeignKeyConstraint(
            ["recipe_version_id", "n"],
            ["recipe_component.recipe_version_id", "recipe_component.n"],
            name=op.f("fk_recipe_substitute_recipe_version_id_n"),
        ),
        sa.ForeignKeyConstraint(
            ["recipe_version_id"], ["recipe_version.id"], name=op.f("fk_recipe_substitute_recipe_version_id")
        ),
        sa.PrimaryKeyConstraint("recipe_version_id", "n", "product_id", name=op.f("pk_recipe_substitute")),
        sqlite_strict=True,
    )


def _create_passed_over_lot() -> None:
    in_clinic = {"lot_id": "lot", "taken_lot_id": "lot", "location_id": "location"}
    op.create_table(
        "passed_over_lot",
        sa.Column("id", columns.Identity, nullable=False),
        sa.Column("uid", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("clinic_id", columns.Identity, nullable=False),
        sa.Column("lot_id", columns.Identity, nullable=False),
        sa.Column("location_id", columns.Identity, nullable=False),
        sa.Column("taken_lot_id", columns.Identity, nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("answered_at", columns.UTCDateTime(), nullable=False),
        sa.Column("answered_by_id", columns.Identity, nullable=False),
        sa.Column("entry_seq", columns.Identity, nullable=False),
        sa.CheckConstraint(
            "answer IN ('not_there', 'damaged', 'kept_for')", name=op.f("ck_passed_over_lot_answer_is_a_word")
        ),
        sa.CheckConstraint(
            "answer <> 'kept_for' OR words <> ''", name=op.f("ck_passed_over_lot_kept_for_something")
        ),
        sa.CheckConstraint("lot_id <> taken_lot_id", name=op.f("ck_passed_over_lot_another_was_taken")),
        *(
            sa.ForeignKeyConstraint(
                ["clinic_id", column],
                [f"{table}.clinic_id", f"{table}.id"],
                name=op.f(f"fk_passed_over_lot_clinic_id_{column}"),
            )
            for column, table in in_clinic.items()
        ),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"], name=op.f("fk_passed_over_lot_clinic_id")),
        sa.ForeignKeyConstraint(
            ["answered_by_id"], ["person.id"], name=op.f("fk_passed_over_lot_answered_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_passed_over_lot")),
        sa.UniqueConstraint("uid", name=op.f("uq_passed_over_lot_uid")),
        sqlite_strict=True,
    )
    op.create_index("ix_passed_over_lot_entry", "passed_over_lot", ["clinic_id", "entry_seq"])
    op.create_index("ix_passed_over_lot_place", "passed_over_lot", ["clinic_id", "lot_id", "location_id"])
