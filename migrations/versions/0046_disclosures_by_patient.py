"""The disclosures of one patient are found without reading everybody's.

Revision: 0046
Follows: 0045
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.triggers import run_sql
from stockroom.db import columns

revision = "0046"
down_revision = "0045"


def upgrade() -> None:
    """Upwards only; the way back is the backup."""
    op.create_table(
        "disclosed_patient",
        sa.Column("patient_id", columns.Identity, nullable=False),
        sa.Column("clinic_id", columns.Identity, nullable=False),
        sa.Column("seq", columns.Identity, nullable=False),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"], name=op.f("fk_disclosed_patient_clinic_id")),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_disclosed_patient_patient_id")),
        sa.PrimaryKeyConstraint("patient_id", "clinic_id", "seq", name=op.f("pk_disclosed_patient")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    run_sql("0046_disclosures_by_patient")
