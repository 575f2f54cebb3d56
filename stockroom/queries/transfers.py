"""What is on its way between this clinic and others, and what became of it?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, func, or_, select
from sqlalchemy.orm import aliased

from stockroom.errors import ThingNotFound
from stockroom.models import Clinic, Lot, Person, Product, Transfer, TransferLine
from stockroom.queries.paging import PAGE_ROWS, Page, is_uid, page_of

_sender = aliased(Clinic, name="sender")
_receiver = aliased(Clinic, name="receiver")
_sent_by = aliased(Person, name="sent_by")
_taken_in_by = aliased(Person, name="taken_in_by")
_sent = aliased(Lot, name="sent")
_became = aliased(Lot, name="became")
_received = aliased(Lot, name="received")


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferRow:
    """A transfer document; both clinics see it."""

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


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferLineRow:
    """One lot of the document, by the number and expiry it has in the sender's books now."""

    number: int
    product_uid: str
    product_name: str
    strength: str
    presentation: str
    base_unit: str
    content_quantity: int
    lot_number: str
    from_lot_uid: str
    """The lot in the sender's books as it stands now; `to_lot_uid` in the receiver's, once it arrived."""
    to_lot_uid: str | None
    expires_on: date | None
    expires_at: datetime | None
    dispatched_quantity: int
    arrived_quantity: int
    short_quantity: int
    broken_quantity: int


@dataclass(frozen=True, kw_only=True)
class TransferShown:
    """A transfer document with its lines."""

    transfer: TransferRow
    lines: tuple[TransferLineRow, ...]


def transfers(
    connection: Connection,
    clinic_id: int,
    *,
    state: str | None = None,
    after: str | None = None,
    limit: int = PAGE_ROWS,
) -> Page[TransferRow]:
    """Give the transfers from and to the clinic, the newest first; one statement.  Raises CursorUnreadable."""
    statement = _transfers(clinic_id)
    if state is not None:
        statement = statement.where(Transfer.state == state)
    return page_of(connection, statement, Transfer, _show, after=after, limit=limit, newest_first=True)


def transfer(connection: Connection, clinic_id: int, *, uid: str) -> TransferShown:
    """Give one transfer from or to the clinic with its lines; two statements.  Raises ThingNotFound."""
    found = (
        connection.execute(_transfers(clinic_id).where(Transfer.uid == uid)).one_or_none()
        if is_uid(uid)
        else None
    )
    if found is None:
        raise ThingNotFound(thing="transfer", uid=uid[:40])
    lines = connection.execute(_lines(uid))
    return TransferShown(transfer=_show(found), lines=tuple(TransferLineRow(**row._mapping) for row in lines))


def _transfers(clinic_id: int) -> Any:
    return (
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
        )
        .select_from(Transfer)
        .join(_sender, _sender.id == Transfer.from_clinic_id)
        .join(_receiver, _receiver.id == Transfer.to_clinic_id)
        .join(_sent_by, _sent_by.id == Transfer.dispatched_by_id)
        .outerjoin(_taken_in_by, _taken_in_by.id == Transfer.arrived_by_id)
        .where(or_(Transfer.from_clinic_id == clinic_id, Transfer.to_clinic_id == clinic_id))
    )


def _lines(uid: str) -> Any:
    return (
        select(
            TransferLine.n.label("number"),
            Product.uid.label("product_uid"),
            Product.name.label("product_name"),
            Product.strength,
            Product.presentation,
            Product.base_unit,
            Product.content_quantity,
            _became.number.label("lot_number"),
            _became.uid.label("from_lot_uid"),
            _received.uid.label("to_lot_uid"),
            _became.expires_on,
            _became.expires_at,
            TransferLine.dispatched_quantity,
            TransferLine.arrived_quantity,
            TransferLine.short_quantity,
            TransferLine.broken_quantity,
        )
        .select_from(TransferLine)
        .join(Transfer, Transfer.id == TransferLine.transfer_id)
        .join(Product, Product.id == TransferLine.product_id)
        .join(_sent, _sent.id == TransferLine.from_lot_id)
        .join(_became, _became.id == func.coalesce(_sent.superseded_by_id, _sent.id))
        .outerjoin(_received, _received.id == TransferLine.to_lot_id)
        .where(Transfer.uid == uid)
        .order_by(TransferLine.n)
    )


def _show(row: Row[Any]) -> TransferRow:
    return TransferRow(**row._mapping)
