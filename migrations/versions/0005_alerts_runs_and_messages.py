"""An alert has a state, a job's run has a holder, and what leaves the house has an outbox.

Revision: 0005
Follows: 0004
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from stockroom.db import columns

revision = "0005"
down_revision = "0004"

_UNRESOLVED = sa.text("resolved_at IS NULL")
_UNFINISHED = sa.text("finished_at IS NULL")
_WAITING = sa.text("state = 'waiting'")
_KEPT = "id, uid, clinic_id, kind, subject_kind, subject_uid, period, facts, raised_at, resolved_at"


def upgrade() -> None:
    """Upwards only; the way back is the backup."""
    _alerts()
    _job_runs()
    _messages()


def _alerts() -> None:
    """Make the table anew: neither CHECKs nor columns without a default can be added on SQLite."""
    op.execute(f"CREATE TABLE alert_before AS SELECT {_KEPT} FROM alert")
    op.drop_table("alert")
    op.create_table(
        "alert",
        sa.Column("id", columns.Identity, nullable=False),
        sa.Column("uid", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("clinic_id", columns.Identity, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject_kind", sa.Text(), nullable=False),
        sa.Column("subject_uid", sa.Text(), nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.Column("raised_at", columns.UTCDateTime(), nullable=False),
        sa.Column("resolved_at", columns.UTCDateTime(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("severity", sa.Text(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("answered_at", columns.UTCDateTime(), nullable=True),
        sa.Column("answered_by_id", columns.Identity, nullable=True),
        sa.Column("snoozed_until", columns.UTCDateTime(), nullable=True),
        sa.CheckConstraint(
            "state IN ('open', 'acknowledged', 'snoozed', 'resolved')", name=op.f("ck_alert_state_is_a_word")
        ),
        sa.CheckConstraint(
            "severity IN ('note', 'warning', 'urgent')", name=op.f("ck_alert_severity_is_a_word")
        ),
        sa.CheckConstraint(
            "(state = 'resolved') = (resolved_at IS NOT NULL)", name=op.f("ck_alert_resolved_when_gone")
        ),
        sa.CheckConstraint(
            "(state = 'snoozed') = (snoozed_until IS NOT NULL)", name=op.f("ck_alert_snoozed_until_then")
        ),
        sa.CheckConstraint(
            "(answered_at IS NULL) = (answered_by_id IS NULL)", name=op.f("ck_alert_answered_by_somebody")
        ),
        sa.CheckConstraint(
            "state NOT IN ('acknowledged', 'snoozed') OR answered_at IS NOT NULL",
            name=op.f("ck_alert_answer_has_an_author"),
        ),
        sa.CheckConstraint("rank > 0", name=op.f("ck_alert_rank_positive")),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"], name=op.f("fk_alert_clinic_id")),
        sa.ForeignKeyConstraint(["answered_by_id"], ["person.id"], name=op.f("fk_alert_answered_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alert")),
        sa.UniqueConstraint("clinic_id", "id", name=op.f("uq_alert_clinic_id_id")),
        sa.UniqueConstraint(
            "clinic_id",
            "kind",
            "subject_uid",
            "period",
            name=op.f("uq_alert_clinic_id_kind_subject_uid_period"),
        ),
        sa.UniqueConstraint("uid", name=op.f("uq_alert_uid")),
        sqlite_strict=True,
    )
    op.create_index(
        "uq_alert_unresolved",
        "alert",
        ["clinic_id", "kind", "subject_uid"],
        unique=True,
        sqlite_where=_UNRESOLVED,
        postgresql_where=_UNRESOLVED,
    )
    op.execute(
        f"INSERT INTO alert ({_KEPT}, state, severity, rank) SELECT {_KEPT},"
        " CASE WHEN resolved_at IS NULL THEN 'open' ELSE 'resolved' END,"
        " CASE WHEN kind = 'allocation_lost' THEN 'urgent' ELSE 'warning' END, 1 FROM alert_before"
    )
    op.drop_table("alert_before")
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "SELECT setval(pg_get_serial_sequence('alert', 'id'), (SELECT max(id) FROM alert))"
            " WHERE EXISTS (SELECT 1 FROM alert)"
        )


def _job_runs() -> None:
    op.create_table(
        "job_run",
        sa.Column("id", columns.Identity, nullable=False),
        sa.Column("job", sa.Text(), nullable=False),
        sa.Column("slot", columns.UTCDateTime(), nullable=False),
        sa.Column("as_of", columns.UTCDateTime(), nullable=False),
        sa.Column("is_by_hand", sa.Boolean(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("fence", sa.Integer(), nullable=False),
        sa.Column("lease_until", columns.UTCDateTime(), nullable=True),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("asked_by_id", columns.Identity, nullable=True),
        sa.Column("started_at", columns.UTCDateTime(), nullable=True),
        sa.Column("finished_at", columns.UTCDateTime(), nullable=True),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("skipped", sa.Integer(), nullable=False),
        sa.Column("failed", sa.Integer(), nullable=False),
        sa.Column("notes", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "state IN ('waiting', 'running', 'done', 'failed')", name=op.f("ck_job_run_state_is_a_word")
        ),
        sa.CheckConstraint(
            "(state IN ('done', 'failed')) = (finished_at IS NOT NULL)",
            name=op.f("ck_job_run_finished_when_done"),
        ),
        sa.CheckConstraint(
            "(state = 'running') = (lease_until IS NOT NULL)", name=op.f("ck_job_run_leased_while_running")
        ),
        sa.CheckConstraint(
            "fence >= 0 AND done >= 0 AND skipped >= 0 AND failed >= 0",
            name=op.f("ck_job_run_counts_not_negative"),
        ),
        sa.ForeignKeyConstraint(["asked_by_id"], ["person.id"], name=op.f("fk_job_run_asked_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job_run")),
        sa.UniqueConstraint("job", "slot", name=op.f("uq_job_run_job_slot")),
        sqlite_strict=True,
    )
    op.create_index(
        "ix_job_run_unfinished",
        "job_run",
        ["lease_until"],
        unique=False,
        sqlite_where=_UNFINISHED,
        postgresql_where=_UNFINISHED,
    )


def _messages() -> None:
    op.create_table(
        "outbox_message",
        sa.Column("id", columns.Identity, nullable=False),
        sa.Column("uid", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("clinic_id", columns.Identity, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("user_id", columns.Identity, nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("created_at", columns.UTCDateTime(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("fence", sa.Integer(), nullable=False),
        sa.Column("lease_until", columns.UTCDateTime(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_attempt_at", columns.UTCDateTime(), nullable=False),
        sa.Column("last_failure", sa.Text(), nullable=False),
        sa.Column("ended_at", columns.UTCDateTime(), nullable=True),
        sa.CheckConstraint(
            "state IN ('waiting', 'sent', 'given_up', 'void')", name=op.f("ck_outbox_message_state_is_a_word")
        ),
        sa.CheckConstraint(
            "(state = 'waiting') = (ended_at IS NULL)", name=op.f("ck_outbox_message_ended_when_not_waiting")
        ),
        sa.CheckConstraint(
            "attempts >= 0 AND fence >= 0", name=op.f("ck_outbox_message_counts_not_negative")
        ),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"], name=op.f("fk_outbox_message_clinic_id")),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_outbox_message_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox_message")),
        sa.UniqueConstraint("clinic_id", "key", name=op.f("uq_outbox_message_clinic_id_key")),
        sa.UniqueConstraint("uid", name=op.f("uq_outbox_message_uid")),
        sqlite_strict=True,
    )
    op.create_index(
        "ix_outbox_message_waiting",
        "outbox_message",
        ["next_attempt_at"],
        unique=False,
        sqlite_where=_WAITING,
        postgresql_where=_WAITING,
    )
