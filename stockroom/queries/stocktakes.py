"""What was found when somebody counted, against what the books said at that moment?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, and_, func, select
from sqlalchemy.orm import aliased

from stockroom.errors import ThingNotFound
from stockroom.models import Container, Location, Lot, Movement, Person, Product, Stocktake, StocktakeLine
from stockroom.queries.paging import PAGE_ROWS, Page, is_uid, page_of
from stockroom.reads.lot_costs import lot_costs
from stockroom.rules.valuing import Worth, worth

_second = aliased(Person, name="second_person")
_stands = aliased(Location, name="stands_in")


@dataclass(frozen=True, slots=True, kw_only=True)
class StocktakeRow:
    """An act of counting; no movement when nothing differed."""

    uid: str
    counted_by_uid: str
    counted_by: str
    recorded_at: datetime
    movement_uid: str | None
    second_person: str | None
    """Who confirmed it too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StocktakeLineRow:
    """What was found of one lot at one place, and what the books said then."""

    n: int
    lot_uid: str
    lot_number: str
    product_uid: str
    product_name: str
    strength: str
    presentation: str
    base_unit: str
    content_quantity: int
    location_uid: str
    location_name: str
    container_code: str | None
    stands_in: str | None
    counted_at: datetime
    counted_by: str
    counted_quantity: int
    book_quantity: int
    reason: str | None
    worth: Worth | None
    """Of the difference, without its sign; None where nobody knows."""

    @property
    def difference(self) -> int:
        """More (positive) or less than the books said."""
        return self.counted_quantity - self.book_quantity


@dataclass(frozen=True, kw_only=True)
class StocktakeShown:
    """A stocktake with its lines."""

    stocktake: StocktakeRow
    lines: tuple[StocktakeLineRow, ...]

    @property
    def differing(self) -> tuple[StocktakeLineRow, ...]:
        return tuple(line for line in self.lines if line.difference)


def stocktakes(
    connection: Connection, clinic_id: int, *, after: str | None = None, limit: int = PAGE_ROWS
) -> Page[StocktakeRow]:
    """Give the clinic's stocktakes, the newest first; one statement.  Raises CursorUnreadable."""
    return page_of(
        connection, _stocktakes(clinic_id), Stocktake, _show, after=after, limit=limit, newest_first=True
    )


def stocktake(connection: Connection, clinic_id: int, *, uid: str) -> StocktakeShown:
    """Give one stocktake with its lines; three statements.  Raises ThingNotFound."""
    wanted = _stocktakes(clinic_id).where(Stocktake.uid == uid)
    found = connection.execute(wanted).one_or_none() if is_uid(uid) else None
    if found is None:
        raise ThingNotFound(thing="stocktake", uid=uid[:40])
    lines = counted_lines(connection, clinic_id, _lines(clinic_id).where(Stocktake.uid == uid))
    return StocktakeShown(stocktake=_show(found), lines=lines)


def counted_between(
    connection: Connection, clinic_id: int, *, since: datetime, until: datetime, most: int
) -> tuple[StocktakeLineRow, ...]:
    """Give the lines of the stocktakes that were booked from `since` until before `until`, the newest first.

    Two statements; at most `most` lines.
    """
    booked = and_(Stocktake.recorded_at >= since, Stocktake.recorded_at < until)
    statement = _lines(clinic_id).where(booked).order_by(Stocktake.id.desc()).limit(most)
    return counted_lines(connection, clinic_id, statement)


def counted_lines(connection: Connection, clinic_id: int, statement: Any) -> tuple[StocktakeLineRow, ...]:
    """Run a statement of `_lines`, in the order of their numbers, and value what differs; two statements."""
    rows = connection.execute(statement.order_by(StocktakeLine.n)).all()
    costs = lot_costs(
        connection,
        clinic_id,
        {row.lot_id for row in rows if row.counted_quantity != row.book_quantity},
    )
    return tuple(
        StocktakeLineRow(
            **{name: row._mapping[name] for name in StocktakeLineRow.__dataclass_fields__ if name != "worth"},
            worth=worth(
                abs(row.counted_quantity - row.book_quantity),
                content_quantity=row.content_quantity,
                costs=costs.get(row.lot_id, ()),
            ),
        )
        for row in rows
    )


def _stocktakes(clinic_id: int) -> Any:
    booked_by = and_(Movement.clinic_id == Stocktake.clinic_id, Movement.id == Stocktake.movement_id)
    return (
        select(
            Stocktake.uid,
            Person.uid.label("counted_by_uid"),
            Person.name.label("counted_by"),
            Stocktake.recorded_at,
            Movement.uid.label("movement_uid"),
            _second.name.label("second_person"),
        )
        .select_from(Stocktake)
        .join(Person, Person.id == Stocktake.counted_by_id)
        .outerjoin(_second, _second.id == Stocktake.second_person_id)
        .outerjoin(Movement, booked_by)
        .where(Stocktake.clinic_id == clinic_id)
    )


def _lines(clinic_id: int) -> Any:
    line = StocktakeLine
    return (
        select(
            line.n,
            line.lot_id,
            Lot.uid.label("lot_uid"),
            Lot.number.label("lot_number"),
            Product.uid.label("product_uid"),
            Product.name.label("product_name"),
            Product.strength,
            Product.presentation,
            Product.base_unit,
            Product.content_quantity,
            Location.uid.label("location_uid"),
            Location.name.label("location_name"),
            Container.short_code.label("container_code"),
            _stands.name.label("stands_in"),
            line.counted_at,
            Person.name.label("counted_by"),
            line.counted_quantity,
            line.book_quantity,
            line.reason,
        )
        .select_from(line)
        .join(Stocktake, and_(Stocktake.clinic_id == line.clinic_id, Stocktake.id == line.stocktake_id))
        .join(Lot, and_(Lot.clinic_id == line.clinic_id, Lot.id == line.lot_id))
        .join(Product, Product.id == Lot.product_id)
        .join(Location, and_(Location.clinic_id == line.clinic_id, Location.id == line.location_id))
        .join(Person, Person.id == func.coalesce(line.counted_by_id, Stocktake.counted_by_id))
        .outerjoin(
            Container,
            and_(Container.clinic_id == line.clinic_id, Container.location_id == line.location_id),
        )
        .outerjoin(
            _stands, and_(_stands.clinic_id == Container.clinic_id, _stands.id == Container.stands_in_id)
        )
        .where(line.clinic_id == clinic_id)
    )


def _show(row: Row[Any]) -> StocktakeRow:
    return StocktakeRow(**row._mapping)
