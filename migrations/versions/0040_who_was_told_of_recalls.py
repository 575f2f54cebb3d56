"""Whom somebody told of a recall, what was answered to its issuer, and how an exercise went.

Revision: 0040
Follows: 0039
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.triggers import run_sql
from stockroom.db import columns

revision = "0040"
down_revision = "0039"


def upgrade() -> None:
    """Upwards only; the way back is the backup."""
    _create_attempt()
    _create_letter()
    _create_reply()
    _create_reply_line()
    _create_check()
    _create_mock_result()
    run_sql("0040_who_was_told_of_recalls")


def _create_attempt() -> None:
    op.create_table(
        "recall_attempt",
        sa.Column("id", columns.Identity, nullable=False),
        sa.Column("uid", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("clinic_id", columns.Identity, nullable=False),
        sa.Column("case_id", columns.Identity, nullable=False),
        sa.Column("patient_id", columns.Identity, nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("tried_at", columns.UTCDateTime(), nullable=False),
        sa.Column("tried_by_id", columns.Identity, nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("note", sa.LargeBinary(), nullable=True),
        sa.Column("next_step", sa.Text(), nullable=False),
        sa.Column("next_on", sa.Date(), nullable=True),
        sa.Column("is_withdrawn", sa.Boolean(), nullable=False),
        sa.Column("amends_id", columns.Identity, nullable=True),
        sa.Column("recorded_at", columns.UTCDateTime(), nullable=False),
        sa.Column("recorded_by_id", columns.Identity, nullable=False),
        sa.CheckConstraint(
            "channel IN ('phone', 'email', 'sms', 'letter', 'in_person', 'other')",
            name=op.f("ck_recall_attempt_channel_is_a_word"),
        ),
        sa.CheckConstraint(
            "next_step IN ('nothing', 'call_again', 'write_email', 'send_letter', 'see_in_person', 'find_address')",
            name=op.f("ck_recall_attempt_next_step_is_a_word"),
        ),
        sa.CheckConstraint(
            "outcome IN ('reached', 'left_message', 'sent', 'no_answer', 'wrong_number', 'returned', 'refused', 'unreachable', 'has_died')",
            name=op.f("ck_recall_attempt_outcome_is_a_word"),
        ),
        sa.ForeignKeyConstraint(["case_id"], ["recall_case.id"], name=op.f("fk_recall_attempt_case_id")),
        sa.ForeignKeyConstraint(
            ["clinic_id", "amends_id"],
            ["recall_attempt.clinic_id", "recall_attempt.id"],
            name=op.f("fk_recall_attempt_clinic_id_amends_id"),
        ),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"], name=op.f("fk_recall_attempt_clinic_id")),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_recall_attempt_patient_id")),
        sa.ForeignKeyConstraint(
            ["recorded_by_id"], ["person.id"], name=op.f("fk_recall_attempt_recorded_by_id")
        ),
        sa.ForeignKeyConstraint(["tried_by_id"], ["person.id"], name=op.f("fk_recall_attempt_tried_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recall_attempt")),
        sa.UniqueConstraint("clinic_id", "id", name=op.f("uq_recall_attempt_clinic_id_id")),
        sa.UniqueConstraint("uid", name=op.f("uq_recall_attempt_uid")),
        sqlite_strict=True,
    )
    op.create_index("ix_recall_attempt_patient", "recall_attempt", ["case_id", "patient_id"], unique=False)
    op.create_index(
        "uq_recall_attempt_amends",
        "recall_attempt",
        ["clinic_id", "amends_id"],
        unique=True,
        sqlite_where=sa.text("amends_id IS NOT NULL"),
        postgresql_where=sa.text("amends_id IS NOT NULL"),
    )


def _create_letter() -> None:
    op.create_table(
        "recall_letter",
        sa.Column("id", columns.Identity, nullable=False),
        sa.Column("uid", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("case_id", columns.Identity, nullable=False),
        sa.Column("recorded_at", columns.UTCDateTime(), nullable=False),
        sa.Column("recorded_by_id", columns.Identity, nullable=False),
        sa.CheckConstraint("subject <> '' AND body <> ''", name=op.f("ck_recall_letter_says_something")),
        sa.ForeignKeyConstraint(["case_id"], ["recall_case.id"], name=op.f("fk_recall_letter_case_id")),
        sa.ForeignKeyConstraint(
            ["recorded_by_id"], ["person.id"], name=op.f("fk_recall_letter_recorded_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recall_letter")),
        sa.UniqueConstraint("case_id", "n", name=op.f("uq_recall_letter_case_id_n")),
        sa.UniqueConstraint("uid", name=op.f("uq_recall_letter_uid")),
        sqlite_strict=True,
    )


def _create_reply() -> None:
    op.create_table(
        "recall_reply",
        sa.Column("id", columns.Identity, nullable=False),
        sa.Column("uid", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("supplier_id", columns.Identity, nullable=True),
        sa.Column("sent_to", sa.Text(), nullable=False),
        sa.Column("sent_how", sa.Text(), nullable=False),
        sa.Column("sent_at", columns.UTCDateTime(), nullable=False),
        sa.Column("sent_by_id", columns.Identity, nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("file_id", columns.Identity, nullable=True),
        sa.Column("case_id", columns.Identity, nullable=False),
        sa.Column("recorded_at", columns.UTCDateTime(), nullable=False),
        sa.Column("recorded_by_id", columns.Identity, nullable=False),
        sa.CheckConstraint(
            "sent_how IN ('email', 'portal', 'fax', 'letter', 'phone', 'in_person')",
            name=op.f("ck_recall_reply_sent_how_is_a_word"),
        ),
        sa.CheckConstraint("sent_to <> ''", name=op.f("ck_recall_reply_sent_to_somebody")),
        sa.ForeignKeyConstraint(["case_id"], ["recall_case.id"], name=op.f("fk_recall_reply_case_id")),
        sa.ForeignKeyConstraint(["file_id"], ["recall_file.id"], name=op.f("fk_recall_reply_file_id")),
        sa.ForeignKeyConstraint(
            ["recorded_by_id"], ["person.id"], name=op.f("fk_recall_reply_recorded_by_id")
        ),
        sa.ForeignKeyConstraint(["sent_by_id"], ["person.id"], name=op.f("fk_recall_reply_sent_by_id")),
        sa.ForeignKeyConstraint(["supplier_id"], ["supplier.id"], name=op.f("fk_recall_reply_supplier_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recall_reply")),
        sa.UniqueConstraint("case_id", "n", name=op.f("uq_recall_reply_case_id_n")),
        sa.UniqueConstraint("uid", name=op.f("uq_recall_reply_uid")),
        sqlite_strict=True,
    )


def _create_reply_line() -> None:
    op.create_table(
        "recall_reply_line",
        sa.Column("id", columns.Identity, nullable=False),
        sa.Column("reply_id", columns.Identity, nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("product_id", columns.Identity, nullable=False),
        sa.Column("lot_number", sa.Text(), nullable=False),
        sa.Column("received", columns.Quantity(), nullable=False),
        sa.Column("corrected_in", columns.Quantity(), nullable=False),
        sa.Column("held", columns.Quantity(), nullable=False),
        sa.Column("in_transit", columns.Quantity(), nullable=False),
        sa.Column("used", columns.Quantity(), nullable=False),
        sa.Column("compounded", columns.Quantity(), nullable=False),
        sa.Column("returned", columns.Quantity(), nullable=False),
        sa.Column("destroyed", columns.Quantity(), nullable=False),
        sa.Column("corrected_out", columns.Quantity(), nullable=False),
        sa.Column("unaccounted", columns.Quantity(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["product_id"], ["product.id"], name=op.f("fk_recall_reply_line_product_id")),
        sa.ForeignKeyConstraint(
            ["reply_id"], ["recall_reply.id"], name=op.f("fk_recall_reply_line_reply_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recall_reply_line")),
        sa.UniqueConstraint("reply_id", "n", name=op.f("uq_recall_reply_line_reply_id_n")),
        sqlite_strict=True,
    )


def _create_check() -> None:
    op.create_table(
        "recall_check",
        sa.Column("id", columns.Identity, nullable=False),
        sa.Column("uid", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("share", sa.Integer(), nullable=False),
        sa.Column("sampled", sa.Integer(), nullable=False),
        sa.Column("confirmed", sa.Integer(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("case_id", columns.Identity, nullable=False),
        sa.Column("recorded_at", columns.UTCDateTime(), nullable=False),
        sa.Column("recorded_by_id", columns.Identity, nullable=False),
        sa.CheckConstraint(
            "level IN ('A', 'B', 'C', 'D', 'E')", name=op.f("ck_recall_check_level_is_a_word")
        ),
        sa.CheckConstraint(
            "confirmed BETWEEN 0 AND sampled", name=op.f("ck_recall_check_confirmed_within_sampled")
        ),
        sa.CheckConstraint("share BETWEEN 0 AND 100", name=op.f("ck_recall_check_share_is_a_percentage")),
        sa.ForeignKeyConstraint(["case_id"], ["recall_case.id"], name=op.f("fk_recall_check_case_id")),
        sa.ForeignKeyConstraint(
            ["recorded_by_id"], ["person.id"], name=op.f("fk_recall_check_recorded_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recall_check")),
        sa.UniqueConstraint("uid", name=op.f("uq_recall_check_uid")),
        sqlite_strict=True,
    )
    op.create_index("ix_recall_check_case", "recall_check", ["case_id"], unique=False)


def _create_mock_result() -> None:
    op.create_table(
        "recall_mock_result",
        sa.Column("id", columns.Identity, nullable=False),
        sa.Column("uid", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("started_at", columns.UTCDateTime(), nullable=False),
        sa.Column("listed_at", columns.UTCDateTime(), nullable=False),
        sa.Column("finished_at", columns.UTCDateTime(), nullable=True),
        sa.Column("lots", sa.Integer(), nullable=False),
        sa.Column("cocktails", sa.Integer(), nullable=False),
        sa.Column("sessions", sa.Integer(), nullable=False),
        sa.Column("patients", sa.Integer(), nullable=False),
        sa.Column("clinics", sa.Integer(), nullable=False),
        sa.Column("listed_after_ms", columns.Identity, nullable=False),
        sa.Column("is_complete", sa.Boolean(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("case_id", columns.Identity, nullable=False),
        sa.Column("recorded_at", columns.UTCDateTime(), nullable=False),
        sa.Column("recorded_by_id", columns.Identity, nullable=False),
        sa.CheckConstraint(
            "started_at <= listed_at AND listed_after_ms >= 0",
            name=op.f("ck_recall_mock_result_runs_forward"),
        ),
        sa.ForeignKeyConstraint(["case_id"], ["recall_case.id"], name=op.f("fk_recall_mock_result_case_id")),
        sa.ForeignKeyConstraint(
            ["recorded_by_id"], ["person.id"], name=op.f("fk_recall_mock_result_recorded_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recall_mock_result")),
        sa.UniqueConstraint("case_id", name=op.f("uq_recall_mock_result_case_id")),
        sa.UniqueConstraint("uid", name=op.f("uq_recall_mock_result_uid")),
        sqlite_strict=True,
    )
