"""What happens to devices, to boxes of sharps, and to whoever reacts to a treatment."""

from __future__ import annotations

from enum import StrEnum


class DeviceActKind(StrEnum):
    """What was done with a device.  Each is a row that stays."""

    USED = "used"
    TAKEN_BACK = "taken_back"
    """It had been chosen by mistake: the use does not stand."""
    CLEANED = "cleaned"
    SERVICED = "serviced"
    HELD = "held"
    RELEASED = "released"


class SharpsReason(StrEnum):
    """Why a sharps box was closed."""

    THREE_QUARTERS = "three_quarters"
    DATE = "date"
    DAMAGED = "damaged"
    OTHER = "other"


class WasteStream(StrEnum):
    """Where the content of a sharps box goes; the colours are those of lids in the United Kingdom."""

    SHARPS_MEDICINAL = "sharps_medicinal"
    SHARPS = "sharps"
    SHARPS_CYTOTOXIC = "sharps_cytotoxic"
    MEDICINES = "medicines"


OTHER_EFFECT = "other"
"""A reaction that no source text lists; its note says what it is."""


class ReactionSeverity(StrEnum):
    """How grave a reaction is."""

    MILD = "mild"
    MODERATE = "moderate"
    SEVERE = "severe"


class ReactionOutcome(StrEnum):
    """What became of a reaction, as far as anybody knows."""

    ONGOING = "ongoing"
    RECOVERING = "recovering"
    RESOLVED = "resolved"
    LASTING = "lasting"
    NOT_KNOWN = "not_known"


class RatioKind(StrEnum):
    """What a session used too few or too many of, for what is usual."""

    FEW_NEEDLES = "few_needles"
    MANY_NEEDLES = "many_needles"
    MANY_CARTRIDGES = "many_cartridges"
    SHARED_CARTRIDGE = "shared_cartridge"
    """One cartridge in two sessions of different patients."""
