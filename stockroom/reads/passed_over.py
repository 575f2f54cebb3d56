"""Which earlier lots were answered about already, so that nobody is asked again?"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable

from sqlalchemy import Connection, and_, exists, or_, select

from stockroom.db.transaction import Work
from stockroom.models import Line, Lot, Movement, PassedOverLot, StocktakeLine
from stockroom.rules.fefo import Earlier
from stockroom.rules.usability import Thing
from stockroom.vocabulary import PassingOver


def answered_before(
    connection: Connection, clinic_id: int, asked: Iterable[Thing], *, document_uids: Collection[str]
) -> frozenset[str]:
    """Give the uids of these lots, where they lie, that need no answer; one statement.

    What was answered for one of these sessions or cocktails holds there.  That a lot is not there holds for
    everybody until it is counted, or something of it goes to that place or comes from there.
    """
    places = {(each.lot_id, each.location_id): each.lot_uid for each in asked}
    if not places:
        return frozenset()
    passed = PassedOverLot
    counted = exists().where(
        StocktakeLine.clinic_id == passed.clinic_id,
        StocktakeLine.lot_id == passed.lot_id,
        StocktakeLine.location_id == passed.location_id,
        StocktakeLine.counted_at >= passed.answered_at,
    )
    moved = (
        select(Line.id)
        .join(Movement, and_(Movement.clinic_id == Line.clinic_id, Movement.id == Line.movement_id))
        .where(
            Line.clinic_id == passed.clinic_id,
            Line.lot_id == passed.lot_id,
            or_(Line.from_id == passed.location_id, Line.to_id == passed.location_id),
            Movement.recorded_at >= passed.answered_at,
        )
        .exists()
    )
    is_missing = and_(passed.answer == PassingOver.NOT_THERE, ~counted, ~moved)
    rows = connection.execute(
        select(passed.lot_id, passed.location_id)
        .join(Lot, and_(Lot.clinic_id == passed.clinic_id, Lot.id == passed.lot_id))
        .where(
            passed.clinic_id == clinic_id,
            passed.lot_id.in_({lot_id for lot_id, _ in places}),
            or_(passed.document_uid.in_(list(document_uids)), is_missing),
        )
    )
    return frozenset(
        places[row.lot_id, row.location_id] for row in rows if (row.lot_id, row.location_id) in places
    )


def taken_before(
    work: Work,
    look: Callable[[frozenset[str]], Earlier],
    *,
    answered: frozenset[str],
    asked: Iterable[Thing],
    document_uids: Collection[str],
) -> Earlier:
    """Say what should be taken first (`look`) by what is answered now; only where a question is left, by what was
    answered before, too: one statement then.
    """
    first = look(answered)
    if first.waiting is None:
        return first
    before = answered_before(work.connection, work.clinic_id, asked, document_uids=document_uids)
    return look(answered | before) if before else first
