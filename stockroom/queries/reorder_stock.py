"""What has a clinic of each product that may be ordered, what did it use lately, and what stands on drafts?"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import BigInteger, Connection, and_, bindparam, case, cast, func, select
from sqlalchemy.orm import aliased

from stockroom.db.columns import UTCDateTime
from stockroom.db.compiled_once import Once
from stockroom.models import (
    Balance,
    Line,
    Location,
    Lot,
    Movement,
    Product,
    PurchaseOrder,
    PurchaseOrderLine,
    StockLevel,
    Supplier,
)
from stockroom.queries.below_minimum import usable_sealed
from stockroom.queries.clinic_day import today_in
from stockroom.reads.in_stock import in_stock
from stockroom.reads.journal_position import first_since
from stockroom.rules.reordering import USE_DAYS
from stockroom.vocabulary import LocationKind, ProductKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Drafted:
    """What a draft asks for of a product: it is not on order before somebody sends it."""

    order_uid: str
    supplier: str
    packs: int
    count: int
    """Whole presentations."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A product with its levels, and what a clinic has of it in base units."""

    id: int
    product_uid: str
    name: str
    strength: str
    presentation: str
    base_unit: str
    content_quantity: int
    minimum_count: int | None
    target_count: int | None
    sealed: int
    """Usable and sealed."""
    lying: int
    """Everything, usable or not."""
    opened: int
    """Left in opened containers."""
    promised: int
    """Allocated of what is sealed."""


def held(connection: Connection, clinic_id: int, *, now: datetime) -> tuple[Held, ...]:
    """Give every product that may be ordered, with its levels and what lies of it; four statements.

    They are put together here: a planner that has not counted the tables yet (PostgreSQL, minutes after an import)
    would add up all of the stock anew for each product.
    """
    asked = {"clinic": clinic_id, "now": now, "today": today_in(connection, clinic_id, now)}
    sealed = {row.product_id: row.quantity for row in _sealed().all(connection, asked)}
    lying = {row.product_id: row for row in _lying().all(connection, asked)}
    return tuple(
        _held(row, sealed.get(row.id, 0), lying.get(row.id)) for row in _products().all(connection, asked)
    )


def _held(row: Any, sealed: int, lying: Any | None) -> Held:
    return Held(
        **row._asdict(),
        sealed=sealed,
        lying=0 if lying is None else lying.quantity,
        opened=0 if lying is None else lying.opened,
        promised=0 if lying is None else lying.promised,
    )


def used(connection: Connection, clinic_id: int, *, now: datetime) -> dict[int, int]:
    """Base units of each product that went to patients or into cocktails in the last USE_DAYS and stayed there.

    One statement, and those that find the beginning in the journal.
    """
    since = now - timedelta(days=USE_DAYS)
    asked = {"clinic": clinic_id, "since": since, "first": first_since(connection, clinic_id, since)}
    return {row.product_id: row.quantity for row in _used().all(connection, asked)}


def drafted(connection: Connection, clinic_id: int) -> dict[int, list[Drafted]]:
    """What drafts ask for of each product; one statement."""
    found: dict[int, list[Drafted]] = defaultdict(list)
    for row in _drafted().all(connection, {"clinic": clinic_id}):
        found[row.product_id].append(
            Drafted(
                order_uid=row.uid,
                supplier=row.name,
                packs=row.packs_ordered,
                count=row.packs_ordered * row.pack_count,
            )
        )
    return found


@cache
def _products() -> Once:
    level = and_(StockLevel.clinic_id == bindparam("clinic"), StockLevel.product_id == Product.id)
    return Once(
        select(
            Product.id,
            Product.uid.label("product_uid"),
            Product.name,
            Product.strength,
            Product.presentation,
            Product.base_unit,
            Product.content_quantity,
            StockLevel.minimum_count,
            StockLevel.target_count,
        )
        .select_from(Product)
        .outerjoin(StockLevel, level)
        .where(Product.kind == ProductKind.MANUFACTURED, Product.archived_at.is_(None))
    )


@cache
def _sealed() -> Once:
    sealed = usable_sealed()
    return Once(select(sealed.c.product_id, sealed.c.quantity))


@cache
def _lying() -> Once:
    is_opened = Location.kind == LocationKind.CONTAINER
    return Once(
        select(
            Balance.product_id,
            _sum(Balance.quantity).label("quantity"),
            _sum(case((is_opened, Balance.quantity), else_=0)).label("opened"),
            _sum(case((is_opened, 0), else_=Balance.allocated)).label("promised"),
        )
        .join(Location, and_(Location.clinic_id == Balance.clinic_id, Location.id == Balance.location_id))
        .where(in_stock())
        .group_by(Balance.product_id)
    )


@cache
def _used() -> Once:
    reversal = aliased(Line)
    return Once(
        select(Lot.product_id, _sum(Line.quantity).label("quantity"))
        .select_from(Movement)
        .join(Line, and_(Line.clinic_id == Movement.clinic_id, Line.movement_id == Movement.id))
        .join(Location, and_(Location.clinic_id == Line.clinic_id, Location.id == Line.to_id))
        .join(Lot, and_(Lot.clinic_id == Line.clinic_id, Lot.id == Line.lot_id))
        .where(
            Movement.clinic_id == bindparam("clinic"),
            Movement.seq >= bindparam("first"),
            Movement.occurred_at >= bindparam("since", type_=UTCDateTime()),
            Location.kind.in_([LocationKind.PATIENT, LocationKind.COMPOUNDING]),
            Line.reverses_line_id.is_(None),
            ~select(reversal.id)
            .where(reversal.clinic_id == Line.clinic_id, reversal.reverses_line_id == Line.id)
            .exists(),
        )
        .group_by(Lot.product_id)
    )


@cache
def _drafted() -> Once:
    line = PurchaseOrderLine
    return Once(
        select(line.product_id, PurchaseOrder.uid, Supplier.name, line.packs_ordered, line.pack_count)
        .join(
            PurchaseOrder,
            and_(PurchaseOrder.clinic_id == line.clinic_id, PurchaseOrder.id == line.purchase_order_id),
        )
        .join(Supplier, Supplier.id == PurchaseOrder.supplier_id)
        .where(
            line.clinic_id == bindparam("clinic"),
            line.closed_at.is_(None),
            line.removed_at.is_(None),
            PurchaseOrder.ordered_at.is_(None),
            PurchaseOrder.cancelled_at.is_(None),
        )
        .order_by(PurchaseOrder.id)
    )


def _sum(column: Any) -> Any:
    return cast(func.sum(column), BigInteger)
