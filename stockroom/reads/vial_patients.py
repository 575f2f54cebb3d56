"""Whose is a vial that comes to serve one patient: who gets of it in a session that goes on?"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, and_, func, select
from sqlalchemy.orm import aliased

from stockroom.models import (
    Line,
    Location,
    Movement,
    Preparation,
    PreparationSession,
    ProductRule,
    TreatmentSession,
)
from stockroom.reads.finding import one_by_uid
from stockroom.reads.mixtures import stands_for
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
class Draw:
    """Something that was taken out of a container and stands: for a patient, or into a cocktail for her."""

    movement_id: int
    movement_uid: str
    occurred_at: datetime
    patient_id: int | None
    """None for a cocktail that is made for nobody by name."""
    over_at: datetime | None
    """When her session was over; None: it goes on."""


@dataclass(frozen=True, kw_only=True)
class Dedication:
    """A vial for several serves one patient from an instant on; None where she is who gets of it next."""

    since: datetime
    patient_id: int | None

    def is_another(self, draw: Draw, *, known_since: datetime | None) -> bool:
        """Whether another patient got of it since then, before it was known (`known_since`) that it is hers."""
        if draw.occurred_at < self.since or (known_since is not None and draw.occurred_at >= known_since):
            return False
        return self.patient_id is not None and draw.patient_id != self.patient_id


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

    The session's patient where one is named, else who got of it at `at`, else who got of it first since.
    Raises ThingNotFound.
    """
    known_since = container.one_patient_since
    if place != LocationKind.ROOM or (known_since is not None and known_since <= at):
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
        draws = draws_from(connection, clinic_id, lot_id=container.lot_id, container_id=container.location_id)
        patient_id = _in_hand(draws, at)
    return Dedication(since=at, patient_id=patient_id)


def _in_hand(draws: Iterable[Draw], at: datetime) -> int | None:
    """Who got of it last in a session that went on at `at`, else who got of it first since."""
    named = [each for each in draws if each.patient_id is not None]
    going_on = [
        each for each in named if each.occurred_at <= at and (each.over_at is None or each.over_at > at)
    ]
    first_since = [each for each in named if each.occurred_at > at]
    return next((each.patient_id for each in (*going_on[::-1], *first_since)), None)


def draws_from(connection: Connection, clinic_id: int, *, lot_id: int, container_id: int) -> tuple[Draw, ...]:
    """Give what was drawn from a container for patients, in the order of time; one statement."""
    undone, target = aliased(Line), aliased(Location)
    rows = connection.execute(
        select(
            Line.movement_id,
            Movement.uid,
            Movement.occurred_at,
            stands_for(TreatmentSession.patient_id).label("patient_id"),
            TreatmentSession.state,
            TreatmentSession.finished_at,
        )
        .select_from(Line)
        .join(Movement, and_(Movement.clinic_id == Line.clinic_id, Movement.id == Line.movement_id))
        .join(target, and_(target.clinic_id == Line.clinic_id, target.id == Line.to_id))
        .outerjoin(undone, and_(undone.clinic_id == Line.clinic_id, undone.reverses_line_id == Line.id))
        .outerjoin(
            Preparation,
            and_(Preparation.clinic_id == Movement.clinic_id, Preparation.uid == Movement.document_uid),
        )
        .outerjoin(
            PreparationSession,
            and_(
                PreparationSession.clinic_id == Preparation.clinic_id,
                PreparationSession.preparation_id == Preparation.id,
                PreparationSession.ended_at.is_(None),
            ),
        )
        .outerjoin(
            TreatmentSession,
            and_(
                TreatmentSession.clinic_id == Line.clinic_id,
                TreatmentSession.id == func.coalesce(Line.session_id, PreparationSession.session_id),
            ),
        )
        .where(
            Line.clinic_id == clinic_id,
            Line.lot_id == lot_id,
            Line.from_id == container_id,
            Line.reverses_line_id.is_(None),
            undone.id.is_(None),
            target.kind.in_((LocationKind.PATIENT, LocationKind.COMPOUNDING)),
        )
        .order_by(Movement.occurred_at, Line.id)
    )
    return tuple(
        Draw(
            movement_id=row.movement_id,
            movement_uid=row.uid,
            occurred_at=row.occurred_at,
            patient_id=row.patient_id,
            over_at=(row.finished_at or row.occurred_at) if row.state in CLOSED_SESSION_STATES else None,
        )
        for row in rows
    )
