"""What in this clinic goes by a text that somebody typed: a short code, a lot number, a product's name?"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, func, literal, select, union
from sqlalchemy.orm import aliased

from stockroom.models import (
    Container,
    Location,
    Lot,
    LotAlias,
    Preparation,
    Product,
    TreatmentSession,
)
from stockroom.vocabulary import ContainerState, LocationKind

FOUND_MAX = 20
"""Of each kind; more than these is a text to be made longer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundThing:
    """Something that goes by the text."""

    kind: str
    """container, preparation, location, lot, product or session; of a trace also those of `finding_for_trace`."""
    uid: str
    name: str
    detail: str
    at: datetime | None = None
    """When it was opened or planned, where that tells two of one name apart."""


def things_called(connection: Connection, clinic_id: int, *, text: str) -> tuple[FoundThing, ...]:
    """Give what goes by `text`: codes and lot numbers exactly, products by a part of the name.

    One statement a kind.  A lot number in capitals or without any is another lot and is given too, as itself.
    """
    statements = (
        _containers(clinic_id, text.upper()),
        preparations_coded(clinic_id, text.upper()),
        places_called(clinic_id, text),
        lots_numbered(clinic_id, text),
        sessions_coded(clinic_id, text.upper()),
        products_called(text),
    )
    return each_kind(connection, statements)


def each_kind(connection: Connection, statements: Iterable[Select[Any]]) -> tuple[FoundThing, ...]:
    """Give what each statement finds, at most FOUND_MAX of a kind."""
    return tuple(
        FoundThing(**row._mapping)
        for statement in statements
        for row in connection.execute(statement.limit(FOUND_MAX))
    )


def shown(kind: str, uid: Any, name: Any, detail: Any, *, at: Any = None) -> Select[Any]:
    """A statement that gives FoundThings."""
    columns = [literal(kind).label("kind"), uid.label("uid"), name.label("name"), detail.label("detail")]
    return select(*columns) if at is None else select(*columns, at.label("at"))


def _containers(clinic_id: int, code: str) -> Select[Any]:
    same = (Container.clinic_id == Location.clinic_id) & (Container.location_id == Location.id)
    of_lot = (Lot.clinic_id == Container.clinic_id) & (Lot.id == Container.lot_id)
    return (
        shown("container", Location.uid, Container.short_code, Product.name)
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


def preparations_coded(clinic_id: int, code: str) -> Select[Any]:
    """The cocktail with this code."""
    return shown("preparation", Preparation.uid, Preparation.short_code, Preparation.state).where(
        Preparation.clinic_id == clinic_id, Preparation.short_code == code
    )


def places_called(clinic_id: int, text: str) -> Select[Any]:
    """The places with this code or name."""
    return shown("location", Location.uid, Location.name, Location.kind).where(
        Location.clinic_id == clinic_id,
        Location.kind != LocationKind.CONTAINER,
        (Location.short_code == text.upper()) | (func.lower(Location.name) == text.lower()),
    )


def lots_numbered(clinic_id: int, text: str) -> Select[Any]:
    """The lots of this number, in capitals or not, and those that were once booked under it; as typed first."""
    numbers = sorted({text, text.upper(), text.lower()})
    once = select(LotAlias.lot_id).where(LotAlias.clinic_id == clinic_id, LotAlias.number.in_(numbers))
    same = select(_alike.id).where(
        _alike.clinic_id == clinic_id, func.lower(_alike.number) == func.lower(text)
    )
    typed = select(_alike.id).where(_alike.clinic_id == clinic_id, _alike.number.in_(numbers))
    return (
        shown("lot", Lot.uid, Lot.number, Product.name)
        .join(Product, Product.id == Lot.product_id)
        .where(Lot.clinic_id == clinic_id, Lot.id.in_(union(same, typed, once)))
        .order_by(Lot.number != text, Product.name)
    )


_alike = aliased(Lot, name="alike")


def has(column: Any, text: str) -> Any:
    """True of a row whose column has `text` in it, in any case, taken literally."""
    pattern = "%" + text.replace("\\", "\\\\").replace("%", r"\%").replace("_", r"\_") + "%"
    return column.ilike(pattern, escape="\\")


def products_called(text: str) -> Select[Any]:
    """The products whose name has this in it."""
    return (
        shown("product", Product.uid, Product.name, Product.strength)
        .where(has(Product.name, text))
        .order_by(Product.name, Product.strength)
    )


def sessions_coded(clinic_id: int, code: str) -> Select[Any]:
    """The session with this code."""
    at = TreatmentSession.planned_at
    found = shown("session", TreatmentSession.uid, TreatmentSession.short_code, TreatmentSession.state, at=at)
    return found.where(TreatmentSession.clinic_id == clinic_id, TreatmentSession.short_code == code)
