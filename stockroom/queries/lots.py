"""Which lots does a clinic know?"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any

from msgspec import Struct
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Integer,
    and_,
    bindparam,
    cast,
    func,
    or_,
    select,
)
from sqlalchemy.orm import aliased

from stockroom.db.compiled_once import Once
from stockroom.errors import ThingNotFound
from stockroom.models import Balance, Lot, LotAlias, Product
from stockroom.queries.packs import OtherLot
from stockroom.queries.paging import PAGE_ROWS, Page, check_place, is_uid, page_from
from stockroom.queries.stock import in_place
from stockroom.reads.in_stock import in_stock

_became = aliased(Lot, name="became")


class LotRow(Struct, frozen=True, kw_only=True):
    """A lot, and how much of it is on hand in its clinic."""

    uid: str
    number: str
    number_is_ours: bool
    kind: str
    product_uid: str
    product_name: str
    strength: str
    presentation: str
    base_unit: str
    content_quantity: int
    expires_on: date | None
    expires_at: datetime | None
    beyond_use_at: datetime | None
    superseded_by_uid: str | None
    on_hand: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FormerName:
    """A number or expiry under which a lot was booked before it was corrected."""

    number: str
    expires_on: date | None
    expires_at: datetime | None
    reason: str
    recorded_at: datetime


def lot(connection: Connection, clinic_id: int, *, uid: str) -> LotRow:
    """Give one lot of the clinic; one statement.  Raises ThingNotFound."""
    found = connection.execute(_lots(clinic_id).where(Lot.uid == uid)).one_or_none() if is_uid(uid) else None
    if found is None:
        raise ThingNotFound(thing="lot", uid=uid[:40])
    return _show(found)


def lots(
    connection: Connection,
    clinic_id: int,
    *,
    product_uid: str | None = None,
    number: str | None = None,
    location_uid: str | None = None,
    after: str | None = None,
    limit: int = PAGE_ROWS,
) -> Page[LotRow]:
    """Give the clinic's lots, the newest first, of one product, number or place where named; one statement.

    A number under which a lot was booked before it was corrected finds it too.
    At a place are the lots of which something lies there now, in a container that stands there included.
    """
    check_place(after, limit)
    told = {"product": product_uid, "number": number, "location": location_uid, "after": after}
    asked = {name: value for name, value in told.items() if value is not None}
    rows = _page(frozenset(asked)).all(connection, {"clinic": clinic_id, "rows": limit + 1, **asked})
    return page_from(rows, _show, limit=limit)


def _narrowed(by: str) -> ColumnElement[bool]:
    """The condition that a parameter of this name stands for."""
    if by == "product":
        return Product.uid == bindparam("product")
    if by == "number":
        once = select(LotAlias.lot_id).where(
            LotAlias.clinic_id == bindparam("clinic"), LotAlias.number == bindparam("number")
        )
        return or_(Lot.number == bindparam("number"), Lot.id.in_(once))
    if by == "location":
        return Lot.id.in_(select(Balance.lot_id).where(in_stock(), in_place()))
    assert by == "after"
    return Lot.id < select(Lot.id).where(Lot.uid == bindparam("after")).scalar_subquery()


@cache
def _page(named: frozenset[str]) -> Once:
    statement = _lots(bindparam("clinic")).where(*(_narrowed(by) for by in sorted(named)))
    return Once(statement.order_by(Lot.id.desc()).limit(bindparam("rows", type_=Integer())))


def former_names(connection: Connection, clinic_id: int, *, lot_uid: str) -> tuple[FormerName, ...]:
    """Give under what a lot was booked before it was corrected, the first first; one statement."""
    rows = connection.execute(
        select(
            LotAlias.number, LotAlias.expires_on, LotAlias.expires_at, LotAlias.reason, LotAlias.recorded_at
        )
        .join(Lot, Lot.id == LotAlias.lot_id)
        .where(LotAlias.clinic_id == clinic_id, Lot.uid == lot_uid)
        .order_by(LotAlias.id)
    )
    return tuple(FormerName(**row._mapping) for row in rows)


def once_recorded_as(connection: Connection, clinic_id: int, *, lot_uid: str) -> tuple[OtherLot, ...]:
    """Give the other lots of the product that were booked under this lot's number by mistake; one statement."""
    mistaken, this = aliased(Lot), aliased(Lot)
    rows = connection.execute(
        select(Lot.uid, Lot.number)
        .distinct()
        .select_from(this)
        .join(LotAlias, and_(LotAlias.clinic_id == this.clinic_id, LotAlias.number == this.number))
        .join(mistaken, and_(mistaken.clinic_id == LotAlias.clinic_id, mistaken.id == LotAlias.lot_id))
        .join(Lot, Lot.id == func.coalesce(mistaken.superseded_by_id, mistaken.id))
        .where(
            this.clinic_id == clinic_id,
            this.uid == lot_uid,
            this.superseded_by_id.is_(None),
            Lot.product_id == this.product_id,
            Lot.id != this.id,
        )
        .order_by(Lot.number)
    )
    return tuple(OtherLot(lot_uid=row.uid, lot_number=row.number) for row in rows)


def _lots(clinic_id: Any) -> Any:
    on_hand = (
        select(cast(func.coalesce(func.sum(Balance.quantity), 0), BigInteger))
        .where(Balance.clinic_id == Lot.clinic_id, Balance.lot_id == Lot.id)
        .correlate(Lot)
        .scalar_subquery()
    )
    return (
        select(
            Lot.uid,
            Lot.number,
            Lot.number_is_ours,
            Lot.kind,
            Product.uid.label("product_uid"),
            Product.name.label("product_name"),
            Product.strength,
            Product.presentation,
            Product.base_unit,
            Product.content_quantity,
            Lot.expires_on,
            Lot.expires_at,
            Lot.beyond_use_at,
            _became.uid.label("superseded_by_uid"),
            on_hand.label("on_hand"),
        )
        .select_from(Lot)
        .join(Product, Product.id == Lot.product_id)
        .outerjoin(_became, _became.id == Lot.superseded_by_id)
        .where(Lot.clinic_id == clinic_id)
    )


def _show(row: Any) -> LotRow:
    return LotRow(**row._mapping)


def contents_of_lots(connection: Connection, clinic_id: int, *, lot_uids: Collection[str]) -> dict[str, int]:
    """Give by lot how many base units one presentation holds, also where nothing is left; one statement."""
    if not lot_uids:
        return {}
    rows = connection.execute(
        select(Lot.uid, Product.content_quantity)
        .join(Product, Product.id == Lot.product_id)
        .where(Lot.clinic_id == clinic_id, Lot.uid.in_(lot_uids))
    )
    return {row.uid: row.content_quantity for row in rows}
