"""How are the states and steps of a session called on a screen, and how loud are they?"""

from __future__ import annotations

from flask_babel import lazy_gettext

from stockroom.vocabulary import SessionState

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
