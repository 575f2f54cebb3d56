"""Protocols in versions, courses planned from them, and sessions found by their number elsewhere.

Revision: 0030
Follows: 0029
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.triggers import run_sql
from stockroom.db import columns

revision = "0030"
down_revision = "0029"

_HAS_SLUG = sa.text("slug IS NOT NULL")
_UNITS = "('days', 'weeks', 'months')"


def upgrade() -> None:
    """Upwards only; the way back is the backup."""
    _create_protocol()
    _create_protocol_version()
    _create_protocol_need()
    _create_course()
    _create_course_session()
    _create_interval_answer()
    op.create_index(
        "ix_treatment_session_reference", "treatment_session", ["clinic_id", "external_reference"]
    )
    run_sql("0030_append_only")


def _create_protocol() -> None:
    op.create_table(
        "protocol",
        sa.Column("id", columns.Identity, nullable=False),
        sa.Column("uid", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("slug", sa.Text(), nullable=True),
        sa.Column("retired_at", columns.UTCDateTime(), nullable=True),
        sa.Column("version", columns.Identity, nullable=False),
        sa.Column("created_at", columns.UTCDateTime(), nullable=False),
        sa.Column("updated_at", columns.UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_protocol")),
        sa.UniqueConstraint("name", name=op.f("uq_protocol_name")),
        sa.UniqueConstraint("uid", name=op.f("uq_protocol_uid")),
        sqlite_strict=True,
    )
    op.create_index(
        "uq_protocol_slug",
        "protocol",
        ["slug"],
        unique=True,
        sqlite_where=_HAS_SLUG,
        postgresql_where=_HAS_SLUG,
    )


def _create_protocol_version() -> None:
    op.create_table(
        "protocol_version",
        sa.Column("id", columns.Identity, nullable=False),
        sa.Column("uid", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("protocol_id", columns.Identity, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("sources", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("sessions_from", sa.Integer(), nullable=True),
        sa.Column("sessions_to", sa.Integer(), nullable=True),
        sa.Column("interval_from", sa.Integer(), nullable=True),
        sa.Column("interval_to", sa.Integer(), nullable=True),
        sa.Column("interval_unit", sa.Text(), nullable=True),
        sa.Column("maintenance_from", sa.Integer(), nullable=True),
        sa.Column("maintenance_to", sa.Integer(), nullable=True),
        sa.Column("maintenance_unit", sa.Text(), nullable=True),
        sa.Column("maintenance", sa.Text(), nullable=False),
        sa.Column("areas", sa.Text(), nullable=False),
        sa.Column("technique", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("written_at", columns.UTCDateTime(), nullable=False),
        sa.Column("written_by_id", columns.Identity, nullable=False),
        sa.CheckConstraint(
            f"interval_unit IN {_UNITS}", name=op.f("ck_protocol_version_interval_unit_is_a_word")
        ),
        sa.CheckConstraint(
            f"maintenance_unit IN {_UNITS}", name=op.f("ck_protocol_version_maintenance_unit_is_a_word")
        ),
        sa.CheckConstraint(
            "sessions_from > 0 AND sessions_to >= sessions_from AND interval_from > 0"
            " AND interval_to >= interval_from AND maintenance_from > 0 AND maintenance_to >= maintenance_from",
            name=op.f("ck_protocol_version_ranges_run_upwards"),
        ),
        sa.ForeignKeyConstraint(
            ["protocol_id"], ["protocol.id"], name=op.f("fk_protocol_version_protocol_id")
        ),
        sa.ForeignKeyConstraint(
            ["written_by_id"], ["person.id"], name=op.f("fk_protocol_version_written_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_protocol_version")),
        sa.UniqueConstraint("protocol_id", "number", name=op.f("uq_protocol_version_protocol_id_number")),
        sa.UniqueConstraint("uid", name=op.f("uq_protocol_version_uid")),
        sqlite_strict=True,
    )


def _create_protocol_need() -> None:
    op.create_table(
        "protocol_need",
        sa.Column("id", columns.Identity, nullable=False),
        sa.Column("protocol_version_id", columns.Identity, nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("use", sa.Text(), nullable=False),
        sa.Column("product_id", columns.Identity, nullable=True),
        sa.Column("group_id", columns.Identity, nullable=True),
        sa.Column("quantity", columns.Quantity(), nullable=False),
        sa.CheckConstraint(
            "use IN ('treatment', 'needle', 'consumable', 'anaesthetic')",
            name=op.f("ck_protocol_need_use_is_a_word"),
        ),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_protocol_need_quantity_positive")),
        sa.CheckConstraint(
            "(product_id IS NULL) <> (group_id IS NULL)", name=op.f("ck_protocol_need_product_or_group")
        ),
        sa.ForeignKeyConstraint(["group_id"], ["product_group.id"], name=op.f("fk_protocol_need_group_id")),
        sa.ForeignKeyConstraint(["product_id"], ["product.id"], name=op.f("fk_protocol_need_product_id")),
        sa.ForeignKeyConstraint(
            ["protocol_version_id"],
            ["protocol_version.id"],
            name=op.f("fk_protocol_need_protocol_version_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_protocol_need")),
        sa.UniqueConstraint("protocol_version_id", "n", name=op.f("uq_protocol_need_protocol_version_id_n")),
        sqlite_strict=True,
    )


def _create_course() -> None:
    op.create_table(
        "course",
        sa.Column("id", columns.Identity, nullable=False),
        sa.Column("uid", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("clinic_id", columns.Identity, nullable=False),
        sa.Column("patient_id", columns.Identity, nullable=False),
        sa.Column("protocol_version_id", columns.Identity, nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("ended_at", columns.UTCDateTime(), nullable=True),
        sa.Column("external_reference", sa.Text(), nullable=False),
        sa.Column("version", columns.Identity, nullable=False),
        sa.Column("created_at", columns.UTCDateTime(), nullable=False),
        sa.Column("updated_at", columns.UTCDateTime(), nullable=False),
        sa.CheckConstraint("state IN ('running', 'ended')", name=op.f("ck_course_state_is_a_word")),
        sa.CheckConstraint(
            "(state = 'ended') = (ended_at IS NOT NULL)", name=op.f("ck_course_ended_at_some_time")
        ),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"], name=op.f("fk_course_clinic_id")),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_course_patient_id")),
        sa.ForeignKeyConstraint(
            ["protocol_version_id"], ["protocol_version.id"], name=op.f("fk_course_protocol_version_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_course")),
        sa.UniqueConstraint("clinic_id", "id", name=op.f("uq_course_clinic_id_id")),
        sa.UniqueConstraint("uid", name=op.f("uq_course_uid")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_course_patient_id"), "course", ["patient_id"])
    op.create_index("ix_course_reference", "course", ["clinic_id", "external_reference"])
    op.create_index("ix_course_state", "course", ["clinic_id", "state"])


def _create_course_session() -> None:
    op.create_table(
        "course_session",
        sa.Column("clinic_id", columns.Identity, nullable=False),
        sa.Column("session_id", columns.Identity, nullable=False),
        sa.Column("course_id", columns.Identity, nullable=False),
        sa.Column("is_maintenance", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"], name=op.f("fk_course_session_clinic_id")),
        sa.ForeignKeyConstraint(
            ["clinic_id", "course_id"],
            ["course.clinic_id", "course.id"],
            name=op.f("fk_course_session_clinic_id_course_id"),
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id", "session_id"],
            ["treatment_session.clinic_id", "treatment_session.id"],
            name=op.f("fk_course_session_clinic_id_session_id"),
        ),
        sa.PrimaryKeyConstraint("clinic_id", "session_id", name=op.f("pk_course_session")),
        sqlite_strict=True,
    )
    op.create_index("ix_course_session_course", "course_session", ["clinic_id", "course_id"])


def _create_interval_answer() -> None:
    op.create_table(
        "interval_answer",
        sa.Column("id", columns.Identity, nullable=False),
        sa.Column("uid", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("clinic_id", columns.Identity, nullable=False),
        sa.Column("course_id", columns.Identity, nullable=False),
        sa.Column("session_id", columns.Identity, nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("least_days", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("answered_at", columns.UTCDateTime(), nullable=False),
        sa.Column("answered_by_id", columns.Identity, nullable=False),
        sa.CheckConstraint("days >= 0 AND days < least_days", name=op.f("ck_interval_answer_sooner")),
        sa.ForeignKeyConstraint(
            ["answered_by_id"], ["person.id"], name=op.f("fk_interval_answer_answered_by_id")
        ),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"], name=op.f("fk_interval_answer_clinic_id")),
        sa.ForeignKeyConstraint(
            ["clinic_id", "course_id"],
            ["course.clinic_id", "course.id"],
            name=op.f("fk_interval_answer_clinic_id_course_id"),
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id", "session_id"],
            ["treatment_session.clinic_id", "treatment_session.id"],
            name=op.f("fk_interval_answer_clinic_id_session_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_interval_answer")),
        sa.UniqueConstraint("uid", name=op.f("uq_interval_answer_uid")),
        sqlite_strict=True,
    )
    op.create_index("ix_interval_answer_course", "interval_answer", ["clinic_id", "course_id"])
