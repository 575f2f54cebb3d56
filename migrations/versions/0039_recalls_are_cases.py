"""A recall is a case: its notice, what it covers, whom it reached, and what was done.

Revision: 0039
Follows: 0038
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.triggers import run_sql
from stockroom.db import columns

revision = "0039"
down_revision = "0038"

_COLUMN = "ALTER TABLE product_hold ADD COLUMN case_id {} CONSTRAINT fk_product_hold_case_id REFERENCES recall_case (id)"


def upgrade() -> None:
    """Upwards only; the way back is the backup."""
    _create_case()
    _create_notice()
    _create_file()
    _create_scope()
    _create_lot()
    _create_finding()
    _create_step()
    _create_session()
    on_sqlite = op.get_bind().dialect.name == "sqlite"
    op.execute(_COLUMN.format("INTEGER" if on_sqlite else "BIGINT"))
    run_sql("0039_recalls_are_cases")


def _create_case() -> None:
    op.create_table(
        "recall_case",
        sa.Column("id", columns.Identity, nullable=False),
        sa.Column("uid", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("number", columns.Identity, nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("is_mock", sa.Boolean(), nullable=False),
        sa.Column("opened_at", columns.UTCDateTime(), nullable=False),
        sa.Column("recorded_at", columns.UTCDateTime(), nullable=False),
        sa.Column("recorded_by_id", columns.Identity, nullable=False),
        sa.CheckConstraint("title <> ''", name=op.f("ck_recall_case_has_a_title")),
        sa.CheckConstraint("number > 0", name=op.f("ck_recall_case_number_positive")),
        sa.ForeignKeyConstraint(
            ["recorded_by_id"], ["person.id"], name=op.f("fk_recall_case_recorded_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recall_case")),
        sa.UniqueConstraint("number", name=op.f("uq_recall_case_number")),
        sa.UniqueConstraint("uid", name=op.f("uq_recall_case_uid")),
        sqlite_strict=True,
    )


def _create_notice() -> None:
    op.create_table(
        "recall_notice",
        sa.Column("id", columns.Identity, nullable=False),
        sa.Column("uid", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("issuer", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("recall_class", sa.Text(), nullable=False),
        sa.Column("received_at", columns.UTCDateTime(), nullable=False),
        sa.Column("received_how", sa.Text(), nullable=False),
        sa.Column("received_by_id", columns.Identity, nullable=False),
        sa.Column("answer_by", columns.UTCDateTime(), nullable=True),
        sa.Column("supplier_id", columns.Identity, nullable=True),
        sa.Column("asked", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("case_id", columns.Identity, nullable=False),
        sa.Column("recorded_at", columns.UTCDateTime(), nullable=False),
        sa.Column("recorded_by_id", columns.Identity, nullable=False),
        sa.CheckConstraint(
            "issuer <> '' AND reference <> ''", name=op.f("ck_recall_notice_names_its_issuer")
        ),
        sa.CheckConstraint(
            "recall_class IN ('I', 'II', 'III', 'unknown')",
            name=op.f("ck_recall_notice_recall_class_is_a_word"),
        ),
        sa.CheckConstraint(
            "received_how IN ('letter', 'email', 'phone', 'fax', 'portal', 'visit', 'authority', 'other')",
            name=op.f("ck_recall_notice_received_how_is_a_word"),
        ),
        sa.ForeignKeyConstraint(["case_id"], ["recall_case.id"], name=op.f("fk_recall_notice_case_id")),
        sa.ForeignKeyConstraint(
            ["received_by_id"], ["person.id"], name=op.f("fk_recall_notice_received_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["recorded_by_id"], ["person.id"], name=op.f("fk_recall_notice_recorded_by_id")
        ),
        sa.ForeignKeyConstraint(["supplier_id"], ["supplier.id"], name=op.f("fk_recall_notice_supplier_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recall_notice")),
        sa.UniqueConstraint("case_id", "n", name=op.f("uq_recall_notice_case_id_n")),
        sa.UniqueConstraint("uid", name=op.f("uq_recall_notice_uid")),
        sqlite_strict=True,
    )
    op.create_index("ix_recall_notice_reference", "recall_notice", ["reference"], unique=False)


def _create_file() -> None:
    op.create_table(
        "recall_file",
        sa.Column("id", columns.Identity, nullable=False),
        sa.Column("uid", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("notice_id", columns.Identity, nullable=True),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("data_key", sa.LargeBinary(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("case_id", columns.Identity, nullable=False),
        sa.Column("recorded_at", columns.UTCDateTime(), nullable=False),
        sa.Column("recorded_by_id", columns.Identity, nullable=False),
        sa.CheckConstraint(
            "what IN ('notice', 'reply', 'other')", name=op.f("ck_recall_file_what_is_a_word")
        ),
        sa.CheckConstraint("size > 0", name=op.f("ck_recall_file_size_positive")),
        sa.ForeignKeyConstraint(["case_id"], ["recall_case.id"], name=op.f("fk_recall_file_case_id")),
        sa.ForeignKeyConstraint(["notice_id"], ["recall_notice.id"], name=op.f("fk_recall_file_notice_id")),
        sa.ForeignKeyConstraint(
            ["recorded_by_id"], ["person.id"], name=op.f("fk_recall_file_recorded_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recall_file")),
        sa.UniqueConstraint("uid", name=op.f("uq_recall_file_uid")),
        sqlite_strict=True,
    )
    op.create_index("ix_recall_file_case", "recall_file", ["case_id"], unique=False)


def _create_scope() -> None:
    op.create_table(
        "recall_scope",
        sa.Column("id", columns.Identity, nullable=False),
        sa.Column("uid", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("notice_id", columns.Identity, nullable=True),
        sa.Column("product_id", columns.Identity, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("first", sa.Text(), nullable=False),
        sa.Column("last", sa.Text(), nullable=False),
        sa.Column("pattern", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("case_id", columns.Identity, nullable=False),
        sa.Column("recorded_at", columns.UTCDateTime(), nullable=False),
        sa.Column("recorded_by_id", columns.Identity, nullable=False),
        sa.CheckConstraint(
            "(first <> '') = (kind IN ('lot', 'range')) AND (last <> '') = (kind = 'range') AND (pattern <> '') = (kind = 'pattern')",
            name=op.f("ck_recall_scope_says_what_its_kind_says"),
        ),
        sa.CheckConstraint(
            "kind IN ('lot', 'range', 'pattern', 'product')", name=op.f("ck_recall_scope_kind_is_a_word")
        ),
        sa.CheckConstraint(
            "source IN ('typed', 'pasted', 'pdf')", name=op.f("ck_recall_scope_source_is_a_word")
        ),
        sa.ForeignKeyConstraint(["case_id"], ["recall_case.id"], name=op.f("fk_recall_scope_case_id")),
        sa.ForeignKeyConstraint(["notice_id"], ["recall_notice.id"], name=op.f("fk_recall_scope_notice_id")),
        sa.ForeignKeyConstraint(["product_id"], ["product.id"], name=op.f("fk_recall_scope_product_id")),
        sa.ForeignKeyConstraint(
            ["recorded_by_id"], ["person.id"], name=op.f("fk_recall_scope_recorded_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recall_scope")),
        sa.UniqueConstraint("case_id", "n", name=op.f("uq_recall_scope_case_id_n")),
        sa.UniqueConstraint("uid", name=op.f("uq_recall_scope_uid")),
        sqlite_strict=True,
    )
    op.create_index("ix_recall_scope_product", "recall_scope", ["product_id"], unique=False)


def _create_lot() -> None:
    op.create_table(
        "recall_lot",
        sa.Column("id", columns.Identity, nullable=False),
        sa.Column("uid", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("scope_id", columns.Identity, nullable=False),
        sa.Column("product_id", columns.Identity, nullable=False),
        sa.Column("lot_number", sa.Text(), nullable=True),
        sa.Column("case_id", columns.Identity, nullable=False),
        sa.Column("recorded_at", columns.UTCDateTime(), nullable=False),
        sa.Column("recorded_by_id", columns.Identity, nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["recall_case.id"], name=op.f("fk_recall_lot_case_id")),
        sa.ForeignKeyConstraint(["product_id"], ["product.id"], name=op.f("fk_recall_lot_product_id")),
        sa.ForeignKeyConstraint(["recorded_by_id"], ["person.id"], name=op.f("fk_recall_lot_recorded_by_id")),
        sa.ForeignKeyConstraint(["scope_id"], ["recall_scope.id"], name=op.f("fk_recall_lot_scope_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recall_lot")),
        sa.UniqueConstraint(
            "case_id", "product_id", "lot_number", name=op.f("uq_recall_lot_case_id_product_id_lot_number")
        ),
        sa.UniqueConstraint("uid", name=op.f("uq_recall_lot_uid")),
        sqlite_strict=True,
    )
    op.create_index("ix_recall_lot_number", "recall_lot", ["product_id", "lot_number"], unique=False)
    op.create_index(
        "uq_recall_lot_product",
        "recall_lot",
        ["case_id", "product_id"],
        unique=True,
        sqlite_where=sa.text("lot_number IS NULL"),
        postgresql_where=sa.text("lot_number IS NULL"),
    )


def _create_finding() -> None:
    op.create_table(
        "recall_finding",
        sa.Column("id", columns.Identity, nullable=False),
        sa.Column("uid", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("searched", sa.Text(), nullable=False),
        sa.Column("searched_through", columns.UTCDateTime(), nullable=False),
        sa.Column("statement", sa.Text(), nullable=False),
        sa.Column("case_id", columns.Identity, nullable=False),
        sa.Column("recorded_at", columns.UTCDateTime(), nullable=False),
        sa.Column("recorded_by_id", columns.Identity, nullable=False),
        sa.CheckConstraint("statement <> ''", name=op.f("ck_recall_finding_says_something")),
        sa.ForeignKeyConstraint(["case_id"], ["recall_case.id"], name=op.f("fk_recall_finding_case_id")),
        sa.ForeignKeyConstraint(
            ["recorded_by_id"], ["person.id"], name=op.f("fk_recall_finding_recorded_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recall_finding")),
        sa.UniqueConstraint("uid", name=op.f("uq_recall_finding_uid")),
        sqlite_strict=True,
    )
    op.create_index("ix_recall_finding_case", "recall_finding", ["case_id"], unique=False)


def _create_step() -> None:
    op.create_table(
        "recall_step",
        sa.Column("id", columns.Identity, nullable=False),
        sa.Column("uid", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("patients", sa.Integer(), nullable=True),
        sa.Column("uncontacted", sa.Integer(), nullable=True),
        sa.Column("uncontacted_reason", sa.Text(), nullable=False),
        sa.Column("unaccounted_reason", sa.Text(), nullable=False),
        sa.Column("case_id", columns.Identity, nullable=False),
        sa.Column("recorded_at", columns.UTCDateTime(), nullable=False),
        sa.Column("recorded_by_id", columns.Identity, nullable=False),
        sa.CheckConstraint(
            "(kind = 'closed') = (patients IS NOT NULL) AND (kind = 'closed') = (uncontacted IS NOT NULL)",
            name=op.f("ck_recall_step_closing_counts"),
        ),
        sa.CheckConstraint(
            "kind IN ('closed', 'reopened', 'released', 'held_again')",
            name=op.f("ck_recall_step_kind_is_a_word"),
        ),
        sa.CheckConstraint("reason <> ''", name=op.f("ck_recall_step_says_why")),
        sa.CheckConstraint(
            "uncontacted IS NULL OR uncontacted BETWEEN 0 AND patients",
            name=op.f("ck_recall_step_counts_add_up"),
        ),
        sa.ForeignKeyConstraint(["case_id"], ["recall_case.id"], name=op.f("fk_recall_step_case_id")),
        sa.ForeignKeyConstraint(
            ["recorded_by_id"], ["person.id"], name=op.f("fk_recall_step_recorded_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recall_step")),
        sa.UniqueConstraint("uid", name=op.f("uq_recall_step_uid")),
        sqlite_strict=True,
    )
    op.create_index("ix_recall_step_case", "recall_step", ["case_id"], unique=False)


def _create_session() -> None:
    op.create_table(
        "recall_session",
        sa.Column("id", columns.Identity, nullable=False),
        sa.Column("case_id", columns.Identity, nullable=False),
        sa.Column("clinic_id", columns.Identity, nullable=False),
        sa.Column("session_id", columns.Identity, nullable=False),
        sa.Column("patient_id", columns.Identity, nullable=False),
        sa.Column("joined", sa.Text(), nullable=False),
        sa.Column("batch_uid", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("recorded_at", columns.UTCDateTime(), nullable=False),
        sa.CheckConstraint(
            "joined IN ('scope', 'recorded_late', 'corrected')",
            name=op.f("ck_recall_session_joined_is_a_word"),
        ),
        sa.ForeignKeyConstraint(["case_id"], ["recall_case.id"], name=op.f("fk_recall_session_case_id")),
        sa.ForeignKeyConstraint(
            ["clinic_id", "session_id"],
            ["treatment_session.clinic_id", "treatment_session.id"],
            name=op.f("fk_recall_session_clinic_id_session_id"),
        ),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"], name=op.f("fk_recall_session_clinic_id")),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_recall_session_patient_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recall_session")),
        sa.UniqueConstraint(
            "case_id", "clinic_id", "session_id", name=op.f("uq_recall_session_case_id_clinic_id_session_id")
        ),
        sqlite_strict=True,
    )
    op.create_index("ix_recall_session_batch", "recall_session", ["batch_uid"], unique=False)
    op.create_index("ix_recall_session_session", "recall_session", ["clinic_id", "session_id"], unique=False)
