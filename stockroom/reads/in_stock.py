"""What of all that ever lay in a clinic is there now?"""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam

from stockroom.db.columns import written
from stockroom.models import Balance


def in_stock(balance: Any = Balance) -> ColumnElement[bool]:
    """True for what is on hand in the clinic of the parameter `clinic`, for a statement over Balance (or an alias).

    Every balance has a product; to say so leads SQLite, which plans without statistics, to the index of
    what is in stock and not through the emptied places of all lots that ever were.
    """
    return and_(
        balance.clinic_id == bindparam("clinic"),
        balance.product_id > written(0),
        balance.quantity > written(0),
    )
