"""What is left of what was opened and made for one session, and for nobody after it?"""

from __future__ import annotations

from functools import cache
from typing import Any

from sqlalchemy import Connection, and_, bindparam, exists, func, select, union
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
    asked = {"clinic": clinic_id, "session": session_id, "uid": session_uid}
    vials = set(connection.execute(_vials(), asked).scalars())
    lots = set(connection.execute(_cocktails(), {"clinic": clinic_id, "session": session_id}).scalars())
    if not vials and not lots:
        return ()
    left = things(
        connection, clinic_id, Where(location_ids=vials, lot_ids=lots), asker=NOBODY, with_empty=True
    )
    hers = patient_facts(connection, clinic_id, [patient_id])[patient_id].patient_id
    return tuple(each for each in left if is_remainder_of_session(each, hers))


@cache
def _vials() -> Any:
    """Open containers opened for the session, used in it, or drawn into a cocktail for it.

    The clinic of a movement, and whether a line is a reversal, are asked in ways that no index serves:
    for either SQLite would walk all that the clinic ever booked.
    """
    turned = aliased(Line)
    opened = (
        select(Line.to_id)
        .join(Movement, and_(Movement.clinic_id == Line.clinic_id, Movement.id == Line.movement_id))
        .where(
            func.coalesce(Movement.clinic_id, 0) == bindparam("clinic"),
            Movement.document_uid == bindparam("uid"),
            Movement.kind == MovementKind.OPEN,
        )
    )
    used = select(Line.from_id).where(
        Line.clinic_id == bindparam("clinic"),
        Line.session_id == bindparam("session"),
        func.coalesce(Line.reverses_line_id, 0) == 0,
        ~exists().where(turned.clinic_id == Line.clinic_id, turned.reverses_line_id == Line.id),
    )
    made = (
        select(PreparationSession.preparation_id)
        .join(
            Preparation,
            and_(
                Preparation.clinic_id == PreparationSession.clinic_id,
                Preparation.id == PreparationSession.preparation_id,
            ),
        )
        .where(
            PreparationSession.clinic_id == bindparam("clinic"),
            PreparationSession.session_id == bindparam("session"),
            PreparationSession.ended_at.is_(None),
            Preparation.state == PreparationState.FINISHED,
        )
    )
    drawn = select(PreparationIngredient.location_id).where(
        PreparationIngredient.clinic_id == bindparam("clinic"),
        PreparationIngredient.preparation_id.in_(made),
        PreparationIngredient.removed_at.is_(None),
    )
    return select(Container.location_id).where(
        Container.clinic_id == bindparam("clinic"),
        Container.location_id.in_(union(opened, used, drawn)),
        func.coalesce(Container.state, "") == ContainerState.OPEN.value,
    )


@cache
def _cocktails() -> Any:
    """Lots of cocktails made for the session, and for no other that is not over yet."""
    other, visit = aliased(PreparationSession), aliased(TreatmentSession)
    waits = exists().where(
        other.clinic_id == PreparationSession.clinic_id,
        other.preparation_id == PreparationSession.preparation_id,
        other.session_id != bindparam("session"),
        other.ended_at.is_(None),
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
            PreparationSession.clinic_id == bindparam("clinic"),
            PreparationSession.session_id == bindparam("session"),
            PreparationSession.ended_at.is_(None),
            Preparation.lot_id.is_not(None),
            ~waits,
        )
    )
