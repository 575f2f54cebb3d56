"""Did a line of the books stand at an instant?  With its reversal beside it, and what was taken back of that."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import and_
from sqlalchemy.orm import aliased

from stockroom.models import Line, Movement

_reversal = aliased(Line, name="reversal")
_undone = aliased(Line, name="undone")
_reversed_by = aliased(Movement, name="reversed_by")
_undone_by = aliased(Movement, name="undone_by")
REVERSAL_COLUMNS = (
    _reversed_by.seq.label("reversed_seq"),
    _reversed_by.recorded_at.label("reversed_at"),
    _undone_by.recorded_at.label("undone_at"),
)
"""The act that reversed a line, and when; and when that was reversed in its turn."""


def with_reversal(statement: Any) -> Any:
    """Join the reversal of each line, and what reversed that; by outer joins, which keep their order."""
    return (
        statement.outerjoin(
            _reversal, and_(_reversal.clinic_id == Line.clinic_id, _reversal.reverses_line_id == Line.id)
        )
        .outerjoin(
            _reversed_by,
            and_(_reversed_by.clinic_id == _reversal.clinic_id, _reversed_by.id == _reversal.movement_id),
        )
        .outerjoin(
            _undone, and_(_undone.clinic_id == _reversal.clinic_id, _undone.reverses_line_id == _reversal.id)
        )
        .outerjoin(
            _undone_by, and_(_undone_by.clinic_id == _undone.clinic_id, _undone_by.id == _undone.movement_id)
        )
    )


def stood(row: Any, as_of: datetime) -> bool:
    """Whether the line of a row with `REVERSAL_COLUMNS` counted at an instant by which it was recorded."""
    is_reversed = row.reversed_at is not None and row.reversed_at <= as_of
    return not is_reversed or (row.undone_at is not None and row.undone_at <= as_of)
