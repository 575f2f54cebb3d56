"""Allergies to whole classes, flags of patients, what a flag stops, and what was done before a session.

Revision: 0031
Follows: 0030
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.triggers import run_sql
from stockroom.db import columns

revision = "0031"
down_revision = "0030"

_KINDS = "('regulatory_class', 'ingredient', 'ingredient_class', 'technique')"
_EFFECTS = "('stop', 'caution', 'none')"


def upgrade() -> None:
    """Upwards only; the way back is the backup."""
    run_sql("0031_what_does_not_suit")
    _create_patient_class_allergy()
    _create_patient_flag()
    _create_suitability_rule()
    _create_clinic_suitability_rule()
    _create_session_tick()
    run_sql("0031_append_only")


def _create_patient_class_allergy() -> None:
    table = "patient_class_allergy"
    op.create_table(
        table,
        sa.Column("patient_id", columns.Identity, nullable=False),
        sa.Column("ingredient_class", sa.Text(), nullable=False),
        sa.Column("recorded_at", columns.UTCDateTime(), nullable=False),
        sa.Column("recorded_by_id", columns.Identity, nullable=False),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f(f"fk_{table}_patient_id")),
        sa.ForeignKeyConstraint(["recorded_by_id"], ["person.id"], name=op.f(f"fk_{table}_recorded_by_id")),
        sa.PrimaryKeyConstraint("patient_id", "ingredient_class", name=op.f(f"pk_{table}")),
        sqlite_strict=True,
    )


def _create_patient_flag() -> None:
    op.create_table(
        "patient_flag",
        sa.Column("id", columns.Identity, nullable=False),
        sa.Column("uid", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("patient_id", columns.Identity, nullable=False),
        sa.Column("flag", sa.Text(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=True),
        sa.Column("recorded_at", columns.UTCDateTime(), nullable=False),
        sa.Column("recorded_by_id", columns.Identity, nullable=False),
        sa.CheckConstraint("flag <> ''", name=op.f("ck_patient_flag_flag_is_named")),
        sa.CheckConstraint(
            "until_on IS NULL OR until_on >= from_on", name=op.f("ck_patient_flag_ends_after_it_began")
        ),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_patient_flag_patient_id")),
        sa.ForeignKeyConstraint(
            ["recorded_by_id"], ["person.id"], name=op.f("fk_patient_flag_recorded_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_patient_flag")),
        sa.UniqueConstraint("uid", name=op.f("uq_patient_flag_uid")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_patient_flag_patient_id"), "patient_flag", ["patient_id"])


def _create_suitability_rule() -> None:
    table = "suitability_rule"
    op.create_table(
        table,
        sa.Column("flag", sa.Text(), nullable=False),
        sa.Column("subject_kind", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("effect", sa.Text(), nullable=False),
        sa.Column("sources", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.CheckConstraint(f"subject_kind IN {_KINDS}", name=op.f(f"ck_{table}_subject_kind_is_a_word")),
        sa.CheckConstraint(f"effect IN {_EFFECTS}", name=op.f(f"ck_{table}_effect_is_a_word")),
        sa.PrimaryKeyConstraint("flag", "subject_kind", "subject", name=op.f(f"pk_{table}")),
        sqlite_strict=True,
    )


def _create_clinic_suitability_rule() -> None:
    table = "clinic_suitability_rule"
    op.create_table(
        table,
        sa.Column("clinic_id", columns.Identity, nullable=False),
        sa.Column("flag", sa.Text(), nullable=False),
        sa.Column("subject_kind", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("effect", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("updated_at", columns.UTCDateTime(), nullable=False),
        sa.Column("updated_by_id", columns.Identity, nullable=False),
        sa.CheckConstraint(f"subject_kind IN {_KINDS}", name=op.f(f"ck_{table}_subject_kind_is_a_word")),
        sa.CheckConstraint(f"effect IN {_EFFECTS}", name=op.f(f"ck_{table}_effect_is_a_word")),
        sa.CheckConstraint("source <> ''", name=op.f(f"ck_{table}_source_is_named")),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"], name=op.f(f"fk_{table}_clinic_id")),
        sa.ForeignKeyConstraint(["updated_by_id"], ["person.id"], name=op.f(f"fk_{table}_updated_by_id")),
        sa.PrimaryKeyConstraint("clinic_id", "flag", "subject_kind", "subject", name=op.f(f"pk_{table}")),
        sqlite_strict=True,
    )


def _create_session_tick() -> None:
    table = "session_tick"
    op.create_table(
        table,
        sa.Column("id", columns.Identity, nullable=False),
        sa.Column("uid", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("clinic_id", columns.Identity, nullable=False),
        sa.Column("session_id", columns.Identity, nullable=False),
        sa.Column("instruction", sa.Text(), nullable=False),
        sa.Column("is_done", sa.Boolean(), nullable=False),
        sa.Column("recorded_at", columns.UTCDateTime(), nullable=False),
        sa.Column("recorded_by_id", columns.Identity, nullable=False),
        sa.ForeignKeyConstraint(
            ["clinic_id", "session_id"],
            ["treatment_session.clinic_id", "treatment_session.id"],
            name=op.f(f"fk_{table}_clinic_id_session_id"),
        ),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"], name=op.f(f"fk_{table}_clinic_id")),
        sa.ForeignKeyConstraint(["recorded_by_id"], ["person.id"], name=op.f(f"fk_{table}_recorded_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        sa.UniqueConstraint("clinic_id", "id", name=op.f(f"uq_{table}_clinic_id_id")),
        sa.UniqueConstraint("uid", name=op.f(f"uq_{table}_uid")),
        sqlite_strict=True,
    )
    op.create_index(f"ix_{table}_session", table, ["clinic_id", "session_id"])
