"""Tablets in their rooms, the badges and PINs by which people change at them, and what they sign.

Revision: 0018
Follows: 0017
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.triggers import run_sql
from stockroom.db import columns

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    """Upwards only; the way back is the backup."""
    _create_badge()
    _create_pin()
    _create_tablet()
    _create_sign_on()
    _create_sign_on_attempt()
    _create_signature()
    run_sql("0018_append_only")


def _create_badge() -> None:
    op.create_table(
        "badge",
        sa.Column("id", columns.Identity, nullable=False),
        sa.Column("uid", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("person_id", columns.Identity, nullable=False),
        sa.Column("code_hash", sa.Text(), nullable=False),
        sa.Column("issued_at", columns.UTCDateTime(), nullable=False),
        sa.Column("issued_by_id", columns.Identity, nullable=False),
        sa.Column("revoked_at", columns.UTCDateTime(), nullable=True),
        sa.Column("revoked_by_id", columns.Identity, nullable=True),
        sa.CheckConstraint(
            "(revoked_at IS NULL) = (revoked_by_id IS NULL)", name=op.f("ck_badge_revoked_by_somebody")
        ),
        sa.ForeignKeyConstraint(["issued_by_id"], ["person.id"], name=op.f("fk_badge_issued_by_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_badge_person_id")),
        sa.ForeignKeyConstraint(["revoked_by_id"], ["person.id"], name=op.f("fk_badge_revoked_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_badge")),
        sa.UniqueConstraint("code_hash", name=op.f("uq_badge_code_hash")),
        sa.UniqueConstraint("uid", name=op.f("uq_badge_uid")),
        sqlite_strict=True,
    )
    op.create_index(
        "uq_badge_person",
        "badge",
        ["person_id"],
        unique=True,
        sqlite_where=sa.text("revoked_at IS NULL"),
        postgresql_where=sa.text("revoked_at IS NULL"),
    )


def _create_pin() -> None:
    op.create_table(
        "pin",
        sa.Column("person_id", columns.Identity, nullable=False),
        sa.Column("pin_hash", sa.Text(), nullable=False),
        sa.Column("set_at", columns.UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_pin_person_id")),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_pin")),
        sqlite_strict=True,
    )


def _create_tablet() -> None:
    op.create_table(
        "tablet",
        sa.Column("id", columns.Identity, nullable=False),
        sa.Column("uid", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("clinic_id", columns.Identity, nullable=False),
        sa.Column("room_id", columns.Identity, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("secret_hash", sa.Text(), nullable=False),
        sa.Column("registered_at", columns.UTCDateTime(), nullable=False),
        sa.Column("registered_by_id", columns.Identity, nullable=False),
        sa.Column("revoked_at", columns.UTCDateTime(), nullable=True),
        sa.Column("revoked_by_id", columns.Identity, nullable=True),
        sa.CheckConstraint(
            "(revoked_at IS NULL) = (revoked_by_id IS NULL)", name=op.f("ck_tablet_revoked_by_somebody")
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id", "room_id"],
            ["location.clinic_id", "location.id"],
            name=op.f("fk_tablet_clinic_id_room_id"),
        ),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"], name=op.f("fk_tablet_clinic_id")),
        sa.ForeignKeyConstraint(["registered_by_id"], ["person.id"], name=op.f("fk_tablet_registered_by_id")),
        sa.ForeignKeyConstraint(["revoked_by_id"], ["person.id"], name=op.f("fk_tablet_revoked_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tablet")),
        sa.UniqueConstraint("secret_hash", name=op.f("uq_tablet_secret_hash")),
        sa.UniqueConstraint("uid", name=op.f("uq_tablet_uid")),
        sqlite_strict=True,
    )
    op.create_index(
        "uq_tablet_name",
        "tablet",
        ["clinic_id", "name"],
        unique=True,
        sqlite_where=sa.text("revoked_at IS NULL"),
        postgresql_where=sa.text("revoked_at IS NULL"),
    )


def _create_sign_on() -> None:
    op.create_table(
        "sign_on",
        sa.Column("log_in_id", columns.Identity, nullable=False),
        sa.Column("tablet_id", columns.Identity, nullable=False),
        sa.Column("way", sa.Text(), nullable=False),
        sa.CheckConstraint("way IN ('password', 'pin', 'badge')", name=op.f("ck_sign_on_way_is_a_word")),
        sa.ForeignKeyConstraint(
            ["log_in_id"], ["log_in.id"], name=op.f("fk_sign_on_log_in_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["tablet_id"], ["tablet.id"], name=op.f("fk_sign_on_tablet_id")),
        sa.PrimaryKeyConstraint("log_in_id", name=op.f("pk_sign_on")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_sign_on_tablet_id"), "sign_on", ["tablet_id"], unique=False)


def _create_sign_on_attempt() -> None:
    op.create_table(
        "sign_on_attempt",
        sa.Column("id", columns.Identity, nullable=False),
        sa.Column("uid", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("person_id", columns.Identity, nullable=True),
        sa.Column("tablet_id", columns.Identity, nullable=True),
        sa.Column("at", columns.UTCDateTime(), nullable=False),
        sa.Column("succeeded", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_sign_on_attempt_person_id")),
        sa.ForeignKeyConstraint(["tablet_id"], ["tablet.id"], name=op.f("fk_sign_on_attempt_tablet_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_on_attempt")),
        sa.UniqueConstraint("uid", name=op.f("uq_sign_on_attempt_uid")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_sign_on_attempt_at"), "sign_on_attempt", ["at"], unique=False)
    op.create_index("ix_sign_on_attempt_person", "sign_on_attempt", ["person_id", "at"], unique=False)
    op.create_index("ix_sign_on_attempt_tablet", "sign_on_attempt", ["tablet_id", "at"], unique=False)


def _create_signature() -> None:
    op.create_table(
        "signature",
        sa.Column("id", columns.Identity, nullable=False),
        sa.Column("uid", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("clinic_id", columns.Identity, nullable=False),
        sa.Column("person_id", columns.Identity, nullable=False),
        sa.Column("person_name", sa.Text(), nullable=False),
        sa.Column("meaning", sa.Text(), nullable=False),
        sa.Column("way", sa.Text(), nullable=False),
        sa.Column("signed_at", columns.UTCDateTime(), nullable=False),
        sa.Column("act", sa.Text(), nullable=False),
        sa.Column("entry_seq", columns.Identity, nullable=False),
        sa.Column("session_id", columns.Identity, nullable=True),
        sa.CheckConstraint("meaning IN ('checked', 'injected')", name=op.f("ck_signature_meaning_is_a_word")),
        sa.CheckConstraint("way IN ('password', 'pin', 'badge')", name=op.f("ck_signature_way_is_a_word")),
        sa.ForeignKeyConstraint(
            ["clinic_id", "session_id"],
            ["treatment_session.clinic_id", "treatment_session.id"],
            name=op.f("fk_signature_clinic_id_session_id"),
        ),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"], name=op.f("fk_signature_clinic_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_signature_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signature")),
        sa.UniqueConstraint("uid", name=op.f("uq_signature_uid")),
        sqlite_strict=True,
    )
    op.create_index("ix_signature_entry", "signature", ["clinic_id", "entry_seq"], unique=False)
    op.create_index("ix_signature_session", "signature", ["clinic_id", "session_id"], unique=False)
