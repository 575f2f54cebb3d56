"""Of which products is there too little, is more on order, where does the rest lie, and what would filling up cost?"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, Connection, and_, bindparam, cast, func, select
from sqlalchemy.orm import aliased

from stockroom.clock import civil_date
from stockroom.models import Balance, Container, Line, Location, Product, ReceiptLine
from stockroom.notices import AlertKind, AlertState
from stockroom.queries.below_minimum import Level, below_minimum
from stockroom.queries.coming import coming_to
from stockroom.queries.standing_alerts import StandingAlert, standing_alerts
from stockroom.reads.clinics import clinic_settings
from stockroom.reads.in_stock import in_stock
from stockroom.rules.low_stock import Coming, Outlook, Supply, outlook
from stockroom.rules.valuing import Worth
from stockroom.vocabulary import CostState

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
    """Whole presentations up to the target, less what is on order."""
    on_order_count: int
    supply: Supply
    due_on: date | None
    """When the next of what is on order can be here; of what is overdue, since when."""
    places: tuple[PlaceOf, ...]
    fill_up_worth: Worth | None
    """What the missing ones would cost at the newest price paid here; None is not known."""
    alert_uid: str | None
    alert_state: AlertState | None
    since: datetime | None
    """When it was first told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelSupplied:
    """A product under its minimum, or without one, and what is on order of it."""

    product_uid: str
    name: str
    strength: str
    presentation: str
    usable_sealed_count: int
    minimum_count: int | None
    target_count: int | None
    supply: Supply | None
    """None where nobody has set a minimum."""
    on_order_count: int
    due_on: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LowCount:
    """How many products are under their minimum, and how many of them are seen to."""

    count: int
    ordered_count: int
    overdue_count: int
    due_on: date | None
    """When the first of what is ordered can be here."""

    @property
    def open_count(self) -> int:
        """Those that nobody has ordered, or not enough of."""
        return self.count - self.ordered_count - self.overdue_count


def low_products(
    connection: Connection, clinic_id: int, *, now: datetime, known: Iterable[Level] | None = None
) -> tuple[LowProduct, ...]:
    """Give the products under their minimum: those that are out first, then those that nobody sees to.

    Seven statements, however many.

    Products without a minimum are not here: `below_minimum` names them; `known` is what it gave, if it was asked.
    """
    every = below_minimum(connection, clinic_id, now=now) if known is None else known
    levels = [row for row in every if row.minimum_count is not None]
    if not levels:
        return ()
    asked = {"clinic": clinic_id, "products": [row.product_uid for row in levels]}
    zone = clinic_settings(connection, clinic_id).time_zone
    coming = coming_to(connection, clinic_id, zone=zone)
    today = civil_date(now, zone)
    places = _places(connection, asked)
    prices = {row.product_uid: row for row in connection.execute(_NEWEST_PRICE, asked)}
    alerts = standing_alerts(connection, clinic_id, kinds=(AlertKind.LOW_STOCK,), now=now)
    rows = (
        _low(
            level,
            places.get(level.product_uid, ()),
            prices.get(level.product_uid),
            alerts.get((AlertKind.LOW_STOCK.value, level.product_uid)),
            _outlook(level, coming.get(level.product_uid, ()), today),
        )
        for level in levels
    )
    return tuple(
        sorted(
            rows,
            key=lambda row: (
                row.usable_sealed_count > 0,
                row.supply is Supply.ORDERED,
                row.name,
                row.strength,
            ),
        )
    )


def levels_supplied(connection: Connection, clinic_id: int, *, now: datetime) -> tuple[LevelSupplied, ...]:
    """Give what `below_minimum` gives, each with what is on order of it; four statements."""
    zone = clinic_settings(connection, clinic_id).time_zone
    coming, today = coming_to(connection, clinic_id, zone=zone), civil_date(now, zone)
    found = []
    for level in below_minimum(connection, clinic_id, now=now):
        own = coming.get(level.product_uid, ())
        seen = _outlook(level, own, today)
        found.append(
            LevelSupplied(
                product_uid=level.product_uid,
                name=level.name,
                strength=level.strength,
                presentation=level.presentation,
                usable_sealed_count=level.usable_sealed_count,
                minimum_count=level.minimum_count,
                target_count=level.target_count,
                supply=None if level.minimum_count is None else seen.supply,
                on_order_count=seen.on_order_count,
                due_on=seen.due_on,
            )
        )
    return tuple(found)


def low_count(connection: Connection, clinic_id: int, *, now: datetime) -> LowCount:
    """Count the products under their minimum by whether somebody sees to them; four statements."""
    zone = clinic_settings(connection, clinic_id).time_zone
    coming, today = coming_to(connection, clinic_id, zone=zone), civil_date(now, zone)
    found = [
        _outlook(level, coming.get(level.product_uid, ()), today)
        for level in below_minimum(connection, clinic_id, now=now)
        if level.minimum_count is not None
    ]
    by = Counter(each.supply for each in found)
    due = [each.due_on for each in found if each.supply is Supply.ORDERED and each.due_on is not None]
    return LowCount(
        count=len(found),
        ordered_count=by[Supply.ORDERED],
        overdue_count=by[Supply.OVERDUE],
        due_on=min(due, default=None),
    )


def _outlook(level: Level, coming: Iterable[Coming], today: date) -> Outlook:
    return outlook(
        usable_count=level.usable_sealed_count,
        minimum_count=level.minimum_count or 0,
        coming=coming,
        today=today,
    )


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


def _low(
    level: Level, places: Iterable[PlaceOf], price: Any, alert: StandingAlert | None, coming: Outlook
) -> LowProduct:
    minimum, target = level.minimum_count or 0, level.target_count or 0
    missing = max(target - level.usable_sealed_count - coming.on_order_count, 0)
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
        on_order_count=coming.on_order_count,
        supply=coming.supply,
        due_on=coming.due_on,
        places=tuple(places),
        fill_up_worth=Worth(minor=missing * price.unit_cost_minor, currency=price.currency)
        if is_priced
        else None,
        alert_uid=alert.uid if alert else None,
        alert_state=alert.state if alert else None,
        since=alert.raised_at if alert else None,
    )
