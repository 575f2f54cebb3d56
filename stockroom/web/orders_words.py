"""How loud is the state of an order on a screen, and what do its files call their columns?"""

from __future__ import annotations

from flask_babel import gettext

STATE_LOUDNESS = {
    "draft": "secondary",
    "ordered": "info",
    "part_received": "warning",
    "received": "success",
    "cancelled": "secondary",
}
STEPS = ("draft", "ordered", "part_received", "received")
"""The way of an order, beside which it may be called off."""


def state_word(state: str) -> str:
    """What a state is called where an order stands alone."""
    return {
        "draft": gettext("draft"),
        "ordered": gettext("ordered"),
        "part_received": gettext("part received"),
        "received": gettext("received"),
        "cancelled": gettext("cancelled"),
    }[state]
