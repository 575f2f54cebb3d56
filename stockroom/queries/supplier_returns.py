"""What went back to suppliers, under which reference, and what is still expected for it?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, and_, exists, func, or_, select
from sqlalchemy.orm import aliased

from stockroom.errors import ThingNotFound
from stockroom.models import (
    Line,
    Location,
    Lot,
    Movement,
    Person,
    Product,
    Receipt,
    Supplier,
    SupplierReturn,
)
from stockroom.queries.finding_by_text import has
from stockroom.queries.paging import PAGE_ROWS, Page, is_uid, page_of
from stockroom.vocabulary import ReturnExpects

_settled_by = aliased(Person, name="settled_by")
_back = aliased(Line, name="back")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnRow:
    """Goods that went back under one reference."""

    uid: str
    supplier_uid: str
    supplier: str
    reference: str
    reason: str
    expects: str
    returned_at: datetime
    returned_by: str
    movement_uid: str
    receipt_uid: str | None
    delivery_note: str | None
    settled_at: datetime | None
    settled_by: str | None
    settled_by_paper: str
    is_taken_back: bool
    """Its movement was reversed: the goods are here again by the books."""
    line_count: int

    @property
    def is_awaited(self) -> bool:
        """True while a replacement or a credit is still to come."""
        return self.expects != ReturnExpects.NOTHING and self.settled_at is None and not self.is_taken_back


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnedLine:
    """A quantity of a lot that went back."""

    lot_uid: str
    lot_number: str
    product_uid: str
    product_name: str
    strength: str
    presentation: str
    base_unit: str
    content_quantity: int
    quantity: int
    place: str


@dataclass(frozen=True, kw_only=True)
class ReturnShown:
    """A return with what went back."""

    paper: ReturnRow
    lines: tuple[ReturnedLine, ...]


def supplier_returns(
    connection: Connection,
    clinic_id: int,
    *,
    awaited_only: bool = False,
    after: str | None = None,
    limit: int = PAGE_ROWS,
) -> Page[ReturnRow]:
    """Give the clinic's returns, the newest first; one statement.  Raises CursorUnreadable."""
    statement = _narrowed(_returns(clinic_id), "", awaited_only)
    return page_of(connection, statement, SupplierReturn, _show, after=after, limit=limit, newest_first=True)


def returns_listed(
    connection: Connection,
    clinic_id: int,
    *,
    text: str = "",
    awaited_only: bool = False,
    offset: int = 0,
    limit: int,
) -> tuple[ReturnRow, ...]:
    """Give a part of the returns, the newest first; `text` narrows to references and suppliers.  One statement."""
    statement = _narrowed(_returns(clinic_id), text, awaited_only).order_by(SupplierReturn.id.desc())
    return tuple(_show(row) for row in connection.execute(statement.offset(offset).limit(limit)))


def return_count(
    connection: Connection, clinic_id: int, *, text: str = "", awaited_only: bool = False
) -> int:
    """Count what `returns_listed` gives in all; one statement."""
    every = _narrowed(_returns(clinic_id), text, awaited_only).subquery()
    return int(connection.execute(select(func.count()).select_from(every)).scalar_one())


def supplier_return(connection: Connection, clinic_id: int, *, uid: str) -> ReturnShown:
    """Give one return with its lines; two statements.  Raises ThingNotFound."""
    found = (
        connection.execute(_returns(clinic_id).where(SupplierReturn.uid == uid)).one_or_none()
        if is_uid(uid)
        else None
    )
    if found is None:
        raise ThingNotFound(thing="return", uid=uid[:40])
    paper = _show(found)
    lines = connection.execute(_lines(clinic_id).where(Movement.uid == paper.movement_uid))
    return ReturnShown(paper=paper, lines=tuple(ReturnedLine(**row._mapping) for row in lines))


def _narrowed(statement: Select[Any], text: str, awaited_only: bool) -> Select[Any]:
    if text:
        statement = statement.where(or_(has(SupplierReturn.reference, text), has(Supplier.name, text)))
    if awaited_only:
        statement = statement.where(
            SupplierReturn.settled_at.is_(None),
            SupplierReturn.expects != ReturnExpects.NOTHING,
            ~_is_taken_back(),
        )
    return statement


def _is_taken_back() -> Any:
    return exists().where(
        Line.clinic_id == SupplierReturn.clinic_id,
        Line.movement_id == SupplierReturn.movement_id,
        _back.clinic_id == Line.clinic_id,
        _back.reverses_line_id == Line.id,
    )


def _returns(clinic_id: int) -> Select[Any]:
    line_count = (
        select(func.count())
        .select_from(Line)
        .where(Line.clinic_id == SupplierReturn.clinic_id, Line.movement_id == SupplierReturn.movement_id)
        .correlate(SupplierReturn)
        .scalar_subquery()
    )
    columns: list[Any] = [
        SupplierReturn.uid,
        Supplier.uid.label("supplier_uid"),
        Supplier.name.label("supplier"),
        SupplierReturn.reference,
        SupplierReturn.reason,
        SupplierReturn.expects,
        SupplierReturn.returned_at,
        Person.name.label("returned_by"),
        Movement.uid.label("movement_uid"),
        Receipt.uid.label("receipt_uid"),
        Receipt.delivery_note,
        SupplierReturn.settled_at,
        _settled_by.name.label("settled_by"),
        SupplierReturn.settled_by_paper,
        _is_taken_back().label("is_taken_back"),
        line_count.label("line_count"),
    ]
    own = SupplierReturn.clinic_id
    return (
        select(*columns)
        .select_from(SupplierReturn)
        .join(Supplier, Supplier.id == SupplierReturn.supplier_id)
        .join(Person, Person.id == SupplierReturn.returned_by_id)
        .join(Movement, and_(Movement.clinic_id == own, Movement.id == SupplierReturn.movement_id))
        .outerjoin(Receipt, and_(Receipt.clinic_id == own, Receipt.id == SupplierReturn.receipt_id))
        .outerjoin(_settled_by, _settled_by.id == SupplierReturn.settled_by_id)
        .where(own == clinic_id)
    )


def _lines(clinic_id: int) -> Select[Any]:
    columns: list[Any] = [
        Lot.uid.label("lot_uid"),
        Lot.number.label("lot_number"),
        Product.uid.label("product_uid"),
        Product.name.label("product_name"),
        Product.strength,
        Product.presentation,
        Product.base_unit,
        Product.content_quantity,
        Line.quantity,
        Location.name.label("place"),
    ]
    return (
        select(*columns)
        .select_from(Line)
        .join(Movement, and_(Movement.clinic_id == Line.clinic_id, Movement.id == Line.movement_id))
        .join(Lot, and_(Lot.clinic_id == Line.clinic_id, Lot.id == Line.lot_id))
        .join(Product, Product.id == Lot.product_id)
        .join(Location, and_(Location.clinic_id == Line.clinic_id, Location.id == Line.from_id))
        .where(Line.clinic_id == clinic_id)
        .order_by(Line.n)
    )


def _show(row: Row[Any]) -> ReturnRow:
    told = {name: row._mapping[name] for name in ReturnRow.__dataclass_fields__ if name != "is_taken_back"}
    return ReturnRow(**told, is_taken_back=bool(row.is_taken_back))
