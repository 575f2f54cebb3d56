"""What becomes of a cocktail whose session was cancelled?  It goes to another session, where that is allowed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import Row, and_, exists, func, insert, select, update

from stockroom.actor import Actor
from stockroom.clock import civil_date
from stockroom.db.store import Store
from stockroom.db.transaction import Work
from stockroom.errors import Conflict, InvalidValue, Refused, extracted
from stockroom.ledger.acts import Act, perform
from stockroom.models import (
    Line,
    Location,
    Preparation,
    PreparationIngredient,
    PreparationSession,
    TreatmentSession,
)
from stockroom.reads.clinics import clinic_settings
from stockroom.reads.finding import one_by_uid
from stockroom.reads.open_sessions import SESSIONS_MAX, open_sessions
from stockroom.reads.patients import patient_facts
from stockroom.reads.recipes import technique_of
from stockroom.reads.things import NOBODY, Asker, Where, things
from stockroom.rules.agreeing import NOBODY_ASKED
from stockroom.rules.compounding import check_patients
from stockroom.rules.overriding import judge
from stockroom.rules.usability import Purpose, Thing, broken_rules
from stockroom.vocabulary import CLOSED_SESSION_STATES, Action, LocationKind, PreparationState, Rule


@dataclass(eq=False, kw_only=True)
class StillExpected(Refused):
    """A session that it was made for still takes place."""

    code: ClassVar[str] = "still_expected"
    message: ClassVar[str] = extracted(
        "Cocktail {short_code} is for session {session}, which still takes place. Cancel that session first, "
        "or make another cocktail."
    )
    short_code: str
    session: str


@dataclass(eq=False, kw_only=True)
class NothingToReassign(Conflict):
    """Nothing of it is left, or some of it is in a patient already."""

    code: ClassVar[str] = "nothing_to_reassign"
    message: ClassVar[str] = extracted(
        "Cocktail {short_code} is not given to another session: nothing of it is left, or some of it was used. "
        "Discard what is left and make another one."
    )
    short_code: str


@dataclass(frozen=True, kw_only=True)
class ReassignPreparation:
    """A cocktail that lies ready, and the sessions that it is for now."""

    preparation_uid: str
    session_uids: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class PreparationReassigned:
    preparation_uid: str
    session_uids: tuple[str, ...]


def reassign_preparation(
    store: Store, command: ReassignPreparation, *, actor: Actor, key: str, now: datetime
) -> PreparationReassigned:
    """Give a finished cocktail, whose sessions are all over, to other sessions.

    To the same patient always; to another only what was drawn from containers that several patients may
    share, and that serve nobody else.  Every rule is judged for whoever gets it now, without an override; what a
    flag only warns of is asked about when it is used.
    Raises InvalidValue, ThingNotFound, StillExpected, SessionOver, NothingToReassign, NotForSeveralPatients,
    LotRecalled, a Stopped for each other rule.
    """
    if not 0 < len(command.session_uids) <= SESSIONS_MAX:
        raise InvalidValue(field="session_uids", problem=f"1 to {SESSIONS_MAX} sessions")
    return perform(
        store,
        Act(kind="preparation.reassign", action=Action.PREPARE),
        command=command,
        body=lambda work: _reassign(work, command),
        answer=PreparationReassigned,
        actor=actor,
        key=key,
        now=now,
    )


def _reassign(work: Work, command: ReassignPreparation) -> PreparationReassigned:
    made = one_by_uid(
        work.connection, Preparation, command.preparation_uid, thing="cocktail", clinic_id=work.clinic_id
    )
    _require_ready(work, made)
    now_for = open_sessions(work.connection, work.clinic_id, command.session_uids)
    was_for = _sessions_of(work, made)
    patients = {row.patient_id for row in now_for}
    before = {row.patient_id for row in was_for}
    facts = patient_facts(work.connection, work.clinic_id, patients | before)
    hers = {facts[each].patient_id for each in patients}
    if hers != {facts[each].patient_id for each in before} or len(hers) > 1:
        _check_shareable(work, made)
    _rename(work, made, was_for, now_for)
    technique = technique_of(work.connection, made.recipe_version_id)
    for patient_id in sorted(hers):
        facts_of = next(each for each in facts.values() if each.patient_id == patient_id)
        (thing,) = _lying(work, made, Asker(patient_id=patient_id))[:1]
        broken = broken_rules(
            thing,
            now=work.now,
            today=civil_date(work.now, clinic_settings(work.connection, work.clinic_id).time_zone),
            purpose=Purpose.COMPOUND,
            patient=facts_of,
            technique=technique,
        )
        # A caution stops nobody from getting it: it is asked about when it is used.
        broken = tuple(each for each in broken if each.rule is not Rule.CAUTION)
        judge(broken, override=None, actions=work.actions, agreement=NOBODY_ASKED)
    uids = tuple(sorted(command.session_uids))
    work.payload.update(preparation=made.uid, sessions=list(uids), was=sorted(row.uid for row in was_for))
    return PreparationReassigned(preparation_uid=made.uid, session_uids=uids)


def _require_ready(work: Work, made: Row[Any]) -> None:
    used = exists().where(
        Line.clinic_id == work.clinic_id,
        Line.lot_id == made.lot_id,
        func.coalesce(Line.reverses_line_id, 0) == 0,
        Line.to_id.in_(
            select(Location.id).where(
                Location.clinic_id == work.clinic_id, Location.kind == LocationKind.PATIENT
            )
        ),
    )
    is_ready = made.state == PreparationState.FINISHED and bool(_lying(work, made, NOBODY))
    if not is_ready or work.connection.execute(select(used)).scalar_one():
        raise NothingToReassign(short_code=made.short_code)


def _lying(work: Work, made: Row[Any], asker: Asker) -> tuple[Thing, ...]:
    """What is left of it, as it stands for whoever asks."""
    return things(work.connection, work.clinic_id, Where(lot_ids={made.lot_id}), asker=asker)


def _sessions_of(work: Work, made: Row[Any]) -> list[Any]:
    """The sessions that it was for.  Raises StillExpected while one of them is not over."""
    rows: Any = work.connection.execute(
        select(
            TreatmentSession.id,
            TreatmentSession.uid,
            TreatmentSession.short_code,
            TreatmentSession.state,
            TreatmentSession.patient_id,
        )
        .join(
            PreparationSession,
            and_(
                PreparationSession.clinic_id == TreatmentSession.clinic_id,
                PreparationSession.session_id == TreatmentSession.id,
            ),
        )
        .where(
            PreparationSession.clinic_id == work.clinic_id,
            PreparationSession.preparation_id == made.id,
            PreparationSession.ended_at.is_(None),
        )
        .order_by(TreatmentSession.id)
    ).all()
    for row in rows:
        if row.state not in CLOSED_SESSION_STATES:
            raise StillExpected(short_code=made.short_code, session=row.short_code)
    return list(rows)


def _check_shareable(work: Work, made: Row[Any]) -> None:
    """Raise NotForSeveralPatients where something in it serves one patient only."""
    part = PreparationIngredient
    pairs = {
        (row.lot_id, row.location_id)
        for row in work.connection.execute(
            select(part.lot_id, part.location_id).where(
                part.clinic_id == work.clinic_id,
                part.preparation_id == made.id,
                part.removed_at.is_(None),
            )
        )
    }
    for thing in things(work.connection, work.clinic_id, Where(pairs=pairs), asker=NOBODY, with_empty=True):
        container_type = None if thing.dedicated_patient_id is not None else thing.container_type
        check_patients(container_type, 2, lot_number=thing.lot_number, product=thing.product_name)


def _rename(work: Work, made: Row[Any], was_for: Sequence[Row[Any]], now_for: Sequence[Row[Any]]) -> None:
    """End it for the sessions that it was for, and name those that it is for now."""
    mine = (PreparationSession.clinic_id == work.clinic_id, PreparationSession.preparation_id == made.id)
    named = set(work.connection.execute(select(PreparationSession.session_id).where(*mine)).scalars())
    wanted = {row.id for row in now_for}
    gone = {row.id for row in was_for} - wanted
    work.connection.execute(
        update(PreparationSession)
        .where(*mine, PreparationSession.session_id.in_(gone))
        .values(ended_at=work.recorded_at)
    )
    work.connection.execute(
        update(PreparationSession)
        .where(*mine, PreparationSession.session_id.in_(wanted & named))
        .values(ended_at=None)
    )
    new = [
        {"clinic_id": work.clinic_id, "preparation_id": made.id, "session_id": session_id}
        for session_id in sorted(wanted - named)
    ]
    if new:
        work.connection.execute(insert(PreparationSession), new)
