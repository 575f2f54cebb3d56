"""How well do the shelves agree with the books, by product, place or person?"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from stockroom.rules.valuing import Worth, total


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One counted line, as the report takes it."""

    group: str
    """What it is added up under: the name of its product, place or person."""
    difference: int
    worth: Worth | None
    """Of the difference, without its sign; None where nobody knows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupFound:
    """What counts found of one product, at one place, or by one person."""

    group: str
    counted: int
    differing: int
    more: Worth | None
    """Worth of what was found beyond the books, as far as it is known; None where nothing is."""
    less: Worth | None
    unknown: int
    """Lines that differ and whose worth nobody knows: they are in neither sum."""


def by_group(lines: Iterable[Told]) -> tuple[GroupFound, ...]:
    """Add the lines up by their groups: where most is missing first, then by name.

    Each line is valued once, before it is added, so that every grouping of the same lines gives the same total.
    """
    groups: dict[str, list[Told]] = {}
    for line in lines:
        groups.setdefault(line.group, []).append(line)
    found = (_group(name, of_group) for name, of_group in groups.items())
    return tuple(sorted(found, key=lambda each: (-_minor(each.less), -each.differing, each.group.casefold())))


def all_of(lines: Iterable[Told]) -> GroupFound:
    """Add up all of the lines."""
    return _group("", list(lines))


def _group(name: str, lines: list[Told]) -> GroupFound:
    differing = [line for line in lines if line.difference]
    return GroupFound(
        group=name,
        counted=len(lines),
        differing=len(differing),
        more=total(line.worth for line in differing if line.difference > 0),
        less=total(line.worth for line in differing if line.difference < 0),
        unknown=sum(1 for line in differing if line.worth is None),
    )


def _minor(worth: Worth | None) -> int:
    return 0 if worth is None else worth.minor
