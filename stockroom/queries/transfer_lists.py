"""Which transfers does a clinic see, a page at a time?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, func, or_, select
from sqlalchemy.orm import aliased

from stockroom.models import Clinic, Person, Product, Transfer, TransferLine
from stockroom.vocabulary import TransferState

_sender = aliased(Clinic, name="sender")
_receiver = aliased(Clinic, name="receiver")
_sent_by = aliased(Person, name="sent_by")
_taken_in_by = aliased(Person, name="taken_in_by")


@dataclass(frozen=True, kw_only=True)
class TransferFilter:
    """Which transfers are asked for; None or empty asks for nothing."""

    state: TransferState | None = None
    way: str | None = None
    """in: to this clinic; out: from it."""
    text: str = ""
    """Part of a product's name, of a lot's number or of the other clinic's name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedTransfer:
    """A transfer as a list shows it."""

    uid: str
    state: str
    from_clinic_uid: str
    from_clinic: str
    to_clinic_uid: str
    to_clinic: str
    dispatched_at: datetime
    dispatched_by: str
    arrived_at: datetime | None
    arrived_by: str | None
    line_count: int


def transfer_count(connection: Connection, clinic_id: int, *, only: TransferFilter) -> int:
    """Count the transfers from and to the clinic; one statement."""
    counted = (
        select(func.count())
        .select_from(Transfer)
        .join(_sender, _sender.id == Transfer.from_clinic_id)
        .join(_receiver, _receiver.id == Transfer.to_clinic_id)
    )
    return int(connection.execute(counted.where(*_conditions(clinic_id, only))).scalar_one())


def transfers_listed(
    connection: Connection,
    clinic_id: int,
    *,
    only: TransferFilter,
    newest_first: bool = True,
    offset: int = 0,
    limit: int,
) -> tuple[ListedTransfer, ...]:
    """Give the transfers from and to the clinic, the newest first or last; one statement."""
    lines = (
        select(func.count())
        .select_from(TransferLine)
        .where(TransferLine.transfer_id == Transfer.id)
        .correlate(Transfer)
        .scalar_subquery()
    )
    rows = connection.execute(
        select(
            Transfer.uid,
            Transfer.state,
            _sender.uid.label("from_clinic_uid"),
            _sender.name.label("from_clinic"),
            _receiver.uid.label("to_clinic_uid"),
            _receiver.name.label("to_clinic"),
            Transfer.dispatched_at,
            _sent_by.name.label("dispatched_by"),
            Transfer.arrived_at,
            _taken_in_by.name.label("arrived_by"),
            lines.label("line_count"),
        )
        .select_from(Transfer)
        .join(_sender, _sender.id == Transfer.from_clinic_id)
        .join(_receiver, _receiver.id == Transfer.to_clinic_id)
        .join(_sent_by, _sent_by.id == Transfer.dispatched_by_id)
        .outerjoin(_taken_in_by, _taken_in_by.id == Transfer.arrived_by_id)
        .where(*_conditions(clinic_id, only))
        .order_by(Transfer.id.desc() if newest_first else Transfer.id)
        .limit(limit)
        .offset(offset)
    )
    return tuple(ListedTransfer(**row._mapping) for row in rows)


def _conditions(clinic_id: int, only: TransferFilter) -> Iterator[ColumnElement[bool]]:
    goes, comes = Transfer.from_clinic_id == clinic_id, Transfer.to_clinic_id == clinic_id
    yield goes if only.way == "out" else comes if only.way == "in" else or_(goes, comes)
    if only.state is not None:
        yield Transfer.state == only.state
    if only.text:
        yield or_(_holds(only.text), *(
            clinic.name.icontains(only.text, autoescape=True) for clinic in (_sender, _receiver)
        ))  # fmt: skip


def _holds(text: str) -> Any:
    return (
        select(TransferLine.id)
        .join(Product, Product.id == TransferLine.product_id)
        .where(
            TransferLine.transfer_id == Transfer.id,
            or_(
                Product.name.icontains(text, autoescape=True),
                TransferLine.lot_number.icontains(text, autoescape=True),
            ),
        )
        .correlate(Transfer)
        .exists()
    )
