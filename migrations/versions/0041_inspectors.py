"""An inspector's account has an end and a purpose, and says what for names are opened.

Revision: 0041
Follows: 0040
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.triggers import run_sql
from stockroom.db import columns

revision = "0041"
down_revision = "0040"


def upgrade() -> None:
    """Upwards only; the way back is the backup."""
    op.add_column("membership", sa.Column("until_at", columns.UTCDateTime(), nullable=True))
    op.add_column("membership", sa.Column("purpose", sa.Text(), server_default="", nullable=False))
    op.add_column("role_held", sa.Column("purpose", sa.Text(), server_default="", nullable=False))
    op.create_table(
        "stated_purpose",
        sa.Column("id", columns.Identity, nullable=False),
        sa.Column("uid", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("clinic_id", columns.Identity, nullable=False),
        sa.Column("person_id", columns.Identity, nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("stated_at", columns.UTCDateTime(), nullable=False),
        sa.Column("until_at", columns.UTCDateTime(), nullable=False),
        sa.CheckConstraint(
            "purpose IN ('inspection', 'complaint', 'adverse_reaction', 'recall', 'records_request')",
            name=op.f("ck_stated_purpose_purpose_is_a_word"),
        ),
        sa.CheckConstraint("reference <> ''", name=op.f("ck_stated_purpose_says_which")),
        sa.CheckConstraint("until_at > stated_at", name=op.f("ck_stated_purpose_ends_later")),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"], name=op.f("fk_stated_purpose_clinic_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_stated_purpose_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stated_purpose")),
        sa.UniqueConstraint("uid", name=op.f("uq_stated_purpose_uid")),
        sqlite_strict=True,
    )
    op.create_index(
        "ix_stated_purpose_person", "stated_purpose", ["clinic_id", "person_id", "until_at"], unique=False
    )
    run_sql("0041_inspectors")
