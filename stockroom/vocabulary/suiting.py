"""Which words has Stockroom for what suits a patient and what does not?"""

from __future__ import annotations

from enum import StrEnum


class Effect(StrEnum):
    """What a flag of a patient does to something that she is to get."""

    STOP = "stop"
    CAUTION = "caution"
    """Whoever uses it says why it is used all the same."""
    NONE = "none"
    """The clinic has looked at the rule and does not follow it."""


class SubjectKind(StrEnum):
    """What a rule of suitability is about."""

    REGULATORY_CLASS = "regulatory_class"
    INGREDIENT = "ingredient"
    INGREDIENT_CLASS = "ingredient_class"
    TECHNIQUE = "technique"


class Fit(StrEnum):
    """Whether something that is planned, kept or made suits the patient for whom it is meant."""

    SUITS = "suits"
    CAUTION = "caution"
    NOT_KNOWN = "not_known"
    """Nobody has asked her, or nobody has confirmed what is in it: never green."""
    STOP = "stop"
