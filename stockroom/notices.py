"""Which words has Stockroom for what it says by itself: alerts, runs of jobs, messages?

Stored in the database as written here, as the words of the vocabulary are.
"""

from __future__ import annotations

from enum import StrEnum


class AlertKind(StrEnum):
    """What somebody must look at; `rules/alerting.py` says whom it concerns and what to do."""

    LOW_STOCK = "low_stock"
    EXPIRING = "expiring"
    EXPIRED = "expired"
    BEYOND_USE = "beyond_use"
    PREPARATION_LEFT_OPEN = "preparation_left_open"
    ALLOCATION_LOST = "allocation_lost"
    UNSUITABLE = "unsuitable"
    DEVIATION_UNSIGNED = "deviation_unsigned"
    BENCH_RECEIPT_UNMATCHED = "bench_receipt_unmatched"
    BOOKS_DIFFER = "books_differ"
    JOB_LATE = "job_late"
    JOB_FAILED = "job_failed"
    MAIL_UNDELIVERED = "mail_undelivered"
    BACKUP_MISSED = "backup_missed"
    READING_NOT_DONE = "reading_not_done"
    TEMPERATURE_OUT = "temperature_out"
    EMERGENCY_BOX = "emergency_box"
    DAY_NOT_CLOSED = "day_not_closed"
    SHARPS_BOX_DUE = "sharps_box_due"
    DEVICE_SERVICE_DUE = "device_service_due"
    OUTSIDE_AUTHORISATION = "outside_authorisation"
    RECALL_DUE = "recall_due"
    RECALL_JOINED = "recall_joined"


class AlertState(StrEnum):
    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    SNOOZED = "snoozed"
    RESOLVED = "resolved"


class Severity(StrEnum):
    NOTE = "note"
    WARNING = "warning"
    URGENT = "urgent"


class RunState(StrEnum):
    """How far one run of a job is."""

    WAITING = "waiting"
    """Asked for by a person; the next schedule that looks takes it."""
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    """It broke off as a whole; one bad row does not make it so."""


class MessageState(StrEnum):
    """How far a message in the outbox is."""

    WAITING = "waiting"
    SENT = "sent"
    GIVEN_UP = "given_up"
    VOID = "void"
    """Its reader has no log-in any more."""
