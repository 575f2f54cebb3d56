"""Which lots, where they lie, did somebody say why they are not taken first?"""

from __future__ import annotations

from sqlalchemy import ColumnElement, and_, bindparam, or_, select

from stockroom.db.columns import written
from stockroom.models import Balance, Line, Movement, PassedOverLot, StocktakeLine
from stockroom.vocabulary import PassingOver

_passed = PassedOverLot


def is_passed_over(*, for_documents: bool) -> ColumnElement[bool]:
    """True where what lies there was answered about and need not be taken first.

    What was answered for one of the parameter `documents` (sessions and cocktails; with `for_documents`) holds
    there.  That a lot is not there holds for everybody until it is counted, or something of it goes to that place
    or comes from there.  For a statement over balances; one step of an index where nothing was answered.
    """
    holds = and_(_passed.answer == written(PassingOver.NOT_THERE), ~_was_counted(), ~_has_moved())
    if for_documents:
        holds = or_(_passed.document_uid.in_(bindparam("documents", expanding=True)), holds)
    return (
        select(_passed.id)
        .where(
            _passed.clinic_id == Balance.clinic_id,
            _passed.lot_id == Balance.lot_id,
            _passed.location_id == Balance.location_id,
            holds,
        )
        .correlate(Balance)
        .exists()
    )


def _was_counted() -> ColumnElement[bool]:
    return (
        select(StocktakeLine.id)
        .where(
            StocktakeLine.clinic_id == _passed.clinic_id,
            StocktakeLine.lot_id == _passed.lot_id,
            StocktakeLine.location_id == _passed.location_id,
            StocktakeLine.counted_at >= _passed.answered_at,
        )
        .correlate(_passed)
        .exists()
    )


def _has_moved() -> ColumnElement[bool]:
    """By the order of the books, so that only what was booked since is looked at, and not all that the lot did."""
    first_since = (
        select(Movement.id)
        .where(Movement.clinic_id == _passed.clinic_id, Movement.seq > _passed.entry_seq)
        .order_by(Movement.seq)
        .limit(1)
        .correlate(_passed)
        .scalar_subquery()
    )
    return (
        select(Line.id)
        .where(
            Line.clinic_id == _passed.clinic_id,
            Line.lot_id == _passed.lot_id,
            Line.movement_id >= first_since,
            or_(Line.from_id == _passed.location_id, Line.to_id == _passed.location_id),
        )
        .correlate(_passed)
        .exists()
    )
