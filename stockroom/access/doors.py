"""What does a route ask for before it lets anybody in?"""

from __future__ import annotations

from enum import StrEnum

from stockroom.vocabulary import Action


class Door(StrEnum):
    """What a route asks for when it does not ask for an action."""

    OPEN = "open"
    UNASKED = "unasked"
    """A browser sends it by itself, without a log-in and without a token; it changes nothing."""
    SIGNED_IN = "signed_in"


Guard = Action | Door | frozenset[Action]
"""Of a set of actions any one lets in."""

IMPORTING = frozenset(
    {Action.MAINTAIN_CATALOGUE, Action.BRING_FORWARD, Action.MAINTAIN_PATIENTS, Action.PLAN_SESSION}
)
"""What a table may be of; the page asks for the one that the file's kind needs."""
