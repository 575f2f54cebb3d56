"""How long may a mixture be used from its beginning?  As its recipe says, and never longer than the clinic's rule.

A rule may leave more while the mixture lies in a fridge; what was taken out keeps no longer than in a room.
Hours are data: each rule of a jurisdiction is a dated row of the reference data, and a clinic may say a
number of its own (domain facts C7 to C11).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from stockroom.errors import Refused, extracted
from stockroom.rules.expiry import COLD
from stockroom.vocabulary import StorageClass

RECIPE = "recipe"
"""The recipe itself sets the limit."""


@dataclass(eq=False, kw_only=True)
class NoBeyondUseRule(Refused):
    """Neither a recipe nor the clinic says how long a mixture may be used."""

    code: ClassVar[str] = "no_beyond_use_rule"
    message: ClassVar[str] = extracted(
        "Nobody has said how long a mixture without a recipe may be used in this clinic. Have the minutes set "
        "in the clinic's settings, or prepare by a recipe."
    )


@dataclass(frozen=True, kw_only=True)
class LifeRule:
    """A clinic's rule and the minutes that it leaves from the beginning; None: it is not known here."""

    slug: str
    minutes: int | None
    refrigerated_minutes: int | None = None
    """In a fridge; None: as elsewhere."""


@dataclass(frozen=True, kw_only=True)
class Life:
    """Minutes from the beginning, and what set them: the recipe, or a rule by its slug."""

    minutes: int
    rule: str
    refrigerated_minutes: int | None = None
    """While it lies in a fridge; None: no longer than elsewhere."""


def life_of(recipe_minutes: int | None, rule: LifeRule) -> Life:
    """Give the shorter of what the recipe says and what the clinic's rule leaves.

    Raises NoBeyondUseRule where neither says anything.
    """
    if recipe_minutes is None and rule.minutes is None:
        raise NoBeyondUseRule()
    if recipe_minutes is not None and (rule.minutes is None or recipe_minutes <= rule.minutes):
        return Life(minutes=recipe_minutes, rule=RECIPE)
    assert rule.minutes is not None
    cold = min(each for each in (rule.refrigerated_minutes or 0, recipe_minutes) if each is not None)
    return Life(
        minutes=rule.minutes, rule=rule.slug, refrigerated_minutes=cold if cold > rule.minutes else None
    )


def minutes_where(stands_at: StorageClass | str | None, *, minutes: int, refrigerated: int | None) -> int:
    """Give the minutes that count where a mixture lies: the longer ones only where it is known to be cold."""
    return refrigerated if refrigerated is not None and stands_at in COLD else minutes
