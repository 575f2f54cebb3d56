"""What somebody was asked about before an act, and answered: it is not asked again in the same session.

Revision: 0043
Follows: 0042
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.triggers import run_sql
from stockroom.db import columns

revision = "0043"
down_revision = "0042"


def upgrade() -> None:
    """Upwards only; the way back is the backup."""
    op.create_table(
        "caution_answer",
        sa.Column("id", columns.Identity, nullable=False),
        sa.Column("uid", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("clinic_id", columns.Identity, nullable=False),
        sa.Column("session_id", columns.Identity, nullable=True),
        sa.Column("word", sa.Text(), nullable=False),
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("answered_at", columns.UTCDateTime(), nullable=False),
        sa.Column("answered_by_id", columns.Identity, nullable=False),
        sa.CheckConstraint("reason <> ''", name=op.f("ck_caution_answer_is_answered")),
        sa.ForeignKeyConstraint(
            ["answered_by_id"], ["person.id"], name=op.f("fk_caution_answer_answered_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id", "session_id"],
            ["treatment_session.clinic_id", "treatment_session.id"],
            name=op.f("fk_caution_answer_clinic_id_session_id"),
        ),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"], name=op.f("fk_caution_answer_clinic_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_caution_answer")),
        sa.UniqueConstraint("uid", name=op.f("uq_caution_answer_uid")),
        sqlite_strict=True,
    )
    op.create_index("ix_caution_answer_session", "caution_answer", ["clinic_id", "session_id"], unique=False)
    run_sql("0043_cautions_are_answered_once")
