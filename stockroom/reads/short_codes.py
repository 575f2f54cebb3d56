"""Which short code is still free for a new label?"""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Connection, select

from stockroom.barcodes.short_code import short_code
from stockroom.db.identifiers import random_bytes

_OFFERED = 4


def free_short_code(connection: Connection, column: Any, *conditions: ColumnElement[bool]) -> str:
    """Give a code that no row has in `column` among those that meet the conditions, in one statement.

    Four characters; eight once so many are taken that none of four is free.  Call it under the lock
    of whoever may take codes there, so that it is still free when it is written.
    """
    short = [_random_code() for _ in range(_OFFERED)]
    long = [_random_code() + _random_code() for _ in range(_OFFERED)]
    offered = [*short, *long]
    taken = set(connection.execute(select(column).where(column.in_(offered), *conditions)).scalars())
    return next(code for code in offered if code not in taken)


def _random_code() -> str:
    return short_code(random_bytes(16))
