"""What did people do that somebody looks at twice?  Each act valued once, added up by person, product or day."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from stockroom.rules.worth_layers import Value, together


class StaffActKind(StrEnum):
    """What is looked at."""

    WRITE_OFF = "write_off"
    """Thrown away, or lost on the way."""
    CORRECTION = "correction"
    """Taken back or put right."""
    OVERRIDE = "override"
    """Done against a rule that was shown, with a reason."""
    COUNT_DIFFERENCE = "count_difference"
    """Found to be more or less than the books said."""
    BY_HAND = "by_hand"
    """Booked without a scan: the thing was chosen from a list."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffAct:
    """One such act about one lot."""

    kind: StaffActKind
    day: date
    """On which it happened; of a correction on which it was made."""
    person_uid: str
    person: str
    product_uid: str
    product: str
    lot_uid: str
    lot_number: str
    movement_uid: str
    quantity: int
    """Base units; less than nothing for what was found again."""
    base_unit: str
    why: str
    """The reason or the rule, as it was said."""
    value: Value


class ActsBy(StrEnum):
    """By what they are added up."""

    PERSON = "person"
    PRODUCT = "product"
    DAY = "day"


_KEYS: dict[ActsBy, Callable[[StaffAct], tuple[str, str]]] = {
    ActsBy.PERSON: lambda act: (act.person, act.person_uid),
    ActsBy.PRODUCT: lambda act: (act.product, act.product_uid),
    ActsBy.DAY: lambda act: (act.day.isoformat(), act.day.isoformat()),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ActsOfKind:
    """How many of one kind, and what they were worth together."""

    count: int
    value: Value


@dataclass(frozen=True, slots=True, kw_only=True)
class ActGroup:
    """What belongs together."""

    name: str
    key: str
    """The uid of the person or product, or the day."""
    kinds: Mapping[StaffActKind, ActsOfKind]
    """Every kind, those without an act too."""

    @property
    def count(self) -> int:
        return sum(each.count for each in self.kinds.values())


def grouped(acts: Iterable[StaffAct], by: ActsBy) -> tuple[ActGroup, ...]:
    """Add acts up, by name; every grouping of the same acts has the same total."""
    groups: dict[tuple[str, str], list[StaffAct]] = {}
    for act in acts:
        groups.setdefault(_KEYS[by](act), []).append(act)
    return tuple(_group(its, name=name, key=key) for (name, key), its in sorted(groups.items()))


def total(acts: Iterable[StaffAct]) -> ActGroup:
    """Add up all of them."""
    return _group(acts, name="", key="")


def _group(acts: Iterable[StaffAct], *, name: str, key: str) -> ActGroup:
    every = tuple(acts)
    kinds = {kind: [act for act in every if act.kind is kind] for kind in StaffActKind}
    return ActGroup(
        name=name,
        key=key,
        kinds={
            kind: ActsOfKind(count=len(its), value=together(act.value for act in its))
            for kind, its in kinds.items()
        },
    )
