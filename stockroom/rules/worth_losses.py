"""What was thrown away or went missing, and why?  Each line valued once, added up by month, reason, product or person."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from stockroom.rules.worth_layers import Value, together
from stockroom.vocabulary import CountReason, DisposalReason, MovementKind


class LossReason(StrEnum):
    """Why goods ended otherwise than in a patient, at another clinic or at the supplier."""

    EXPIRED = "expired"
    BEYOND_USE = "beyond_use"
    REMAINDER = "remainder"
    BROKEN = "broken"
    SPILLED = "spilled"
    CONTAMINATED = "contaminated"
    RECALLED = "recalled"
    RESIDUAL = "residual"
    ESTIMATED = "estimated"
    TEMPERATURE = "temperature"
    ABANDONED = "abandoned"
    """Drawn for a cocktail that was not finished."""
    BROKEN_ON_THE_WAY = "broken_on_the_way"
    SHORT_ON_THE_WAY = "short_on_the_way"
    MISCOUNTED = "miscounted"
    FOUND = "found"
    LOST = "lost"
    UNBOOKED_USE = "unbooked_use"
    SUSPECTED_THEFT = "suspected_theft"
    NOT_STATED = "not_stated"


def reason_of(kind: MovementKind, *, said: str, counted: str | None, is_disposal: bool) -> LossReason:
    """Give why goods were lost by one line of a movement.

    `kind` and `said` (the movement's reason) are those of the movement that was booked first, where it was
    corrected since; `counted` is the reason that stands at the line of a count.
    """
    if kind is MovementKind.ARRIVE:
        return LossReason.BROKEN_ON_THE_WAY if is_disposal else LossReason.SHORT_ON_THE_WAY
    if kind is MovementKind.ABANDON:
        return LossReason.ABANDONED
    if kind in (MovementKind.USE, MovementKind.PREPARE):
        return LossReason.REMAINDER
    if kind is MovementKind.COUNT:
        return _word(counted or said, CountReason)
    return _word(said.partition(":")[0], DisposalReason)


def _word(text: str, words: type[StrEnum]) -> LossReason:
    known = {word.value for word in words}
    return LossReason(text.strip()) if text.strip() in known else LossReason.NOT_STATED


@dataclass(frozen=True, slots=True, kw_only=True)
class Loss:
    """One line by which goods were lost, or found again."""

    happened_on: date
    reason: LossReason
    product: str
    person: str
    is_find: bool
    value: Value
    """Less than nothing for what was found again."""

    @property
    def month(self) -> str:
        """As in 2026-03."""
        return f"{self.happened_on:%Y-%m}"


class LossesBy(StrEnum):
    """By what losses are added up."""

    MONTH = "month"
    REASON = "reason"
    PRODUCT = "product"
    PERSON = "person"


GROUPS: dict[str, Callable[[Loss], str]] = {
    LossesBy.MONTH: lambda loss: loss.month,
    LossesBy.REASON: lambda loss: loss.reason.value,
    LossesBy.PRODUCT: lambda loss: loss.product,
    LossesBy.PERSON: lambda loss: loss.person,
}
"""The name of a loss's group."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LossGroup:
    """Losses that belong together."""

    name: str
    count: int
    """Lines by which something was lost."""
    lost: Value
    found_count: int
    found: Value
    """What counts found again, as more than nothing."""
    net: Value
    """What was lost less what was found again."""
    unknown_count: int
    """Lines whose cost is not known, or not wholly: the sums are without what is not known."""


def by_group(losses: Iterable[Loss], group: Callable[[Loss], str]) -> tuple[LossGroup, ...]:
    """Add losses up by their groups, by name; every grouping of the same losses has the same total."""
    groups: dict[str, list[Loss]] = {}
    for loss in losses:
        groups.setdefault(group(loss), []).append(loss)
    return tuple(total_of(of_group, name) for name, of_group in sorted(groups.items()))


def total_of(losses: Iterable[Loss], name: str = "") -> LossGroup:
    """Add up all of the losses."""
    every = tuple(losses)
    finds = tuple(loss for loss in every if loss.is_find)
    return LossGroup(
        name=name,
        count=len(every) - len(finds),
        lost=together(loss.value for loss in every if not loss.is_find),
        found_count=len(finds),
        found=together(loss.value for loss in finds).turned(),
        net=together(loss.value for loss in every),
        unknown_count=sum(1 for loss in every if not loss.value.is_whole),
    )
