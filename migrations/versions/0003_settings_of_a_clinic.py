"""A clinic decides some things for itself.

Revision: 0003
Follows: 0002
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from stockroom.db import columns

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Upwards only; the way back is the backup."""
    op.create_table(
        "clinic_setting",
        sa.Column("clinic_id", columns.Identity, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("updated_at", columns.UTCDateTime(), nullable=False),
        sa.CheckConstraint("name <> ''", name=op.f("ck_clinic_setting_setting_has_a_name")),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"], name=op.f("fk_clinic_setting_clinic_id")),
        sa.PrimaryKeyConstraint("clinic_id", "name", name=op.f("pk_clinic_setting")),
        sqlite_strict=True,
    )
