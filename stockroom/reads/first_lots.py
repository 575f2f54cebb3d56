"""Which of a product's lots need to be looked at to take the first of them?"""

from __future__ import annotations

from datetime import date

from sqlalchemy import ColumnElement, and_, bindparam, func, literal, or_, select
from sqlalchemy.orm import aliased

from stockroom.db.columns import written
from stockroom.models import Balance, Container, Lot
from stockroom.rules.fefo import FIRST_LOTS


def is_taken_first() -> ColumnElement[bool]:
    """What expires with the first lots, and whatever has a limit that is not its printed expiry.

    For a statement over balances, lots and containers with the parameters `clinic` and `products` (of one).
    What it leaves out comes later in order than those: `rules/fefo.is_settled` says whether that is enough.
    """
    here, lot, opened = aliased(Balance), aliased(Lot), aliased(Container)
    last_of_first = (
        select(lot.expires_on)
        .join_from(here, lot, and_(lot.clinic_id == here.clinic_id, lot.id == here.lot_id))
        .where(
            here.clinic_id == bindparam("clinic"), here.product_id.in_(bindparam("products", expanding=True))
        )
        .where(here.quantity > written(0), lot.expires_on.is_not(None))
        .order_by(lot.expires_on)
        .limit(1)
        .offset(FIRST_LOTS - 1)
        .scalar_subquery()
    )
    # Asked apart, so that nothing else is looked up for what is left out.
    is_opened = (
        select(opened.location_id)
        .where(opened.clinic_id == Balance.clinic_id, opened.location_id == Balance.location_id)
        .correlate(Balance)
        .exists()
    )
    return or_(
        Lot.expires_on <= func.coalesce(last_of_first, literal(date.max, Lot.expires_on.type)),
        Lot.expires_on.is_(None),
        Lot.expires_at.is_not(None),
        Lot.beyond_use_at.is_not(None),
        is_opened,
    )
