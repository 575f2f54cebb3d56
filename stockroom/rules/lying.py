"""When did something of a lot lie at a place?  From the lines of the books, and from where opened vials stood."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """So much more (or less) lay at a place from an instant on."""

    at: datetime
    place_id: int
    change: int


@dataclass(frozen=True, slots=True, order=True)
class Stay:
    """From an instant until another; None: it lies there."""

    since: datetime
    until: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Put:
    """An opened vial was put somewhere."""

    at: datetime
    place_id: int


def stays(changes: Iterable[Change]) -> dict[int, list[Stay]]:
    """Give by place when anything lay there.  What happened in one instant counts together."""
    held: dict[int, int] = {}
    since: dict[int, datetime] = {}
    found: dict[int, list[Stay]] = {}
    for at, of_instant in sorted(_by_instant(changes).items()):
        for place, change in of_instant.items():
            held[place] = held.get(place, 0) + change
            if held[place] > 0:
                since.setdefault(place, at)
            elif place in since:
                found.setdefault(place, []).append(Stay(since.pop(place), at))
    for place, at in since.items():
        found.setdefault(place, []).append(Stay(at, None))
    return found


def _by_instant(changes: Iterable[Change]) -> dict[datetime, dict[int, int]]:
    found: dict[datetime, dict[int, int]] = {}
    for each in changes:
        places = found.setdefault(each.at, {})
        places[each.place_id] = places.get(each.place_id, 0) + each.change
    return found


def stood(filled: Iterable[Stay], puts: Iterable[Put]) -> dict[int, list[Stay]]:
    """Give by place when an opened vial with something in it stood there."""
    in_order = sorted(puts, key=lambda each: each.at)
    found: dict[int, list[Stay]] = {}
    for put, later in zip(in_order, [*in_order[1:], None], strict=True):
        until = None if later is None else later.at
        for stay in filled:
            both = _overlap(stay, Stay(put.at, until))
            if both is not None:
                found.setdefault(put.place_id, []).append(both)
    return found


def joined(parts: Iterable[Mapping[int, Iterable[Stay]]], *, most: int) -> dict[int, list[Stay]]:
    """Join stays of several things, overlapping ones once; of more than `most` at one place only the whole span."""
    every: dict[int, list[Stay]] = {}
    for part in parts:
        for place, its in part.items():
            every.setdefault(place, []).extend(its)
    merged = {place: _merged(its) for place, its in every.items()}
    return {
        place: its if len(its) <= most else [Stay(its[0].since, its[-1].until)]
        for place, its in merged.items()
    }


def _overlap(one: Stay, other: Stay) -> Stay | None:
    since = max(one.since, other.since)
    ends = [each.until for each in (one, other) if each.until is not None]
    until = min(ends) if ends else None
    return Stay(since, until) if until is None or since < until else None


def _merged(its: list[Stay]) -> list[Stay]:
    found: list[Stay] = []
    for stay in sorted(its, key=lambda each: each.since):
        last = found[-1] if found else None
        if last is None or (last.until is not None and stay.since > last.until):
            found.append(stay)
            continue
        ends = (last.until, stay.until)
        until = None if None in ends else max(end for end in ends if end is not None)
        found[-1] = Stay(last.since, until)
    return found
