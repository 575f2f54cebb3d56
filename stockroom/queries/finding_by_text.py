"""What in this clinic goes by a text that somebody typed: a short code, a lot number, a product's name?"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Select, and_, func, literal, or_, select

from stockroom.db.sealing import KeyRing
from stockroom.models import (
    Container,
    Location,
    Lot,
    LotAlias,
    Patient,
    PatientIndex,
    Preparation,
    Product,
    Receipt,
    ReceiptLine,
    TreatmentSession,
)
from stockroom.vocabulary import ContainerState, LocationKind

FOUND_MAX = 20
"""Of each kind; more than these is a text to be made longer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundThing:
    """Something that goes by the text."""

    kind: str
    """container, preparation, location, lot, product, session or patient."""
    uid: str
    name: str
    detail: str


def things_called(connection: Connection, clinic_id: int, *, text: str) -> tuple[FoundThing, ...]:
    """Give what goes by `text`: codes and lot numbers exactly, products by a part of the name.

    One statement a kind.  A lot number in capitals or without any is another lot and is given too, as itself.
    """
    statements = (
        _containers(clinic_id, text.upper()),
        _preparations(clinic_id, text.upper()),
        _locations(clinic_id, text),
        _lots(clinic_id, text),
        _sessions(clinic_id, text.upper()),
        _products(text),
    )
    return _each_kind(connection, statements)


def _each_kind(connection: Connection, statements: Iterable[Select[Any]]) -> tuple[FoundThing, ...]:
    return tuple(
        FoundThing(**row._mapping)
        for statement in statements
        for row in connection.execute(statement.limit(FOUND_MAX))
    )


def _shown(kind: str, uid: Any, name: Any, detail: Any) -> Select[Any]:
    return select(literal(kind).label("kind"), uid.label("uid"), name.label("name"), detail.label("detail"))


def _containers(clinic_id: int, code: str) -> Select[Any]:
    same = (Container.clinic_id == Location.clinic_id) & (Container.location_id == Location.id)
    of_lot = (Lot.clinic_id == Container.clinic_id) & (Lot.id == Container.lot_id)
    return (
        _shown("container", Location.uid, Container.short_code, Product.name)
        .select_from(Container)
        .join(Location, same)
        .join(Lot, of_lot)
        .join(Product, Product.id == Lot.product_id)
        .where(
            Container.clinic_id == clinic_id,
            Container.short_code == code,
            Container.state == ContainerState.OPEN,
        )
    )


def _preparations(clinic_id: int, code: str) -> Select[Any]:
    return _shown("preparation", Preparation.uid, Preparation.short_code, Preparation.state).where(
        Preparation.clinic_id == clinic_id, Preparation.short_code == code
    )


def _locations(clinic_id: int, text: str) -> Select[Any]:
    return _shown("location", Location.uid, Location.name, Location.kind).where(
        Location.clinic_id == clinic_id,
        Location.kind != LocationKind.CONTAINER,
        (Location.short_code == text.upper()) | (func.lower(Location.name) == text.lower()),
    )


def _lots(clinic_id: int, text: str) -> Select[Any]:
    numbers = sorted({text, text.upper(), text.lower()})
    once = select(LotAlias.lot_id).where(LotAlias.clinic_id == clinic_id, LotAlias.number.in_(numbers))
    return (
        _shown("lot", Lot.uid, Lot.number, Product.name)
        .join(Product, Product.id == Lot.product_id)
        .where(Lot.clinic_id == clinic_id, or_(Lot.number.in_(numbers), Lot.id.in_(once)))
        .order_by(Lot.number != text, Product.name)
    )


def _has(text: str) -> Any:
    """True of a product whose name has `text` in it."""
    pattern = "%" + text.replace("\\", "\\\\").replace("%", r"\%").replace("_", r"\_") + "%"
    return Product.name.ilike(pattern, escape="\\")


def _products(text: str) -> Select[Any]:
    return (
        _shown("product", Product.uid, Product.name, Product.strength)
        .where(_has(text))
        .order_by(Product.name, Product.strength)
    )


def traceable_called(
    connection: Connection, keyring: KeyRing, clinic_id: int, *, text: str
) -> tuple[FoundThing, ...]:
    """Give what can be traced and goes by `text`: a container, cocktail, lot, session, or a patient's reference.

    Where nothing does, the lots that came with a delivery note of this number, and those of the products
    whose name has it, the latest first.  A patient is named by what was typed, never by name.  One statement a kind.
    """
    return _each_kind(connection, _named_so(keyring, clinic_id, text)) or _each_kind(
        connection, (_lots_delivered(clinic_id, text), _lots_of_products(clinic_id, text))
    )


def _named_so(keyring: KeyRing, clinic_id: int, text: str) -> tuple[Select[Any], ...]:
    return (
        _containers(clinic_id, text.upper()),
        _preparations(clinic_id, text.upper()),
        _lots(clinic_id, text),
        _sessions(clinic_id, text.upper()),
        _patients(keyring, text),
    )


def _lots_delivered(clinic_id: int, delivery_note: str) -> Select[Any]:
    came = (
        select(ReceiptLine.lot_id)
        .join(Receipt, and_(Receipt.clinic_id == ReceiptLine.clinic_id, Receipt.id == ReceiptLine.receipt_id))
        .where(ReceiptLine.clinic_id == clinic_id, Receipt.delivery_note == delivery_note)
    )
    return _lots_latest_first(clinic_id).where(Lot.id.in_(came))


def _lots_of_products(clinic_id: int, text: str) -> Select[Any]:
    return _lots_latest_first(clinic_id).where(_has(text))


def _lots_latest_first(clinic_id: int) -> Select[Any]:
    return (
        _shown("lot", Lot.uid, Lot.number, Product.name)
        .join(Product, Product.id == Lot.product_id)
        .where(Lot.clinic_id == clinic_id)
        .order_by(Lot.id.desc())
    )


def _sessions(clinic_id: int, code: str) -> Select[Any]:
    return _shown("session", TreatmentSession.uid, TreatmentSession.short_code, TreatmentSession.state).where(
        TreatmentSession.clinic_id == clinic_id, TreatmentSession.short_code == code
    )


def _patients(keyring: KeyRing, text: str) -> Select[Any]:
    token = keyring.blind_index("reference", text)
    referred = select(PatientIndex.patient_id).where(
        PatientIndex.field == "reference", PatientIndex.token == token
    )
    return _shown("patient", Patient.uid, literal(text), literal("")).where(
        (Patient.short_code == text.upper()) | Patient.id.in_(referred)
    )
