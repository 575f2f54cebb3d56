"""Which rules can stop a thing from being used, and which acts want somebody who is authorised to them?"""

from __future__ import annotations

from enum import StrEnum


class Rule(StrEnum):
    """A rule that can stop a thing from being used; a recorded break of one is a deviation."""

    EXPIRED = "expired"
    BEYOND_USE = "beyond_use"
    PUNCTURES_SPENT = "punctures_spent"
    HELD = "held"
    RECALLED = "recalled"
    NOT_USABLE_PLACE = "not_usable_place"
    PRODUCT_INCOMPLETE = "product_incomplete"
    ALLERGY = "allergy"
    ALLERGY_NOT_ASKED = "allergy_not_asked"
    CONTRAINDICATED = "contraindicated"
    """A flag of the patient stops it."""
    CAUTION = "caution"
    """A flag of the patient asks for a word before it is used."""
    OTHER_PATIENT = "other_patient"
    NOT_AUTHORISED = "not_authorised"
    NO_PRESCRIBER = "no_prescriber"
    EARLIER_LOT = "earlier_lot"
    INCOMPATIBLE = "incompatible"
    """It is not mixed with something that is in the cocktail already."""
    PERIOD_CLOSED = "period_closed"
    SESSION_CLOSED = "session_closed"
    BEYOND_WINDOW = "beyond_window"
    """It was written down later than the clinic lets things wait."""
    BEFORE_OPENED = "before_opened"
    """It is said to have happened before the vial was opened from which it came."""
    BEFORE_ARRIVAL = "before_arrival"
    """It is said to have happened before the lot came in, or was made."""
    LEFTOVERS_POOLED = "leftovers_pooled"
    """What was left in two vials was put together into one dose."""


class Unauthorised(StrEnum):
    """An act to which somebody is not authorised: the word under which that is asked about and answered."""

    RECEIVE = "not_authorised_to_receive"
    COMPOUND = "not_authorised_to_compound"
    CHECK = "not_authorised_to_check"
    INJECT = "not_authorised_to_inject"
    RELEASE_HOLD = "not_authorised_to_release_hold"
    OVERRIDE = "not_authorised_to_override"
