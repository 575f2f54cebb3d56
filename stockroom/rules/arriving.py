"""Is everything that was sent accounted for?  Arrived, short and broken make up what left, each with its reason."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import ClassVar

from stockroom.errors import Refused, extracted
from stockroom.rules.receiving import check_text


@dataclass(eq=False, kw_only=True)
class ArrivalDiffers(Refused):
    """Arrived, short and broken together are not what was sent."""

    code: ClassVar[str] = "arrival_differs"
    message: ClassVar[str] = extracted(
        "{dispatched} of lot {lot_number} were sent, and {stated} are accounted for. Count again, and state "
        "what is short and what is broken."
    )
    lot_number: str
    dispatched: int
    stated: int


@dataclass(eq=False, kw_only=True)
class ArrivalReasonMissing(Refused):
    """Shortage and breakage say why."""

    code: ClassVar[str] = "arrival_reason_missing"
    message: ClassVar[str] = extracted("Some of it is {what}. Say what happened.")
    what: str


@dataclass(frozen=True, kw_only=True)
class Sent:
    """A line of the transfer document: base units of one lot."""

    lot_number: str
    dispatched: int


@dataclass(frozen=True, kw_only=True)
class Fate:
    """What became of a line of the document, or of a part of it; base units."""

    number: int
    """Which line of the document."""
    location_uid: str | None
    """Where what arrived was put."""
    arrived: int
    short: int
    broken: int


@dataclass(frozen=True, kw_only=True)
class Total:
    """What became of a whole line of the document; base units."""

    arrived: int = 0
    short: int = 0
    broken: int = 0

    @property
    def stated(self) -> int:
        return self.arrived + self.short + self.broken


def totals(fates: Iterable[Fate], sent: Mapping[int, Sent]) -> dict[int, Total]:
    """Add up what became of each line of the document, by its number.  Raises ArrivalDiffers."""
    found = {number: Total() for number in sent}
    for fate in fates:
        so_far = found[fate.number]
        found[fate.number] = Total(
            arrived=so_far.arrived + fate.arrived,
            short=so_far.short + fate.short,
            broken=so_far.broken + fate.broken,
        )
    for number, line in sent.items():
        if found[number].stated != line.dispatched:
            raise ArrivalDiffers(
                lot_number=line.lot_number, dispatched=line.dispatched, stated=found[number].stated
            )
    return found


def reason_of(all_totals: Iterable[Total], *, shortage: str, breakage: str) -> str:
    """Give the reason of the movement.  Raises ArrivalReasonMissing, InvalidValue."""
    found = tuple(all_totals)
    said = []
    for what, quantity, reason in (
        ("short", sum(total.short for total in found), shortage.strip()),
        ("broken", sum(total.broken for total in found), breakage.strip()),
    ):
        check_text(f"reason of what is {what}", reason, may_break=True)
        if quantity and not reason:
            raise ArrivalReasonMissing(what=what)
        if quantity:
            said.append(f"{what}: {reason}")
    return "; ".join(said)
