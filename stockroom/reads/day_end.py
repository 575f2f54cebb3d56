"""What stands open at the end of a day: sessions, cocktails in preparation, vials and cocktails that do not keep?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, bindparam, func, select

from stockroom.db.columns import written
from stockroom.models import Allocation, Balance, Container, Lot, Preparation, TreatmentSession
from stockroom.reads.in_stock import in_stock
from stockroom.reads.open_work import sessions_unfinished
from stockroom.reads.things import Where, things
from stockroom.rules.day_end import is_left_over
from stockroom.rules.usability import Thing
from stockroom.vocabulary import AllocationState, ContainerState, LotKind, PreparationState

_OPENED = select(Container.location_id).where(
    Container.clinic_id == bindparam("clinic"),
    Container.state == written(ContainerState.OPEN),
    Container.short_code > "",  # the words of the partial index
)
_COCKTAILS = (
    select(Balance.lot_id, Balance.location_id)
    .join(Lot, and_(Lot.clinic_id == Balance.clinic_id, Lot.id == Balance.lot_id))
    .where(in_stock(), Lot.kind == LotKind.PREPARED)
)
# Through what is promised now, which is little, and not through everything that was ever prepared.
_DRAFTS: Any = (
    select(Preparation.id, Preparation.uid, Preparation.short_code, Preparation.started_at)
    .join(
        Allocation,
        and_(Allocation.clinic_id == Preparation.clinic_id, Allocation.preparation_id == Preparation.id),
    )
    .where(
        Allocation.clinic_id == bindparam("clinic"),
        Allocation.state == written(AllocationState.ACTIVE),
        Preparation.state == PreparationState.DRAFT,
    )
    .distinct()
    .order_by(Preparation.started_at)
)


@dataclass(frozen=True, kw_only=True)
class Draft:
    """A cocktail in preparation."""

    uid: str
    short_code: str
    started_at: datetime


def left_over(connection: Connection, clinic_id: int, *, now: datetime) -> tuple[Thing, ...]:
    """Give the vials and cocktails that do not keep until tomorrow; four statements at most."""
    asked = {"clinic": clinic_id}
    opened = list(connection.execute(_OPENED, asked).scalars())
    cocktails = [(row.lot_id, row.location_id) for row in connection.execute(_COCKTAILS, asked)]
    if not opened and not cocktails:
        return ()
    found = things(connection, clinic_id, Where(location_ids=opened, pairs=cocktails), with_empty=True)
    left = (each for each in found if is_left_over(each, now=now))
    return tuple(sorted(left, key=lambda each: (each.product_name, each.container_code or each.lot_number)))


def drafts(connection: Connection, clinic_id: int) -> tuple[Draft, ...]:
    """Give the cocktails in preparation that keep ingredients from others; one statement."""
    rows = connection.execute(_DRAFTS, {"clinic": clinic_id})
    return tuple(Draft(uid=row.uid, short_code=row.short_code, started_at=row.started_at) for row in rows)


def unfinished_sessions(connection: Connection, clinic_id: int, *, until: datetime) -> int:
    """Count the sessions planned for an instant or before it that are not over; one statement."""
    condition = sessions_unfinished(clinic_id, at=until)
    count = select(func.count()).select_from(TreatmentSession).where(condition)
    return int(connection.execute(count).scalar_one())
