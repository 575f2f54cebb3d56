"""What protocols and courses are made of."""

from __future__ import annotations

from enum import StrEnum


class SpanUnit(StrEnum):
    """In what the time between two sessions is counted."""

    DAYS = "days"
    WEEKS = "weeks"
    MONTHS = "months"


class NeedUse(StrEnum):
    """What a session of a protocol needs something for."""

    TREATMENT = "treatment"
    """A product or the cocktail of a recipe, which the patient gets."""
    NEEDLE = "needle"
    CONSUMABLE = "consumable"
    ANAESTHETIC = "anaesthetic"


class CourseState(StrEnum):
    RUNNING = "running"
    ENDED = "ended"
    """Nothing more is planned in it."""
