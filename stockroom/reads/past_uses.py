"""Which uses turn out to have been too late, now that a limit is known to have been earlier?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, and_, select
from sqlalchemy.orm import aliased

from stockroom.db.transaction import Work
from stockroom.ledger.deviations import Broke, write_broken
from stockroom.models import Line, Location, Movement
from stockroom.vocabulary import LocationKind, Rule


@dataclass(frozen=True, kw_only=True)
class Shortened:
    """A limit that was `old` and is `new`, which is earlier."""

    old: datetime | None
    new: datetime


@dataclass(frozen=True, kw_only=True)
class LateUse:
    """Something went to a patient or into a cocktail between the right limit and the one believed in."""

    movement_id: int
    movement_uid: str
    lot_id: int
    from_container: bool
    """The limit was that of an opened container, and not of the lot."""


def late_uses(
    connection: Connection,
    clinic_id: int,
    *,
    lots: Mapping[int, Shortened],
    containers: Mapping[int, Shortened],
) -> tuple[LateUse, ...]:
    """Give the uses that stand and that only now turn out to be late, in the order of the books.

    Limits are by lot id, and by location id of containers.  One statement, or none.
    """
    if not lots and not containers:
        return ()
    target, undone = aliased(Location), aliased(Line)
    rows = connection.execute(
        select(Line.lot_id, Line.from_id, Movement.id, Movement.uid, Movement.occurred_at)
        .join(Movement, and_(Movement.clinic_id == Line.clinic_id, Movement.id == Line.movement_id))
        .join(target, and_(target.clinic_id == Line.clinic_id, target.id == Line.to_id))
        .where(
            Line.clinic_id == clinic_id,
            Line.lot_id.in_(lots) | Line.from_id.in_(containers),
            Line.reverses_line_id.is_(None),
            target.kind.in_([LocationKind.PATIENT, LocationKind.COMPOUNDING]),
            ~select(undone.id)
            .where(undone.clinic_id == Line.clinic_id, undone.reverses_line_id == Line.id)
            .exists(),
        )
        .order_by(Movement.seq, Movement.id, Line.n)
    )
    found = []
    for row in rows:
        for shortened, from_container in ((lots.get(row.lot_id), False), (containers.get(row.from_id), True)):
            if shortened is not None and _is_between(row.occurred_at, shortened):
                found.append(
                    LateUse(
                        movement_id=row.id,
                        movement_uid=row.uid,
                        lot_id=row.lot_id,
                        from_container=from_container,
                    )
                )
    return tuple(dict.fromkeys(found))


def write_late_uses(
    work: Work, *, lots: Mapping[int, Shortened], containers: Mapping[int, Shortened], reason: str, cause: str
) -> int:
    """Have a second person sign each use that was too late, as is known only now; gives how many movements."""
    found: dict[tuple[int, str], list[Broke]] = {}
    for each in late_uses(work.connection, work.clinic_id, lots=lots, containers=containers):
        broke = found.setdefault((each.movement_id, each.movement_uid), [])
        broke.append(Broke(rule=Rule.BEYOND_USE, lot_id=each.lot_id))
    for (movement_id, movement_uid), broke in found.items():
        write_broken(work, movement_id, movement_uid, dict.fromkeys(broke), reason=reason, cause=cause)
    return len(found)


def _is_between(at: datetime, shortened: Shortened) -> bool:
    return at >= shortened.new and (shortened.old is None or at < shortened.old)
