"""When does a count need a second person before it is booked, and who is one?

More than the clinic tolerates is confirmed by two: by worth where it is known, by whole presentations where
it is not (unknown is not nothing), and always where somebody suspects a theft.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from stockroom.errors import Forbidden, NeedsOverride, extracted
from stockroom.rules.agreeing import SecondPerson
from stockroom.rules.permissions import roles_for
from stockroom.rules.valuing import Worth
from stockroom.vocabulary import Action, CountReason


class Why(StrEnum):
    """Why one person is not enough."""

    WORTH = "worth more than one person may confirm"
    UNKNOWN_WORTH = "many of a worth that nobody knows"
    SUSPECTED_THEFT = "suspected theft"


@dataclass(eq=False, kw_only=True)
class CountNeedsSecondPerson(NeedsOverride):
    """The differences of a count are more than this clinic lets one person confirm."""

    code: ClassVar[str] = "count_needs_second_person"
    message: ClassVar[str] = extracted(
        "Nothing was booked. A second person confirms these differences ({why}). Call a colleague who may "
        "count ({may_confirm}), who signs with badge, PIN or password."
    )
    why: tuple[str, ...]
    may_confirm: tuple[str, ...]


@dataclass(eq=False, kw_only=True)
class SecondPersonMayNotConfirm(Forbidden):
    """Who confirms is the author, does not work here, or may not count."""

    code: ClassVar[str] = "second_person_may_not_confirm"
    message: ClassVar[str] = extracted(
        "Nothing was booked. Whoever confirms these differences is somebody else than you, works in this clinic "
        "and is one of: {may_confirm}. Call such a colleague."
    )
    may_confirm: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Tolerance:
    """How much one person may confirm alone."""

    minor: int
    """Worth of all differences together, in the currency's minor unit."""
    currency: str
    presentations: int
    """Whole presentations, together, of what nobody knows the worth of."""


@dataclass(frozen=True, kw_only=True)
class Weighed:
    """One difference, and what it is worth."""

    quantity: int
    """Base units, without their sign."""
    content_quantity: int
    """Base units of one whole presentation."""
    worth: Worth | None
    """Of the quantity; None where nobody knows."""
    reason: CountReason | None

    @property
    def presentations(self) -> int:
        """As many presentations as it touches."""
        return -(-self.quantity // self.content_quantity)


def why_second(differences: Iterable[Weighed], tolerance: Tolerance) -> tuple[Why, ...]:
    """Say why a second person confirms these differences; nothing where one is enough.

    More and less than in the books are added, not set off against each other: a vial that is missing here
    is not made good by another one found there.
    """
    weighed = [each for each in differences if each.quantity]
    known = [each.worth for each in weighed if each.worth and each.worth.currency == tolerance.currency]
    unknown = [each for each in weighed if not each.worth or each.worth.currency != tolerance.currency]
    why = []
    if sum(worth.minor for worth in known) > tolerance.minor:
        why.append(Why.WORTH)
    if sum(each.presentations for each in unknown) > tolerance.presentations:
        why.append(Why.UNKNOWN_WORTH)
    if any(each.reason is CountReason.SUSPECTED_THEFT for each in weighed):
        why.append(Why.SUSPECTED_THEFT)
    return tuple(why)


def check_second(why: tuple[Why, ...], second: SecondPerson | None) -> None:
    """Refuse what one person may not confirm alone.  Raises CountNeedsSecondPerson, SecondPersonMayNotConfirm."""
    may = tuple(sorted(role.value for role in roles_for(Action.COUNT)))
    if second is None:
        if why:
            raise CountNeedsSecondPerson(why=tuple(each.value for each in why), may_confirm=may)
        return
    if not second.is_another or Action.COUNT not in second.actions:
        raise SecondPersonMayNotConfirm(may_confirm=may)
