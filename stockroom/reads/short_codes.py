"""Which short code is still free for a new label?"""

from __future__ import annotations

from itertools import islice
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, bindparam, select

from stockroom.barcodes.short_code import short_code
from stockroom.db.identifiers import random_bytes

_OFFERED = 4
_OFFERED_AT_ONCE = 2_000


def taken_codes(column: Any, *conditions: ColumnElement[bool]) -> Select[Any]:
    """Say once for each noun which codes are taken: those in `column` of the rows that meet the conditions."""
    return select(column).where(column.in_(bindparam("offered", expanding=True)), *conditions)


def free_short_code(connection: Connection, taken_codes: Select[Any], **asked: int) -> str:
    """Give a code that is not taken, in one statement; `asked` are the values that its conditions bind.

    Four characters; eight once so many are taken that none of four is free.  Call it under the lock
    of whoever may take codes there, so that it is still free when it is written.
    """
    short = [_random_code() for _ in range(_OFFERED)]
    long = [_random_code() + _random_code() for _ in range(_OFFERED)]
    offered = [*short, *long]
    taken = set(connection.execute(taken_codes, {"offered": offered, **asked}).scalars())
    return next(code for code in offered if code not in taken)


def free_short_codes(
    connection: Connection, taken_codes: Select[Any], count: int, **asked: int
) -> tuple[str, ...]:
    """Give so many different codes that are not taken, under the same lock; longer ones once short ones are rare."""
    free: dict[str, None] = {}
    is_long = False
    while len(free) < count:
        offered = [
            _random_code() + (_random_code() if is_long else "")
            for _ in range(min(2 * (count - len(free)), _OFFERED_AT_ONCE))
        ]
        taken = set(connection.execute(taken_codes, {"offered": offered, **asked}).scalars())
        new = dict.fromkeys(code for code in offered if code not in taken and code not in free)
        is_long = is_long or 2 * len(new) < len(offered)
        free |= new
    return tuple(islice(free, count))


def _random_code() -> str:
    return short_code(random_bytes(16))
