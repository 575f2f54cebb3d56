"""How are the states and steps of a session called on a screen, and how loud are they?"""

from __future__ import annotations

from flask_babel import lazy_gettext

from stockroom.vocabulary import RatioKind, SessionState

STATE_LOUDNESS = {
    "planned": "secondary",
    "arrived": "info",
    "preparing": "warning",
    "in_treatment": "warning",
    "finished": "success",
    "signed": "success",
    "cancelled": "secondary",
    "did_not_come": "secondary",
}

USUAL_ANSWERS = {
    RatioKind.FEW_NEEDLES: (
        lazy_gettext("The product came with its needle"),
        lazy_gettext("Given with a device or pen"),
    ),
    RatioKind.MANY_NEEDLES: (
        lazy_gettext("Several areas"),
        lazy_gettext("Needles were blunt or fell"),
    ),
    RatioKind.MANY_CARTRIDGES: (
        lazy_gettext("The first one failed or fell"),
        lazy_gettext("Another depth or number of pins"),
    ),
    RatioKind.SHARED_CARTRIDGE: (lazy_gettext("Its code could not be read"),),
}
"""What is usually answered about an unusual number: one press, so that nothing has to be typed."""

STEP_WORDS = {
    SessionState.ARRIVED: lazy_gettext("Has arrived"),
    SessionState.PREPARING: lazy_gettext("Prepare"),
    SessionState.IN_TREATMENT: lazy_gettext("In treatment"),
    SessionState.FINISHED: lazy_gettext("Finish"),
    SessionState.SIGNED: lazy_gettext("Sign off"),
    SessionState.CANCELLED: lazy_gettext("Cancel it"),
    SessionState.DID_NOT_COME: lazy_gettext("Did not come"),
}
"""What the button of each step says, in the order in which a visit goes."""
