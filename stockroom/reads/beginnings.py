"""Is something said to have happened before the thing was there?  Before its vial was opened, or its lot came in.

Clocks on paper are rough and the books are kept: nothing is refused for it, and somebody looks which of the two
times is wrong.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import Connection, and_, select
from sqlalchemy.orm import aliased

from stockroom.errors import Refused, extracted
from stockroom.models import Line, Location, Movement
from stockroom.rules.usability import Thing
from stockroom.vocabulary import PHYSICAL_KINDS, SHELF_KINDS, LocationKind, Rule


@dataclass(eq=False, kw_only=True)
class OpenedOnlyLater(Refused):
    """A vial is put somewhere, or ends with nothing in it, only after it was opened."""

    code: ClassVar[str] = "opened_only_later"
    message: ClassVar[str] = extracted(
        "Container {container} was opened later ({opened_at}). Look at the time again; if the opening is dated wrongly, "
        "reverse it and record it at its real time first."
    )
    container: str
    opened_at: datetime


@dataclass(eq=False, kw_only=True)
class OpenedEarlierOnly(Refused):
    """An opening is dated back, with a reason, and never forward."""

    code: ClassVar[str] = "opened_earlier_only"
    message: ClassVar[str] = extracted(
        "Say when it really was opened: before now, after it came in, and why it was not booked then."
    )
    opened_at: datetime


_CAME_FROM = frozenset({LocationKind.SUPPLIER, LocationKind.IN_TRANSIT, LocationKind.COMPOUNDING})


def broken_by_dating(
    connection: Connection, clinic_id: int, things: Iterable[Thing], *, at: datetime
) -> tuple[tuple[Rule, int], ...]:
    """Give (rule, lot) for each thing that was not there yet at `at`; one statement.

    Of what was entered as opening stock or found by a count nobody knows since when it was there.
    """
    here = tuple(things)
    opened = [
        (Rule.BEFORE_OPENED, each.lot_id)
        for each in here
        if each.opened_at is not None and each.opened_at > at
    ]
    before = before_arrival(connection, clinic_id, [each.lot_id for each in here], at=at)
    return tuple(dict.fromkeys([*opened, *before]))


def before_arrival(
    connection: Connection, clinic_id: int, lot_ids: Collection[int], *, at: datetime
) -> tuple[tuple[Rule, int], ...]:
    """Give (rule, lot) for each lot that had not come in yet at `at`; one statement."""
    came = came_in(connection, clinic_id, lot_ids)
    late = [each for each in lot_ids if each in came and came[each] > at]
    return tuple((Rule.BEFORE_ARRIVAL, lot_id) for lot_id in dict.fromkeys(late))


def came_in(connection: Connection, clinic_id: int, lot_ids: Collection[int]) -> dict[int, datetime]:
    """Give when each lot first came in or was made, by the deliveries, arrivals and preparations that stand.

    A lot of which something came to a shelf in another way before them is left out.
    """
    source, target, turned = aliased(Location), aliased(Location), aliased(Line)
    rows: Any = connection.execute(
        select(Line.lot_id, source.kind, Movement.occurred_at)
        .join(Movement, and_(Movement.clinic_id == Line.clinic_id, Movement.id == Line.movement_id))
        .join(source, and_(source.clinic_id == Line.clinic_id, source.id == Line.from_id))
        .join(target, and_(target.clinic_id == Line.clinic_id, target.id == Line.to_id))
        .outerjoin(turned, and_(turned.clinic_id == Line.clinic_id, turned.reverses_line_id == Line.id))
        .where(
            Line.clinic_id == clinic_id,
            Line.lot_id.in_(lot_ids),
            Line.reverses_line_id.is_(None),
            turned.id.is_(None),
            source.kind.not_in(PHYSICAL_KINDS),
            target.kind.in_(SHELF_KINDS),
        )
        .order_by(Movement.occurred_at, Line.id)
    )
    first: dict[int, Any] = {}
    for row in rows:
        first.setdefault(row.lot_id, row)
    return {lot_id: row.occurred_at for lot_id, row in first.items() if row.kind in _CAME_FROM}
