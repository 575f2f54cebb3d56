"""What can be traced and goes by a text that somebody typed or scanned?

Some of it is a beginning itself: a lot, a container, a cocktail, a session, a patient.  The rest leads to
several beginnings (`trace_beginnings`): a product, supplier, receipt, movement or place to its lots, a person
or a room to its sessions.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, func, literal, or_, select

from stockroom.db.sealing import KeyRing
from stockroom.models import (
    Container,
    Line,
    Location,
    Lot,
    Movement,
    Patient,
    PatientIndex,
    Person,
    Preparation,
    PreparationIngredient,
    Product,
    Receipt,
    ReceiptLine,
    RoleHeld,
    Supplier,
    SupplierItem,
    TradeItem,
    TreatmentSession,
    Usage,
    User,
)
from stockroom.queries.finding_by_text import (
    FoundThing,
    each_kind,
    has,
    lots_numbered,
    places_called,
    preparations_coded,
    products_called,
    sessions_coded,
    shown,
)
from stockroom.queries.paging import is_uid
from stockroom.queries.trace_devices import devices_called
from stockroom.units import QUANTITY_MAX
from stockroom.vocabulary import CodeScheme, LocationKind


def traceable_called(
    connection: Connection, keyring: KeyRing, clinic_id: int, *, text: str
) -> tuple[FoundThing, ...]:
    """Give what can be traced and goes by `text`: a code, number, serial, reference or uid exactly.

    Where nothing does, what has it in its name: products, suppliers, people, places and delivery notes.
    A patient is named by what was typed, never by name.  One statement a kind.
    """
    return each_kind(connection, _exactly(keyring, clinic_id, text)) or each_kind(
        connection, _by_name(clinic_id, text)
    )


def serial_found(connection: Connection, clinic_id: int, *, serial: str) -> tuple[FoundThing, ...]:
    """Give the lot in which a serial came, what it was opened as or mixed into, and the session in which it was used."""
    statements = (
        _lots_of_serial(clinic_id, serial),
        _opened_serial(clinic_id, serial),
        _cocktails_of_serial(clinic_id, serial),
        _sessions_of_serial(clinic_id, serial),
    )
    return each_kind(connection, statements)


def lots_coded(connection: Connection, clinic_id: int, *, code: str, number: str) -> tuple[FoundThing, ...]:
    """Give the lots of the product with this code that have this number, in these letters or others; one statement."""
    coded = select(TradeItem.product_id).where(
        TradeItem.scheme.in_([scheme.value for scheme in CodeScheme]),
        TradeItem.code.in_([code, code.lstrip("0")]),
    )
    return each_kind(connection, (lots_numbered(clinic_id, number).where(Lot.product_id.in_(coded)),))


def _exactly(keyring: KeyRing, clinic_id: int, text: str) -> tuple[Select[Any], ...]:
    code = text.upper()
    statements = [
        _containers(clinic_id, Container.short_code == code),
        preparations_coded(clinic_id, code).where(Preparation.lot_id.is_not(None)),
        lots_numbered(clinic_id, text),
        sessions_coded(clinic_id, code),
        _patients(keyring, text),
        devices_called(clinic_id, text),
        _lots_of_serial(clinic_id, text),
        _opened_serial(clinic_id, text),
        _cocktails_of_serial(clinic_id, text),
        _sessions_of_serial(clinic_id, text),
        _receipts(clinic_id).where(func.lower(Receipt.delivery_note) == func.lower(text)),
        _suppliers().where(
            Supplier.id.in_(select(SupplierItem.supplier_id).where(SupplierItem.item_code == text))
        ),
        places_called(clinic_id, text),
    ]
    if is_uid(text.lower()):
        statements += _by_uid(clinic_id, text.lower())
    number = text.removeprefix("#")
    if number.isascii() and number.isdecimal() and int(number) <= QUANTITY_MAX:
        statements.append(_movements(clinic_id).where(Movement.seq == int(number)))
    return tuple(statements)


def _by_uid(clinic_id: int, uid: str) -> list[Select[Any]]:
    """Whatever has this uid, as files and addresses name it."""
    visit = shown("session", TreatmentSession.uid, TreatmentSession.short_code, TreatmentSession.state)
    lot = shown("lot", Lot.uid, Lot.number, Product.name).join(Product, Product.id == Lot.product_id)
    return [
        lot.where(Lot.clinic_id == clinic_id, Lot.uid == uid),
        visit.where(TreatmentSession.clinic_id == clinic_id, TreatmentSession.uid == uid),
        _movements(clinic_id).where(Movement.uid == uid),
        _receipts(clinic_id).where(Receipt.uid == uid),
    ]


def _by_name(clinic_id: int, text: str) -> tuple[Select[Any], ...]:
    places = shown("location", Location.uid, Location.name, Location.kind).where(
        Location.clinic_id == clinic_id, Location.kind != LocationKind.CONTAINER, has(Location.name, text)
    )
    return (
        products_called(text),
        _suppliers().where(has(Supplier.name, text)).order_by(Supplier.name),
        _people(clinic_id).where(has(Person.name, text)).order_by(Person.name),
        places.order_by(Location.name),
        _receipts(clinic_id).where(has(Receipt.delivery_note, text)).order_by(Receipt.id.desc()),
    )


def _opened_serial(clinic_id: int, serial: str) -> Select[Any]:
    """What the unit of a serial was opened as: a head whose uses are counted leads to every patient so."""
    return _containers(clinic_id, Container.serial == serial)


def _containers(clinic_id: int, which: ColumnElement[bool]) -> Select[Any]:
    """Those that ended too: a code is written on several vials in the course of time."""
    same = and_(Container.clinic_id == Location.clinic_id, Container.location_id == Location.id)
    of_lot = and_(Lot.clinic_id == Container.clinic_id, Lot.id == Container.lot_id)
    return (
        shown("container", Location.uid, Container.short_code, Product.name, at=Container.opened_at)
        .select_from(Container)
        .join(Location, same)
        .join(Lot, of_lot)
        .join(Product, Product.id == Lot.product_id)
        .where(Container.clinic_id == clinic_id, which)
        .order_by(Container.opened_at.desc())
    )


def _lots_of_serial(clinic_id: int, serial: str) -> Select[Any]:
    came = select(ReceiptLine.lot_id).where(ReceiptLine.clinic_id == clinic_id, ReceiptLine.serial == serial)
    return (
        shown("lot", Lot.uid, Lot.number, Product.name)
        .join(Product, Product.id == Lot.product_id)
        .where(Lot.clinic_id == clinic_id, Lot.id.in_(came))
    )


def _cocktails_of_serial(clinic_id: int, serial: str) -> Select[Any]:
    """The finished cocktails into which the unit of a serial went."""
    mixed = select(PreparationIngredient.preparation_id).where(
        PreparationIngredient.clinic_id == clinic_id,
        PreparationIngredient.serial == serial,
        PreparationIngredient.removed_at.is_(None),
    )
    return shown("preparation", Preparation.uid, Preparation.short_code, Preparation.state).where(
        Preparation.clinic_id == clinic_id, Preparation.id.in_(mixed), Preparation.lot_id.is_not(None)
    )


def _sessions_of_serial(clinic_id: int, serial: str) -> Select[Any]:
    used = (
        select(Line.session_id)
        .join(Usage, and_(Usage.clinic_id == Line.clinic_id, Usage.line_id == Line.id))
        .where(Usage.clinic_id == clinic_id, Usage.serial == serial)
    )
    at = TreatmentSession.planned_at
    found = shown("session", TreatmentSession.uid, TreatmentSession.short_code, TreatmentSession.state, at=at)
    return found.where(TreatmentSession.clinic_id == clinic_id, TreatmentSession.id.in_(used))


def _receipts(clinic_id: int) -> Select[Any]:
    return (
        shown(
            "receipt",
            Receipt.uid,
            Receipt.delivery_note,
            func.coalesce(Supplier.name, ""),
            at=Receipt.arrived_at,
        )
        .select_from(Receipt)
        .outerjoin(Supplier, Supplier.id == Receipt.supplier_id)
        .where(Receipt.clinic_id == clinic_id)
    )


def _suppliers() -> Select[Any]:
    return shown("supplier", Supplier.uid, Supplier.name, literal(""))


def _people(clinic_id: int) -> Select[Any]:
    """Those who treated somebody here, or have or had a role here."""
    practised = select(TreatmentSession.practitioner_id).where(TreatmentSession.clinic_id == clinic_id)
    worked = select(RoleHeld.user_id).where(RoleHeld.clinic_id == clinic_id)
    held = select(User.person_id).where(User.id.in_(worked))
    return shown("person", Person.uid, Person.name, Person.profession).where(
        or_(Person.id.in_(practised), Person.id.in_(held))
    )


def _movements(clinic_id: int) -> Select[Any]:
    return shown("movement", Movement.uid, Movement.kind, literal(""), at=Movement.occurred_at).where(
        Movement.clinic_id == clinic_id
    )


def _patients(keyring: KeyRing, text: str) -> Select[Any]:
    token = keyring.blind_index("reference", text)
    referred = select(PatientIndex.patient_id).where(
        PatientIndex.field == "reference", PatientIndex.token == token
    )
    return shown("patient", Patient.uid, literal(text), literal("")).where(
        or_(Patient.short_code == text.upper(), Patient.id.in_(referred))
    )
