"""What arrives, is ordered and goes back."""

from __future__ import annotations

from enum import StrEnum


class ArrivalState(StrEnum):
    """How a delivery looked when it arrived."""

    GOOD = "good"
    DAMAGED = "damaged"
    WARM = "warm"
    DOUBTFUL = "doubtful"


class DeliveryState(StrEnum):
    """Where a delivery in work stands."""

    OPEN = "open"
    POSTED = "posted"
    DISCARDED = "discarded"


class BenchDecision(StrEnum):
    """What somebody decided about goods of the same lot that the bench had received before."""

    UNDECIDED = "undecided"
    TAKE_OFF = "take_off"
    """They came with this delivery: the line books so much less."""
    KEEP = "keep"
    """They came another way: the line is booked whole."""


class OrderChoice(StrEnum):
    """What somebody decided about goods that come beyond what was ordered, or were not ordered."""

    UNDECIDED = "undecided"
    """They are for what is owed of their product; what is beyond it asks somebody."""
    KEEP = "keep"
    """What was not ordered is kept too."""
    APART = "apart"
    """They count on no order: what was ordered stays owed."""


class Fault(StrEnum):
    """What is wrong with goods that are put aside or sent away at the door."""

    DAMAGED = "damaged"
    WRONG = "wrong"
    SHORT_DATED = "short_dated"
    TOO_MANY = "too_many"
    DOUBTFUL = "doubtful"


class ReturnExpects(StrEnum):
    """What a supplier owes for goods that went back."""

    REPLACEMENT = "replacement"
    CREDIT = "credit"
    NOTHING = "nothing"
