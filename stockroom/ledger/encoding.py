"""How is a value written so that it always hashes the same?  One canonical JSON: sorted keys, no floats."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime
from functools import cache
from json.encoder import encode_basestring as quoted
from typing import Any


def canonical(value: Any) -> str:
    """Give the canonical JSON text of dicts, sequences, dataclasses, text, ints, bools, None, dates, instants.

    Keys are sorted, there is no white space, non-ASCII stays as it is, instants are UTC with
    microseconds.  Raises TypeError for anything else, floats above all.
    """
    write = _WRITERS.get(type(value), _of_its_family)
    return write(value)


def sha256(text: str) -> str:
    """Give the SHA-256 of a text as 64 hexadecimal digits (FIPS 180-4)."""
    return hashlib.sha256(text.encode()).hexdigest()


def instant_text(at: datetime) -> str:
    """Give an aware instant as UTC ISO 8601 with microseconds, always of the same length."""
    in_utc = at if at.tzinfo is UTC else at.astimezone(UTC)
    return f"{in_utc.isoformat(timespec='microseconds')[:-6]}Z"  # without its +00:00


def _listed(items: Iterable[Any]) -> str:
    return f"[{','.join([_WRITERS.get(type(each), _of_its_family)(each) for each in items])}]"


def _mapped(said: dict[Any, Any]) -> str:
    named = {str(key): item for key, item in said.items()}
    return f"{{{','.join([f'{quoted(name)}:{canonical(named[name])}' for name in sorted(named)])}}}"


def _described(thing: Any) -> str:
    return f"{{{','.join([f'{key}:{canonical(getattr(thing, name))}' for key, name in _names(thing.__class__)])}}}"


@cache
def _names(kind: type) -> tuple[tuple[str, str], ...]:
    """The fields of a dataclass in their order, each as it is written and as it is called."""
    return tuple((quoted(name), name) for name in sorted(field.name for field in fields(kind)))


def _of_its_family(value: Any) -> str:
    """A value of a type that is derived from a known one, or of none."""
    if isinstance(value, str):  # a word of the vocabulary
        return quoted(str(value))
    if isinstance(value, datetime):
        return quoted(instant_text(value))
    if isinstance(value, date):
        return quoted(value.isoformat())
    if isinstance(value, dict):
        return _mapped(value)
    if isinstance(value, (list, tuple)):
        return _listed(value)
    if isinstance(value, (set, frozenset)):
        return _listed(sorted(_sortable(item) for item in value))
    if is_dataclass(value):
        return _described(value)
    raise TypeError(f"{type(value).__name__} has no canonical form")


def _sortable(item: Any) -> Any:
    """What a set holds, as it is written: instants and dates are texts by then."""
    if isinstance(item, datetime):
        return instant_text(item)
    return item.isoformat() if isinstance(item, date) else item


_WRITERS: dict[type, Callable[[Any], str]] = {
    str: quoted,
    int: int.__repr__,
    bool: lambda value: "true" if value else "false",
    type(None): lambda _: "null",
    list: _listed,
    tuple: _listed,
    dict: _mapped,
}
