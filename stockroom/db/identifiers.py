"""How are public ids made?  UUIDv7 (RFC 9562 section 5.7) and short codes for labels."""

from __future__ import annotations

import secrets
from datetime import datetime
from uuid import UUID


def new_uid(at: datetime) -> str:
    """Give a UUIDv7 that carries the millisecond of `at` (aware) and 74 random bits."""
    milliseconds = int(at.timestamp() * 1000) & 0xFFFF_FFFF_FFFF
    high, low = secrets.randbits(12), secrets.randbits(62)
    return str(UUID(int=milliseconds << 80 | 0x7 << 76 | high << 64 | 0b10 << 62 | low))


def random_bytes(count: int) -> bytes:
    """Give bytes nobody can foresee, for short codes, keys and tokens."""
    return secrets.token_bytes(count)
