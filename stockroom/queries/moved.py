"""What was moved of a product, and what was used on a patient, over all lots, a page at a time?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, func, select
from sqlalchemy.orm import aliased

from stockroom.models import Line, Location, Lot, Movement, Person, Product, TreatmentSession
from stockroom.queries.patient_record import record_ids

_source = aliased(Location, name="source")
_target = aliased(Location, name="target")
_reversal = aliased(Line, name="reversal")


@dataclass(frozen=True, slots=True, kw_only=True)
class MovedLine:
    """A line of the books with its lot; the quantity in the product's base unit."""

    movement_uid: str
    kind: str
    seq: int
    occurred_at: datetime
    is_late: bool
    reason: str
    actor: str
    lot_uid: str
    lot_number: str
    product_uid: str
    product_name: str
    strength: str
    presentation: str
    base_unit: str
    content_quantity: int
    source_uid: str
    source_name: str
    source_kind: str
    target_uid: str
    target_name: str
    target_kind: str
    quantity: int
    session_uid: str | None
    is_reversed: bool


@dataclass(frozen=True, kw_only=True)
class Moved:
    """A part of the lines, the newest first, and how many there are in all."""

    lines: tuple[MovedLine, ...]
    count: int


def moved_of_product(
    connection: Connection, clinic_id: int, *, product_uid: str, offset: int = 0, limit: int = 50
) -> Moved:
    """Give the lines of a product's lots in this clinic; two statements."""
    product = select(Product.id).where(Product.uid == product_uid).scalar_subquery()
    lots = select(Lot.id).where(Lot.clinic_id == clinic_id, Lot.product_id == product)
    return _moved(connection, clinic_id, Line.lot_id.in_(lots), offset=offset, limit=limit)


def used_on_patient(
    connection: Connection, clinic_id: int, *, patient_uid: str, offset: int = 0, limit: int = 50
) -> Moved:
    """Give what was used on a patient in this clinic, taken back or not, also under merged records; two statements."""
    sessions = select(TreatmentSession.id).where(
        TreatmentSession.clinic_id == clinic_id, TreatmentSession.patient_id.in_(record_ids(patient_uid))
    )
    of_her = and_(Line.session_id.in_(sessions), Line.reverses_line_id.is_(None))
    return _moved(connection, clinic_id, of_her, offset=offset, limit=limit)


def _moved(
    connection: Connection, clinic_id: int, which: ColumnElement[bool], *, offset: int, limit: int
) -> Moved:
    chosen = and_(Line.clinic_id == clinic_id, which)
    count = connection.execute(select(func.count()).select_from(Line).where(chosen)).scalar_one()
    newest = _lines().where(chosen).order_by(Line.id.desc()).offset(offset).limit(limit)
    return Moved(
        lines=tuple(MovedLine(**row._mapping) for row in connection.execute(newest)), count=int(count)
    )


def _lines() -> Any:
    return (
        select(
            Movement.uid.label("movement_uid"),
            Movement.kind,
            Movement.seq,
            Movement.occurred_at,
            Movement.is_late,
            Movement.reason,
            Person.name.label("actor"),
            Lot.uid.label("lot_uid"),
            Lot.number.label("lot_number"),
            Product.uid.label("product_uid"),
            Product.name.label("product_name"),
            Product.strength,
            Product.presentation,
            Product.base_unit,
            Product.content_quantity,
            _source.uid.label("source_uid"),
            _source.name.label("source_name"),
            _source.kind.label("source_kind"),
            _target.uid.label("target_uid"),
            _target.name.label("target_name"),
            _target.kind.label("target_kind"),
            Line.quantity,
            TreatmentSession.uid.label("session_uid"),
            _reversal.id.is_not(None).label("is_reversed"),
        )
        .select_from(Line)
        .join(Movement, and_(Movement.clinic_id == Line.clinic_id, Movement.id == Line.movement_id))
        .join(Person, Person.id == Movement.actor_id)
        .join(Lot, and_(Lot.clinic_id == Line.clinic_id, Lot.id == Line.lot_id))
        .join(Product, Product.id == Lot.product_id)
        .join(_source, and_(_source.clinic_id == Line.clinic_id, _source.id == Line.from_id))
        .join(_target, and_(_target.clinic_id == Line.clinic_id, _target.id == Line.to_id))
        .outerjoin(
            TreatmentSession,
            and_(TreatmentSession.clinic_id == Line.clinic_id, TreatmentSession.id == Line.session_id),
        )
        .outerjoin(
            _reversal, and_(_reversal.clinic_id == Line.clinic_id, _reversal.reverses_line_id == Line.id)
        )
    )
