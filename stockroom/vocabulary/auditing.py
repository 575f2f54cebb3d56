"""What somebody who audits is here for."""

from __future__ import annotations

from enum import StrEnum


class AuditPurpose(StrEnum):
    """Why an inspector has an account, and why patients' names are opened to somebody who audits."""

    INSPECTION = "inspection"
    COMPLAINT = "complaint"
    ADVERSE_REACTION = "adverse_reaction"
    RECALL = "recall"
    RECORDS_REQUEST = "records_request"
