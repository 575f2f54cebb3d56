"""How people are told of a recall, what came of it, and how the answer to the supplier leaves the house."""

from __future__ import annotations

from enum import StrEnum


class ContactChannel(StrEnum):
    """How somebody tried to tell a patient."""

    PHONE = "phone"
    EMAIL = "email"
    SMS = "sms"
    LETTER = "letter"
    IN_PERSON = "in_person"
    OTHER = "other"


class ContactOutcome(StrEnum):
    """What came of one attempt."""

    REACHED = "reached"
    """She was told, and said so or was heard to have understood."""
    LEFT_MESSAGE = "left_message"
    SENT = "sent"
    """It is on its way; nothing is known of its arrival."""
    NO_ANSWER = "no_answer"
    WRONG_NUMBER = "wrong_number"
    """The number or address is not hers."""
    RETURNED = "returned"
    """The letter or mail came back."""
    REFUSED = "refused"
    UNREACHABLE = "unreachable"
    """Stated by whoever gives up: nothing that is known of her leads to her."""
    HAS_DIED = "has_died"


class NextStep(StrEnum):
    """What is to be done after an attempt."""

    NOTHING = "nothing"
    CALL_AGAIN = "call_again"
    WRITE_EMAIL = "write_email"
    SEND_LETTER = "send_letter"
    SEE_IN_PERSON = "see_in_person"
    FIND_ADDRESS = "find_address"


class ContactState(StrEnum):
    """How far it has come with one patient; computed from the attempts, never stored."""

    NOT_TRIED = "not_tried"
    TRYING = "trying"
    REACHED = "reached"
    REFUSED = "refused"
    UNREACHABLE = "unreachable"


class CheckLevel(StrEnum):
    """How many of those who got something a recall makes sure to have told; A to E of the FDA."""

    A = "A"
    B = "B"
    C = "C"
    D = "D"
    E = "E"


class ReplyChannel(StrEnum):
    """How the answer to a recall was sent."""

    EMAIL = "email"
    PORTAL = "portal"
    FAX = "fax"
    LETTER = "letter"
    PHONE = "phone"
    IN_PERSON = "in_person"
