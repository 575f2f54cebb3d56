"""What is on hand, a page at a time: by product, by lot, by place, by the month in which it expires?

Which rows stand on a page is found first, and what is usable only for these: a clinic with thousands of
lots asks no more of a page than one with ten.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Row,
    and_,
    bindparam,
    case,
    cast,
    extract,
    func,
    or_,
    select,
)

from stockroom.models import Balance, Container, Location, Lot, Product, ProductRule, ReceiptLine, StockLevel
from stockroom.queries.clinic_day import NOW, TODAY, today_in
from stockroom.queries.stock import ProductStock
from stockroom.reads.in_stock import in_stock
from stockroom.reads.usable import is_usable, standing, with_facts
from stockroom.vocabulary import CostState, LocationKind, ProductKind

MADE_HERE = "made_here"
"""The kind of goods that a clinic makes itself; every other kind is a regulatory class."""
PRODUCT_ORDERS = ("name", "expiry", "lots")
LOT_ORDERS = ("product", "lot", "expiry")


@dataclass(frozen=True, kw_only=True)
class StockFilter:
    """Which stock is asked for; what is None or empty asks for nothing."""

    text: str = ""
    """Part of a product's name or strength, or of a lot's number, in any case, taken literally."""
    location_uid: str | None = None
    """A place; what stands there opened lies there too."""
    goods: str | None = None
    """A regulatory class, or MADE_HERE."""
    product_uid: str | None = None
    usable_only: bool = False


EVERYTHING = StockFilter()


@dataclass(frozen=True, kw_only=True)
class Part:
    """Which rows of a list, in which order; all of them when `limit` is None."""

    order: str
    descending: bool = False
    offset: int = 0
    limit: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LotInStock:
    """One lot over all its places; quantities in the product's base unit."""

    lot_uid: str
    lot_number: str
    product_uid: str
    product_name: str
    strength: str
    presentation: str
    base_unit: str
    content_quantity: int
    expires_on: date | None
    expires_at: datetime | None
    beyond_use_at: datetime | None
    """A cocktail's own limit; that of an opened container stands with the container."""
    on_hand: int
    usable: int
    allocated: int
    opened: int
    place_count: int
    place_name: str
    """Where it lies, when that is one place; else the first of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceStock:
    """What lies at a place, and stands there opened."""

    location_uid: str
    product_count: int
    lot_count: int
    open_count: int
    unusable_lot_count: int
    earliest_expiry: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthStock:
    """What has a printed expiry in one month, or none; what is over already apart from what is not."""

    year: int | None
    month: int | None
    has_passed: bool
    lot_count: int
    product_count: int
    worth_minor: int
    """Of what has a known price in the clinic's currency, in its minor unit."""
    unpriced_count: int
    """Lots of which no price is known."""


def _total(amount: Any) -> Any:
    """A sum as a whole number: PostgreSQL sums BIGINT as NUMERIC."""
    return cast(func.coalesce(func.sum(amount), 0), BigInteger)


_USABLE = is_usable(now=NOW, today=TODAY)
_OPENED = Location.kind == LocationKind.CONTAINER
_LIMIT = func.coalesce(Lot.expires_on, Lot.expires_at, Lot.beyond_use_at)
"""Days and instants in one order, on SQLite as text and on PostgreSQL as instants."""
_LIES_AT = func.coalesce(standing.name, Location.name)


def _conditions(only: StockFilter) -> Iterator[ColumnElement[bool]]:
    yield in_stock()
    if only.text:
        named = (Product.name, Product.strength, Lot.number)
        yield or_(*(column.icontains(only.text, autoescape=True) for column in named))
    if only.location_uid is not None:
        place = select(Location.id).where(Location.uid == only.location_uid).scalar_subquery()
        yield or_(Balance.location_id == place, Container.stands_in_id == place)
    if only.goods == MADE_HERE:
        yield Product.kind != ProductKind.MANUFACTURED
    elif only.goods is not None:
        yield ProductRule.regulatory_class == only.goods
    if only.product_uid is not None:
        yield Product.uid == only.product_uid
    if only.usable_only:
        yield _USABLE


def _over_stock(columns: list[Any], only: StockFilter) -> Any:
    return with_facts(select(*columns).select_from(Balance)).where(*_conditions(only))


def _asked(connection: Connection, clinic_id: int, now: datetime) -> dict[str, Any]:
    return {"clinic": clinic_id, "now": now, "today": today_in(connection, clinic_id, now)}


def _ordered(statement: Any, key: Any, part: Part, *ties: Any) -> Any:
    last = key.is_(None)
    statement = statement.order_by(last, key.desc() if part.descending else key, *ties)
    return statement if part.limit is None else statement.limit(part.limit).offset(part.offset)


def product_count(connection: Connection, clinic_id: int, *, now: datetime, only: StockFilter) -> int:
    """Count the products in stock; two statements."""
    return _count(connection, clinic_id, now, Product.id, only)


def lot_count(connection: Connection, clinic_id: int, *, now: datetime, only: StockFilter) -> int:
    """Count the lots in stock; two statements."""
    return _count(connection, clinic_id, now, Lot.id, only)


def _count(connection: Connection, clinic_id: int, now: datetime, what: Any, only: StockFilter) -> int:
    counted = _over_stock([func.count(what.distinct())], only)
    return int(connection.execute(counted, _asked(connection, clinic_id, now)).scalar_one())


def products_in_stock(
    connection: Connection, clinic_id: int, *, now: datetime, part: Part, only: StockFilter = EVERYTHING
) -> tuple[ProductStock, ...]:
    """Give products in stock; with a filter only what of them it lets through.  Three statements."""
    asked = _asked(connection, clinic_id, now)
    keys = {
        "name": Product.name,
        "expiry": func.min(Lot.expires_on),
        "lots": func.count(Lot.id.distinct()),
    }
    found = _over_stock([Product.id], only).group_by(Product.id)
    found = _ordered(found, keys[part.order], part, Product.name, Product.strength, Product.id)
    ids = list(connection.execute(found, asked).scalars())
    levels = and_(StockLevel.clinic_id == Balance.clinic_id, StockLevel.product_id == Balance.product_id)
    facts = (
        _over_stock([Product.id, *_product_columns()], only)
        .outerjoin(StockLevel, levels)
        .where(Product.id.in_(bindparam("ids", expanding=True)))
        .group_by(Product.id)
    )
    rows = {row.id: row for row in connection.execute(facts, {**asked, "ids": ids})} if ids else {}
    return tuple(_product(rows[each]) for each in ids if each in rows)


def _product_columns() -> list[Any]:
    return [
        Product.uid.label("product_uid"),
        Product.name,
        Product.strength,
        Product.presentation,
        Product.base_unit,
        Product.content_quantity,
        _total(Balance.quantity).label("on_hand"),
        _total(case((_USABLE, Balance.quantity), else_=0)).label("usable"),
        _total(Balance.allocated).label("allocated"),
        _total(case((_OPENED, Balance.quantity), else_=0)).label("opened"),
        _total(case((and_(_USABLE, ~_OPENED), Balance.quantity), else_=0)).label("usable_sealed"),
        func.min(Lot.expires_on).label("earliest_expiry"),
        func.count(Lot.id.distinct()).label("lot_count"),
        func.max(StockLevel.minimum_count).label("minimum_count"),
    ]


def _product(row: Row[Any]) -> ProductStock:
    values = {name: value for name, value in row._mapping.items() if name not in ("id", "usable_sealed")}
    content = row.content_quantity
    return ProductStock(
        **values,
        sealed_count=(row.on_hand - row.opened) // content,
        usable_sealed_count=row.usable_sealed // content,
    )


def lots_listed(
    connection: Connection, clinic_id: int, *, now: datetime, part: Part, only: StockFilter = EVERYTHING
) -> tuple[LotInStock, ...]:
    """Give lots in stock; with a filter only what of them it lets through.  Three statements."""
    asked = _asked(connection, clinic_id, now)
    keys = {"product": Product.name, "lot": Lot.number, "expiry": _LIMIT}
    found = _over_stock([Lot.id], only).group_by(Lot.id, Product.id)
    found = _ordered(found, keys[part.order], part, Product.name, Lot.number, Lot.id)
    ids = list(connection.execute(found, asked).scalars())
    facts = (
        _over_stock([Lot.id, *_lot_columns()], only)
        .where(Lot.id.in_(bindparam("ids", expanding=True)))
        .group_by(Lot.id, Product.id)
    )
    rows: dict[int, Any] = {}
    for start in range(0, len(ids), _IDS_MAX):
        some = {**asked, "ids": ids[start : start + _IDS_MAX]}
        rows |= {row.id: row for row in connection.execute(facts, some)}
    return tuple(_lot(rows[each]) for each in ids if each in rows)


_IDS_MAX = 5_000
"""How many ids one statement names; an export asks in so many steps."""


def _lot_columns() -> list[Any]:
    return [
        Lot.uid.label("lot_uid"),
        Lot.number.label("lot_number"),
        Product.uid.label("product_uid"),
        Product.name.label("product_name"),
        Product.strength,
        Product.presentation,
        Product.base_unit,
        Product.content_quantity,
        Lot.expires_on,
        Lot.expires_at,
        Lot.beyond_use_at,
        _total(Balance.quantity).label("on_hand"),
        _total(case((_USABLE, Balance.quantity), else_=0)).label("usable"),
        _total(Balance.allocated).label("allocated"),
        _total(case((_OPENED, Balance.quantity), else_=0)).label("opened"),
        func.count(Location.id.distinct()).label("place_count"),
        func.min(_LIES_AT).label("place_name"),
    ]


def _lot(row: Row[Any]) -> LotInStock:
    return LotInStock(**{name: value for name, value in row._mapping.items() if name != "id"})


def stock_by_place(
    connection: Connection, clinic_id: int, *, now: datetime, only: StockFilter = EVERYTHING
) -> dict[str, PlaceStock]:
    """Give what lies at each place that is not empty, by the place's uid; two statements."""
    place = func.coalesce(standing.uid, Location.uid)
    columns = [
        place.label("location_uid"),
        func.count(Product.id.distinct()).label("product_count"),
        func.count(Lot.id.distinct()).label("lot_count"),
        func.count(case((_OPENED, Location.id)).distinct()).label("open_count"),
        func.count(case((_USABLE, None), else_=Lot.id).distinct()).label("unusable_lot_count"),
        func.min(Lot.expires_on).label("earliest_expiry"),
    ]
    rows = connection.execute(_over_stock(columns, only).group_by(place), _asked(connection, clinic_id, now))
    return {row.location_uid: PlaceStock(**row._mapping) for row in rows}


def stock_by_month(
    connection: Connection, clinic_id: int, *, now: datetime, only: StockFilter = EVERYTHING
) -> tuple[MonthStock, ...]:
    """Give what expires month by month, what has passed first and what has no printed expiry last.

    Two statements.  A lot's price is the highest that a delivery of it was booked at.
    """
    cost = (
        select(func.max(ReceiptLine.unit_cost_minor))
        .where(
            ReceiptLine.clinic_id == Balance.clinic_id,
            ReceiptLine.lot_id == Balance.lot_id,
            ReceiptLine.cost_state != CostState.UNKNOWN,
        )
        .correlate(Balance)
        .scalar_subquery()
    )
    worth = Balance.quantity * cost // Product.content_quantity
    passed = func.coalesce(Lot.expires_on < TODAY, False)
    groups = [
        extract("year", Lot.expires_on).label("year"),
        extract("month", Lot.expires_on).label("month"),
        passed.label("has_passed"),
    ]
    columns = [
        *groups,
        func.count(Lot.id.distinct()).label("lot_count"),
        func.count(Product.id.distinct()).label("product_count"),
        _total(worth).label("worth_minor"),
        func.count(case((cost.is_(None), Lot.id)).distinct()).label("unpriced_count"),
    ]
    statement = _over_stock(columns, only).group_by(*groups)
    rows = connection.execute(statement, _asked(connection, clinic_id, now)).all()
    ordered = sorted(rows, key=lambda row: (row.year is None, row.year, row.month, not row.has_passed))
    return tuple(_month(row) for row in ordered)


def _month(row: Row[Any]) -> MonthStock:
    return MonthStock(
        year=None if row.year is None else int(row.year),
        month=None if row.month is None else int(row.month),
        has_passed=bool(row.has_passed),
        lot_count=row.lot_count,
        product_count=row.product_count,
        worth_minor=row.worth_minor,
        unpriced_count=row.unpriced_count,
    )
