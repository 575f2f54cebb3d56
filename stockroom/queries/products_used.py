"""What is the record of products used in one session, or on one patient in every clinic, corrections visible?"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, func, select
from sqlalchemy.orm import aliased

from stockroom.errors import ThingNotFound
from stockroom.models import (
    Clinic,
    Container,
    Line,
    Location,
    Lot,
    Manufacturer,
    Movement,
    Patient,
    Person,
    Product,
    ReferenceItem,
    TradeItem,
    TreatmentSession,
    Usage,
    UsageArea,
)
from stockroom.queries.changed_since import INSTEAD, Correction
from stockroom.queries.cocktails_used import CocktailUsed, cocktails_used
from stockroom.queries.devices import DeviceUse, devices_used
from stockroom.queries.goods_named import COLUMNS, GoodsNamed, Naming
from stockroom.queries.paging import is_uid
from stockroom.queries.patient_record import clinics_of_person, record_ids
from stockroom.queries.signatures import SignatureRow, signatures_of_sessions
from stockroom.queries.unusual_numbers import UnusualNumber, unusual_numbers
from stockroom.vocabulary import LotKind

SESSIONS_MAX = 500
"""Of one patient in one clinic: far more than anybody has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AreaUsed:
    """How much of a use went into one area of the body."""

    name: str
    quantity: int
    base_unit: str


@dataclass(frozen=True, kw_only=True)
class ProductUse:
    """One line to the patient, also where it does not stand any more."""

    movement_uid: str
    n: int
    goods: GoodsNamed
    serial: str
    quantity: int
    areas: tuple[AreaUsed, ...]
    technique: str
    depth_um: int | None
    indication: str
    occurred_at: datetime
    recorded_at: datetime
    is_late: bool
    reason: str
    """Why it was written down late, overridden, or changed."""
    practitioner: str
    prescriber: str
    booked_by: str
    identified_by: str
    container_code: str
    replaces: bool
    """It stands in the place of a line that was taken back."""
    taken_back: Correction | None
    cocktail: CocktailUsed | None


@dataclass(frozen=True, kw_only=True)
class SessionUsed:
    """One session of the record."""

    id: int
    uid: str
    clinic_id: int
    clinic_uid: str
    clinic: str
    short_code: str
    state: str
    planned_at: datetime
    finished_at: datetime | None
    room: str
    practitioner: str
    uses: tuple[ProductUse, ...]
    devices: tuple[DeviceUse, ...]
    signatures: tuple[SignatureRow, ...]
    unusual: tuple[UnusualNumber, ...]

    @property
    def standing(self) -> tuple[ProductUse, ...]:
        """What was not taken back."""
        return tuple(each for each in self.uses if each.taken_back is None)


@dataclass(frozen=True, kw_only=True)
class ProductsUsed:
    """The record of one patient; `of_one_session` where it was asked of a session."""

    patient_uid: str
    of_one_session: bool
    sessions: tuple[SessionUsed, ...]
    unseen_clinics: int = 0
    """How many clinics hold more of her record, where the reader may not read it."""

    @property
    def clinics(self) -> tuple[str, ...]:
        """The clinics that it is from, by name."""
        return tuple(sorted({each.clinic for each in self.sessions}))


def products_used_in_session(connection: Connection, clinic_id: int, *, uid: str) -> ProductsUsed:
    """Give the record of one session; a bounded number of statements.  Raises ThingNotFound."""
    rows = connection.execute(_sessions(clinic_id, TreatmentSession.uid == uid)).all() if is_uid(uid) else ()
    if not rows:
        raise ThingNotFound(thing="session", uid=uid[:40])
    return ProductsUsed(
        patient_uid=rows[0].patient_uid,
        of_one_session=True,
        sessions=_filled(connection, clinic_id, rows),
    )


def products_used_on_patient(
    connection: Connection, clinic_ids: Collection[int], *, uid: str
) -> ProductsUsed:
    """Give the record of a patient's sessions in these clinics, the newest first; so many statements a clinic.

    Those of records merged into hers are hers.  Sessions in which nothing was booked are left out.
    """
    if not is_uid(uid):
        return ProductsUsed(patient_uid=uid, of_one_session=False, sessions=())
    hers = clinics_of_person(connection, uid=uid)
    its_own = TreatmentSession.patient_id.in_(record_ids(uid))
    found = [
        each
        for clinic_id in hers
        if clinic_id in clinic_ids
        for each in _filled(
            connection,
            clinic_id,
            connection.execute(_sessions(clinic_id, its_own).limit(SESSIONS_MAX)).all(),
        )
        if each.uses or each.devices
    ]
    return ProductsUsed(
        patient_uid=uid,
        of_one_session=False,
        sessions=tuple(sorted(found, key=lambda each: each.planned_at, reverse=True)),
        unseen_clinics=len(set(hers) - set(clinic_ids)),
    )


def _sessions(clinic_id: int, which: ColumnElement[bool]) -> Any:
    return (
        select(
            TreatmentSession.id,
            TreatmentSession.uid,
            Clinic.id.label("clinic_id"),
            Clinic.uid.label("clinic_uid"),
            Clinic.name.label("clinic"),
            TreatmentSession.short_code,
            TreatmentSession.state,
            TreatmentSession.planned_at,
            TreatmentSession.finished_at,
            Patient.uid.label("patient_uid"),
            func.coalesce(Location.name, "").label("room"),
            func.coalesce(Person.name, "").label("practitioner"),
        )
        .join(Patient, Patient.id == TreatmentSession.patient_id)
        .join(Clinic, Clinic.id == TreatmentSession.clinic_id)
        .outerjoin(
            Location,
            and_(Location.clinic_id == TreatmentSession.clinic_id, Location.id == TreatmentSession.room_id),
        )
        .outerjoin(Person, Person.id == TreatmentSession.practitioner_id)
        .where(TreatmentSession.clinic_id == clinic_id, which)
        .order_by(TreatmentSession.planned_at.desc(), TreatmentSession.id.desc())
    )


def _filled(connection: Connection, clinic_id: int, rows: Iterable[Row[Any]]) -> tuple[SessionUsed, ...]:
    named = list(rows)
    ids = [row.id for row in named]
    uses = _uses(connection, clinic_id, ids)
    devices = devices_used(connection, clinic_id, ids)
    signed = signatures_of_sessions(connection, clinic_id, ids)
    unusual = unusual_numbers(connection, clinic_id, ids) if ids else {}
    return tuple(
        SessionUsed(
            uses=tuple(uses.get(row.id, ())),
            devices=tuple(devices.get(row.id, ())),
            signatures=tuple(signed.get(row.id, ())),
            unusual=tuple(unusual.get(row.id, ())),
            **{name: value for name, value in row._mapping.items() if name != "patient_uid"},
        )
        for row in named
    )


def _uses(
    connection: Connection, clinic_id: int, session_ids: Collection[int]
) -> Mapping[int, list[ProductUse]]:
    """By session what was booked in it, in the order in which it happened."""
    found: dict[int, list[ProductUse]] = {}
    rows = connection.execute(_lines(clinic_id, session_ids)).all() if session_ids else ()
    if not rows:
        return found
    areas = _areas(connection, clinic_id, [row.line_id for row in rows])
    naming = Naming(connection, clinic_id, rows)
    prepared = {row.lot_id for row in rows if row.kind == LotKind.PREPARED}
    cocktails = cocktails_used(connection, clinic_id, prepared) if prepared else {}
    for row in rows:
        found.setdefault(row.session_id, []).append(
            _use(row, naming, areas.get(row.line_id, []), cocktails.get(row.lot_id))
        )
    return found


def _use(
    row: Row[Any], naming: Naming, areas: Iterable[Row[Any]], cocktail: CocktailUsed | None
) -> ProductUse:
    scanned = (row.scanned_scheme, row.scanned_code) if row.scanned_code else None
    taken_back = None
    if row.turned_at is not None:
        taken_back = Correction(
            at=row.turned_at, by=row.turned_by, reason=row.turned_reason, replaced=row.replaced_by is not None
        )
    return ProductUse(
        movement_uid=row.movement_uid,
        n=row.n,
        goods=naming.name(row, scanned=scanned),
        serial=row.serial or row.container_serial or "",
        quantity=row.quantity,
        areas=tuple(
            AreaUsed(name=each.name, quantity=each.quantity, base_unit=row.base_unit) for each in areas
        ),
        technique=row.technique or "",
        depth_um=row.depth_um,
        indication=row.indication or "",
        occurred_at=row.occurred_at,
        recorded_at=row.recorded_at,
        is_late=row.is_late,
        reason=row.reason,
        practitioner=row.practitioner or "",
        prescriber=row.prescriber or "",
        booked_by=row.booked_by,
        identified_by=row.identified_by,
        container_code=(row.container_code or "") if row.container_id is not None else "",
        replaces=row.replaces_movement_id is not None,
        taken_back=taken_back,
        cocktail=cocktail,
    )


_turned, _turning = aliased(Line, name="turned"), aliased(Movement, name="turning")
_by, _turner = aliased(Person, name="booked"), aliased(Person, name="turner")
_practitioner, _prescriber = aliased(Person, name="practitioner"), aliased(Person, name="prescriber")
_technique, _indication = aliased(ReferenceItem, name="t"), aliased(ReferenceItem, name="i")
_OF_A_LINE = (
    Line.id.label("line_id"),
    Line.session_id,
    Line.n,
    Line.quantity,
    Movement.uid.label("movement_uid"),
    Movement.occurred_at,
    Movement.recorded_at,
    Movement.is_late,
    Movement.reason,
    Movement.replaces_movement_id,
    _by.name.label("booked_by"),
    _practitioner.name.label("practitioner"),
    _prescriber.name.label("prescriber"),
    Usage.depth_um,
    Usage.identified_by,
    Usage.serial,
    func.coalesce(_technique.name, Usage.technique).label("technique"),
    func.coalesce(_indication.name, Usage.indication).label("indication"),
    TradeItem.scheme.label("scanned_scheme"),
    TradeItem.code.label("scanned_code"),
    Container.location_id.label("container_id"),
    Container.short_code.label("container_code"),
    Container.serial.label("container_serial"),
    _turning.recorded_at.label("turned_at"),
    _turning.reason.label("turned_reason"),
    _turner.name.label("turned_by"),
    INSTEAD.label("replaced_by"),
    *COLUMNS,
)


def _lines(clinic_id: int, session_ids: Collection[int]) -> Any:
    """Every line to the patient: a reversal stands beside what it turned, never as a line of its own."""
    from_container = and_(Container.clinic_id == Line.clinic_id, Container.location_id == Line.from_id)
    turning = and_(_turning.clinic_id == _turned.clinic_id, _turning.id == _turned.movement_id)
    technique = and_(_technique.kind == "techniques", _technique.slug == Usage.technique)
    indication = and_(_indication.kind == "indications", _indication.slug == Usage.indication)
    return (
        select(*_OF_A_LINE)
        .select_from(Line)
        .join(Usage, and_(Usage.clinic_id == Line.clinic_id, Usage.line_id == Line.id))
        .join(Movement, and_(Movement.clinic_id == Line.clinic_id, Movement.id == Line.movement_id))
        .join(_by, _by.id == Movement.actor_id)
        .join(Lot, and_(Lot.clinic_id == Line.clinic_id, Lot.id == Line.lot_id))
        .join(Product, Product.id == Lot.product_id)
        .outerjoin(Manufacturer, Manufacturer.id == Product.manufacturer_id)
        .outerjoin(_practitioner, _practitioner.id == Usage.practitioner_id)
        .outerjoin(_prescriber, _prescriber.id == Usage.prescriber_id)
        .outerjoin(Container, from_container)
        .outerjoin(TradeItem, TradeItem.id == func.coalesce(Usage.trade_item_id, Container.trade_item_id))
        .outerjoin(_technique, technique)
        .outerjoin(_indication, indication)
        .outerjoin(_turned, and_(_turned.clinic_id == Line.clinic_id, _turned.reverses_line_id == Line.id))
        .outerjoin(_turning, turning)
        .outerjoin(_turner, _turner.id == _turning.actor_id)
        .where(Line.clinic_id == clinic_id, Line.session_id.in_(sorted(session_ids)))
        .order_by(Movement.occurred_at, Movement.seq, Movement.id, Line.n)
    )


def _areas(connection: Connection, clinic_id: int, line_ids: Collection[int]) -> dict[int, list[Row[Any]]]:
    found: dict[int, list[Row[Any]]] = {}
    rows: Iterable[Row[Any]] = connection.execute(
        select(
            UsageArea.line_id,
            func.coalesce(ReferenceItem.name, UsageArea.area).label("name"),
            UsageArea.quantity,
        )
        .outerjoin(ReferenceItem, and_(ReferenceItem.kind == "areas", ReferenceItem.slug == UsageArea.area))
        .where(UsageArea.clinic_id == clinic_id, UsageArea.line_id.in_(sorted(line_ids)))
        .order_by(UsageArea.line_id, UsageArea.quantity.desc(), UsageArea.area)
    )
    for row in rows:
        found.setdefault(row.line_id, []).append(row)
    return found
