"""What did a person say with an act: its reasons, notes, comments?"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator, Mapping
from enum import Enum
from functools import lru_cache
from typing import Any

_SAID = re.compile(r"(.*_)?(reason|note|comment|words|reference|answer|although|statement|title)")
"""Fields whose texts people write."""
_WHY = re.compile(r"(.*_)?(reason|note|comment|words|although|statement)")
"""Those of them that say why or what is to be known of it; no reference, which may be a patient's."""
_OF_A_PATIENT = frozenset({"override", "passing_over", "interval_reason"})
"""Answers about somebody who is treated: they stand with the session, the promise or the cocktail, and in no journal."""
SAID = {"said": True}
"""Metadata of a field of another name that is one too."""
_SIMPLE = re.compile(r"(?:(?:int|bool|float|Decimal|date|time|datetime|timedelta|bytes|None|str)(?: \| )?)+")


def texts_of(command: object) -> Iterator[tuple[str, str]]:
    """Give every text that somebody wrote, wherever in the command it stands, with its field."""
    return _texts(command)


def said_beside(payload: Mapping[str, object], command: object) -> dict[str, str]:
    """Give by field why an act was done and what was remarked, as far as its entry does not hold it yet.

    What is said of a line of a list stands under the line's number, from 1.
    Example: said_beside({}, Reverse(movement_uid=…, reason="it fell")) == {"reason": "it fell"}
    """
    said = {path: text.strip() for path, text in _whys(command) if text.strip()}
    if not said:
        return said
    held = set(_strings(payload))
    return {path: text for path, text in said.items() if text not in held}


def _whys(part: object, before: str = "") -> Iterator[tuple[str, str]]:
    if not dataclasses.is_dataclass(part):
        return
    kind: Any = type(part)
    for name, _ in _fields_of(kind):
        if name in _OF_A_PATIENT:
            continue
        value = getattr(part, name)
        if isinstance(value, str):
            if _WHY.fullmatch(name) and not isinstance(value, Enum):
                yield before + name, value
        elif isinstance(value, tuple | list):
            for n, each in enumerate(value, start=1):
                yield from _whys(each, f"{before}{name}.{n}.")
        else:
            yield from _whys(value, f"{before}{name}.")


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for each in value.values():
            yield from _strings(each)
    elif isinstance(value, tuple | list):
        for each in value:
            yield from _strings(each)


def _texts(said: object, field: str = "", *, is_said: bool = False) -> Iterator[tuple[str, str]]:
    if isinstance(said, str):
        if is_said and not isinstance(said, Enum):
            yield field, said
    elif isinstance(said, tuple | list | frozenset):
        for each in said:
            yield from _texts(each, field, is_said=is_said)
    elif dataclasses.is_dataclass(said):
        kind: Any = type(said)
        for name, holds_words in _fields_of(kind):
            yield from _texts(getattr(said, name), name, is_said=holds_words)


@lru_cache(maxsize=1024)
def _fields_of(kind: Any) -> tuple[tuple[str, bool], ...]:
    """The fields of a command, or of a part of one, in which words may stand, and whether they are themselves some."""
    found = (
        (each, bool(_SAID.fullmatch(each.name)) or "said" in each.metadata)
        for each in dataclasses.fields(kind)
    )
    return tuple((each.name, is_said) for each, is_said in found if is_said or not _is_simple(each.type))


def _is_simple(annotated: object) -> bool:
    """Whether nothing but numbers, instants or one text stands in a field."""
    return _SIMPLE.fullmatch(str(annotated)) is not None
