"""What is on hand, of which product and lot, where, and until when?"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any

from msgspec import Struct
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Select,
    and_,
    bindparam,
    case,
    cast,
    func,
    select,
    union_all,
)
from sqlalchemy.orm import aliased

from stockroom.db.among import among
from stockroom.db.compiled_once import Once
from stockroom.models import (
    Balance,
    Container,
    Location,
    Lot,
    Product,
    StockLevel,
)
from stockroom.queries.clinic_day import NOW, TODAY, today_in
from stockroom.reads.in_stock import in_stock
from stockroom.reads.usable import is_usable, standing, with_facts
from stockroom.vocabulary import LocationKind


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductStock:
    """One product's stock in a clinic; quantities in its base unit."""

    product_uid: str
    name: str
    strength: str
    presentation: str
    base_unit: str
    content_quantity: int
    on_hand: int
    usable: int
    allocated: int
    opened: int
    """Base units that lie in opened containers."""
    sealed_count: int
    """Whole presentations at shelves."""
    usable_sealed_count: int
    earliest_expiry: date | None
    lot_count: int
    minimum_count: int | None


class LotHere(Struct, frozen=True, kw_only=True):
    """A lot at one place."""

    lot_uid: str
    lot_number: str
    product_uid: str
    product_name: str
    strength: str
    base_unit: str
    content_quantity: int
    expires_on: date | None
    expires_at: datetime | None
    beyond_use_at: datetime | None
    location_uid: str
    location_name: str
    location_kind: str
    container_code: str | None
    standing_name: str | None
    """Where the container stands; None for what lies at a shelf."""
    quantity: int
    allocated: int
    is_usable: bool


# Built once: building a statement costs more than running it.


def _total(amount: Any) -> Any:
    """A sum as a whole number: PostgreSQL sums BIGINT as NUMERIC."""
    return cast(func.coalesce(func.sum(amount), 0), BigInteger)


@cache
def _by_product() -> Once:
    usable = is_usable(now=NOW, today=TODAY)
    in_container = Location.kind == LocationKind.CONTAINER
    usable_sealed = and_(usable, ~in_container)
    levels = and_(StockLevel.clinic_id == Balance.clinic_id, StockLevel.product_id == Balance.product_id)
    statement: Select[Any] = with_facts(
        select(
            Product.uid.label("product_uid"),
            Product.name,
            Product.strength,
            Product.presentation,
            Product.base_unit,
            Product.content_quantity,
            _total(Balance.quantity).label("on_hand"),
            _total(case((usable, Balance.quantity), else_=0)).label("usable"),
            _total(Balance.allocated).label("allocated"),
            _total(case((in_container, Balance.quantity), else_=0)).label("opened"),
            _total(case((in_container, 0), else_=Balance.quantity)).label("sealed"),
            _total(case((usable_sealed, Balance.quantity), else_=0)).label("usable_sealed"),
            func.min(Lot.expires_on).label("earliest_expiry"),
            func.count(Lot.id.distinct()).label("lot_count"),
            func.max(StockLevel.minimum_count).label("minimum_count"),
        ).select_from(Balance)
    )
    return Once(
        statement.outerjoin(StockLevel, levels)
        .where(in_stock())
        .group_by(Product.id)
        .order_by(Product.name, Product.strength, Product.id)
    )


def _lot_columns() -> list[Any]:
    return [
        Lot.uid.label("lot_uid"),
        Lot.number.label("lot_number"),
        Product.uid.label("product_uid"),
        Product.name.label("product_name"),
        Product.strength,
        Product.base_unit,
        Product.content_quantity,
        Lot.expires_on,
        Lot.expires_at,
        Lot.beyond_use_at.label("lot_beyond_use_at"),
        Container.beyond_use_at.label("container_beyond_use_at"),
        Location.uid.label("location_uid"),
        Location.name.label("location_name"),
        Location.kind.label("location_kind"),
        Container.short_code.label("container_code"),
        standing.name.label("standing_name"),
        Balance.quantity,
        Balance.allocated,
    ]


def in_place() -> ColumnElement[bool]:
    """It lies in the place of the parameter `location` (a uid), or in a container that stands there.

    For a statement over Balance of what is in stock in the clinic of the parameter `clinic`.  Which places
    these are is asked once, so that nothing is looked up for what lies elsewhere.
    """
    place, lying, holder = aliased(Location), aliased(Balance), aliased(Container)
    named = select(place.id).where(place.clinic_id == bindparam("clinic"), place.uid == bindparam("location"))
    stand_there = (
        select(lying.location_id)
        .outerjoin(holder, and_(holder.clinic_id == lying.clinic_id, holder.location_id == lying.location_id))
        .where(in_stock(lying), func.coalesce(holder.stands_in_id, 0) == named.scalar_subquery())
    )
    return Balance.location_id.in_(union_all(named, stand_there))


_NARROWED: dict[str, Callable[[], ColumnElement[bool]]] = {
    "location": in_place,
    "product": lambda: (
        Balance.product_id == select(Product.id).where(Product.uid == bindparam("product")).scalar_subquery()
    ),
    "lots": lambda: Balance.lot_id.in_(select(Lot.id).where(among(Lot.uid, "lots"))),
    "lot": lambda: Balance.lot_id == select(Lot.id).where(Lot.uid == bindparam("lot")).scalar_subquery(),
}


@cache
def _lots_here(named: frozenset[str]) -> Once:
    usable = is_usable(now=NOW, today=TODAY)
    statement: Select[Any] = with_facts(
        select(*_lot_columns(), usable.label("is_usable")).select_from(Balance)
    )
    conditions = [_NARROWED[name]() for name in sorted(named)]
    return Once(
        statement.where(in_stock(), *conditions).order_by(
            Lot.expires_on.is_(None), Lot.expires_on, Product.name, Lot.number, Location.id
        )
    )


def stock_by_product(connection: Connection, clinic_id: int, *, now: datetime) -> tuple[ProductStock, ...]:
    """Give every product with stock in the clinic, by name; two statements."""
    asked = {"clinic": clinic_id, "now": now, "today": today_in(connection, clinic_id, now)}
    return tuple(_product_stock(row) for row in _by_product().all(connection, asked))


def lots_in_stock(
    connection: Connection,
    clinic_id: int,
    *,
    now: datetime,
    location_uid: str | None = None,
    product_uid: str | None = None,
    lot_uid: str | None = None,
) -> tuple[LotHere, ...]:
    """Give every lot at every place, what expires first at the top; of one place, product or lot where named.

    A container that stands in the place named counts as lying there.  Two statements.
    """
    uids = {"location": location_uid, "product": product_uid, "lot": lot_uid}
    named = {name: uid for name, uid in uids.items() if uid is not None}
    asked = {"clinic": clinic_id, "now": now, "today": today_in(connection, clinic_id, now)}
    rows = _lots_here(frozenset(named)).all(connection, asked | named)
    return tuple(_lot_here(row) for row in rows)


def stock_of_lot(
    connection: Connection, clinic_id: int, *, now: datetime, lot_uid: str
) -> tuple[LotHere, ...]:
    """Give where a lot lies; empty when nothing is left of it.  Two statements."""
    return lots_in_stock(connection, clinic_id, now=now, lot_uid=lot_uid)


def stock_of_lots(
    connection: Connection, clinic_id: int, *, now: datetime, lot_uids: Collection[str]
) -> tuple[LotHere, ...]:
    """Give where several lots lie, what expires first at the top; two statements, none for no lot."""
    if not lot_uids:
        return ()
    asked = {"clinic": clinic_id, "now": now, "today": today_in(connection, clinic_id, now)}
    rows = _lots_here(frozenset({"lots"})).all(connection, asked | {"lots": tuple(lot_uids)})
    return tuple(_lot_here(row) for row in rows)


def _lot_here(row: Any) -> LotHere:
    values = row._asdict()
    usable = values.pop("is_usable")
    lot_limit, container_limit = values.pop("lot_beyond_use_at"), values.pop("container_beyond_use_at")
    if lot_limit is None or container_limit is None:
        limit = lot_limit or container_limit
    else:
        limit = min(lot_limit, container_limit)
    return LotHere(**values, beyond_use_at=limit, is_usable=bool(usable))


def _product_stock(row: Any) -> ProductStock:
    return ProductStock(
        product_uid=row.product_uid,
        name=row.name,
        strength=row.strength,
        presentation=row.presentation,
        base_unit=row.base_unit,
        content_quantity=row.content_quantity,
        on_hand=row.on_hand,
        usable=row.usable,
        allocated=row.allocated,
        opened=row.opened,
        sealed_count=row.sealed // row.content_quantity,
        usable_sealed_count=row.usable_sealed // row.content_quantity,
        earliest_expiry=row.earliest_expiry,
        lot_count=row.lot_count,
        minimum_count=row.minimum_count,
    )
