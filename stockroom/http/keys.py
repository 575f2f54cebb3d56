"""Which key does a write carry?  Without one it is not looked at: a repeated request must be recognised (L10)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import ClassVar

from flask import g, request

from stockroom.errors import Unreadable, extracted

HEADER = "Idempotency-Key"
PATTERN = r"[!-~]{1,200}"
_UNSAFE = frozenset({"POST", "PUT", "PATCH", "DELETE"})


@dataclass(eq=False, kw_only=True)
class KeyMissing(Unreadable):
    """A write came without an Idempotency-Key, with more than one, or with one that cannot be kept."""

    code: ClassVar[str] = "key_missing"
    message: ClassVar[str] = extracted(
        "Send one Idempotency-Key header with every write: 1 to 200 visible ASCII characters, the same "
        "again when the request is repeated, a new one (such as a UUID) for everything else."
    )


def require_key() -> None:
    """Take the key of a write off the request; for the blueprint's before_request.  Raises KeyMissing."""
    if request.method not in _UNSAFE:
        return
    given = request.headers.getlist(HEADER)
    if len(given) != 1 or re.fullmatch(PATTERN, given[0]) is None:
        raise KeyMissing()
    g.idempotency_key = given[0]


def asked_key() -> str:
    """Give the key of the present write."""
    key = g.idempotency_key
    assert isinstance(key, str)
    return key
