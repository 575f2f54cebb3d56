"""What is left of what was opened and made for one session, and for nobody after it?"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, and_, exists, select, union
from sqlalchemy.orm import aliased

from stockroom.models import (
    Container,
    Line,
    Movement,
    Preparation,
    PreparationIngredient,
    PreparationSession,
    TreatmentSession,
)
from stockroom.reads.patients import patient_facts
from stockroom.reads.things import NOBODY, Where, things
from stockroom.rules.usability import Thing
from stockroom.rules.using import is_remainder_of_session
from stockroom.vocabulary import CLOSED_SESSION_STATES, ContainerState, MovementKind, PreparationState


def remainders(
    connection: Connection, clinic_id: int, *, session_id: int, session_uid: str, patient_id: int
) -> tuple[Thing, ...]:
    """Give what finishing the session throws away, emptied vials included; five statements at most.

    Vials that serve one patient only and were opened for, or drawn in, this session; cocktails of which
    every session is over with this one.  What is held, put aside or promised to somebody else stays.
    """
    vials = set(connection.execute(_vials(clinic_id, session_id, session_uid)).scalars())
    lots = set(connection.execute(_cocktails(clinic_id, session_id)).scalars())
    if not vials and not lots:
        return ()
    left = things(
        connection, clinic_id, Where(location_ids=vials, lot_ids=lots), asker=NOBODY, with_empty=True
    )
    hers = patient_facts(connection, [patient_id])[patient_id].patient_id
    return tuple(each for each in left if is_remainder_of_session(each, hers))


def _vials(clinic_id: int, session_id: int, session_uid: str) -> Any:
    """Open containers opened for the session, used in it, or drawn into a cocktail for it."""
    turned = aliased(Line)
    opened = (
        select(Line.to_id.label("location_id"))
        .join(Movement, and_(Movement.clinic_id == Line.clinic_id, Movement.id == Line.movement_id))
        .where(
            Movement.clinic_id == clinic_id,
            Movement.document_uid == session_uid,
            Movement.kind == MovementKind.OPEN,
        )
    )
    used = select(Line.from_id).where(
        Line.clinic_id == clinic_id,
        Line.session_id == session_id,
        Line.reverses_line_id.is_(None),
        ~exists().where(turned.clinic_id == Line.clinic_id, turned.reverses_line_id == Line.id),
    )
    made = and_(
        Preparation.clinic_id == PreparationSession.clinic_id,
        Preparation.id == PreparationSession.preparation_id,
        Preparation.state == PreparationState.FINISHED,
    )
    drawn = (
        select(PreparationIngredient.location_id)
        .join(
            PreparationSession,
            and_(
                PreparationSession.clinic_id == PreparationIngredient.clinic_id,
                PreparationSession.preparation_id == PreparationIngredient.preparation_id,
            ),
        )
        .join(Preparation, made)
        .where(
            PreparationIngredient.clinic_id == clinic_id,
            PreparationSession.session_id == session_id,
            PreparationIngredient.removed_at.is_(None),
        )
    )
    touched = union(opened, used, drawn).subquery("touched")
    return (
        select(Container.location_id)
        .join(touched, touched.c.location_id == Container.location_id)
        .where(Container.clinic_id == clinic_id, Container.state == ContainerState.OPEN)
    )


def _cocktails(clinic_id: int, session_id: int) -> Any:
    """Lots of cocktails made for the session, and for no other that is not over yet."""
    other, visit = aliased(PreparationSession), aliased(TreatmentSession)
    waits = exists().where(
        other.clinic_id == PreparationSession.clinic_id,
        other.preparation_id == PreparationSession.preparation_id,
        other.session_id != session_id,
        visit.clinic_id == other.clinic_id,
        visit.id == other.session_id,
        visit.state.not_in([state.value for state in CLOSED_SESSION_STATES]),
    )
    return (
        select(Preparation.lot_id)
        .join(
            PreparationSession,
            and_(
                PreparationSession.clinic_id == Preparation.clinic_id,
                PreparationSession.preparation_id == Preparation.id,
            ),
        )
        .where(
            PreparationSession.clinic_id == clinic_id,
            PreparationSession.session_id == session_id,
            Preparation.lot_id.is_not(None),
            ~waits,
        )
    )
