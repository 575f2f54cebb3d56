"""Which words has Stockroom for a recall: its notice, what it covers, and what was done?"""

from __future__ import annotations

from enum import StrEnum


class RecallClass(StrEnum):
    """How grave it is, as the notice says (21 CFR 7.3(m))."""

    I = "I"  # noqa: E741  (it is the Roman numeral)
    """A reasonable probability of serious harm or death."""
    II = "II"
    """Temporary or reversible harm, or serious harm only remotely."""
    III = "III"
    """Harm is not likely."""
    UNKNOWN = "unknown"
    """The notice does not say."""


class ReceivedHow(StrEnum):
    """By which way a notice came."""

    LETTER = "letter"
    EMAIL = "email"
    PHONE = "phone"
    FAX = "fax"
    PORTAL = "portal"
    VISIT = "visit"
    AUTHORITY = "authority"
    """A list or a message of the authority."""
    OTHER = "other"


class ScopeKind(StrEnum):
    """How a line of a notice names lots."""

    LOT = "lot"
    RANGE = "range"
    PATTERN = "pattern"
    PRODUCT = "product"
    """All of the product, whatever its lot."""


class ScopeSource(StrEnum):
    """From where a line was read before a person confirmed it."""

    TYPED = "typed"
    PASTED = "pasted"
    PDF = "pdf"


class RecallStepKind(StrEnum):
    """What was done with a case after it was opened."""

    CLOSED = "closed"
    REOPENED = "reopened"
    RELEASED = "released"
    """What it held is free again."""
    HELD_AGAIN = "held_again"


class RecallState(StrEnum):
    """How far a case is; derived from its rows."""

    FILED = "filed"
    """The notice is filed, and no lot is named yet."""
    NOT_AFFECTED = "not_affected"
    """Somebody signed that the clinics have and had none of it."""
    OPEN = "open"
    CLOSED = "closed"


class Joined(StrEnum):
    """How a session came upon the list of a case."""

    SCOPE = "scope"
    """It was in the books when the lots were named."""
    RECORDED_LATE = "recorded_late"
    """Its use was written down after the recall."""
    CORRECTED = "corrected"
    """A correction showed that it had been a recalled lot."""


class RecallFileKind(StrEnum):
    """What a file of a case is."""

    NOTICE = "notice"
    REPLY = "reply"
    OTHER = "other"
