"""How does somebody who audits say what patients' names are opened for, before the first one is shown?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, insert, select

from stockroom.actor import Actor
from stockroom.db.identifiers import new_uid
from stockroom.db.store import Store
from stockroom.db.transaction import Work
from stockroom.errors import InvalidValue
from stockroom.ledger.acts import Act, perform
from stockroom.ledger.memberships import holds
from stockroom.ledger.named_rows import name_rows
from stockroom.models import Membership, StatedPurpose
from stockroom.vocabulary import Action, AuditPurpose, Role

REFERENCE_LONGEST = 80
LASTS_HOURS_MAX = 24


@dataclass(frozen=True, kw_only=True)
class StatePurpose:
    """Why names are needed, the number of the case, and for how long."""

    purpose: AuditPurpose
    reference: str
    """The number of the file or the case; no name."""
    lasts_hours: int = 8


@dataclass(frozen=True, kw_only=True)
class PurposeStated:
    stated_uid: str
    until_at: datetime


def state_purpose(
    store: Store, command: StatePurpose, *, actor: Actor, key: str, now: datetime
) -> PurposeStated:
    """Open patients' names to the actor in this clinic for some hours, and write down what for.

    It ends with the hours that were said, or with the inspector's account when that ends sooner.  Every look is
    written down as a disclosure for this purpose besides.
    Raises InvalidValue for no case number, or hours that are not from 1 to 24.
    """
    return perform(
        store,
        Act(kind="purpose.state", action=Action.STATE_PURPOSE),
        command=command,
        body=lambda work: _state(work, command),
        answer=PurposeStated,
        actor=actor,
        key=key,
        now=now,
    )


def _state(work: Work, command: StatePurpose) -> PurposeStated:
    reference = command.reference.strip()
    if not reference or len(reference) > REFERENCE_LONGEST or not reference.isprintable():
        raise InvalidValue(
            field="reference", problem=f"the number of the case, in 1 to {REFERENCE_LONGEST} signs"
        )
    if not 1 <= command.lasts_hours <= LASTS_HOURS_MAX:
        raise InvalidValue(field="lasts_hours", problem=f"from 1 to {LASTS_HOURS_MAX}")
    until_at = work.recorded_at + timedelta(hours=command.lasts_hours)
    ends_at = _account_ends_at(work)
    if ends_at is not None and ends_at > work.recorded_at:
        until_at = min(until_at, ends_at)
    uid = new_uid(work.now)
    work.connection.execute(
        insert(StatedPurpose).values(
            uid=uid,
            clinic_id=work.clinic_id,
            person_id=work.actor.person_id,
            purpose=command.purpose,
            reference=reference,
            stated_at=work.recorded_at,
            until_at=until_at,
        )
    )
    work.payload.update(stated=uid, purpose=command.purpose.value, until=until_at)
    name_rows(work, StatedPurpose, [uid])
    return PurposeStated(stated_uid=uid, until_at=until_at)


def _account_ends_at(work: Work) -> datetime | None:
    ends: datetime | None = work.connection.execute(
        select(func.max(Membership.until_at)).where(
            Membership.user_id == work.actor.user_id,
            Membership.clinic_id == work.clinic_id,
            Membership.role == Role.AUDITOR,
            holds(work.now),
        )
    ).scalar_one()
    return ends
