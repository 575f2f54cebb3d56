"""Devices, sharps boxes, reactions, what was answered about needles, and who was authorised when.

Revision: 0027
Follows: 0026
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.triggers import run_sql
from stockroom.db import columns

revision = "0027"
down_revision = "0026"


def upgrade() -> None:
    """Upwards only; the way back is the backup."""
    op.add_column("person", sa.Column("left_on", sa.Date(), nullable=True))
    op.add_column(
        "clinic",
        sa.Column("outside_authorisation", sa.Text(), nullable=False, server_default="caution"),
    )
    _create_device()
    _create_role_held()
    _create_sharps_box()
    _create_device_act()
    _create_ratio_answer()
    _create_reaction()
    run_sql("0027_authorisations")
    run_sql("0027_append_only")


def _create_device() -> None:
    op.create_table(
        "device",
        sa.Column("id", columns.Identity, nullable=False),
        sa.Column("uid", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("clinic_id", columns.Identity, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("manufacturer", sa.Text(), nullable=False),
        sa.Column("udi_di", sa.Text(), nullable=False),
        sa.Column("serial", sa.Text(), nullable=False),
        sa.Column("short_code", sa.Text(), nullable=False),
        sa.Column("room_id", columns.Identity, nullable=True),
        sa.Column("needs_service", sa.Boolean(), nullable=False),
        sa.Column("serviced_until", sa.Date(), nullable=True),
        sa.Column("held_at", columns.UTCDateTime(), nullable=True),
        sa.Column("hold_reason", sa.Text(), nullable=False),
        sa.Column("retired_at", columns.UTCDateTime(), nullable=True),
        sa.Column("version", columns.Identity, nullable=False),
        sa.Column("created_at", columns.UTCDateTime(), nullable=False),
        sa.Column("updated_at", columns.UTCDateTime(), nullable=False),
        sa.CheckConstraint(
            "(held_at IS NULL) = (hold_reason = '')", name=op.f("ck_device_held_for_a_reason")
        ),
        sa.CheckConstraint("serial <> '' AND name <> ''", name=op.f("ck_device_has_a_name_and_serial")),
        sa.ForeignKeyConstraint(
            ["clinic_id", "room_id"],
            ["location.clinic_id", "location.id"],
            name=op.f("fk_device_clinic_id_room_id"),
        ),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"], name=op.f("fk_device_clinic_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_device")),
        sa.UniqueConstraint("clinic_id", "id", name=op.f("uq_device_clinic_id_id")),
        sa.UniqueConstraint("clinic_id", "short_code", name=op.f("uq_device_clinic_id_short_code")),
        sa.UniqueConstraint("clinic_id", "udi_di", "serial", name=op.f("uq_device_clinic_id_udi_di_serial")),
        sa.UniqueConstraint("uid", name=op.f("uq_device_uid")),
        sqlite_strict=True,
    )


def _create_role_held() -> None:
    op.create_table(
        "role_held",
        sa.Column("id", columns.Identity, nullable=False),
        sa.Column("user_id", columns.Identity, nullable=False),
        sa.Column("clinic_id", columns.Identity, nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("from_at", columns.UTCDateTime(), nullable=False),
        sa.Column("until_at", columns.UTCDateTime(), nullable=True),
        sa.Column("given_by_id", columns.Identity, nullable=True),
        sa.Column("taken_by_id", columns.Identity, nullable=True),
        sa.CheckConstraint(
            "role IN ('practitioner', 'nurse', 'manager', 'auditor', 'administrator')",
            name=op.f("ck_role_held_role_is_a_word"),
        ),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"], name=op.f("fk_role_held_clinic_id")),
        sa.ForeignKeyConstraint(["given_by_id"], ["person.id"], name=op.f("fk_role_held_given_by_id")),
        sa.ForeignKeyConstraint(["taken_by_id"], ["person.id"], name=op.f("fk_role_held_taken_by_id")),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_role_held_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_role_held")),
        sqlite_strict=True,
    )
    op.create_index("ix_role_held_clinic", "role_held", ["clinic_id", "from_at"], unique=False)
    op.create_index(
        "uq_role_held_now",
        "role_held",
        ["user_id", "clinic_id", "role"],
        unique=True,
        sqlite_where=sa.text("until_at IS NULL"),
        postgresql_where=sa.text("until_at IS NULL"),
    )


def _create_sharps_box() -> None:
    op.create_table(
        "sharps_box",
        sa.Column("id", columns.Identity, nullable=False),
        sa.Column("uid", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("clinic_id", columns.Identity, nullable=False),
        sa.Column("room_id", columns.Identity, nullable=False),
        sa.Column("short_code", sa.Text(), nullable=False),
        sa.Column("waste_stream", sa.Text(), nullable=False),
        sa.Column("opened_at", columns.UTCDateTime(), nullable=False),
        sa.Column("opened_by_id", columns.Identity, nullable=False),
        sa.Column("close_by_on", sa.Date(), nullable=False),
        sa.Column("closed_at", columns.UTCDateTime(), nullable=True),
        sa.Column("closed_by_id", columns.Identity, nullable=True),
        sa.Column("close_reason", sa.Text(), nullable=True),
        sa.Column("collected_at", columns.UTCDateTime(), nullable=True),
        sa.Column("collected_by_id", columns.Identity, nullable=True),
        sa.Column("collection_note", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "(collected_at IS NULL) = (collected_by_id IS NULL) AND (collected_at IS NULL OR (closed_at IS NOT NULL AND collection_note <> ''))",
            name=op.f("ck_sharps_box_collected_once_closed"),
        ),
        sa.CheckConstraint(
            "close_reason IN ('three_quarters', 'date', 'damaged', 'other')",
            name=op.f("ck_sharps_box_close_reason_is_a_word"),
        ),
        sa.CheckConstraint(
            "waste_stream IN ('sharps_medicinal', 'sharps', 'sharps_cytotoxic', 'medicines')",
            name=op.f("ck_sharps_box_waste_stream_is_a_word"),
        ),
        sa.CheckConstraint(
            "(closed_at IS NULL) = (closed_by_id IS NULL) AND (closed_at IS NULL) = (close_reason IS NULL)",
            name=op.f("ck_sharps_box_closed_by_somebody"),
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id", "room_id"],
            ["location.clinic_id", "location.id"],
            name=op.f("fk_sharps_box_clinic_id_room_id"),
        ),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"], name=op.f("fk_sharps_box_clinic_id")),
        sa.ForeignKeyConstraint(["closed_by_id"], ["person.id"], name=op.f("fk_sharps_box_closed_by_id")),
        sa.ForeignKeyConstraint(
            ["collected_by_id"], ["person.id"], name=op.f("fk_sharps_box_collected_by_id")
        ),
        sa.ForeignKeyConstraint(["opened_by_id"], ["person.id"], name=op.f("fk_sharps_box_opened_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sharps_box")),
        sa.UniqueConstraint("clinic_id", "id", name=op.f("uq_sharps_box_clinic_id_id")),
        sa.UniqueConstraint("clinic_id", "short_code", name=op.f("uq_sharps_box_clinic_id_short_code")),
        sa.UniqueConstraint("uid", name=op.f("uq_sharps_box_uid")),
        sqlite_strict=True,
    )
    op.create_index(
        "ix_sharps_box_waits",
        "sharps_box",
        ["clinic_id", "room_id"],
        unique=False,
        sqlite_where=sa.text("collected_at IS NULL"),
        postgresql_where=sa.text("collected_at IS NULL"),
    )


def _create_device_act() -> None:
    op.create_table(
        "device_act",
        sa.Column("id", columns.Identity, nullable=False),
        sa.Column("uid", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("clinic_id", columns.Identity, nullable=False),
        sa.Column("device_id", columns.Identity, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("session_id", columns.Identity, nullable=True),
        sa.Column("occurred_at", columns.UTCDateTime(), nullable=False),
        sa.Column("recorded_at", columns.UTCDateTime(), nullable=False),
        sa.Column("by_id", columns.Identity, nullable=False),
        sa.Column("serviced_until", sa.Date(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("raw_scan", sa.Text(), nullable=True),
        sa.Column("undoes_id", columns.Identity, nullable=True),
        sa.CheckConstraint(
            "(kind = 'taken_back') = (undoes_id IS NOT NULL)", name=op.f("ck_device_act_takes_something_back")
        ),
        sa.CheckConstraint(
            "kind <> 'used' OR session_id IS NOT NULL", name=op.f("ck_device_act_used_in_a_session")
        ),
        sa.CheckConstraint(
            "kind IN ('used', 'taken_back', 'cleaned', 'serviced', 'held', 'released')",
            name=op.f("ck_device_act_kind_is_a_word"),
        ),
        sa.CheckConstraint("occurred_at <= recorded_at", name=op.f("ck_device_act_occurred_before_recorded")),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name=op.f("fk_device_act_by_id")),
        sa.ForeignKeyConstraint(
            ["clinic_id", "device_id"],
            ["device.clinic_id", "device.id"],
            name=op.f("fk_device_act_clinic_id_device_id"),
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id", "session_id"],
            ["treatment_session.clinic_id", "treatment_session.id"],
            name=op.f("fk_device_act_clinic_id_session_id"),
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id", "undoes_id"],
            ["device_act.clinic_id", "device_act.id"],
            name=op.f("fk_device_act_clinic_id_undoes_id"),
        ),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"], name=op.f("fk_device_act_clinic_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_device_act")),
        sa.UniqueConstraint("clinic_id", "id", name=op.f("uq_device_act_clinic_id_id")),
        sa.UniqueConstraint("uid", name=op.f("uq_device_act_uid")),
        sqlite_strict=True,
    )
    op.create_index("ix_device_act_device", "device_act", ["clinic_id", "device_id", "id"], unique=False)
    op.create_index(
        "ix_device_act_session",
        "device_act",
        ["clinic_id", "session_id"],
        unique=False,
        sqlite_where=sa.text("session_id IS NOT NULL"),
        postgresql_where=sa.text("session_id IS NOT NULL"),
    )
    op.create_index(
        "uq_device_act_undoes",
        "device_act",
        ["clinic_id", "undoes_id"],
        unique=True,
        sqlite_where=sa.text("undoes_id IS NOT NULL"),
        postgresql_where=sa.text("undoes_id IS NOT NULL"),
    )


def _create_ratio_answer() -> None:
    op.create_table(
        "ratio_answer",
        sa.Column("id", columns.Identity, nullable=False),
        sa.Column("uid", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("clinic_id", columns.Identity, nullable=False),
        sa.Column("session_id", columns.Identity, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("counted", sa.Integer(), nullable=False),
        sa.Column("usual", sa.Integer(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("answered_at", columns.UTCDateTime(), nullable=False),
        sa.Column("answered_by_id", columns.Identity, nullable=False),
        sa.CheckConstraint("answer <> ''", name=op.f("ck_ratio_answer_is_answered")),
        sa.CheckConstraint(
            "kind IN ('few_needles', 'many_needles', 'many_cartridges', 'shared_cartridge')",
            name=op.f("ck_ratio_answer_kind_is_a_word"),
        ),
        sa.CheckConstraint("counted >= 0 AND usual >= 0", name=op.f("ck_ratio_answer_counts_not_negative")),
        sa.ForeignKeyConstraint(
            ["answered_by_id"], ["person.id"], name=op.f("fk_ratio_answer_answered_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id", "session_id"],
            ["treatment_session.clinic_id", "treatment_session.id"],
            name=op.f("fk_ratio_answer_clinic_id_session_id"),
        ),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"], name=op.f("fk_ratio_answer_clinic_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ratio_answer")),
        sa.UniqueConstraint("uid", name=op.f("uq_ratio_answer_uid")),
        sqlite_strict=True,
    )
    op.create_index("ix_ratio_answer_session", "ratio_answer", ["clinic_id", "session_id"], unique=False)


def _create_reaction() -> None:
    op.create_table(
        "reaction",
        sa.Column("id", columns.Identity, nullable=False),
        sa.Column("uid", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("clinic_id", columns.Identity, nullable=False),
        sa.Column("session_id", columns.Identity, nullable=False),
        sa.Column("amends_id", columns.Identity, nullable=True),
        sa.Column("effect", sa.Text(), nullable=False),
        sa.Column("severity", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("began_at", columns.UTCDateTime(), nullable=False),
        sa.Column("note", sa.LargeBinary(), nullable=True),
        sa.Column("is_withdrawn", sa.Boolean(), nullable=False),
        sa.Column("recorded_at", columns.UTCDateTime(), nullable=False),
        sa.Column("recorded_by_id", columns.Identity, nullable=False),
        sa.CheckConstraint(
            "outcome IN ('ongoing', 'recovering', 'resolved', 'lasting', 'not_known')",
            name=op.f("ck_reaction_outcome_is_a_word"),
        ),
        sa.CheckConstraint(
            "severity IN ('mild', 'moderate', 'severe')", name=op.f("ck_reaction_severity_is_a_word")
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id", "amends_id"],
            ["reaction.clinic_id", "reaction.id"],
            name=op.f("fk_reaction_clinic_id_amends_id"),
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id", "session_id"],
            ["treatment_session.clinic_id", "treatment_session.id"],
            name=op.f("fk_reaction_clinic_id_session_id"),
        ),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"], name=op.f("fk_reaction_clinic_id")),
        sa.ForeignKeyConstraint(["recorded_by_id"], ["person.id"], name=op.f("fk_reaction_recorded_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reaction")),
        sa.UniqueConstraint("clinic_id", "id", name=op.f("uq_reaction_clinic_id_id")),
        sa.UniqueConstraint("uid", name=op.f("uq_reaction_uid")),
        sqlite_strict=True,
    )
    op.create_index("ix_reaction_session", "reaction", ["clinic_id", "session_id"], unique=False)
    op.create_index(
        "uq_reaction_amends",
        "reaction",
        ["clinic_id", "amends_id"],
        unique=True,
        sqlite_where=sa.text("amends_id IS NOT NULL"),
        postgresql_where=sa.text("amends_id IS NOT NULL"),
    )
