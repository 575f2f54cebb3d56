"""What does it take to override a rule?"""

from __future__ import annotations

from collections.abc import Iterable

from stockroom.rules.permissions import roles_for
from stockroom.rules.usability import Broken, Purpose
from stockroom.vocabulary import Action, ContainerState, Role, Rule

_CLINICAL = Action.OVERRIDE_CLINICAL
_STOCK = Action.OVERRIDE_STOCK

_OVERRIDES: dict[Rule, Action | None] = {
    Rule.RECALLED: None,
    Rule.ALLERGY: _CLINICAL,
    Rule.CONTRAINDICATED: _CLINICAL,
    Rule.EXPIRED: _CLINICAL,
    Rule.BEYOND_USE: _CLINICAL,
    Rule.PUNCTURES_SPENT: _CLINICAL,
    Rule.HELD: _STOCK,
    Rule.NOT_USABLE_PLACE: _STOCK,
    Rule.OTHER_PATIENT: _CLINICAL,
    Rule.ALLERGY_NOT_ASKED: _CLINICAL,
    Rule.PRODUCT_INCOMPLETE: _CLINICAL,
    Rule.NOT_AUTHORISED: _CLINICAL,
    Rule.NO_PRESCRIBER: _CLINICAL,
    Rule.CAUTION: Action.USE,
    Rule.EARLIER_LOT: _STOCK,
    Rule.INCOMPATIBLE: _CLINICAL,
}
"""What it takes to override each rule on the way to a patient; nobody overrides a recall."""


def can_be_overridden(rule: Rule) -> bool:
    """True when anybody at all may override this rule."""
    return _OVERRIDES.get(rule) is not None


def right_over(rule: Rule) -> Action:
    """Give the action that overriding this rule is, on the way to a patient; not for a recall, which nobody overrides."""
    action = _OVERRIDES[rule]
    assert action is not None
    return action


def needed_to_override(broken: Broken) -> Action | None:
    """Give the action that overriding this is: none for a recall or a container that is finished.

    Sending to another clinic reaches no patient: there every other rule is a stock rule.
    """
    if is_closed(broken):
        return None
    action = _OVERRIDES[broken.rule]
    return _STOCK if action and broken.purpose is Purpose.DISPATCH else action


def may_override(broken: Broken) -> frozenset[Role]:
    """Give the roles that may override this."""
    return roles_for(action) if (action := needed_to_override(broken)) else frozenset()


def is_closed(broken: Broken) -> bool:
    """True when the container was finished or discarded: there is nothing in it to be used."""
    closed = (ContainerState.FINISHED, ContainerState.DISCARDED)
    return broken.rule is Rule.NOT_USABLE_PLACE and broken.thing.container_state in closed


def names_of(roles: Iterable[Role]) -> tuple[str, ...]:
    """Give roles as words, in the order of the alphabet."""
    return tuple(sorted(role.value for role in roles))
