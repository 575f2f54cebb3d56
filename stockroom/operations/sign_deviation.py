"""How does a second person sign that a rule was broken?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from sqlalchemy import func, select, update

from stockroom.actor import Actor
from stockroom.db.store import Store
from stockroom.db.transaction import Signing, Work
from stockroom.errors import Conflict, Forbidden, extracted
from stockroom.ledger.acts import Act, perform
from stockroom.ledger.deviations import DEVIATION_UNSIGNED
from stockroom.ledger.named_rows import name_rows
from stockroom.models import Alert, Deviation, Movement
from stockroom.notices import AlertState
from stockroom.reads.finding import one_by_uid
from stockroom.vocabulary import Action, SignatureMeaning, SignOnWay


@dataclass(eq=False, kw_only=True)
class OwnDeviation(Forbidden):
    """Nobody signs what he or she wrote down."""

    code: ClassVar[str] = "own_deviation"
    message: ClassVar[str] = extracted("You recorded this yourself. Somebody else has to sign it.")
    deviation: str


@dataclass(eq=False, kw_only=True)
class DeviationSigned(Conflict):
    """Somebody signed it before."""

    code: ClassVar[str] = "deviation_signed"
    message: ClassVar[str] = extracted("This deviation was already signed ({signed_at}).")
    deviation: str
    signed_at: datetime


@dataclass(frozen=True, kw_only=True)
class SignDeviation:
    deviation_uid: str
    way: SignOnWay = SignOnWay.PASSWORD
    """How the signer proved who it is."""


@dataclass(frozen=True, kw_only=True)
class Signed:
    deviation_uid: str
    signed_at: datetime


def sign_deviation(store: Store, command: SignDeviation, *, actor: Actor, key: str, now: datetime) -> Signed:
    """Sign a deviation as a second person; when it was the movement's last, its alert is resolved.

    Raises ThingNotFound, OwnDeviation, DeviationSigned.
    """
    return perform(
        store,
        Act(kind="deviation.sign", action=Action.SIGN_DEVIATION),
        command=command,
        body=lambda work: _sign(work, command),
        answer=Signed,
        actor=actor,
        key=key,
        now=now,
    )


def _sign(work: Work, command: SignDeviation) -> Signed:
    deviation = one_by_uid(
        work.connection, Deviation, command.deviation_uid, thing="deviation", clinic_id=work.clinic_id
    )
    if deviation.signed_at is not None:
        raise DeviationSigned(deviation=deviation.uid, signed_at=deviation.signed_at)
    if deviation.recorded_by_id == work.actor.person_id:
        raise OwnDeviation(deviation=deviation.uid)
    work.connection.execute(
        update(Deviation)
        .where(Deviation.clinic_id == work.clinic_id, Deviation.id == deviation.id)
        .values(signed_at=work.recorded_at, signed_by_id=work.actor.person_id)
    )
    work.signed.append(
        Signing(
            person_id=work.actor.person_id,
            person_uid=work.actor.person_uid,
            meaning=SignatureMeaning.CHECKED,
            way=command.way,
        )
    )
    name_rows(work, Deviation, [deviation.uid])
    _resolve_alert(work, deviation.movement_id)
    work.payload.update(deviation=deviation.uid, rule=deviation.rule)
    return Signed(deviation_uid=deviation.uid, signed_at=work.recorded_at)


def _resolve_alert(work: Work, movement_id: int) -> None:
    unsigned = select(func.count()).where(
        Deviation.clinic_id == work.clinic_id,
        Deviation.movement_id == movement_id,
        Deviation.signed_at.is_(None),
    )
    if work.connection.execute(unsigned).scalar_one():
        return
    movement_uid = work.connection.execute(
        select(Movement.uid).where(Movement.clinic_id == work.clinic_id, Movement.id == movement_id)
    ).scalar_one()
    work.connection.execute(
        update(Alert)
        .where(
            Alert.clinic_id == work.clinic_id,
            Alert.kind == DEVIATION_UNSIGNED,
            Alert.subject_uid == movement_uid,
            Alert.resolved_at.is_(None),
        )
        .values(state=AlertState.RESOLVED, resolved_at=work.recorded_at, snoozed_until=None)
    )
