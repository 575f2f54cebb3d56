"""What does a delivery in work hold, and which product does each of its lines mean now?"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, ClassVar

from sqlalchemy import Connection, Row, Select, and_, case, func, or_, select

from stockroom.errors import Conflict, Stale, ThingNotFound, extracted
from stockroom.models import Delivery, DeliveryLine, Location, Product, ProductRule, TradeItem
from stockroom.reads.finding import one_by_uid
from stockroom.reads.trade_items import authorised_in
from stockroom.rules.order_matching import Brought, is_free
from stockroom.rules.receiving import ProductFacts
from stockroom.vocabulary import Carry, CodeScheme, DeliveryState, OrderChoice, ProductKind


@dataclass(eq=False, kw_only=True)
class DeliveryOver(Conflict):
    """The delivery was posted or given up."""

    code: ClassVar[str] = "delivery_over"
    message: ClassVar[str] = extracted(
        "This delivery is {state} already. Nothing was changed: look at it, or begin another one."
    )
    delivery: str
    state: str


@dataclass(eq=False, kw_only=True)
class DeliveryChanged(Stale):
    """Somebody scanned or changed something since the delivery was read."""

    code: ClassVar[str] = "delivery_changed"
    message: ClassVar[str] = extracted(
        "Somebody else went on with this delivery meanwhile. Look at it again before you go on."
    )
    delivery: str


@dataclass(eq=False, kw_only=True)
class DeliveryLineStale(Stale):
    """Somebody changed the line, or scanned another pack into it, since it was read."""

    code: ClassVar[str] = "delivery_line_stale"
    message: ClassVar[str] = extracted("Line {line} was changed meanwhile. Look at it again.")
    line: int


def delivery_in_work(connection: Connection, clinic_id: int, uid: str) -> Row[Any]:
    """Give the row of a delivery that is open.  Raises ThingNotFound, DeliveryOver."""
    row = one_by_uid(connection, Delivery, uid, thing="delivery", clinic_id=clinic_id)
    if row.state != DeliveryState.OPEN:
        raise DeliveryOver(delivery=row.uid, state=row.state)
    return row


def line_in_work(connection: Connection, delivery: Row[Any], uid: str, *, version: int) -> Row[Any]:
    """Give the row of a line of this delivery.  Raises ThingNotFound, DeliveryLineStale."""
    row = one_by_uid(connection, DeliveryLine, uid, thing="line of a delivery", clinic_id=delivery.clinic_id)
    if row.delivery_id != delivery.id:
        raise ThingNotFound(thing="line of this delivery", uid=uid)
    if row.version != version or row.removed_at is not None:
        raise DeliveryLineStale(line=row.n)
    return row


_COLUMNS: list[Any] = [
    *DeliveryLine.__table__.columns,
    TradeItem.id.label("trade_item_id"),
    TradeItem.pack_level,
    func.coalesce(TradeItem.presentation_count, 1).label("presentation_count"),
    Product.id.label("meant_id"),
    Product.uid.label("product_uid"),
    Product.name.label("product_name"),
    Product.strength,
    Product.presentation,
    Product.kind.label("product_kind"),
    Product.base_unit,
    Product.content_quantity,
    ProductRule.lot_carry,
    ProductRule.expiry_carry,
    ProductRule.serial_carry,
    ProductRule.authorised_in,
    ProductRule.confirmed_at,
    ProductRule.storage_class,
    Location.uid.label("location_uid"),
    Location.name.label("location_name"),
    Location.kind.label("location_kind"),
    Location.closed_at.label("location_closed_at"),
]


def lines_of(clinic_id: int, delivery_id: int) -> Select[Any]:
    """The lines of a delivery, each with the product that its code names now, else the one that was chosen."""
    by_code = or_(
        and_(TradeItem.scheme == CodeScheme.GTIN, TradeItem.code == DeliveryLine.gtin),
        and_(TradeItem.scheme != CodeScheme.GTIN, TradeItem.code == DeliveryLine.other_code),
    )
    meant = case((TradeItem.product_id.is_not(None), TradeItem.product_id), else_=DeliveryLine.product_id)
    return (
        select(*_COLUMNS)
        .select_from(DeliveryLine)
        .outerjoin(TradeItem, by_code)
        .outerjoin(Product, Product.id == meant)
        .outerjoin(
            ProductRule,
            and_(ProductRule.product_id == Product.id, ProductRule.superseded_at.is_(None)),
        )
        .outerjoin(
            Location,
            and_(Location.clinic_id == DeliveryLine.clinic_id, Location.id == DeliveryLine.location_id),
        )
        .where(
            DeliveryLine.clinic_id == clinic_id,
            DeliveryLine.delivery_id == delivery_id,
            DeliveryLine.removed_at.is_(None),
        )
        .order_by(DeliveryLine.n)
    )


def standing_lines(connection: Connection, clinic_id: int, delivery_id: int) -> tuple[Row[Any], ...]:
    """Give the lines of a delivery that were not taken off; one statement."""
    return tuple(connection.execute(lines_of(clinic_id, delivery_id)).all())


def product_facts(row: Row[Any]) -> ProductFacts | None:
    """Give what receiving must know of a line's product; None while nobody knows which it is."""
    if row.in_doubt or row.product_uid is None or row.product_kind != ProductKind.MANUFACTURED:
        return None
    if row.gtin is not None and row.trade_item_id is None:
        return None
    return ProductFacts(
        product_id=row.meant_id,
        product_uid=row.product_uid,
        name=row.product_name,
        is_manufactured=True,
        content_quantity=row.content_quantity,
        lot_carry=Carry(row.lot_carry),
        expiry_carry=Carry(row.expiry_carry),
        serial_carry=Carry(row.serial_carry),
        authorised_in=authorised_in(row),
    )


def taken_in(row: Row[Any]) -> int:
    """Give how many packs of a line are taken in: what was refused at the door is not."""
    return int(row.pack_count - row.refused_count)


def brought(rows: Iterable[Row[Any]]) -> tuple[Brought, ...]:
    """Give what the lines of a delivery bring, as the rule of matching takes it; unknown codes bring nothing yet."""
    return tuple(
        Brought(
            n=row.n,
            product_id=row.meant_id,
            count=taken_in(row) * row.presentation_count,
            choice=OrderChoice(row.order_choice),
            is_free=is_free(row.cost_state),
        )
        for row in rows
        if product_facts(row) is not None
    )


def named_shortly(rows: Iterable[Row[Any]]) -> tuple[str, ...]:
    """Give each line as a refusal names it: `number: product or unknown code, lot`."""
    return tuple(
        f"{row.n}: {row.product_name or row.gtin or row.other_code or '?'}, {row.lot_number or '-'}"
        for row in rows
    )
