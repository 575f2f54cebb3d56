"""How does a visit come into the book, and how is it planned anew?  Planning locks no lot."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, ClassVar

from sqlalchemy import Row, bindparam, delete, exists, select, update

from stockroom.actor import Actor
from stockroom.clock import civil_date
from stockroom.db.built_once import adding, adding_one
from stockroom.db.identifiers import new_uid
from stockroom.db.store import Store
from stockroom.db.transaction import Work
from stockroom.errors import Conflict, InvalidValue, Refused, Stale, extracted
from stockroom.ledger.acts import Act, perform
from stockroom.ledger.allocations import release_of_session
from stockroom.models import Line, Location, Need, Person, Product, ProductGroup, TreatmentSession
from stockroom.reads.clinics import clinic_settings
from stockroom.reads.finding import many_by_uid, one_by_uid
from stockroom.reads.patients import patient_by_uid
from stockroom.reads.short_codes import free_short_code, taken_codes
from stockroom.units import QUANTITY_MAX
from stockroom.vocabulary import SHELF_KINDS, Action, SessionState

NEEDS_MAX = 100
_REFERENCE_LONGEST = 100
_TAKEN_CODES = taken_codes(TreatmentSession.short_code, TreatmentSession.clinic_id == bindparam("clinic"))


@dataclass(eq=False, kw_only=True)
class SessionChanged(Stale):
    """Somebody changed the session since it was read."""

    code: ClassVar[str] = "session_changed"
    message: ClassVar[str] = extracted(
        "This session was changed by somebody else. Look at it again before you change it."
    )
    session: str


@dataclass(eq=False, kw_only=True)
class SessionBegun(Conflict):
    """What has begun, or is over, is not planned anew."""

    code: ClassVar[str] = "session_begun"
    message: ClassVar[str] = extracted("This session is {state} and is not planned anew. Plan another one.")
    session: str
    state: str


@dataclass(eq=False, kw_only=True)
class PatientFixed(Refused):
    """A session's patient is fixed by its first use."""

    code: ClassVar[str] = "patient_fixed"
    message: ClassVar[str] = extracted(
        "Something was already used in this session, so its patient stays. Plan a session for the other "
        "patient; if the wrong patient was booked, correct the use."
    )
    session: str


@dataclass(eq=False, kw_only=True)
class PlannedInPast(Refused):
    """The day is over in the clinic, and nobody has said that it is meant."""

    code: ClassVar[str] = "planned_in_past"
    message: ClassVar[str] = extracted(
        "{on} is past. Plan the session for today or a later day, or say that the past day is meant."
    )
    on: date


@dataclass(frozen=True, kw_only=True)
class NeedOf:
    """What a session will take of a product, or of any of a group of equivalents."""

    quantity: int
    """Base units."""
    product_uid: str | None = None
    group_uid: str | None = None


@dataclass(frozen=True, kw_only=True)
class PlanSession:
    """One visit of one patient."""

    patient_uid: str
    planned_at: datetime
    practitioner_uid: str | None = None
    room_uid: str | None = None
    external_reference: str = ""
    """The visit's number in the clinic's own software; never a name."""
    needs: tuple[NeedOf, ...] = ()
    past_is_meant: bool = False
    """True: somebody has seen that the day is past, and means it: a visit that nobody had planned."""


@dataclass(frozen=True, kw_only=True)
class ReplanSession:
    """All of a planned session anew: what is left out is gone, its needs are replaced."""

    session_uid: str
    version: int
    """The version that was read."""
    plan: PlanSession


@dataclass(frozen=True, kw_only=True)
class SessionPlanned:
    session_uid: str
    short_code: str
    version: int


def require_day(planned_at: datetime, *, now: datetime, zone: str, past_is_meant: bool) -> None:
    """Raise PlannedInPast for a day before today in the clinic, unless it is meant.

    An earlier hour of today needs no word: the patient came before anybody planned it.
    """
    on = civil_date(planned_at, zone)
    if on < civil_date(now, zone) and not past_is_meant:
        raise PlannedInPast(on=on)


def plan_session(
    store: Store, command: PlanSession, *, actor: Actor, key: str, now: datetime
) -> SessionPlanned:
    """Plan a visit with what it will need.  The needs bind no lot.

    Raises ThingNotFound, PatientErased, InvalidValue, PlannedInPast.
    """
    return perform(
        store,
        Act(kind="session.plan", action=Action.PLAN_SESSION),
        command=command,
        body=lambda work: _plan(work, command),
        answer=SessionPlanned,
        actor=actor,
        key=key,
        now=now,
    )


def replan_session(
    store: Store, command: ReplanSession, *, actor: Actor, key: str, now: datetime
) -> SessionPlanned:
    """Change a session that has not ended, replacing its needs.  Its patient stays once something was used.

    What was kept for it is given back when its day or its patient changes: only today's session keeps a lot.

    Raises ThingNotFound, PatientErased, InvalidValue, SessionChanged, SessionBegun, PatientFixed,
    PlannedInPast for another day than it had.
    """
    return perform(
        store,
        Act(kind="session.replan", action=Action.PLAN_SESSION),
        command=command,
        body=lambda work: _replan(work, command),
        answer=SessionPlanned,
        actor=actor,
        key=key,
        now=now,
    )


def _plan(work: Work, command: PlanSession) -> SessionPlanned:
    values = _values(work, command)
    _check_day(work, command)
    uid = new_uid(work.now)
    code = free_short_code(work.connection, _TAKEN_CODES, clinic=work.clinic_id)
    session_id = work.connection.execute(
        adding_one(TreatmentSession),
        {
            "uid": uid,
            "clinic_id": work.clinic_id,
            "state": SessionState.PLANNED,
            "short_code": code,
            "created_at": work.recorded_at,
            "updated_at": work.recorded_at,
            **values,
        },
    ).scalar_one()
    _write_needs(work, session_id, command.needs)
    _say(work, uid, command)
    return SessionPlanned(session_uid=uid, short_code=code, version=1)


def _replan(work: Work, command: ReplanSession) -> SessionPlanned:
    session = one_by_uid(
        work.connection,
        TreatmentSession,
        command.session_uid,
        thing="session",
        clinic_id=work.clinic_id,
    )
    if session.version != command.version:
        raise SessionChanged(session=session.uid)
    if session.state not in (SessionState.PLANNED, SessionState.ARRIVED, SessionState.PREPARING):
        raise SessionBegun(session=session.uid, state=session.state.replace("_", " "))
    values = _values(work, command.plan)
    if values["patient_id"] != session.patient_id:
        _require_unused(work, session)
    zone = clinic_settings(work.connection, work.clinic_id).time_zone
    was_on, is_on = (civil_date(at, zone) for at in (session.planned_at, command.plan.planned_at))
    if was_on != is_on:
        _check_day(work, command.plan)
    if was_on != is_on or values["patient_id"] != session.patient_id:
        work.payload["released"] = list(release_of_session(work, session.id))
    work.connection.execute(
        update(TreatmentSession)
        .where(TreatmentSession.clinic_id == work.clinic_id, TreatmentSession.id == session.id)
        .values(version=session.version + 1, updated_at=work.recorded_at, **values)
    )
    work.connection.execute(
        delete(Need).where(Need.clinic_id == work.clinic_id, Need.session_id == session.id)
    )
    _write_needs(work, session.id, command.plan.needs)
    _say(work, session.uid, command.plan)
    return SessionPlanned(session_uid=session.uid, short_code=session.short_code, version=session.version + 1)


def _check_day(work: Work, command: PlanSession) -> None:
    zone = clinic_settings(work.connection, work.clinic_id).time_zone
    require_day(command.planned_at, now=work.now, zone=zone, past_is_meant=command.past_is_meant)


def _require_unused(work: Work, session: Row[Any]) -> None:
    used = select(exists().where(Line.clinic_id == work.clinic_id, Line.session_id == session.id))
    if work.connection.execute(used).scalar_one():
        raise PatientFixed(session=session.uid)


def _values(work: Work, command: PlanSession) -> dict[str, Any]:
    if len(command.external_reference) > _REFERENCE_LONGEST:
        raise InvalidValue(field="external_reference", problem=f"at most {_REFERENCE_LONGEST} characters")
    patient = patient_by_uid(work.connection, command.patient_uid)
    practitioner_id = None
    if command.practitioner_uid is not None:
        practitioner_id = one_by_uid(
            work.connection, Person, command.practitioner_uid, thing="practitioner"
        ).id
    room_id = None
    if command.room_uid is not None:
        room = one_by_uid(work.connection, Location, command.room_uid, thing="room", clinic_id=work.clinic_id)
        if room.kind not in SHELF_KINDS:
            raise InvalidValue(field="room_uid", problem="a session takes place in a room")
        room_id = room.id
    return {
        "patient_id": patient.id,
        "planned_at": command.planned_at,
        "practitioner_id": practitioner_id,
        "room_id": room_id,
        "external_reference": command.external_reference,
    }


def _write_needs(work: Work, session_id: int, needs: tuple[NeedOf, ...]) -> None:
    _check_needs(needs)
    if not needs:
        return
    products = _ids(work, Product, (each.product_uid for each in needs), "product")
    groups = _ids(work, ProductGroup, (each.group_uid for each in needs), "product group")
    work.connection.execute(
        adding(Need),
        [
            {
                "uid": new_uid(work.now),
                "clinic_id": work.clinic_id,
                "session_id": session_id,
                "product_id": products.get(each.product_uid),
                "group_id": groups.get(each.group_uid),
                "quantity": each.quantity,
            }
            for each in needs
        ],
    )


def _check_needs(needs: tuple[NeedOf, ...]) -> None:
    if len(needs) > NEEDS_MAX:
        raise InvalidValue(field="needs", problem=f"at most {NEEDS_MAX}")
    for n, each in enumerate(needs):
        if (each.product_uid is None) == (each.group_uid is None):
            raise InvalidValue(field=f"needs[{n}]", problem="name a product or a group")
        if not 0 < each.quantity <= QUANTITY_MAX:
            raise InvalidValue(field=f"needs[{n}].quantity", problem="more than zero base units")


def _ids(work: Work, model: Any, uids: Iterable[str | None], thing: str) -> dict[str | None, int]:
    wanted = {uid for uid in uids if uid is not None}
    if not wanted:
        return {}
    return {uid: row.id for uid, row in many_by_uid(work.connection, model, wanted, thing=thing).items()}


def _say(work: Work, uid: str, command: PlanSession) -> None:
    work.payload.update(
        session=uid,
        patient=command.patient_uid,
        planned_at=command.planned_at,
        needs=[
            {"product": each.product_uid, "group": each.group_uid, "quantity": each.quantity}
            for each in command.needs
        ],
    )
