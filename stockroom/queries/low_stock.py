"""Of which products is there too little, since when, where does the rest lie, and what would filling up cost?"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Connection, and_, bindparam, cast, func, select
from sqlalchemy.orm import aliased

from stockroom.models import Balance, Container, Line, Location, Product, ReceiptLine
from stockroom.queries.below_minimum import Level, below_minimum
from stockroom.queries.standing_alerts import StandingAlert, standing_alerts
from stockroom.reads.in_stock import in_stock
from stockroom.rules.valuing import Worth
from stockroom.vocabulary import AlertKind, AlertState, CostState

_standing = aliased(Location, name="standing")
_reversal = aliased(Line, name="reversal")


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceOf:
    """How much of a product lies at a place, usable or not; an opened container counts where it stands."""

    place: str
    quantity: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LowProduct:
    """A product of which fewer whole presentations are usable than its minimum says."""

    product_uid: str
    name: str
    strength: str
    presentation: str
    base_unit: str
    content_quantity: int
    usable_sealed_count: int
    minimum_count: int
    target_count: int
    missing_count: int
    """Whole presentations up to the target."""
    places: tuple[PlaceOf, ...]
    fill_up_worth: Worth | None
    """What the missing ones would cost at the newest price paid here; None is not known."""
    alert_uid: str | None
    alert_state: AlertState | None
    since: datetime | None
    """When it was first told."""


def low_products(
    connection: Connection, clinic_id: int, *, now: datetime, known: Iterable[Level] | None = None
) -> tuple[LowProduct, ...]:
    """Give the products under their minimum, those that are out first; five statements, however many.

    Products without a minimum are not here: `below_minimum` names them; `known` is what it gave, if it was asked.
    """
    every = below_minimum(connection, clinic_id, now=now) if known is None else known
    levels = [row for row in every if row.minimum_count is not None]
    if not levels:
        return ()
    asked = {"clinic": clinic_id, "products": [row.product_uid for row in levels]}
    places = _places(connection, asked)
    prices = {row.product_uid: row for row in connection.execute(_NEWEST_PRICE, asked)}
    alerts = standing_alerts(connection, clinic_id, kinds=(AlertKind.LOW_STOCK,), now=now)
    rows = (
        _low(
            level,
            places.get(level.product_uid, ()),
            prices.get(level.product_uid),
            alerts.get((AlertKind.LOW_STOCK.value, level.product_uid)),
        )
        for level in levels
    )
    return tuple(sorted(rows, key=lambda row: (row.usable_sealed_count > 0, row.name, row.strength)))


_PLACES: Any = (
    select(
        Product.uid.label("product_uid"),
        func.coalesce(_standing.name, Location.name).label("place"),
        cast(func.sum(Balance.quantity), BigInteger).label("quantity"),
    )
    .select_from(Balance)
    .join(Product, Product.id == Balance.product_id)
    .join(Location, and_(Location.clinic_id == Balance.clinic_id, Location.id == Balance.location_id))
    .outerjoin(
        Container,
        and_(Container.clinic_id == Balance.clinic_id, Container.location_id == Balance.location_id),
    )
    .outerjoin(
        _standing, and_(_standing.clinic_id == Container.clinic_id, _standing.id == Container.stands_in_id)
    )
    .where(in_stock(), Product.uid.in_(bindparam("products", expanding=True)))
    .group_by(Product.uid, func.coalesce(_standing.name, Location.name))
    .order_by(func.coalesce(_standing.name, Location.name))
)
_PRICED: Any = (
    select(
        Product.uid.label("product_uid"),
        Product.base_unit,
        Product.content_quantity,
        ReceiptLine.unit_cost_minor,
        ReceiptLine.currency,
        func.row_number().over(partition_by=Product.id, order_by=ReceiptLine.id.desc()).label("newest"),
    )
    .select_from(Product)
    .outerjoin(
        ReceiptLine,
        and_(
            ReceiptLine.clinic_id == bindparam("clinic"),
            ReceiptLine.cost_state == CostState.PRICED,
            ReceiptLine.lot_id.in_(
                select(Balance.lot_id)
                .where(Balance.clinic_id == bindparam("clinic"), Balance.product_id == Product.id)
                .correlate(Product)
            ),
            ~select(_reversal.id)
            .where(
                _reversal.clinic_id == ReceiptLine.clinic_id,
                _reversal.reverses_line_id == ReceiptLine.line_id,
            )
            .correlate(ReceiptLine)
            .exists(),
        ),
    )
    .where(Product.uid.in_(bindparam("products", expanding=True)))
    .subquery()
)
_NEWEST_PRICE: Any = select(_PRICED).where(_PRICED.c.newest == 1)


def _places(connection: Connection, asked: dict[str, Any]) -> dict[str, list[PlaceOf]]:
    found: dict[str, list[PlaceOf]] = defaultdict(list)
    for row in connection.execute(_PLACES, asked):
        found[row.product_uid].append(PlaceOf(place=row.place, quantity=row.quantity))
    return found


def _low(level: Level, places: Iterable[PlaceOf], price: Any, alert: StandingAlert | None) -> LowProduct:
    minimum, target = level.minimum_count or 0, level.target_count or 0
    missing = max(target - level.usable_sealed_count, 0)
    is_priced = price.unit_cost_minor is not None
    return LowProduct(
        product_uid=level.product_uid,
        name=level.name,
        strength=level.strength,
        presentation=level.presentation,
        base_unit=price.base_unit,
        content_quantity=price.content_quantity,
        usable_sealed_count=level.usable_sealed_count,
        minimum_count=minimum,
        target_count=target,
        missing_count=missing,
        places=tuple(places),
        fill_up_worth=Worth(minor=missing * price.unit_cost_minor, currency=price.currency)
        if is_priced
        else None,
        alert_uid=alert.uid if alert else None,
        alert_state=alert.state if alert else None,
        since=alert.raised_at if alert else None,
    )
