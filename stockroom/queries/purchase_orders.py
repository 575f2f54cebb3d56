"""What does one order hold, where does it stand, and what is owed of its lines?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, select
from sqlalchemy.orm import aliased

from stockroom.errors import ThingNotFound
from stockroom.models import Person, PurchaseOrder, PurchaseOrderLine, Supplier
from stockroom.queries.paging import is_uid
from stockroom.reads.purchase_orders import as_ordered, lines_of_orders, state_of_rows
from stockroom.rules.ordering import OrderState, due_on
from stockroom.rules.pricing import Priced, Sum, sum_of

_sent_by = aliased(Person, name="sent_by")
_called_off_by = aliased(Person, name="called_off_by")


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderRow:
    """An order to one supplier."""

    uid: str
    version: int
    supplier_uid: str
    supplier: str
    reference: str
    expected_on: date | None
    started_by: str
    started_at: datetime
    ordered_at: datetime | None
    ordered_by: str | None
    cancelled_at: datetime | None
    cancelled_by: str | None
    cancel_reason: str
    supplier_contact: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderLineRow:
    """One product of an order, in the supplier's packs."""

    uid: str
    n: int
    product_uid: str
    product_name: str
    strength: str
    presentation: str
    item_code: str
    pack_count: int
    packs_ordered: int
    price_minor: int | None
    currency: str | None
    expected_on: date | None
    none_until: date | None
    due_on: date | None
    arrived_count: int
    owed_count: int
    is_closed: bool


@dataclass(frozen=True, kw_only=True)
class OrderShown:
    """An order with its lines."""

    order: OrderRow
    state: OrderState
    lines: tuple[OrderLineRow, ...]

    @property
    def total(self) -> Sum:
        """What all of it costs, as far as prices are known."""
        return sum_of(
            Priced(packs=line.packs_ordered, price_minor=line.price_minor, currency=line.currency)
            for line in self.lines
        )


def purchase_order(connection: Connection, clinic_id: int, *, uid: str) -> OrderShown:
    """Give one order with its lines and where it stands; two statements.  Raises ThingNotFound."""
    wanted = _orders(clinic_id).add_columns(PurchaseOrder.id).where(PurchaseOrder.uid == uid)
    row = connection.execute(wanted).first() if is_uid(uid) else None
    if row is None:
        raise ThingNotFound(thing="order", uid=uid[:40])
    of_order = lines_of_orders(clinic_id).where(PurchaseOrderLine.purchase_order_id == row.id)
    lines = connection.execute(of_order).all()
    return OrderShown(
        order=_show(row),
        state=state_of_rows(row, lines),
        lines=tuple(_line(row, line) for line in lines),
    )


def _orders(clinic_id: int) -> Any:
    return (
        select(
            PurchaseOrder.uid,
            PurchaseOrder.version,
            Supplier.uid.label("supplier_uid"),
            Supplier.name.label("supplier"),
            PurchaseOrder.reference,
            PurchaseOrder.expected_on,
            Person.name.label("started_by"),
            PurchaseOrder.created_at.label("started_at"),
            PurchaseOrder.ordered_at,
            _sent_by.name.label("ordered_by"),
            PurchaseOrder.cancelled_at,
            _called_off_by.name.label("cancelled_by"),
            PurchaseOrder.cancel_reason,
            Supplier.contact.label("supplier_contact"),
        )
        .join(Supplier, Supplier.id == PurchaseOrder.supplier_id)
        .join(Person, Person.id == PurchaseOrder.started_by_id)
        .outerjoin(_sent_by, _sent_by.id == PurchaseOrder.ordered_by_id)
        .outerjoin(_called_off_by, _called_off_by.id == PurchaseOrder.cancelled_by_id)
        .where(PurchaseOrder.clinic_id == clinic_id)
    )


def _show(row: Row[Any]) -> OrderRow:
    return OrderRow(**{name: row._mapping[name] for name in OrderRow.__dataclass_fields__})


def _line(order: Row[Any], line: Row[Any]) -> OrderLineRow:
    ordered = as_ordered(line)
    computed: dict[str, Any] = {
        "due_on": due_on(
            order_expected_on=order.expected_on,
            line_expected_on=line.expected_on,
            none_until=line.none_until,
        ),
        "arrived_count": ordered.arrived_count,
        "owed_count": ordered.owed_count,
        "is_closed": ordered.is_closed,
    }
    told = {name: line._mapping[name] for name in OrderLineRow.__dataclass_fields__ if name not in computed}
    return OrderLineRow(**told, **computed)
