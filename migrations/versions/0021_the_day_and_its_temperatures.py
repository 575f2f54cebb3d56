"""Temperatures of places, what was decided when they were outside their limits, and how a day is opened and closed.

Revision: 0021
Follows: 0020
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.triggers import run_sql
from stockroom.db import columns

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    """Upwards only; the way back is the backup."""
    _create_place_watch()
    _create_temperature_reading()
    _create_temperature_excursion()
    _create_box_check()
    _create_day_closing()
    run_sql("0021_append_only")


def _create_place_watch() -> None:
    op.create_table(
        "place_watch",
        sa.Column("id", columns.Identity, nullable=False),
        sa.Column("uid", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("clinic_id", columns.Identity, nullable=False),
        sa.Column("location_id", columns.Identity, nullable=False),
        sa.Column("is_read", sa.Boolean(), nullable=False),
        sa.Column("lowest_tenths", sa.Integer(), nullable=True),
        sa.Column("highest_tenths", sa.Integer(), nullable=True),
        sa.Column("is_emergency_box", sa.Boolean(), nullable=False),
        sa.Column("set_at", columns.UTCDateTime(), nullable=False),
        sa.Column("set_by_id", columns.Identity, nullable=False),
        sa.CheckConstraint(
            "(lowest_tenths IS NULL OR lowest_tenths BETWEEN -1000 AND 600) AND (highest_tenths IS NULL OR highest_tenths BETWEEN -1000 AND 600)",
            name=op.f("ck_place_watch_limits_possible"),
        ),
        sa.CheckConstraint(
            "(lowest_tenths IS NULL) = (highest_tenths IS NULL)", name=op.f("ck_place_watch_limits_together")
        ),
        sa.CheckConstraint(
            "lowest_tenths IS NULL OR lowest_tenths < highest_tenths",
            name=op.f("ck_place_watch_lowest_below_highest"),
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id", "location_id"],
            ["location.clinic_id", "location.id"],
            name=op.f("fk_place_watch_clinic_id_location_id"),
        ),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"], name=op.f("fk_place_watch_clinic_id")),
        sa.ForeignKeyConstraint(["set_by_id"], ["person.id"], name=op.f("fk_place_watch_set_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_place_watch")),
        sa.UniqueConstraint("uid", name=op.f("uq_place_watch_uid")),
        sqlite_strict=True,
    )
    op.create_index("ix_place_watch_place", "place_watch", ["clinic_id", "location_id", "id"], unique=False)


def _create_temperature_reading() -> None:
    op.create_table(
        "temperature_reading",
        sa.Column("id", columns.Identity, nullable=False),
        sa.Column("uid", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("clinic_id", columns.Identity, nullable=False),
        sa.Column("location_id", columns.Identity, nullable=False),
        sa.Column("seq", columns.Identity, nullable=False),
        sa.Column("read_at", columns.UTCDateTime(), nullable=False),
        sa.Column("now_tenths", sa.Integer(), nullable=True),
        sa.Column("lowest_tenths", sa.Integer(), nullable=True),
        sa.Column("highest_tenths", sa.Integer(), nullable=True),
        sa.Column("limit_lowest_tenths", sa.Integer(), nullable=True),
        sa.Column("limit_highest_tenths", sa.Integer(), nullable=True),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("corrects_id", columns.Identity, nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("recorded_at", columns.UTCDateTime(), nullable=False),
        sa.Column("recorded_by_id", columns.Identity, nullable=False),
        sa.CheckConstraint(
            "source IN ('by_hand', 'logger', 'sensor')", name=op.f("ck_temperature_reading_source_is_a_word")
        ),
        sa.CheckConstraint(
            "(limit_lowest_tenths IS NULL) = (limit_highest_tenths IS NULL)",
            name=op.f("ck_temperature_reading_limits_together"),
        ),
        sa.CheckConstraint(
            "(now_tenths IS NULL OR now_tenths BETWEEN -1000 AND 600) AND (lowest_tenths IS NULL OR lowest_tenths BETWEEN -1000 AND 600) AND (highest_tenths IS NULL OR highest_tenths BETWEEN -1000 AND 600)",
            name=op.f("ck_temperature_reading_temperature_possible"),
        ),
        sa.CheckConstraint(
            "highest_tenths IS NULL OR highest_tenths >= now_tenths",
            name=op.f("ck_temperature_reading_highest_is_highest"),
        ),
        sa.CheckConstraint(
            "lowest_tenths IS NULL OR lowest_tenths <= now_tenths",
            name=op.f("ck_temperature_reading_lowest_is_lowest"),
        ),
        sa.CheckConstraint(
            "now_tenths IS NOT NULL OR corrects_id IS NOT NULL",
            name=op.f("ck_temperature_reading_says_something"),
        ),
        sa.CheckConstraint(
            "read_at <= recorded_at", name=op.f("ck_temperature_reading_read_before_recorded")
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id", "corrects_id"],
            ["temperature_reading.clinic_id", "temperature_reading.id"],
            name=op.f("fk_temperature_reading_clinic_id_corrects_id"),
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id", "location_id"],
            ["location.clinic_id", "location.id"],
            name=op.f("fk_temperature_reading_clinic_id_location_id"),
        ),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"], name=op.f("fk_temperature_reading_clinic_id")),
        sa.ForeignKeyConstraint(
            ["recorded_by_id"], ["person.id"], name=op.f("fk_temperature_reading_recorded_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_temperature_reading")),
        sa.UniqueConstraint("clinic_id", "id", name=op.f("uq_temperature_reading_clinic_id_id")),
        sa.UniqueConstraint("uid", name=op.f("uq_temperature_reading_uid")),
        sqlite_strict=True,
    )
    op.create_index(
        "ix_temperature_reading_place",
        "temperature_reading",
        ["clinic_id", "location_id", "read_at"],
        unique=False,
    )
    op.create_index("ix_temperature_reading_seq", "temperature_reading", ["clinic_id", "seq"], unique=False)
    op.create_index(
        "uq_temperature_reading_corrects",
        "temperature_reading",
        ["clinic_id", "corrects_id"],
        unique=True,
        sqlite_where=sa.text("corrects_id IS NOT NULL"),
        postgresql_where=sa.text("corrects_id IS NOT NULL"),
    )
    op.create_index(
        "uq_temperature_reading_logger",
        "temperature_reading",
        ["clinic_id", "location_id", "read_at"],
        unique=True,
        sqlite_where=sa.text("source = 'logger' AND corrects_id IS NULL"),
        postgresql_where=sa.text("source = 'logger' AND corrects_id IS NULL"),
    )


def _create_temperature_excursion() -> None:
    op.create_table(
        "temperature_excursion",
        sa.Column("id", columns.Identity, nullable=False),
        sa.Column("uid", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("clinic_id", columns.Identity, nullable=False),
        sa.Column("location_id", columns.Identity, nullable=False),
        sa.Column("first_reading_id", columns.Identity, nullable=False),
        sa.Column("good_reading_id", columns.Identity, nullable=True),
        sa.Column("opened_at", columns.UTCDateTime(), nullable=False),
        sa.Column("opened_by_id", columns.Identity, nullable=False),
        sa.Column("verdict", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("decided_at", columns.UTCDateTime(), nullable=True),
        sa.Column("decided_by_id", columns.Identity, nullable=True),
        sa.Column("movement_id", columns.Identity, nullable=True),
        sa.CheckConstraint(
            "verdict IN ('release', 'dispose', 'part', 'mistaken')",
            name=op.f("ck_temperature_excursion_verdict_is_a_word"),
        ),
        sa.CheckConstraint(
            "(decided_at IS NULL) = (decided_by_id IS NULL)",
            name=op.f("ck_temperature_excursion_decided_by_somebody"),
        ),
        sa.CheckConstraint(
            "(decided_at IS NULL) = (verdict IS NULL)",
            name=op.f("ck_temperature_excursion_decision_has_a_verdict"),
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id", "first_reading_id"],
            ["temperature_reading.clinic_id", "temperature_reading.id"],
            name=op.f("fk_temperature_excursion_clinic_id_first_reading_id"),
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id", "good_reading_id"],
            ["temperature_reading.clinic_id", "temperature_reading.id"],
            name=op.f("fk_temperature_excursion_clinic_id_good_reading_id"),
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id", "location_id"],
            ["location.clinic_id", "location.id"],
            name=op.f("fk_temperature_excursion_clinic_id_location_id"),
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id", "movement_id"],
            ["movement.clinic_id", "movement.id"],
            name=op.f("fk_temperature_excursion_clinic_id_movement_id"),
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id"], ["clinic.id"], name=op.f("fk_temperature_excursion_clinic_id")
        ),
        sa.ForeignKeyConstraint(
            ["decided_by_id"], ["person.id"], name=op.f("fk_temperature_excursion_decided_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["opened_by_id"], ["person.id"], name=op.f("fk_temperature_excursion_opened_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_temperature_excursion")),
        sa.UniqueConstraint(
            "clinic_id", "first_reading_id", name=op.f("uq_temperature_excursion_clinic_id_first_reading_id")
        ),
        sa.UniqueConstraint("clinic_id", "id", name=op.f("uq_temperature_excursion_clinic_id_id")),
        sa.UniqueConstraint("uid", name=op.f("uq_temperature_excursion_uid")),
        sqlite_strict=True,
    )
    op.create_index(
        "ix_temperature_excursion_place",
        "temperature_excursion",
        ["clinic_id", "location_id", "id"],
        unique=False,
    )
    op.create_index(
        "uq_temperature_excursion_undecided",
        "temperature_excursion",
        ["clinic_id", "location_id"],
        unique=True,
        sqlite_where=sa.text("decided_at IS NULL"),
        postgresql_where=sa.text("decided_at IS NULL"),
    )


def _create_box_check() -> None:
    op.create_table(
        "box_check",
        sa.Column("id", columns.Identity, nullable=False),
        sa.Column("uid", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("clinic_id", columns.Identity, nullable=False),
        sa.Column("location_id", columns.Identity, nullable=False),
        sa.Column("checked_at", columns.UTCDateTime(), nullable=False),
        sa.Column("checked_by_id", columns.Identity, nullable=False),
        sa.Column("is_sealed", sa.Boolean(), nullable=False),
        sa.Column("seal", sa.Text(), nullable=False),
        sa.Column("is_complete", sa.Boolean(), nullable=False),
        sa.Column("missing_count", sa.Integer(), nullable=False),
        sa.Column("earliest_expires_on", sa.Date(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.CheckConstraint("NOT is_sealed OR seal <> ''", name=op.f("ck_box_check_seal_has_a_number")),
        sa.CheckConstraint("missing_count >= 0", name=op.f("ck_box_check_missing_not_negative")),
        sa.ForeignKeyConstraint(["checked_by_id"], ["person.id"], name=op.f("fk_box_check_checked_by_id")),
        sa.ForeignKeyConstraint(
            ["clinic_id", "location_id"],
            ["location.clinic_id", "location.id"],
            name=op.f("fk_box_check_clinic_id_location_id"),
        ),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"], name=op.f("fk_box_check_clinic_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_box_check")),
        sa.UniqueConstraint("uid", name=op.f("uq_box_check_uid")),
        sqlite_strict=True,
    )
    op.create_index("ix_box_check_place", "box_check", ["clinic_id", "location_id", "id"], unique=False)


def _create_day_closing() -> None:
    op.create_table(
        "day_closing",
        sa.Column("id", columns.Identity, nullable=False),
        sa.Column("uid", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("clinic_id", columns.Identity, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("closed_at", columns.UTCDateTime(), nullable=False),
        sa.Column("closed_by_id", columns.Identity, nullable=False),
        sa.Column("movement_id", columns.Identity, nullable=True),
        sa.Column("thrown_away_count", sa.Integer(), nullable=False),
        sa.Column("left_open_count", sa.Integer(), nullable=False),
        sa.Column("unfinished_count", sa.Integer(), nullable=False),
        sa.Column("although", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "left_open_count + unfinished_count = 0 OR although <> ''",
            name=op.f("ck_day_closing_left_open_with_a_reason"),
        ),
        sa.CheckConstraint(
            "thrown_away_count >= 0 AND left_open_count >= 0 AND unfinished_count >= 0",
            name=op.f("ck_day_closing_counts_not_negative"),
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id", "movement_id"],
            ["movement.clinic_id", "movement.id"],
            name=op.f("fk_day_closing_clinic_id_movement_id"),
        ),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"], name=op.f("fk_day_closing_clinic_id")),
        sa.ForeignKeyConstraint(["closed_by_id"], ["person.id"], name=op.f("fk_day_closing_closed_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_day_closing")),
        sa.UniqueConstraint("clinic_id", "day", name=op.f("uq_day_closing_clinic_id_day")),
        sa.UniqueConstraint("uid", name=op.f("uq_day_closing_uid")),
        sqlite_strict=True,
    )
