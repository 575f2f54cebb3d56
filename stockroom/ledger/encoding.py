"""How is a value written so that it always hashes the same?  One canonical JSON: sorted keys, no floats."""

from __future__ import annotations

import hashlib
import json
from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime
from typing import Any


def canonical(value: Any) -> str:
    """Give the canonical JSON text of dicts, sequences, dataclasses, text, ints, bools, None, dates, instants.

    Keys are sorted, there is no white space, non-ASCII stays as it is, instants are UTC with
    microseconds.  Raises TypeError for anything else, floats above all.
    """
    return json.dumps(
        _plain(value), sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    )


def sha256(text: str) -> str:
    """Give the SHA-256 of a text as 64 hexadecimal digits (FIPS 180-4)."""
    return hashlib.sha256(text.encode()).hexdigest()


def instant_text(at: datetime) -> str:
    """Give an aware instant as UTC ISO 8601 with microseconds, always of the same length."""
    return f"{at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec='microseconds')}Z"


def _plain(value: Any) -> Any:
    if value is None or type(value) in (str, int, bool):
        return value
    if isinstance(value, str):  # a word of the vocabulary
        return str(value)
    if isinstance(value, datetime):
        return instant_text(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, (set, frozenset)):
        return sorted(_plain(item) for item in value)
    if is_dataclass(value):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    raise TypeError(f"{type(value).__name__} has no canonical form")
