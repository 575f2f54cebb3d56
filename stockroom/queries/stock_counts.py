"""Which counts are in work, what was found in each beside the books, and what has nobody counted yet?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, and_, func, or_, select
from sqlalchemy.orm import aliased

from stockroom.errors import ThingNotFound
from stockroom.models import (
    Balance,
    Container,
    CountFind,
    Location,
    Lot,
    Person,
    Product,
    StockCount,
    Stocktake,
)
from stockroom.queries.paging import PAGE_ROWS, Page, is_uid, page_of
from stockroom.reads.counted_things import reconciled, tolerance, weighed
from stockroom.reads.in_stock import in_stock
from stockroom.reads.stock_counts import NAMES, STANDS_IN, as_finds, standing_finds
from stockroom.rules.confirming import Weighed, Why, why_second
from stockroom.rules.counting import Reconciled, Trouble, together
from stockroom.rules.valuing import Worth
from stockroom.vocabulary import BaseUnit, CountState


@dataclass(frozen=True, slots=True, kw_only=True)
class CountRow:
    """A count in work, booked (then it is a stocktake) or given up."""

    uid: str
    version: int
    state: str
    is_blind: bool
    product_uid: str | None
    product_name: str | None
    lot_uid: str | None
    lot_number: str | None
    location_uid: str | None
    location_name: str | None
    started_by: str
    started_at: datetime
    updated_at: datetime
    ended_by: str | None
    stocktake_uid: str | None
    find_count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FindRow:
    """What one person found of a thing."""

    uid: str
    n: int
    version: int
    counted_by_uid: str
    counted_by: str
    counted_at: datetime
    found_quantity: int
    reason: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ThingNamed:
    """A lot at a place, with the words that name it."""

    lot_id: int
    lot_uid: str
    lot_number: str
    expires_on: date | None
    expires_at: datetime | None
    beyond_use_at: datetime | None
    product_uid: str
    product_name: str
    strength: str
    presentation: str
    base_unit: str
    content_quantity: int
    location_id: int
    location_uid: str
    location_name: str
    container_code: str | None
    stands_in: str | None

    @property
    def is_measured(self) -> bool:
        """What is open, and what was mixed, is counted in its unit; all else in whole presentations or pieces."""
        is_mixed = self.content_quantity == 1 and self.base_unit != BaseUnit.PIECE
        return self.container_code is not None or is_mixed


@dataclass(frozen=True, kw_only=True)
class CountedThing:
    """A thing that was counted, beside the books."""

    named: ThingNamed
    finds: tuple[FindRow, ...]
    """More than one are parts of it."""
    found_quantity: int
    book_quantity: int
    """By the books when it was counted."""
    difference: int
    moved_since: int
    """What came (positive) or went since it was counted."""
    worth: Worth | None
    """Of the difference, without its sign; None where nobody knows."""
    trouble: Trouble | None
    discarded_at: datetime | None
    counted_since: datetime | None
    reason: str | None
    n: int
    """By which it stands in the list: that of its last find."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Uncounted:
    """A thing of the count that nobody has looked at."""

    named: ThingNamed
    book_quantity: int


@dataclass(frozen=True, kw_only=True)
class CountShown:
    """A count with everything in it."""

    count: CountRow
    counted: tuple[CountedThing, ...]
    """The one that was entered last comes first."""
    uncounted: tuple[Uncounted, ...]
    """None once the count is over."""
    why_second: tuple[Why, ...]
    """Why a second person confirms it, as it stands."""

    @property
    def differing(self) -> tuple[CountedThing, ...]:
        return tuple(thing for thing in self.counted if thing.difference)

    @property
    def troubled(self) -> tuple[CountedThing, ...]:
        return tuple(thing for thing in self.counted if thing.trouble is not None)

    def thing(self, lot_uid: str | None, location_uid: str | None) -> CountedThing | None:
        """What was counted of this lot at this place."""
        wanted = (lot_uid, location_uid)
        found = (each for each in self.counted if (each.named.lot_uid, each.named.location_uid) == wanted)
        return next(found, None)


_starter = aliased(Person, name="starter")
_ender = aliased(Person, name="ender")


def stock_counts(
    connection: Connection,
    clinic_id: int,
    *,
    is_open: bool | None = None,
    after: str | None = None,
    limit: int = PAGE_ROWS,
) -> Page[CountRow]:
    """Give the clinic's counts, the newest first; one statement.  Raises CursorUnreadable."""
    statement = _counts(clinic_id)
    if is_open is not None:
        is_so = StockCount.state == CountState.OPEN
        statement = statement.where(is_so if is_open else ~is_so)
    return page_of(connection, statement, StockCount, _show, after=after, limit=limit, newest_first=True)


def stock_count(connection: Connection, clinic_id: int, *, uid: str) -> CountShown:
    """Give a count with what was found, beside the books, and what nobody counted yet.

    In twelve statements at most, however much was counted.  Raises ThingNotFound.
    """
    wanted = _counts(clinic_id).add_columns(
        StockCount.id, StockCount.product_id, StockCount.lot_id, StockCount.location_id
    )
    row = connection.execute(wanted.where(StockCount.uid == uid)).first() if is_uid(uid) else None
    if row is None:
        raise ThingNotFound(thing="count", uid=uid[:40])
    finds = standing_finds(connection, clinic_id, row.id)
    is_open = row.state == CountState.OPEN
    things = reconciled(connection, clinic_id, together(as_finds(finds))) if is_open else ()
    weights = weighed(connection, clinic_id, things)
    differs = any(each.difference for each in things)
    return CountShown(
        count=_show(row),
        counted=_counted(things, weights, finds),
        uncounted=_uncounted(connection, clinic_id, row, finds) if is_open else (),
        why_second=why_second(weights, tolerance(connection, clinic_id)) if differs else (),
    )


def thing_at(connection: Connection, clinic_id: int, *, lot_uid: str, location_uid: str) -> ThingNamed:
    """Give the names of a lot at a place, whether or not the books have any of it there; one statement.

    Raises ThingNotFound.
    """
    row = None
    if is_uid(lot_uid) and is_uid(location_uid):
        same_clinic = Location.clinic_id == Lot.clinic_id
        statement = with_places(select(*NAMES).select_from(Lot).join(Location, same_clinic))
        is_it = (Lot.clinic_id == clinic_id, Lot.uid == lot_uid, Location.uid == location_uid)
        row = connection.execute(statement.where(*is_it)).first()
    if row is None:
        raise ThingNotFound(thing="lot at a place", uid=lot_uid[:40])
    return named_thing(row)


def lying_elsewhere(connection: Connection, clinic_id: int, *, lot_uid: str) -> tuple[Uncounted, ...]:
    """Give where the books have a lot; one statement."""
    statement = _lying().where(Lot.uid == lot_uid)
    rows = connection.execute(statement, {"clinic": clinic_id})
    return tuple(Uncounted(named=named_thing(row), book_quantity=row.quantity) for row in rows)


def _counts(clinic_id: int) -> Any:
    entered = (
        select(func.count())
        .where(
            CountFind.clinic_id == StockCount.clinic_id,
            CountFind.stock_count_id == StockCount.id,
            CountFind.removed_at.is_(None),
        )
        .correlate(StockCount)
        .scalar_subquery()
    )
    of_clinic = StockCount.clinic_id
    return (
        select(
            StockCount.uid,
            StockCount.version,
            StockCount.state,
            StockCount.is_blind,
            Product.uid.label("product_uid"),
            Product.name.label("product_name"),
            Lot.uid.label("lot_uid"),
            Lot.number.label("lot_number"),
            Location.uid.label("location_uid"),
            Location.name.label("location_name"),
            _starter.name.label("started_by"),
            StockCount.created_at.label("started_at"),
            StockCount.updated_at,
            _ender.name.label("ended_by"),
            Stocktake.uid.label("stocktake_uid"),
            entered.label("find_count"),
        )
        .select_from(StockCount)
        .join(_starter, _starter.id == StockCount.started_by_id)
        .outerjoin(_ender, _ender.id == StockCount.ended_by_id)
        .outerjoin(Lot, and_(Lot.clinic_id == of_clinic, Lot.id == StockCount.lot_id))
        .outerjoin(Product, Product.id == func.coalesce(StockCount.product_id, Lot.product_id))
        .outerjoin(Location, and_(Location.clinic_id == of_clinic, Location.id == StockCount.location_id))
        .outerjoin(Stocktake, and_(Stocktake.clinic_id == of_clinic, Stocktake.id == StockCount.stocktake_id))
        .where(of_clinic == clinic_id)
    )


def _show(row: Row[Any]) -> CountRow:
    return CountRow(**{name: row._mapping[name] for name in CountRow.__dataclass_fields__})


def with_places(statement: Any) -> Any:
    """Complete a statement over Lot and Location to one that has NAMES."""
    in_vial = and_(Container.clinic_id == Location.clinic_id, Container.location_id == Location.id)
    stands = and_(STANDS_IN.clinic_id == Container.clinic_id, STANDS_IN.id == Container.stands_in_id)
    return (
        statement.join(Product, Product.id == Lot.product_id)
        .outerjoin(Container, in_vial)
        .outerjoin(STANDS_IN, stands)
    )


def _lying() -> Any:
    """What lies in the clinic of the parameter `clinic`, in the order in which somebody walks along it."""
    is_here = and_(Location.clinic_id == Balance.clinic_id, Location.id == Balance.location_id)
    statement = (
        select(*NAMES, Balance.quantity)
        .select_from(Balance)
        .join(Location, is_here)
        .join(Lot, and_(Lot.clinic_id == Balance.clinic_id, Lot.id == Balance.lot_id))
    )
    place = func.coalesce(STANDS_IN.name, Location.name)
    order = (place, Container.short_code.is_not(None), Product.name, Lot.expires_on, Lot.number, Location.id)
    return with_places(statement).where(in_stock()).order_by(*order)


def named_thing(row: Row[Any]) -> ThingNamed:
    """Give the names in a row that has NAMES."""
    return ThingNamed(**{name: row._mapping[name] for name in ThingNamed.__dataclass_fields__})


def _uncounted(
    connection: Connection, clinic_id: int, count: Row[Any], finds: Sequence[Row[Any]]
) -> tuple[Uncounted, ...]:
    statement = _lying()
    if count.product_id is not None:
        statement = statement.where(Lot.product_id == count.product_id)
    if count.lot_id is not None:
        statement = statement.where(Lot.id == count.lot_id)
    if count.location_id is not None:
        statement = statement.where(
            or_(Location.id == count.location_id, Container.stands_in_id == count.location_id)
        )
    seen = {(row.lot_id, row.location_id) for row in finds}
    rows = connection.execute(statement, {"clinic": clinic_id})
    return tuple(
        Uncounted(named=named_thing(row), book_quantity=row.quantity)
        for row in rows
        if (row.lot_id, row.location_id) not in seen
    )


def _counted(
    things: Sequence[Reconciled], weights: Sequence[Weighed], finds: Sequence[Row[Any]]
) -> tuple[CountedThing, ...]:
    of_place: dict[tuple[int, int], list[Row[Any]]] = {}
    for row in finds:
        of_place.setdefault((row.lot_id, row.location_id), []).append(row)
    found = [
        _thing(each, weight.worth, of_place[each.thing.place])
        for each, weight in zip(things, weights, strict=True)
    ]
    return tuple(sorted(found, key=lambda each: -each.n))


def _thing(each: Reconciled, worth: Worth | None, rows: Sequence[Row[Any]]) -> CountedThing:
    return CountedThing(
        named=named_thing(rows[0]),
        finds=tuple(
            FindRow(**{name: row._mapping[name] for name in FindRow.__dataclass_fields__})
            for row in sorted(rows, key=lambda row: row.counted_at)
        ),
        found_quantity=each.thing.found,
        book_quantity=each.expected,
        difference=each.difference,
        moved_since=each.books.now - each.expected,
        worth=worth,
        trouble=each.trouble,
        discarded_at=each.books.discarded_at,
        counted_since=each.books.counted_at,
        reason=None if each.thing.reason is None else each.thing.reason.value,
        n=max(row.n for row in rows),
    )
