"""At which number did a clinic's journal stand at an instant?"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, bindparam, select

from stockroom.db.compiled_once import Once
from stockroom.models import JournalEntry, JournalHead

_CHANGES = "changes"
_HEAD = Once(
    select(JournalHead.seq).where(
        JournalHead.clinic_id == bindparam("clinic"), JournalHead.stream == _CHANGES
    )
)
_RECORDED = Once(
    select(JournalEntry.recorded_at).where(
        JournalEntry.clinic_id == bindparam("clinic"),
        JournalEntry.stream == _CHANGES,
        JournalEntry.seq == bindparam("at_seq"),
    )
)


def first_since(connection: Connection, clinic_id: int, since: datetime) -> int:
    """Give the number of the first entry that was recorded at `since` or later; one past the last where none was.

    The journal is numbered without gaps and `recorded_at` never runs backwards in it (L12), so that it is
    halved until the entry is found: as many statements as its length has binary digits, each by the key.
    """
    low, high = 1, int(_HEAD.scalar(connection, {"clinic": clinic_id})) + 1
    while low < high:
        middle = (low + high) // 2
        if _RECORDED.scalar(connection, {"clinic": clinic_id, "at_seq": middle}) < since:
            low = middle + 1
        else:
            high = middle
    return low
