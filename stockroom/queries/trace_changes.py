"""What became of the uses of a trace since they were entered: taken back, or posted in the place of others?"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from msgspec.structs import replace
from sqlalchemy import Connection

from stockroom.queries.changed_since import changes_of
from stockroom.queries.trace_rows import Use


def with_changes(connection: Connection, uses: Sequence[Use], *, as_of: datetime) -> tuple[Use, ...]:
    """Give uses that stood as of an instant with what became of each after it; two statements."""
    clinics = {use.lot.clinic_id for use in uses}
    changes = changes_of(connection, clinics, (use.movement_uid for use in uses), after=as_of)
    told = []
    for use in uses:
        put_right = changes.in_place.get(use.movement_uid)
        gone = changes.of_goods(use.movement_uid, use.lot.uid, use.quantity, use.container_uid)
        is_as_entered = put_right is None and gone is None
        told.append(use if is_as_entered else replace(use, in_place=put_right, taken_back=gone))
    return tuple(told)
