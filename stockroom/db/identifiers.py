"""How are public ids made?  UUIDv7 (RFC 9562 section 5.7) and short codes for labels."""

from __future__ import annotations

import re
import secrets
from datetime import datetime

_UID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII)


def new_uid(at: datetime) -> str:
    """Give a UUIDv7 that carries the millisecond of `at` (aware) and 74 random bits."""
    milliseconds = int(at.timestamp() * 1000) & 0xFFFF_FFFF_FFFF
    drawn = int.from_bytes(secrets.token_bytes(10), "big")
    high, low = drawn >> 68, drawn & 0x3FFF_FFFF_FFFF_FFFF
    digits = f"{milliseconds << 80 | 0x7 << 76 | high << 64 | 0b10 << 62 | low:032x}"
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


def is_uid(text: object) -> bool:
    """Whether this is the text of an id in its one form: lower case, with dashes."""
    return isinstance(text, str) and _UID.fullmatch(text) is not None


def random_bytes(count: int) -> bytes:
    """Give bytes nobody can foresee, for short codes, keys and tokens."""
    return secrets.token_bytes(count)


def first_uid_of(at: datetime) -> str:
    """Give the lowest uid that could have been made at `at`: by it a range of rows is found that were made since."""
    milliseconds = f"{int(at.timestamp() * 1000):012x}"
    return f"{milliseconds[:8]}-{milliseconds[8:]}-7000-8000-{0:012x}"
