"""In which order may the movements of a lot be booked again, so that no place goes below zero on the way?  (L4)"""

from __future__ import annotations

from collections.abc import Mapping, Sequence


def groups_in_order(changes: Sequence[Mapping[int, int]]) -> tuple[tuple[int, ...], ...]:
    """Put movements, given by their net change of each physical place, into an order that never runs short.

    Gives groups of indexes, each to be booked as one movement: nearly always one each, in the order
    given.  A movement whose goods came from one that was reversed meanwhile waits for what replaced
    it; should several wait for each other, they are booked together.  Together they leave nothing below
    zero, because that is how the books stand.
    """
    waiting = list(range(len(changes)))
    standing: dict[int, int] = {}
    groups: list[tuple[int, ...]] = []
    while waiting:
        fits = next((index for index in waiting if _fits(standing, changes[index])), None)
        group = tuple(waiting) if fits is None else (fits,)
        for index in group:
            waiting.remove(index)
            for place, change in changes[index].items():
                standing[place] = standing.get(place, 0) + change
        groups.append(group)
    return tuple(groups)


def _fits(standing: Mapping[int, int], change: Mapping[int, int]) -> bool:
    return all(standing.get(place, 0) + quantity >= 0 for place, quantity in change.items())
