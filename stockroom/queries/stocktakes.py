"""What was found when somebody counted, against what the books said at that moment?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, and_, select

from stockroom.errors import ThingNotFound
from stockroom.models import Location, Lot, Movement, Person, Product, Stocktake, StocktakeLine
from stockroom.queries.paging import PAGE_ROWS, Page, is_uid, page_of


@dataclass(frozen=True, slots=True, kw_only=True)
class StocktakeRow:
    """An act of counting; no movement when nothing differed."""

    uid: str
    counted_by_uid: str
    counted_by: str
    recorded_at: datetime
    movement_uid: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StocktakeLineRow:
    """What was found of one lot at one place, and what the books said then."""

    n: int
    lot_uid: str
    lot_number: str
    product_name: str
    base_unit: str
    location_uid: str
    location_name: str
    counted_at: datetime
    counted_quantity: int
    book_quantity: int
    reason: str | None


@dataclass(frozen=True, kw_only=True)
class StocktakeShown:
    """A stocktake with its lines."""

    stocktake: StocktakeRow
    lines: tuple[StocktakeLineRow, ...]


def stocktakes(
    connection: Connection, clinic_id: int, *, after: str | None = None, limit: int = PAGE_ROWS
) -> Page[StocktakeRow]:
    """Give the clinic's stocktakes, the newest first; one statement.  Raises CursorUnreadable."""
    return page_of(
        connection, _stocktakes(clinic_id), Stocktake, _show, after=after, limit=limit, newest_first=True
    )


def stocktake(connection: Connection, clinic_id: int, *, uid: str) -> StocktakeShown:
    """Give one stocktake with its lines; two statements.  Raises ThingNotFound."""
    wanted = _stocktakes(clinic_id).where(Stocktake.uid == uid)
    found = connection.execute(wanted).one_or_none() if is_uid(uid) else None
    if found is None:
        raise ThingNotFound(thing="stocktake", uid=uid[:40])
    rows = connection.execute(_lines(clinic_id).where(Stocktake.uid == uid).order_by(StocktakeLine.n))
    lines = tuple(StocktakeLineRow(**row._mapping) for row in rows)
    return StocktakeShown(stocktake=_show(found), lines=lines)


def _stocktakes(clinic_id: int) -> Any:
    booked_by = and_(Movement.clinic_id == Stocktake.clinic_id, Movement.id == Stocktake.movement_id)
    return (
        select(
            Stocktake.uid,
            Person.uid.label("counted_by_uid"),
            Person.name.label("counted_by"),
            Stocktake.recorded_at,
            Movement.uid.label("movement_uid"),
        )
        .select_from(Stocktake)
        .join(Person, Person.id == Stocktake.counted_by_id)
        .outerjoin(Movement, booked_by)
        .where(Stocktake.clinic_id == clinic_id)
    )


def _lines(clinic_id: int) -> Any:
    line = StocktakeLine
    return (
        select(
            line.n,
            Lot.uid.label("lot_uid"),
            Lot.number.label("lot_number"),
            Product.name.label("product_name"),
            Product.base_unit,
            Location.uid.label("location_uid"),
            Location.name.label("location_name"),
            line.counted_at,
            line.counted_quantity,
            line.book_quantity,
            line.reason,
        )
        .select_from(line)
        .join(Stocktake, and_(Stocktake.clinic_id == line.clinic_id, Stocktake.id == line.stocktake_id))
        .join(Lot, and_(Lot.clinic_id == line.clinic_id, Lot.id == line.lot_id))
        .join(Product, Product.id == Lot.product_id)
        .join(Location, and_(Location.clinic_id == line.clinic_id, Location.id == line.location_id))
        .where(line.clinic_id == clinic_id)
    )


def _show(row: Row[Any]) -> StocktakeRow:
    return StocktakeRow(**row._mapping)
