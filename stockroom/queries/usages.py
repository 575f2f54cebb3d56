"""What was used on patients, the newest first?  Patients by the uid of their session only."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, and_, select
from sqlalchemy.orm import aliased

from stockroom.ledger.trace_lots import stands
from stockroom.models import Line, Lot, Movement, Person, Product, TreatmentSession, Usage, UsageArea
from stockroom.queries.movements import page_of_lines, place_of_line
from stockroom.queries.paging import PAGE_ROWS, Page
from stockroom.queries.trace_rows import AreaPart

_practitioner = aliased(Person, name="practitioner")
_prescriber = aliased(Person, name="prescriber")


@dataclass(frozen=True, slots=True, kw_only=True)
class UsageRow:
    """A line to a patient, with what is known of it; `stands` is false when it was taken back."""

    movement_uid: str
    n: int
    session_uid: str
    occurred_at: datetime
    recorded_at: datetime
    is_late: bool
    lot_uid: str
    lot_number: str
    product_uid: str
    product_name: str
    base_unit: str
    quantity: int
    areas: tuple[AreaPart, ...]
    technique: str | None
    depth_um: int | None
    indication: str | None
    practitioner_uid: str | None
    practitioner: str | None
    prescriber_uid: str | None
    prescriber: str | None
    identified_by: str
    serial: str | None
    stands: bool


def usages(
    connection: Connection,
    clinic_id: int,
    *,
    session_uid: str | None = None,
    lot_uid: str | None = None,
    after: str | None = None,
    limit: int = PAGE_ROWS,
) -> Page[UsageRow]:
    """Give the clinic's usages, those taken back included; two statements.  Raises CursorUnreadable."""
    statement = _usages(clinic_id)
    if session_uid is not None:
        statement = statement.where(TreatmentSession.uid == session_uid)
    if lot_uid is not None:
        statement = statement.where(Lot.uid == lot_uid)
    if after is not None:
        statement = statement.where(Line.id < place_of_line(clinic_id, after))
    rows = connection.execute(statement.order_by(Line.id.desc()).limit(limit + 1)).all()
    areas = _areas(connection, clinic_id, [row.line_id for row in rows[:limit]])
    return page_of_lines(rows, lambda row: _show(row, areas), limit=limit)


def _usages(clinic_id: int) -> Any:
    return (
        select(
            Movement.uid.label("movement_uid"),
            Line.n,
            Line.id.label("line_id"),
            TreatmentSession.uid.label("session_uid"),
            Movement.occurred_at,
            Movement.recorded_at,
            Movement.is_late,
            Lot.uid.label("lot_uid"),
            Lot.number.label("lot_number"),
            Product.uid.label("product_uid"),
            Product.name.label("product_name"),
            Product.base_unit,
            Line.quantity,
            Usage.technique,
            Usage.depth_um,
            Usage.indication,
            _practitioner.uid.label("practitioner_uid"),
            _practitioner.name.label("practitioner"),
            _prescriber.uid.label("prescriber_uid"),
            _prescriber.name.label("prescriber"),
            Usage.identified_by,
            Usage.serial,
            stands(Line).label("stands"),
        )
        .select_from(Usage)
        .join(Line, and_(Line.clinic_id == Usage.clinic_id, Line.id == Usage.line_id))
        .join(Movement, and_(Movement.clinic_id == Line.clinic_id, Movement.id == Line.movement_id))
        .join(Lot, and_(Lot.clinic_id == Line.clinic_id, Lot.id == Line.lot_id))
        .join(Product, Product.id == Lot.product_id)
        .join(
            TreatmentSession,
            and_(TreatmentSession.clinic_id == Line.clinic_id, TreatmentSession.id == Line.session_id),
        )
        .outerjoin(_practitioner, _practitioner.id == Usage.practitioner_id)
        .outerjoin(_prescriber, _prescriber.id == Usage.prescriber_id)
        .where(Usage.clinic_id == clinic_id)
    )


def _areas(connection: Connection, clinic_id: int, line_ids: Iterable[int]) -> dict[int, list[Row[Any]]]:
    found: dict[int, list[Row[Any]]] = {}
    rows: Iterable[Row[Any]] = connection.execute(
        select(UsageArea.line_id, UsageArea.area, UsageArea.quantity)
        .where(UsageArea.clinic_id == clinic_id, UsageArea.line_id.in_(list(line_ids)))
        .order_by(UsageArea.line_id, UsageArea.area)
    )
    for row in rows:
        found.setdefault(row.line_id, []).append(row)
    return found


def _show(row: Row[Any], areas: dict[int, list[Row[Any]]]) -> UsageRow:
    values = {name: value for name, value in row._mapping.items() if name not in ("line_id", "stands")}
    parts = tuple(
        AreaPart(area=part.area, quantity=part.quantity, base_unit=row.base_unit)
        for part in areas.get(row.line_id, ())
    )
    return UsageRow(areas=parts, stands=bool(row.stands), **values)
