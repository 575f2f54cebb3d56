"""Somebody read a stretch of a journal and put a name to it.

Revision: 0037
Follows: 0036
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.triggers import run_sql
from stockroom.db import columns

revision = "0037"
down_revision = "0036"


def upgrade() -> None:
    """Upwards only; the way back is the backup."""
    op.create_table(
        "journal_review",
        sa.Column("id", columns.Identity, nullable=False),
        sa.Column("uid", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("clinic_id", columns.Identity, nullable=False),
        sa.Column("stream", sa.Text(), nullable=False),
        sa.Column("first_seq", columns.Identity, nullable=False),
        sa.Column("through_seq", columns.Identity, nullable=False),
        sa.Column("through_hash", sa.Text(), nullable=False),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("reviewed_by_id", columns.Identity, nullable=False),
        sa.Column("reviewed_at", columns.UTCDateTime(), nullable=False),
        sa.CheckConstraint(
            "stream IN ('changes', 'disclosures')", name=op.f("ck_journal_review_stream_is_a_word")
        ),
        sa.CheckConstraint(
            "first_seq > 0 AND through_seq >= first_seq", name=op.f("ck_journal_review_runs_upwards")
        ),
        sa.CheckConstraint("comment <> ''", name=op.f("ck_journal_review_says_something")),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"], name=op.f("fk_journal_review_clinic_id")),
        sa.ForeignKeyConstraint(
            ["reviewed_by_id"], ["person.id"], name=op.f("fk_journal_review_reviewed_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_journal_review")),
        sa.UniqueConstraint("uid", name=op.f("uq_journal_review_uid")),
        sa.UniqueConstraint(
            "clinic_id", "stream", "first_seq", name=op.f("uq_journal_review_clinic_id_stream_first_seq")
        ),
        sqlite_strict=True,
    )
    run_sql("0037_journals_are_reviewed")
