"""What does an entry of a journal say, fact by fact, and what was it before and after?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

_BEFORE, _AFTER = "before", "after"
NOTHING = "–"


@dataclass(frozen=True, kw_only=True)
class Said:
    """One fact of an entry, by the way to it."""

    name: str
    value: str
    called: str = ""
    """What people call the thing whose uid the value is."""


@dataclass(frozen=True, kw_only=True)
class Changed:
    """One fact that an act changed."""

    name: str
    old: str
    new: str


def facts_of(payload: dict[str, Any]) -> Iterator[Said]:
    """Every leaf of a payload by the way to it, but for what `changes_of` sets side by side."""
    pairs = _sides(payload)
    rest = {name: value for name, value in payload.items() if not pairs or name not in (_BEFORE, _AFTER)}
    return _leaves("", rest)


def named(facts: Iterable[Said], names: Mapping[str, str]) -> list[Said]:
    """The same facts with what people call the things that they name."""
    return [replace(fact, called=names.get(fact.value, "")) for fact in facts]


def changes_of(payload: dict[str, Any]) -> tuple[Changed, ...]:
    """What differs between the two sides of an act that says what was before it and after it; else nothing."""
    sides = _sides(payload)
    if not sides:
        return ()
    old, new = ({each.name: each.value for each in _leaves("", side)} for side in sides)
    return tuple(
        Changed(name=name, old=old.get(name, NOTHING), new=new.get(name, NOTHING))
        for name in dict.fromkeys((*old, *new))
        if old.get(name, NOTHING) != new.get(name, NOTHING)
    )


def _sides(payload: dict[str, Any]) -> list[dict[str, Any]]:
    """What was before and what is after, where the payload holds both as sets of facts."""
    sides = [payload.get(_BEFORE), payload.get(_AFTER)]
    return (
        [each for each in sides if isinstance(each, dict)]
        if all(isinstance(each, dict) for each in sides)
        else []
    )


def _leaves(name: str, value: Any) -> Iterator[Said]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _leaves(f"{name} › {key}" if name else key, inner)
    elif isinstance(value, list) and any(isinstance(each, dict | list) for each in value):
        for n, inner in enumerate(value, start=1):
            yield from _leaves(f"{name} {n}", inner)
    elif isinstance(value, list):
        yield Said(name=name, value=", ".join(map(str, value)) or NOTHING)
    else:
        yield Said(name=name, value=NOTHING if value is None else str(value))
