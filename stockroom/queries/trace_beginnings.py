"""Where may a trace begin that is asked of something that is no lot and no session?

Of a product, supplier, receipt, movement or place: with each of its lots.  Of a person or a room: with each
of its sessions; of a person also with each lot that he or she received or moved outside of them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, Connection, and_, case, cast, func, or_, select

from stockroom.db.transaction import CHANGES
from stockroom.errors import ThingNotFound
from stockroom.ledger.trace_lines import NEWEST
from stockroom.models import (
    Balance,
    Container,
    JournalEntry,
    Line,
    Location,
    Lot,
    Movement,
    Person,
    Product,
    Receipt,
    ReceiptLine,
    Supplier,
    TreatmentSession,
)
from stockroom.queries.finding_by_text import has
from stockroom.queries.paging import is_uid


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """What the trace was asked of."""

    kind: str
    id: int
    uid: str
    name: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LotToTrace:
    """A lot that a trace may begin with."""

    uid: str
    number: str
    product_name: str
    strength: str
    product_uid: str
    presentation: str
    content_quantity: int
    base_unit: str
    expires_on: date | None
    expires_at: datetime | None
    beyond_use_at: datetime | None
    on_hand: int
    """Base units in this clinic, over all places."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionToTrace:
    """A session that a trace may begin with; its patient is not named."""

    uid: str
    short_code: str
    state: str
    planned_at: datetime
    room: str | None
    practitioner: str | None


@dataclass(frozen=True, kw_only=True)
class Beginnings:
    """A page of the lots or sessions, the newest first, and how many there are in all."""

    of: Named
    count: int
    lots: tuple[LotToTrace, ...] = ()
    sessions: tuple[SessionToTrace, ...] = ()


def lots_to_trace(
    connection: Connection, clinic_id: int, *, kind: str, uid: str, text: str = "", offset: int, limit: int
) -> Beginnings:
    """Give the clinic's lots of a product, supplier, receipt, movement or place; three statements.

    `text` narrows them to numbers and products that have it.  Raises ThingNotFound.
    """
    of = _named(connection, clinic_id, kind, uid)
    which = _LOTS[kind](clinic_id, of.id)
    if text:
        which = and_(which, or_(has(Lot.number, text), has(Product.name, text)))
    found = _lots(clinic_id).where(which)
    return Beginnings(
        of=of,
        count=_count(connection, found),
        lots=tuple(
            LotToTrace(**row._mapping)
            for row in connection.execute(found.order_by(Lot.id.desc()).offset(offset).limit(limit))
        ),
    )


def sessions_to_trace(
    connection: Connection, clinic_id: int, *, kind: str, uid: str, text: str = "", offset: int, limit: int
) -> Beginnings:
    """Give the clinic's sessions in a room, or of a person who treated or booked in them; three statements.

    `text` narrows them to a session's code.  Raises ThingNotFound.
    """
    of = _named(connection, clinic_id, kind, uid)
    which = _SESSIONS[kind](clinic_id, of)
    if text:
        which = and_(which, TreatmentSession.short_code == text.upper())
    found = _sessions(clinic_id).where(which)
    newest = found.order_by(TreatmentSession.planned_at.desc(), TreatmentSession.id.desc())
    return Beginnings(
        of=of,
        count=_count(connection, found),
        sessions=tuple(
            SessionToTrace(**row._mapping) for row in connection.execute(newest.offset(offset).limit(limit))
        ),
    )


def lots_led_to(
    connection: Connection, clinic_id: int, *, kind: str, uid: str, as_of: datetime = NEWEST
) -> tuple[int, ...]:
    """Give the keys of all the clinic's lots that a thing leads to, a place to those that lay there at an instant;
    two statements.  Raises ThingNotFound.
    """
    thing = _named(connection, clinic_id, kind, uid).id
    lay_then = kind == "location" and as_of != NEWEST
    which = _lay_at(clinic_id, thing, as_of) if lay_then else _LOTS[kind](clinic_id, thing)
    return tuple(connection.execute(select(Lot.id).where(Lot.clinic_id == clinic_id, which)).scalars())


def sessions_led_to(connection: Connection, clinic_id: int, *, kind: str, uid: str) -> tuple[int, ...]:
    """Give the keys of all the clinic's sessions that a thing leads to; two statements.  Raises ThingNotFound."""
    which = _SESSIONS[kind](clinic_id, _named(connection, clinic_id, kind, uid))
    found = select(TreatmentSession.id).where(TreatmentSession.clinic_id == clinic_id, which)
    return tuple(connection.execute(found).scalars())


def lots_moved_by(connection: Connection, clinic_id: int, *, uid: str, as_of: datetime) -> tuple[int, ...]:
    """Give the keys of the clinic's lots that a person had received, mixed or moved without a session by an
    instant; one statement.
    """
    moved = _booked_by(Line.lot_id, clinic_id, uid).where(
        Line.session_id.is_(None), Movement.recorded_at <= as_of
    )
    return tuple(connection.execute(moved.distinct()).scalars())


def _count(connection: Connection, rows: Any) -> int:
    return int(connection.execute(select(func.count()).select_from(rows.subquery())).scalar_one())


def _named(connection: Connection, clinic_id: int, kind: str, uid: str) -> Named:
    wanted = _NAMES.get(kind)
    row = connection.execute(wanted(clinic_id, uid)).first() if wanted is not None and is_uid(uid) else None
    if row is None:
        raise ThingNotFound(thing=kind[:40], uid=uid[:40])
    return Named(kind=kind, **row._mapping)


def _columns(id_: Any, uid: Any, name: Any, detail: Any) -> Any:
    return select(id_.label("id"), uid.label("uid"), name.label("name"), detail.label("detail"))


def _product(_clinic_id: int, uid: str) -> Any:
    return _columns(Product.id, Product.uid, Product.name, Product.strength).where(Product.uid == uid)


def _supplier(_clinic_id: int, uid: str) -> Any:
    return _columns(Supplier.id, Supplier.uid, Supplier.name, Supplier.contact).where(Supplier.uid == uid)


def _person(_clinic_id: int, uid: str) -> Any:
    return _columns(Person.id, Person.uid, Person.name, Person.profession).where(Person.uid == uid)


def _receipt(clinic_id: int, uid: str) -> Any:
    shown = _columns(Receipt.id, Receipt.uid, Receipt.delivery_note, func.coalesce(Supplier.name, ""))
    of = shown.select_from(Receipt).outerjoin(Supplier, Supplier.id == Receipt.supplier_id)
    return of.where(Receipt.clinic_id == clinic_id, Receipt.uid == uid)


def _movement(clinic_id: int, uid: str) -> Any:
    shown = _columns(Movement.id, Movement.uid, Movement.kind, Movement.reason)
    return shown.where(Movement.clinic_id == clinic_id, Movement.uid == uid)


def _location(clinic_id: int, uid: str) -> Any:
    shown = _columns(Location.id, Location.uid, Location.name, Location.kind)
    return shown.where(Location.clinic_id == clinic_id, Location.uid == uid)


_NAMES: dict[str, Callable[[int, str], Any]] = {
    "product": _product,
    "supplier": _supplier,
    "receipt": _receipt,
    "movement": _movement,
    "location": _location,
    "room": _location,
    "person": _person,
}


def _of_product(_clinic_id: int, product_id: int) -> Any:
    return Lot.product_id == product_id


def _of_supplier(clinic_id: int, supplier_id: int) -> Any:
    receipt = and_(Receipt.clinic_id == ReceiptLine.clinic_id, Receipt.id == ReceiptLine.receipt_id)
    came = select(ReceiptLine.lot_id).join(Receipt, receipt)
    return Lot.id.in_(came.where(ReceiptLine.clinic_id == clinic_id, Receipt.supplier_id == supplier_id))


def _of_receipt(clinic_id: int, receipt_id: int) -> Any:
    came = select(ReceiptLine.lot_id)
    return Lot.id.in_(came.where(ReceiptLine.clinic_id == clinic_id, ReceiptLine.receipt_id == receipt_id))


def _of_movement(clinic_id: int, movement_id: int) -> Any:
    moved = select(Line.lot_id).where(Line.clinic_id == clinic_id, Line.movement_id == movement_id)
    return Lot.id.in_(moved)


def _lying_at(clinic_id: int, location_id: int) -> Any:
    """What lies there, or stands there opened."""
    stands = select(Container.location_id).where(
        Container.clinic_id == clinic_id, Container.stands_in_id == location_id
    )
    here = or_(Balance.location_id == location_id, Balance.location_id.in_(stands))
    return Lot.id.in_(
        select(Balance.lot_id).where(Balance.clinic_id == clinic_id, Balance.quantity > 0, here)
    )


def _lay_at(clinic_id: int, location_id: int, as_of: datetime) -> Any:
    """What lay there by the books of an instant, of what ever did; or in an opened vial that stands there now."""
    places = select(Container.location_id).where(
        Container.clinic_id == clinic_id, Container.stands_in_id == location_id
    )
    ever = select(Balance.lot_id).where(
        Balance.clinic_id == clinic_id,
        or_(Balance.location_id == location_id, Balance.location_id.in_(places)),
    )
    here, gone = (or_(end == location_id, end.in_(places)) for end in (Line.to_id, Line.from_id))
    moved = case((and_(here, ~gone), Line.quantity), (and_(gone, ~here), -Line.quantity), else_=0)
    return Lot.id.in_(
        select(Line.lot_id)
        .join(Movement, and_(Movement.clinic_id == Line.clinic_id, Movement.id == Line.movement_id))
        .where(Line.clinic_id == clinic_id, Line.lot_id.in_(ever), Movement.recorded_at <= as_of)
        .group_by(Line.lot_id)
        .having(func.sum(moved) > 0)
    )


_LOTS: dict[str, Callable[[int, int], Any]] = {
    "product": _of_product,
    "supplier": _of_supplier,
    "receipt": _of_receipt,
    "movement": _of_movement,
    "location": _lying_at,
}
"""Which lots a thing of each kind leads to."""


def _in_room(_clinic_id: int, room: Named) -> Any:
    return TreatmentSession.room_id == room.id


def _booked_by(column: Any, clinic_id: int, person_uid: str) -> Any:
    """What a column says of the lines that somebody booked: from the person's entries on."""
    movement = and_(Movement.clinic_id == Line.clinic_id, Movement.id == Line.movement_id)
    acted = and_(JournalEntry.clinic_id == Movement.clinic_id, JournalEntry.seq == Movement.seq)
    return (
        select(column)
        .select_from(JournalEntry)
        .join(Movement, acted)
        .join(Line, movement)
        .where(
            JournalEntry.actor_uid == person_uid,
            JournalEntry.clinic_id == clinic_id,
            JournalEntry.stream == CHANGES,
        )
    )


def _of_person(clinic_id: int, person: Named) -> Any:
    """Where she treated, or booked something: her entries of the journal are found by her name."""
    booked = _booked_by(Line.session_id, clinic_id, person.uid).where(Line.session_id.is_not(None))
    return or_(TreatmentSession.practitioner_id == person.id, TreatmentSession.id.in_(booked))


_SESSIONS: dict[str, Callable[[int, Named], Any]] = {"room": _in_room, "person": _of_person}
"""Which sessions a thing of each kind leads to."""

LEADS_TO_LOTS = frozenset(_LOTS)
LEADS_TO_SESSIONS = frozenset(_SESSIONS)


def _lots(clinic_id: int) -> Any:
    on_hand = (
        select(func.coalesce(cast(func.sum(Balance.quantity), BigInteger), 0))
        .where(Balance.clinic_id == clinic_id, Balance.lot_id == Lot.id)
        .correlate(Lot)
        .scalar_subquery()
    )
    return (
        select(
            Lot.uid,
            Lot.number,
            Product.name.label("product_name"),
            Product.strength,
            Product.uid.label("product_uid"),
            Product.presentation,
            Product.content_quantity,
            Product.base_unit,
            Lot.expires_on,
            Lot.expires_at,
            Lot.beyond_use_at,
            on_hand.label("on_hand"),
        )
        .select_from(Lot)
        .join(Product, Product.id == Lot.product_id)
        .where(Lot.clinic_id == clinic_id)
    )


def _sessions(clinic_id: int) -> Any:
    room = and_(Location.clinic_id == TreatmentSession.clinic_id, Location.id == TreatmentSession.room_id)
    return (
        select(
            TreatmentSession.uid,
            TreatmentSession.short_code,
            TreatmentSession.state,
            TreatmentSession.planned_at,
            Location.name.label("room"),
            Person.name.label("practitioner"),
        )
        .select_from(TreatmentSession)
        .outerjoin(Location, room)
        .outerjoin(Person, Person.id == TreatmentSession.practitioner_id)
        .where(TreatmentSession.clinic_id == clinic_id)
    )
