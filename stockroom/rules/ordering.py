"""Where does an order stand, what is still owed of it, and what may a delivery bring of it?"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import ClassVar

from stockroom.errors import Conflict, Refused, extracted


class OrderState(StrEnum):
    """Where a purchase order stands; computed, never stored."""

    DRAFT = "draft"
    ORDERED = "ordered"
    PART_RECEIVED = "part_received"
    RECEIVED = "received"
    CANCELLED = "cancelled"


@dataclass(eq=False, kw_only=True)
class OrderNotThere(Conflict):
    """What is asked does not fit where the order stands."""

    code: ClassVar[str] = "order_not_there"
    message: ClassVar[str] = extracted(
        "This order is {state}. Nothing was changed: look at it again, or begin another one."
    )
    order: str
    state: str


@dataclass(eq=False, kw_only=True)
class OrderCalledOff(Conflict):
    """Goods came for an order that was cancelled."""

    code: ClassVar[str] = "order_called_off"
    message: ClassVar[str] = extracted(
        "This order was called off, and something of it came all the same. Receive it without the order if it is "
        "kept, or send it back; nothing was booked on the order."
    )
    order: str


@dataclass(eq=False, kw_only=True)
class NotOwed(Conflict):
    """More came than is owed: somebody else may have booked the same delivery against the order."""

    code: ClassVar[str] = "not_owed"
    message: ClassVar[str] = extracted(
        "Of {product} {owed} are still owed on this order and {arrived} are to be booked on it. If somebody else "
        "has booked this delivery already, leave it; if more came than was ordered, say so."
    )
    product: str
    owed: int
    arrived: int


@dataclass(eq=False, kw_only=True)
class OtherProduct(Refused):
    """A line of a receipt is of another product than the line of the order."""

    code: ClassVar[str] = "other_product"
    message: ClassVar[str] = extracted(
        "{arrived} came where {ordered} was ordered. Book it on a line of its own, or send it back."
    )
    ordered: str
    arrived: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ordered:
    """One line of an order, in whole presentations."""

    ordered_count: int
    arrived_count: int
    is_closed: bool
    """Nothing more of it is expected, whether or not all of it came."""

    @property
    def owed_count(self) -> int:
        """What the supplier still owes."""
        return 0 if self.is_closed else max(self.ordered_count - self.arrived_count, 0)

    @property
    def over_count(self) -> int:
        """What came beyond the order."""
        return max(self.arrived_count - self.ordered_count, 0)


def state_of(
    *, ordered_at: datetime | None, cancelled_at: datetime | None, lines: Iterable[Ordered]
) -> OrderState:
    """Say where an order stands.

    What was cancelled after a part of it came is cancelled: the part stands in its receipt.
    """
    if cancelled_at is not None:
        return OrderState.CANCELLED
    if ordered_at is None:
        return OrderState.DRAFT
    every = tuple(lines)
    if not any(line.owed_count for line in every):
        return OrderState.RECEIVED
    return OrderState.PART_RECEIVED if any(line.arrived_count for line in every) else OrderState.ORDERED


def check_state(order: str, state: OrderState, *allowed: OrderState) -> None:
    """Raise OrderNotThere unless the order stands at one of these."""
    if state not in allowed:
        raise OrderNotThere(order=order, state=state.value.replace("_", " "))


def check_arrival(product: str, line: Ordered, arrived: int, *, more_came: bool) -> None:
    """Refuse what is not owed, unless somebody says that more came than was ordered.  Raises NotOwed."""
    if arrived > line.owed_count and not more_came:
        raise NotOwed(product=product, owed=line.owed_count, arrived=arrived)


def due_on(
    *, order_expected_on: date | None, line_expected_on: date | None, none_until: date | None
) -> date | None:
    """Give when a line can be here: its own day before the order's, and no sooner than the supplier has any."""
    days = [day for day in (line_expected_on or order_expected_on, none_until) if day is not None]
    return max(days, default=None)
