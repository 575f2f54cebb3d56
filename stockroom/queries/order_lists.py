"""Which orders has a clinic, what is open first, and which of them are late?"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, case, func, or_, select

from stockroom.models import Person, Product, PurchaseOrder, PurchaseOrderLine, Supplier
from stockroom.queries.finding_by_text import has
from stockroom.queries.paging import PAGE_ROWS, Page, page_of
from stockroom.reads.purchase_orders import as_ordered, lines_of_orders, state_of_rows
from stockroom.rules.ordering import OrderState, due_on
from stockroom.rules.pricing import Priced, Sum, sum_of


class OrderPart(StrEnum):
    """Which orders a list shows."""

    OPEN = "open"
    """Drafts, and what is owed."""
    LATE = "late"
    """What should have been here before today, by what the supplier said last."""
    ALL = "all"


@dataclass(frozen=True, kw_only=True)
class OrderFilter:
    """Which orders are asked for; None or empty asks for nothing."""

    part: OrderPart = OrderPart.ALL
    supplier_uid: str | None = None
    product_uid: str | None = None
    text: str = ""
    """Part of the supplier's name, of the reference, or of the name or code of something on it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedOrder:
    """An order as a list shows it."""

    uid: str
    version: int
    supplier_uid: str
    supplier: str
    reference: str
    state: OrderState
    expected_on: date | None
    due_on: date | None
    """When the first of what is owed can be here."""
    is_late: bool
    started_by: str
    started_at: datetime
    ordered_at: datetime | None
    cancelled_at: datetime | None
    cancel_reason: str
    line_count: int
    ordered_count: int
    """Whole presentations."""
    owed_count: int
    total: Sum


_line = PurchaseOrderLine
_of_order = and_(
    _line.clinic_id == PurchaseOrder.clinic_id,
    _line.purchase_order_id == PurchaseOrder.id,
    _line.removed_at.is_(None),
)


def order_count(connection: Connection, clinic_id: int, *, only: OrderFilter, today: date) -> int:
    """Count the orders of a clinic; one statement."""
    counted = (
        select(func.count())
        .select_from(PurchaseOrder)
        .join(Supplier, Supplier.id == PurchaseOrder.supplier_id)
    )
    return int(connection.execute(counted.where(*_conditions(clinic_id, only, today))).scalar_one())


def orders_listed(
    connection: Connection,
    clinic_id: int,
    *,
    only: OrderFilter,
    today: date,
    offset: int = 0,
    limit: int = PAGE_ROWS,
) -> tuple[ListedOrder, ...]:
    """Give a part of the orders: drafts, then what is owed and due first, then what is over, the newest first.

    Two statements, however many.
    """
    rank, due = _rank(), case((_is_owed(), _first_due()))
    found = connection.execute(
        _orders(clinic_id)
        .where(*_conditions(clinic_id, only, today))
        .order_by(rank, due.is_(None), due, PurchaseOrder.id.desc())
        .offset(offset)
        .limit(limit)
    ).all()
    return _shown(connection, clinic_id, found, today)


def orders_page(
    connection: Connection,
    clinic_id: int,
    *,
    only: OrderFilter,
    today: date,
    after: str | None = None,
    limit: int = PAGE_ROWS,
) -> Page[ListedOrder]:
    """Give the orders, the newest first, a page at a time; two statements.  Raises CursorUnreadable."""
    asked = _orders(clinic_id).where(*_conditions(clinic_id, only, today))
    page: Page[Any] = page_of(
        connection, asked, PurchaseOrder, lambda row: row, after=after, limit=limit, newest_first=True
    )
    return Page(items=_shown(connection, clinic_id, page.items, today), next_cursor=page.next_cursor)


def _orders(clinic_id: int) -> Any:
    return (
        select(
            PurchaseOrder.id,
            PurchaseOrder.uid,
            PurchaseOrder.version,
            Supplier.uid.label("supplier_uid"),
            Supplier.name.label("supplier"),
            PurchaseOrder.reference,
            PurchaseOrder.expected_on,
            Person.name.label("started_by"),
            PurchaseOrder.created_at.label("started_at"),
            PurchaseOrder.ordered_at,
            PurchaseOrder.cancelled_at,
            PurchaseOrder.cancel_reason,
        )
        .join(Supplier, Supplier.id == PurchaseOrder.supplier_id)
        .join(Person, Person.id == PurchaseOrder.started_by_id)
        .where(PurchaseOrder.clinic_id == clinic_id)
    )


def _conditions(clinic_id: int, only: OrderFilter, today: date) -> Iterator[ColumnElement[bool]]:
    yield PurchaseOrder.clinic_id == clinic_id
    if only.part is OrderPart.OPEN:
        yield or_(_is_draft(), _is_owed())
    if only.part is OrderPart.LATE:
        yield and_(_is_owed(), _first_due() < today)
    if only.supplier_uid is not None:
        yield Supplier.uid == only.supplier_uid
    if only.product_uid is not None:
        yield _on_it(Product.uid == only.product_uid)
    if only.text:
        yield or_(
            has(Supplier.name, only.text),
            has(PurchaseOrder.reference, only.text),
            _on_it(or_(has(Product.name, only.text), has(_line.item_code, only.text))),
        )


def _on_it(condition: Any) -> Any:
    return (
        select(_line.id)
        .join(Product, Product.id == _line.product_id)
        .where(_of_order, condition)
        .correlate(PurchaseOrder)
        .exists()
    )


def _rank() -> Any:
    return case((_is_draft(), 0), (_is_owed(), 1), else_=2)


def _is_draft() -> Any:
    return and_(PurchaseOrder.ordered_at.is_(None), PurchaseOrder.cancelled_at.is_(None))


def _is_owed() -> Any:
    """A line is closed as soon as nothing of it is owed, so that none of what came has to be added up."""
    owed = select(_line.id).where(_of_order, _line.closed_at.is_(None)).correlate(PurchaseOrder).exists()
    return and_(PurchaseOrder.ordered_at.is_not(None), PurchaseOrder.cancelled_at.is_(None), owed)


def _first_due() -> Any:
    """`rules.ordering.due_on` of what is owed, the first of it."""
    expected = func.coalesce(_line.expected_on, PurchaseOrder.expected_on)
    is_put_off = or_(expected.is_(None), _line.none_until > expected)
    due = case((and_(_line.none_until.is_not(None), is_put_off), _line.none_until), else_=expected)
    return (
        select(func.min(due))
        .where(_of_order, _line.closed_at.is_(None))
        .correlate(PurchaseOrder)
        .scalar_subquery()
    )


def _shown(
    connection: Connection, clinic_id: int, rows: Sequence[Any], today: date
) -> tuple[ListedOrder, ...]:
    lines: dict[int, list[Any]] = defaultdict(list)
    if rows:
        of_these = _line.purchase_order_id.in_([row.id for row in rows])
        for line in connection.execute(lines_of_orders(clinic_id).where(of_these)):
            lines[line.purchase_order_id].append(line)
    return tuple(_listed(row, lines[row.id], today) for row in rows)


def _listed(row: Any, lines: Sequence[Any], today: date) -> ListedOrder:
    state = state_of_rows(row, lines)
    is_owed = state in (OrderState.ORDERED, OrderState.PART_RECEIVED)
    days = [
        due_on(
            order_expected_on=row.expected_on,
            line_expected_on=line.expected_on,
            none_until=line.none_until,
        )
        for line in lines
        if is_owed and as_ordered(line).owed_count
    ]
    first = min((day for day in days if day is not None), default=None)
    told = {name: value for name, value in row._mapping.items() if name != "id"}
    return ListedOrder(
        **told,
        state=state,
        due_on=first,
        is_late=first is not None and first < today,
        line_count=len(lines),
        ordered_count=sum(as_ordered(line).ordered_count for line in lines),
        owed_count=sum(as_ordered(line).owed_count for line in lines) if is_owed else 0,
        total=sum_of(
            Priced(packs=line.packs_ordered, price_minor=line.price_minor, currency=line.currency)
            for line in lines
        ),
    )
