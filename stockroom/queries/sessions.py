"""Which visits are planned and recorded, and what do they need?  Patients by uid only."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, select

from stockroom.errors import ThingNotFound
from stockroom.ledger import trace_lines, trace_lots
from stockroom.ledger.trace_lots import lot_named
from stockroom.models import (
    Allocation,
    Location,
    Lot,
    Need,
    Patient,
    Person,
    Product,
    ProductGroup,
    TreatmentSession,
)
from stockroom.queries.paging import PAGE_ROWS, Page, is_uid, page_of
from stockroom.queries.patient_record import record_ids
from stockroom.queries.trace_rows import Use, use_of
from stockroom.vocabulary import AllocationState, LocationKind


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionRow:
    """A visit as a list shows it."""

    uid: str
    version: int
    short_code: str
    state: str
    patient_uid: str
    planned_at: datetime
    finished_at: datetime | None
    room_uid: str | None
    room: str | None
    practitioner_uid: str | None
    practitioner: str | None
    external_reference: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NeedRow:
    """What a planned session will take."""

    uid: str
    product_uid: str | None
    product_name: str | None
    group_uid: str | None
    group_name: str | None
    quantity: int
    base_unit: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PromiseRow:
    """What is promised to a session."""

    uid: str
    lot_uid: str
    lot_number: str
    product_name: str
    base_unit: str
    location_uid: str
    location_name: str
    quantity: int
    made_at: datetime


@dataclass(frozen=True, kw_only=True)
class SessionShown:
    """A visit with what it needs, what is promised to it and what was used."""

    session: SessionRow
    needs: tuple[NeedRow, ...]
    promises: tuple[PromiseRow, ...]
    uses: tuple[Use, ...]
    """Those that stand."""


def sessions(
    connection: Connection,
    clinic_id: int,
    *,
    planned_from: datetime | None = None,
    planned_before: datetime | None = None,
    patient_uid: str | None = None,
    external_reference: str | None = None,
    after: str | None = None,
    limit: int = PAGE_ROWS,
) -> Page[SessionRow]:
    """Give the clinic's sessions in the order in which they were planned; one statement.

    Raises CursorUnreadable.
    """
    statement = _sessions(clinic_id)
    if planned_from is not None:
        statement = statement.where(TreatmentSession.planned_at >= planned_from)
    if planned_before is not None:
        statement = statement.where(TreatmentSession.planned_at < planned_before)
    if patient_uid is not None:
        statement = statement.where(Patient.uid == patient_uid)
    if external_reference is not None:
        statement = statement.where(TreatmentSession.external_reference == external_reference)
    return page_of(connection, statement, TreatmentSession, _show, after=after, limit=limit)


def sessions_of_patient(
    connection: Connection, clinic_id: int, *, patient_uid: str, offset: int, limit: int
) -> tuple[SessionRow, ...]:
    """Give a part of a patient's sessions in this clinic, merged records included, the latest first; one statement."""
    found = _sessions(clinic_id).where(TreatmentSession.patient_id.in_(record_ids(patient_uid)))
    latest = found.order_by(TreatmentSession.planned_at.desc(), TreatmentSession.id.desc())
    return tuple(_show(row) for row in connection.execute(latest.offset(offset).limit(limit)))


def sessions_by_reference(
    connection: Connection, clinic_id: int, *, references: Collection[str]
) -> tuple[SessionRow, ...]:
    """Give the clinic's sessions that have one of these numbers of another software; one statement."""
    found = _sessions(clinic_id).where(TreatmentSession.external_reference.in_(sorted(set(references))))
    return tuple(_show(row) for row in connection.execute(found.order_by(TreatmentSession.id)))


def session_count(connection: Connection, clinic_id: int, *, patient_uid: str) -> int:
    """Count a patient's sessions in this clinic; one statement."""
    counted = select(func.count()).select_from(TreatmentSession)
    of_her = TreatmentSession.patient_id.in_(record_ids(patient_uid))
    found = connection.execute(counted.where(TreatmentSession.clinic_id == clinic_id, of_her))
    return int(found.scalar_one())


def session(connection: Connection, clinic_id: int, *, uid: str) -> SessionShown:
    """Give one session with needs, promises and uses; at most five statements.  Raises ThingNotFound."""
    wanted = _sessions(clinic_id).add_columns(TreatmentSession.id).where(TreatmentSession.uid == uid)
    row = connection.execute(wanted).one_or_none() if is_uid(uid) else None
    if row is None:
        raise ThingNotFound(thing="session", uid=uid[:40])
    return SessionShown(
        session=_show(row),
        needs=_needs(connection, clinic_id, row.id),
        promises=_promises(connection, clinic_id, row.id),
        uses=_uses(connection, clinic_id, row.id),
    )


def _sessions(clinic_id: int) -> Any:
    return (
        select(
            TreatmentSession.uid,
            TreatmentSession.version,
            TreatmentSession.short_code,
            TreatmentSession.state,
            Patient.uid.label("patient_uid"),
            TreatmentSession.planned_at,
            TreatmentSession.finished_at,
            Location.uid.label("room_uid"),
            Location.name.label("room"),
            Person.uid.label("practitioner_uid"),
            Person.name.label("practitioner"),
            TreatmentSession.external_reference,
        )
        .select_from(TreatmentSession)
        .join(Patient, Patient.id == TreatmentSession.patient_id)
        .outerjoin(Location, Location.id == TreatmentSession.room_id)
        .outerjoin(Person, Person.id == TreatmentSession.practitioner_id)
        .where(TreatmentSession.clinic_id == clinic_id)
    )


def _show(row: Row[Any]) -> SessionRow:
    return SessionRow(**{name: value for name, value in row._mapping.items() if name != "id"})


def _needs(connection: Connection, clinic_id: int, session_id: int) -> tuple[NeedRow, ...]:
    rows = connection.execute(
        select(
            Need.uid,
            Product.uid.label("product_uid"),
            Product.name.label("product_name"),
            ProductGroup.uid.label("group_uid"),
            ProductGroup.name.label("group_name"),
            Need.quantity,
            Product.base_unit,
        )
        .select_from(Need)
        .outerjoin(Product, Product.id == Need.product_id)
        .outerjoin(ProductGroup, ProductGroup.id == Need.group_id)
        .where(Need.clinic_id == clinic_id, Need.session_id == session_id)
        .order_by(Need.id)
    )
    return tuple(NeedRow(**row._mapping) for row in rows)


def _promises(connection: Connection, clinic_id: int, session_id: int) -> tuple[PromiseRow, ...]:
    rows = connection.execute(
        select(
            Allocation.uid,
            Lot.uid.label("lot_uid"),
            Lot.number.label("lot_number"),
            Product.name.label("product_name"),
            Product.base_unit,
            Location.uid.label("location_uid"),
            Location.name.label("location_name"),
            Allocation.quantity,
            Allocation.made_at,
        )
        .join(Lot, Lot.id == Allocation.lot_id)
        .join(Product, Product.id == Lot.product_id)
        .join(Location, Location.id == Allocation.location_id)
        .where(
            Allocation.clinic_id == clinic_id,
            Allocation.session_id == session_id,
            Allocation.state == AllocationState.ACTIVE,
        )
        .order_by(Allocation.id)
    )
    return tuple(PromiseRow(**row._mapping) for row in rows)


def _uses(connection: Connection, clinic_id: int, session_id: int) -> tuple[Use, ...]:
    rows = trace_lines.standing(trace_lines.lines_of_sessions(connection, [clinic_id], [session_id]))
    used = [row for row in rows if row.to_kind == LocationKind.PATIENT]
    areas = trace_lots.areas_of_sessions(connection, [clinic_id], [session_id]) if used else {}
    return tuple(use_of(row, lot_named(row), (), areas.get(row.line_id, ())) for row in used)
