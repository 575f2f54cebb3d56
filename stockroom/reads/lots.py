"""Which lot of this clinic is meant by a product and the number on its pack?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, select

from stockroom.models import Lot, LotAlias


@dataclass(frozen=True, kw_only=True)
class LotRow:
    """A lot of one clinic, by its present number and expiry."""

    lot_id: int
    lot_uid: str
    product_id: int
    number: str
    expires_on: date | None
    expires_at: datetime | None


_COLUMNS: list[Any] = [
    Lot.id, Lot.uid, Lot.product_id, Lot.number, Lot.expires_on, Lot.expires_at, Lot.superseded_by_id
]  # fmt: skip


def lot_named(connection: Connection, clinic_id: int, *, product_id: int, number: str) -> LotRow | None:
    """Give the lot with this number (verbatim), or the one that it turned out to be; None when there is none.

    A number under which a lot was booked before it was corrected still finds it.
    """
    row = _one(connection, clinic_id, Lot.product_id == product_id, Lot.number == number)
    if row is None:
        aliased = select(LotAlias.lot_id).where(LotAlias.clinic_id == clinic_id, LotAlias.number == number)
        row = _one(connection, clinic_id, Lot.product_id == product_id, Lot.id.in_(aliased))
    while row is not None and row.superseded_by_id is not None:
        row = _one(connection, clinic_id, Lot.id == row.superseded_by_id)
    if row is None:
        return None
    return LotRow(
        lot_id=row.id,
        lot_uid=row.uid,
        product_id=row.product_id,
        number=row.number,
        expires_on=row.expires_on,
        expires_at=row.expires_at,
    )


def _one(connection: Connection, clinic_id: int, *conditions: ColumnElement[bool]) -> Row[Any] | None:
    statement = select(*_COLUMNS).where(Lot.clinic_id == clinic_id, *conditions).order_by(Lot.id.desc())
    return connection.execute(statement).first()
