"""With which lots or sessions does a trace begin that is asked of a thing?

A lot, a container, a cocktail are lots; a session, a patient, a device are sessions.  What leads to several
(a delivery, a supplier, a product, an entry, a place; a room, a person) begins with all of them at once: a person
with sessions and with the lots that he or she received or moved outside of one.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, func, select

from stockroom.db.compiled_once import Once
from stockroom.errors import ThingNotFound
from stockroom.ledger import trace_lines, trace_lots
from stockroom.ledger.trace_lines import NEWEST
from stockroom.ledger.trace_lots import LotNamed, lot_named
from stockroom.models import Container, Location, Patient, Preparation, TreatmentSession
from stockroom.queries.paging import is_uid
from stockroom.queries.trace_beginnings import (
    LEADS_TO_LOTS,
    LEADS_TO_SESSIONS,
    lots_led_to,
    lots_moved_by,
    sessions_led_to,
)
from stockroom.queries.trace_devices import sessions_of_device
from stockroom.reads.finding import one_by_uid

OF_LOTS = frozenset({"lot", "container", "preparation"}) | LEADS_TO_LOTS
OF_SESSIONS = frozenset({"session", "patient", "device"}) | LEADS_TO_SESSIONS
"""What a trace may be asked of, by what it begins with."""


@dataclass(frozen=True, kw_only=True)
class Start:
    """Where a trace begins."""

    lots: tuple[LotNamed, ...] = ()
    session_ids: tuple[int, ...] = ()
    drawn_from: int | None = None
    """The opened container that was asked for: only what was drawn from it counts."""
    container_code: str = ""
    """The code by which people know it."""


_record = select(Patient.id).where(Patient.id == bindparam("patient")).cte("record", recursive=True)
_record = _record.union(select(Patient.id).join(_record, Patient.merged_into_id == _record.c.id))
_SESSIONS_OF_PATIENT = Once(
    select(TreatmentSession.id)
    .select_from(_record)
    .outerjoin(TreatmentSession, TreatmentSession.patient_id == _record.c.id)
    .where(
        trace_lines.present(TreatmentSession.id),
        trace_lots.in_clinics(func.coalesce(TreatmentSession.clinic_id, 0)),
    )
)
"""Of a patient's record and all that was merged into it."""


def start_of(
    connection: Connection,
    clinic_ids: Collection[int],
    *,
    kind: str,
    uid: str,
    begins_in: Collection[int] | None = None,
    as_of: datetime = NEWEST,
) -> Start:
    """Give where a trace of a thing begins.

    `clinic_ids` are the clinics that the viewer may see; a thing of a clinic is one of `begins_in`, where that is
    said, and found nowhere else.  A patient is the organisation's.  Raises ThingNotFound.
    """
    here = begins_in or clinic_ids
    if kind in LEADS_TO_LOTS | LEADS_TO_SESSIONS:
        return _led_to(connection, here, kind, uid, as_of)
    if kind not in OF_LOTS | OF_SESSIONS or not is_uid(uid):
        raise ThingNotFound(thing=kind[:40], uid=uid[:40])
    match kind:
        case "container":
            return _of_container(connection, clinic_ids, here, uid)
        case "preparation":
            return _of_preparation(connection, clinic_ids, here, uid)
        case "session":
            session = one_by_uid(connection, TreatmentSession, uid, thing="session")
            if session.clinic_id not in here:
                raise ThingNotFound(thing="session", uid=uid)
            return Start(session_ids=(session.id,))
        case "patient":
            return _of_patient(connection, clinic_ids, uid)
        case "device":
            return Start(session_ids=sessions_of_device(connection, here, uid=uid, as_of=as_of))
    return start_of_rows(trace_lots.family_of_uid(connection, here, uid=uid), "lot", uid)


def start_of_lots(connection: Connection, clinic_ids: Collection[int], lot_ids: Collection[int]) -> Start:
    """Give where a trace of several lots begins, named by their keys: those of clinics that are not seen left out."""
    rows = trace_lots.family_of_ids(connection, clinic_ids, lot_ids=lot_ids) if lot_ids else ()
    return Start(lots=tuple(map(lot_named, rows)))


def start_of_rows(rows: Sequence[Any], thing: str, named: str) -> Start:
    """Begin with these lots.  Raises ThingNotFound where there is none."""
    if not rows:
        raise ThingNotFound(thing=thing, uid=named[:80])
    return Start(lots=tuple(map(lot_named, rows)))


def _led_to(connection: Connection, here: Collection[int], kind: str, uid: str, as_of: datetime) -> Start:
    lots: list[LotNamed] = []
    sessions: list[int] = []
    for clinic_id in sorted(here):
        led_to: tuple[int, ...] = ()
        if kind in LEADS_TO_SESSIONS:
            sessions += sessions_led_to(connection, clinic_id, kind=kind, uid=uid)
        else:
            led_to = lots_led_to(connection, clinic_id, kind=kind, uid=uid, as_of=as_of)
        if kind == "person":
            led_to = lots_moved_by(connection, clinic_id, uid=uid, as_of=as_of)
        rows = trace_lots.family_of_ids(connection, [clinic_id], lot_ids=led_to) if led_to else ()
        lots += map(lot_named, rows)
    return Start(lots=tuple(lots), session_ids=tuple(sessions))


def _of_container(
    connection: Connection, clinic_ids: Collection[int], here: Collection[int], uid: str
) -> Start:
    place = connection.execute(
        select(Container.location_id, Container.lot_id, Container.short_code)
        .join(
            Location,
            (Location.clinic_id == Container.clinic_id) & (Location.id == Container.location_id),
        )
        .where(Location.uid == uid, Container.clinic_id.in_(list(here)))
    ).one_or_none()
    if place is None:
        raise ThingNotFound(thing="container", uid=uid)
    rows = trace_lots.family_of_ids(connection, clinic_ids, lot_ids=(place.lot_id,))
    return Start(
        lots=tuple(map(lot_named, rows)), drawn_from=place.location_id, container_code=place.short_code
    )


def _of_preparation(
    connection: Connection, clinic_ids: Collection[int], here: Collection[int], uid: str
) -> Start:
    made = connection.execute(
        select(Preparation.lot_id).where(
            Preparation.uid == uid,
            Preparation.clinic_id.in_(list(here)),
            Preparation.lot_id.is_not(None),
        )
    ).scalar_one_or_none()
    if made is None:
        raise ThingNotFound(thing="cocktail", uid=uid)
    return start_of_rows(trace_lots.family_of_ids(connection, clinic_ids, lot_ids=(made,)), "cocktail", uid)


def _of_patient(connection: Connection, clinic_ids: Collection[int], uid: str) -> Start:
    patient = one_by_uid(connection, Patient, uid, thing="patient")
    asked = {"clinic_ids": tuple(clinic_ids), "patient": patient.id}
    return Start(session_ids=tuple(row.id for row in _SESSIONS_OF_PATIENT.all(connection, asked)))
