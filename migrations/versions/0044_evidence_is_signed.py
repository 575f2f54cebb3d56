"""Evidence is signed off, and what a trace is asked of is found by an index.

Revision: 0044
Follows: 0043
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.triggers import run_sql
from stockroom.db import columns

revision = "0044"
down_revision = "0043"
_FOUND_BY = (
    ("ix_line_lot_elsewhere", "line", ["clinic_id", "lot_id", "movement_id"], "session_id IS NULL"),
    ("ix_lot_number_folded", "lot", ["clinic_id", sa.text("lower(number)")], None),
    ("ix_receipt_note_folded", "receipt", ["clinic_id", sa.text("lower(delivery_note)")], None),
    ("ix_receipt_supplier", "receipt", ["clinic_id", "supplier_id"], None),
    ("ix_receipt_line_serial", "receipt_line", ["clinic_id", "serial"], "serial IS NOT NULL"),
    ("ix_treatment_session_room", "treatment_session", ["clinic_id", "room_id"], None),
    ("ix_treatment_session_practitioner", "treatment_session", ["clinic_id", "practitioner_id"], None),
)
"""What a trace is asked of: number, delivery note, supplier, serial, room, person; and a lot but for its uses."""


def upgrade() -> None:
    """Upwards only; the way back is the backup."""
    op.create_table(
        "evidence_pack",
        sa.Column("id", columns.Identity, nullable=False),
        sa.Column("uid", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("clinic_id", columns.Identity, nullable=False),
        sa.Column("subject_kind", sa.Text(), nullable=False),
        sa.Column("subject_uid", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("as_of", columns.UTCDateTime(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("head_seq", columns.Identity, nullable=False),
        sa.Column("head_hash", sa.Text(), nullable=False),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("signed_by_id", columns.Identity, nullable=False),
        sa.Column("signed_at", columns.UTCDateTime(), nullable=False),
        sa.Column("entry_seq", columns.Identity, nullable=False),
        sa.CheckConstraint(
            "subject_kind <> '' AND comment <> ''", name=op.f("ck_evidence_pack_says_something")
        ),
        sa.CheckConstraint(
            "length(digest) = 64 AND length(head_hash) = 64", name=op.f("ck_evidence_pack_digests_are_whole")
        ),
        sa.CheckConstraint("as_of <= signed_at", name=op.f("ck_evidence_pack_signed_after_it_stood")),
        sa.CheckConstraint(
            "head_seq > 0 AND entry_seq > head_seq", name=op.f("ck_evidence_pack_signed_after_its_head")
        ),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"], name=op.f("fk_evidence_pack_clinic_id")),
        sa.ForeignKeyConstraint(["signed_by_id"], ["person.id"], name=op.f("fk_evidence_pack_signed_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evidence_pack")),
        sa.UniqueConstraint("uid", name=op.f("uq_evidence_pack_uid")),
        sqlite_strict=True,
    )
    op.create_index("ix_evidence_pack_subject", "evidence_pack", ["clinic_id", "subject_uid"])
    for name, table, columns_, only in _FOUND_BY:
        where = None if only is None else sa.text(only)
        op.create_index(name, table, columns_, sqlite_where=where, postgresql_where=where)
    run_sql("0044_evidence_is_signed")
