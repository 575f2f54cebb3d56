"""What should a clinic order, reckoned product by product?"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, Connection, and_, bindparam, case, cast, func, select
from sqlalchemy.orm import aliased

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
)
from stockroom.queries.below_minimum import usable_sealed
from stockroom.queries.clinic_day import today_in
from stockroom.queries.suppliers import Offer, offers_of
from stockroom.reads.in_stock import in_stock
from stockroom.reads.journal_position import first_since
from stockroom.reads.purchase_orders import arrived_count
from stockroom.rules.reordering import USE_DAYS, OnOrder, Pack, Shelf, Suggestion, suggest
from stockroom.vocabulary import LocationKind, ProductKind


@dataclass(frozen=True, kw_only=True)
class Reorder:
    """A product, who sells it, and what should be ordered of it."""

    product_uid: str
    name: str
    strength: str
    presentation: str
    base_unit: str
    content_quantity: int
    offer: Offer | None
    """How the preferred supplier sells it; None where nobody is known to."""
    suggestion: Suggestion


def reorder_suggestions(
    connection: Connection, clinic_id: int, *, now: datetime, sister_ids: Iterable[int] = ()
) -> tuple[Reorder, ...]:
    """Give every product of the clinic with what should be ordered of it; none is passed over.

    That is: what has a minimum, lies here, is on order, or was used lately.  What is to be ordered comes
    first, then what has no minimum.  `sister_ids` are the asker's other clinics, whose surplus is shown.
    As many statements for one product as for a thousand: nine, those that find the start of the use in the
    journal (`first_since`), and three for each sister.
    """
    asked = {"clinic": clinic_id, "now": now, "today": today_in(connection, clinic_id, now)}
    products = connection.execute(_products(), asked).all()
    used = _used(connection, clinic_id, now)
    coming = _on_order(connection, clinic_id)
    surplus = _surplus(connection, sister_ids, now)
    concerned = [
        row
        for row in products
        if row.minimum_count is not None or row.lying or row.id in used or row.id in coming
    ]
    offers = offers_of(connection, [row.product_uid for row in concerned])
    found = [
        _reorder(
            row,
            offers.get(row.product_uid),
            used=used.get(row.id, 0),
            coming=tuple(coming.get(row.id, ())),
            surplus=surplus.get(row.id, 0),
        )
        for row in concerned
    ]
    return tuple(sorted(found, key=_rank))


def _rank(each: Reorder) -> tuple[bool, bool, str, str]:
    is_ordered = each.suggestion.suggested_count > 0
    return (not is_ordered, each.suggestion.has_minimum, each.name.casefold(), each.strength)


def _reorder(
    row: Any, offer: Offer | None, *, used: int, coming: tuple[OnOrder, ...], surplus: int
) -> Reorder:
    content = row.content_quantity
    shelf = Shelf(
        usable_count=row.sealed // content,
        promised_count=-(-row.promised // content),
        on_order=coming,
        minimum_count=row.minimum_count,
        target_count=row.target_count,
        used_count=-(-used // content),
        surplus_elsewhere_count=surplus // content,
        opened_quantity=row.opened,
    )
    pack = Pack() if offer is None else Pack(count=offer.pack_count, lead_time_days=offer.lead_time_days)
    return Reorder(
        product_uid=row.product_uid,
        name=row.name,
        strength=row.strength,
        presentation=row.presentation,
        base_unit=row.base_unit,
        content_quantity=content,
        offer=offer,
        suggestion=suggest(shelf, pack),
    )


def _products() -> Any:
    """Every product that may be ordered, with its levels and what lies of it, usable and opened and promised."""
    sealed = usable_sealed()
    is_opened = Location.kind == LocationKind.CONTAINER
    lying = (
        select(
            Balance.product_id,
            _sum(Balance.quantity).label("quantity"),
            _sum(case((is_opened, Balance.quantity), else_=0)).label("opened"),
            _sum(case((is_opened, 0), else_=Balance.allocated)).label("promised"),
        )
        .join(Location, and_(Location.clinic_id == Balance.clinic_id, Location.id == Balance.location_id))
        .where(in_stock())
        .group_by(Balance.product_id)
        .subquery()
    )
    level = and_(StockLevel.clinic_id == bindparam("clinic"), StockLevel.product_id == Product.id)
    return (
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
            func.coalesce(sealed.c.quantity, 0).label("sealed"),
            func.coalesce(lying.c.quantity, 0).label("lying"),
            func.coalesce(lying.c.opened, 0).label("opened"),
            func.coalesce(lying.c.promised, 0).label("promised"),
        )
        .select_from(Product)
        .outerjoin(StockLevel, level)
        .outerjoin(sealed, sealed.c.product_id == Product.id)
        .outerjoin(lying, lying.c.product_id == Product.id)
        .where(Product.kind == ProductKind.MANUFACTURED, Product.archived_at.is_(None))
    )


def _used(connection: Connection, clinic_id: int, now: datetime) -> dict[int, int]:
    """Base units of each product that went to patients or into cocktails lately and were not taken back."""
    since = now - timedelta(days=USE_DAYS)
    reversal = aliased(Line)
    rows = connection.execute(
        select(Lot.product_id, _sum(Line.quantity).label("quantity"))
        .select_from(Movement)
        .join(Line, and_(Line.clinic_id == Movement.clinic_id, Line.movement_id == Movement.id))
        .join(Location, and_(Location.clinic_id == Line.clinic_id, Location.id == Line.to_id))
        .join(Lot, and_(Lot.clinic_id == Line.clinic_id, Lot.id == Line.lot_id))
        .where(
            Movement.clinic_id == clinic_id,
            Movement.seq >= first_since(connection, clinic_id, since),
            Movement.occurred_at >= since,
            Location.kind.in_([LocationKind.PATIENT, LocationKind.COMPOUNDING]),
            Line.reverses_line_id.is_(None),
            ~select(reversal.id)
            .where(reversal.clinic_id == Line.clinic_id, reversal.reverses_line_id == Line.id)
            .exists(),
        )
        .group_by(Lot.product_id)
    )
    return {row.product_id: row.quantity for row in rows}


def _on_order(connection: Connection, clinic_id: int) -> dict[int, list[OnOrder]]:
    """What suppliers still owe the clinic of each product."""
    line = PurchaseOrderLine
    rows = connection.execute(
        select(
            line.product_id,
            (line.pack_count * line.packs_ordered).label("ordered"),
            arrived_count().label("arrived"),
            func.coalesce(line.expected_on, PurchaseOrder.expected_on).label("expected_on"),
            line.none_until,
        )
        .join(
            PurchaseOrder,
            and_(PurchaseOrder.clinic_id == line.clinic_id, PurchaseOrder.id == line.purchase_order_id),
        )
        .where(
            line.clinic_id == clinic_id,
            line.closed_at.is_(None),
            line.removed_at.is_(None),
            PurchaseOrder.ordered_at.is_not(None),
            PurchaseOrder.cancelled_at.is_(None),
        )
    )
    found: dict[int, list[OnOrder]] = defaultdict(list)
    for row in rows:
        owed = max(row.ordered - row.arrived, 0)
        found[row.product_id].append(
            OnOrder(count=owed, expected_on=row.expected_on, none_until=row.none_until)
        )
    return found


def _surplus(connection: Connection, sister_ids: Iterable[int], now: datetime) -> dict[int, int]:
    """Base units that the sisters have usable above their targets; what has no target there is no surplus."""
    total: dict[int, int] = defaultdict(int)
    for sister_id in sister_ids:
        asked = {"clinic": sister_id, "now": now, "today": today_in(connection, sister_id, now)}
        sealed = usable_sealed()
        rows = connection.execute(
            select(sealed.c.product_id, sealed.c.quantity, StockLevel.target_count, Product.content_quantity)
            .join(Product, Product.id == sealed.c.product_id)
            .join(
                StockLevel,
                and_(StockLevel.clinic_id == bindparam("clinic"), StockLevel.product_id == Product.id),
            ),
            asked,
        )
        for row in rows:
            total[row.product_id] += max(row.quantity - row.target_count * row.content_quantity, 0)
    return total


def _sum(column: Any) -> Any:
    return cast(func.sum(column), BigInteger)
