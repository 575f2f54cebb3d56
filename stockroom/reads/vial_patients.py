"""Whose is a vial that comes to serve one patient: who gets of it in a session that goes on?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, and_, select
from sqlalchemy.orm import aliased

from stockroom.models import Line, Location, ProductRule, TreatmentSession
from stockroom.reads.finding import one_by_uid
from stockroom.reads.settings import settings_of
from stockroom.rules.dedicating import is_asked_of, serves_one_there
from stockroom.vocabulary import CLOSED_SESSION_STATES, LocationKind


def comes_to_serve_one(
    connection: Connection, clinic_id: int, *, place: str, container_type: str | None
) -> bool:
    """Whether a vial of this type that stands in a place of this kind serves one patient here.

    One statement where the clinic's decision matters, else none.
    """
    if not is_asked_of(place, container_type):
        return False
    asked = settings_of(connection, clinic_id).treatment_room_one_patient
    return serves_one_there(place, container_type, room_means_one=asked)


@dataclass(frozen=True, kw_only=True)
class Dedication:
    """A vial for several serves one patient from an instant on; None where she is who gets of it next."""

    since: datetime
    patient_id: int | None


def dedication(
    connection: Connection,
    clinic_id: int,
    *,
    container: Row[Any],
    place: str,
    session_uid: str | None,
    at: datetime,
) -> Dedication | None:
    """Say whose a container (its row) is once it stands in a place of this kind; None where nothing changes.

    The session's patient where one is named, else who gets of it now.  Raises ThingNotFound.
    """
    if container.one_patient_since is not None or place != LocationKind.ROOM:
        return None
    kept = connection.execute(
        select(ProductRule.container_type).where(ProductRule.id == container.product_rule_id)
    ).scalar_one()
    if not comes_to_serve_one(connection, clinic_id, place=place, container_type=kept):
        return None
    patient_id = container.patient_id
    if patient_id is None and session_uid is not None:
        session = one_by_uid(connection, TreatmentSession, session_uid, thing="session", clinic_id=clinic_id)
        patient_id = session.patient_id
    if patient_id is None:
        patient_id = patient_in_hand(
            connection, clinic_id, lot_id=container.lot_id, container_id=container.location_id
        )
    return Dedication(since=at, patient_id=patient_id)


def patient_in_hand(connection: Connection, clinic_id: int, *, lot_id: int, container_id: int) -> int | None:
    """Give the patient (id) who got of this container last in a session that is not over; one statement."""
    undone = aliased(Line)
    newest = (
        select(TreatmentSession.patient_id)
        .select_from(Line)
        .join(Location, and_(Location.clinic_id == Line.clinic_id, Location.id == Line.to_id))
        .join(
            TreatmentSession,
            and_(TreatmentSession.clinic_id == Line.clinic_id, TreatmentSession.id == Line.session_id),
        )
        .outerjoin(undone, and_(undone.clinic_id == Line.clinic_id, undone.reverses_line_id == Line.id))
        .where(
            Line.clinic_id == clinic_id,
            Line.lot_id == lot_id,
            Line.from_id == container_id,
            Location.kind == LocationKind.PATIENT,
            undone.id.is_(None),
            TreatmentSession.state.not_in(CLOSED_SESSION_STATES),
        )
        .order_by(Line.id.desc())
        .limit(1)
    )
    return connection.execute(newest).scalar_one_or_none()
