"""How is it written down that an order was sent, called off, or put off by the supplier?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from stockroom.actor import Actor
from stockroom.clock import civil_date
from stockroom.db.store import Store
from stockroom.db.transaction import Work
from stockroom.errors import InvalidValue
from stockroom.ledger.acts import Act, perform
from stockroom.ledger.order_rows import OrderWritten, change_order_line_row, change_order_row, note_answer
from stockroom.reads.clinics import clinic_settings
from stockroom.reads.purchase_orders import order_at
from stockroom.rules.ordering import OrderState, check_state
from stockroom.vocabulary import Action

_OWED = (OrderState.ORDERED, OrderState.PART_RECEIVED)
TEXT_LONGEST = 200


@dataclass(frozen=True, kw_only=True)
class PlaceOrder:
    """The order was sent; a person has done that, never the machine."""

    order_uid: str
    version: int
    """The version that was sent: nothing is ordered that nobody has seen."""
    reference: str = ""
    """By which the supplier knows it."""
    expected_on: date | None = None


@dataclass(frozen=True, kw_only=True)
class CancelOrder:
    order_uid: str
    version: int
    reason: str


@dataclass(frozen=True, kw_only=True)
class ExpectLine:
    """What the supplier says of a line: when it comes, until when there is none, whether the rest comes at all."""

    order_uid: str
    line_uid: str
    version: int
    """The version of the order that was read."""
    expected_on: date | None = None
    none_until: date | None = None
    rest_is_coming: bool = True
    words: str = ""
    """What it said; needed where the rest is not coming."""


def place_order(store: Store, command: PlaceOrder, *, actor: Actor, key: str, now: datetime) -> OrderWritten:
    """Write down that a draft was sent.  Raises ThingNotFound, OrderChanged, OrderNotThere, InvalidValue."""
    return perform(
        store,
        Act(kind="order.place", action=Action.ORDER),
        command=command,
        body=lambda work: _place(work, command),
        answer=OrderWritten,
        actor=actor,
        key=key,
        now=now,
    )


def cancel_order(
    store: Store, command: CancelOrder, *, actor: Actor, key: str, now: datetime
) -> OrderWritten:
    """Call off what did not come yet; what came stands in its receipts.

    Raises ThingNotFound, OrderChanged, OrderNotThere, InvalidValue.
    """
    return perform(
        store,
        Act(kind="order.cancel", action=Action.ORDER),
        command=command,
        body=lambda work: _cancel(work, command),
        answer=OrderWritten,
        actor=actor,
        key=key,
        now=now,
    )


def expect_line(store: Store, command: ExpectLine, *, actor: Actor, key: str, now: datetime) -> OrderWritten:
    """Say what the supplier said of a line that is still owed, or that was said not to come and comes after all.

    Raises ThingNotFound, OrderChanged, OrderNotThere, InvalidValue.
    """
    return perform(
        store,
        Act(kind="order.expect", action=Action.ORDER),
        command=command,
        body=lambda work: _expect(work, command),
        answer=OrderWritten,
        actor=actor,
        key=key,
        now=now,
    )


def _place(work: Work, command: PlaceOrder) -> OrderWritten:
    order = order_at(work.connection, work.clinic_id, command.order_uid, version=command.version)
    check_state(order.row.uid, order.state, OrderState.DRAFT)
    if not order.lines:
        raise InvalidValue(field="lines", problem="put something on the order first")
    _check_text("reference", command.reference)
    _check_days(work, expected_on=command.expected_on)
    version = change_order_row(
        work,
        order.row,
        reference=command.reference.strip(),
        expected_on=command.expected_on,
        ordered_at=work.recorded_at,
        ordered_by_id=work.actor.person_id,
    )
    work.payload.update(order=order.row.uid, lines=len(order.lines), expected_on=command.expected_on)
    return OrderWritten(order_uid=order.row.uid, version=version)


def _cancel(work: Work, command: CancelOrder) -> OrderWritten:
    order = order_at(work.connection, work.clinic_id, command.order_uid, version=command.version)
    check_state(order.row.uid, order.state, OrderState.DRAFT, *_OWED)
    if not command.reason.strip():
        raise InvalidValue(field="reason", problem="say why")
    _check_text("reason", command.reason)
    version = change_order_row(
        work,
        order.row,
        cancelled_at=work.recorded_at,
        cancelled_by_id=work.actor.person_id,
        cancel_reason=command.reason.strip(),
    )
    work.payload.update(order=order.row.uid)
    return OrderWritten(order_uid=order.row.uid, version=version)


def _expect(work: Work, command: ExpectLine) -> OrderWritten:
    order = order_at(work.connection, work.clinic_id, command.order_uid, version=command.version)
    check_state(order.row.uid, order.state, *_OWED, OrderState.RECEIVED)
    line = order.line(command.line_uid)
    words = command.words.strip()
    _check_text("words", words)
    if not (command.rest_is_coming or words):
        raise InvalidValue(field="words", problem="say why the rest is not coming")
    _check_days(work, expected_on=command.expected_on, none_until=command.none_until)
    owes_nothing = line.arrived_count >= line.pack_count * line.packs_ordered
    if command.rest_is_coming and owes_nothing:
        raise InvalidValue(field="rest_is_coming", problem="all of it came")
    change_order_line_row(
        work,
        line,
        expected_on=command.expected_on,
        none_until=command.none_until,
        closed_at=None if command.rest_is_coming else line.closed_at or work.recorded_at,
    )
    note_answer(
        work,
        line,
        expected_on=command.expected_on,
        none_until=command.none_until,
        rest_is_coming=command.rest_is_coming,
        words=words,
    )
    work.payload.update(
        order=order.row.uid,
        line=line.uid,
        expected_on=command.expected_on,
        none_until=command.none_until,
        rest_is_coming=command.rest_is_coming,
    )
    return OrderWritten(order_uid=order.row.uid, version=change_order_row(work, order.row))


def _check_text(field: str, text: str) -> None:
    if len(text) > TEXT_LONGEST:
        raise InvalidValue(field=field, problem=f"at most {TEXT_LONGEST} characters")


def _check_days(work: Work, **days: date | None) -> None:
    zone = clinic_settings(work.connection, work.clinic_id).time_zone
    today = civil_date(work.now, zone)
    for field, day in days.items():
        if day is not None and day < today:
            raise InvalidValue(field=field, problem="the day lies in the past")
