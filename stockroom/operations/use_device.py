"""How is a device used in a session, scanned or chosen, and how is that taken back?  It is never consumed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import Row, select

from stockroom.actor import Actor
from stockroom.clock import civil_date
from stockroom.db.store import Store
from stockroom.db.transaction import Work
from stockroom.errors import Conflict, extracted
from stockroom.ledger.acts import Act, perform
from stockroom.ledger.caution_answers import (
    answered_before,
    caution_question,
    question,
    write_answers,
)
from stockroom.ledger.device_acts import write_device_act
from stockroom.models import Device, DeviceAct, TreatmentSession
from stockroom.reads.agreements import agreement
from stockroom.reads.authorised import require_authorised
from stockroom.reads.clinics import clinic_settings
from stockroom.reads.closed_sessions import SessionClosed
from stockroom.reads.devices import device_states
from stockroom.reads.finding import one_by_uid
from stockroom.reads.patients import patient_facts
from stockroom.rules.device_suitability import DeviceNamed, judge_device, rules_against, said_of_device
from stockroom.rules.devices import stop_of
from stockroom.rules.overriding import Override
from stockroom.rules.permissions import require_reversal
from stockroom.rules.suitability import FlagRule, PatientFacts
from stockroom.rules.usability import Caution
from stockroom.vocabulary import CLOSED_SESSION_STATES, Action, DeviceActKind, Effect, Rule


@dataclass(eq=False, kw_only=True)
class DeviceInUse(Conflict):
    """It stands in the session already."""

    code: ClassVar[str] = "device_in_use"
    message: ClassVar[str] = extracted("{device} stands in this session already. Nothing was changed.")
    device: str


@dataclass(eq=False, kw_only=True)
class TakenBackAlready(Conflict):
    code: ClassVar[str] = "device_taken_back_already"
    message: ClassVar[str] = extracted("This was taken back already. Nothing was changed.")
    act: str


@dataclass(frozen=True, kw_only=True)
class UseDevice:
    """A device that is used on a session's patient; `scan` is the raw text where it was scanned."""

    session_uid: str
    device_uid: str
    scan: str | None = None
    override: Override | None = None
    """Why it is used although a flag of the patient, or that nobody authorised whoever uses it, speaks against it."""


@dataclass(frozen=True, kw_only=True)
class DeviceUsed:
    act_uid: str
    device_uid: str
    session_uid: str


@dataclass(frozen=True, kw_only=True)
class TakeBackDevice:
    """A device that was chosen by mistake."""

    act_uid: str
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class DeviceTakenBack:
    act_uid: str
    session_uid: str


def use_device(store: Store, command: UseDevice, *, actor: Actor, key: str, now: datetime) -> DeviceUsed:
    """Write down that a device is used in a session, unless something stops it.

    Raises ThingNotFound, SessionClosed, DeviceInUse, DeviceRetired, DeviceOnHold, ServiceNotKnown,
    ServiceOverdue, DeviceNotCleaned, and as `judge_device` where a flag of the patient speaks against it;
    AuthorisationAsked, OutsideAuthorisation.
    """
    return perform(
        store,
        Act(kind="device.use", action=Action.USE),
        command=command,
        body=lambda work: _use(work, command),
        answer=DeviceUsed,
        actor=actor,
        key=key,
        now=now,
    )


def take_back_device(
    store: Store, command: TakeBackDevice, *, actor: Actor, key: str, now: datetime
) -> DeviceTakenBack:
    """Say that a device was not used in a session after all; both rows stay.

    One's own while the session goes on; otherwise a practitioner's, as for goods.
    Raises ThingNotFound, TakenBackAlready, ActionForbidden, NotYoursToReverse.
    """
    return perform(
        store,
        Act(kind="device.take_back", action=Action.REVERSE),
        command=command,
        body=lambda work: _take_back(work, command),
        answer=DeviceTakenBack,
        actor=actor,
        key=key,
        now=now,
    )


def _use(work: Work, command: UseDevice) -> DeviceUsed:
    session = one_by_uid(
        work.connection, TreatmentSession, command.session_uid, thing="session", clinic_id=work.clinic_id
    )
    if session.state in CLOSED_SESSION_STATES:
        raise SessionClosed(session=session.uid, state=session.state.replace("_", " "))
    row = one_by_uid(work.connection, Device, command.device_uid, thing="device", clinic_id=work.clinic_id)
    if _stands(work, session, row):
        raise DeviceInUse(device=row.name)
    today = civil_date(work.now, clinic_settings(work.connection, work.clinic_id).time_zone)
    state = device_states(work.connection, work.clinic_id, [row], today=today)[row.id]
    facts = patient_facts(work.connection, work.clinic_id, [session.patient_id])[session.patient_id]
    if (stop := stop_of(state, patient_id=facts.patient_id)) is not None:
        raise stop
    _require_suitable(
        work, command, session, row, says=said_of_device(facts.flag_rules, row.kind, on=today), facts=facts
    )
    require_authorised(work, "inject", answer=command.override, scopes=(row.kind,), session_ids=[session.id])
    uid = write_device_act(work, row.id, DeviceActKind.USED, session_id=session.id, raw_scan=command.scan)
    work.payload.update(device=row.uid, session=session.uid, act=uid)
    return DeviceUsed(act_uid=uid, device_uid=row.uid, session_uid=session.uid)


def _require_suitable(
    work: Work,
    command: UseDevice,
    session: Row[Any],
    device: Row[Any],
    *,
    says: Sequence[FlagRule],
    facts: PatientFacts,
) -> None:
    """Let it be used against what her flags say, or refuse it; what was answered stands in the session.

    A caution is asked about once in a session, also where goods asked it first; a stop each time.
    """
    if not says:
        return
    cautions = {
        each: caution_question(work, Caution(patient_id=facts.patient_id, says=each))
        for each in says
        if each.effect is not Effect.STOP
    }
    known = answered_before(work, [session.id]) if cautions else frozenset()
    left = [each for each in says if each not in cautions or cautions[each].about not in known]
    broken = rules_against(left)
    agreed = agreement(work, command.override)
    judge_device(
        broken,
        DeviceNamed(uid=device.uid, name=device.name),
        override=command.override,
        actions=work.actions,
        agreement=agreed,
    )
    if not broken or command.override is None:
        return
    stop = question(work, Rule.CONTRAINDICATED.value, facts.patient_id, device.uid)
    asked = [cautions.get(each, stop) for each in left]
    write_answers(work, asked, reason=command.override.reason, session_ids=[session.id])
    work.payload.update(overridden=[rule.value for rule in broken], **agreed.facts)


def _stands(work: Work, session: Row[Any], device: Row[Any]) -> bool:
    used = select(DeviceAct.id).where(
        DeviceAct.clinic_id == work.clinic_id,
        DeviceAct.session_id == session.id,
        DeviceAct.device_id == device.id,
        DeviceAct.kind == DeviceActKind.USED,
        DeviceAct.id.not_in(
            select(DeviceAct.undoes_id).where(
                DeviceAct.clinic_id == work.clinic_id,
                DeviceAct.session_id == session.id,
                DeviceAct.undoes_id.is_not(None),
            )
        ),
    )
    return work.connection.execute(used).first() is not None


def _take_back(work: Work, command: TakeBackDevice) -> DeviceTakenBack:
    row = one_by_uid(
        work.connection, DeviceAct, command.act_uid, thing="use of a device", clinic_id=work.clinic_id
    )
    session = work.connection.execute(
        select(TreatmentSession.id, TreatmentSession.uid, TreatmentSession.state).where(
            TreatmentSession.clinic_id == work.clinic_id, TreatmentSession.id == row.session_id
        )
    ).one()
    back = select(DeviceAct.id).where(DeviceAct.clinic_id == work.clinic_id, DeviceAct.undoes_id == row.id)
    if row.kind != DeviceActKind.USED or work.connection.execute(back).first() is not None:
        raise TakenBackAlready(act=row.uid)
    is_over = session.state in CLOSED_SESSION_STATES
    require_reversal(work.roles, is_own=row.by_id == work.actor.person_id and not is_over, is_use=True)
    uid = write_device_act(
        work,
        row.device_id,
        DeviceActKind.TAKEN_BACK,
        session_id=session.id,
        reason=command.reason.strip()[:500],
        undoes_id=row.id,
    )
    work.payload.update(act=row.uid, session=session.uid, taken_back=uid)
    return DeviceTakenBack(act_uid=uid, session_uid=session.uid)
