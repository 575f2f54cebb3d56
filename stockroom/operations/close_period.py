"""How are a clinic's books closed?  Through now, with a digest of every balance."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from sqlalchemy import and_, insert, select

from stockroom.actor import Actor
from stockroom.db.identifiers import new_uid
from stockroom.db.store import Store
from stockroom.db.transaction import JournalName, Work
from stockroom.errors import Conflict, InvalidValue, extracted
from stockroom.ledger.acts import Act, perform
from stockroom.ledger.encoding import canonical, sha256
from stockroom.models import Balance, ClosedPeriod, Location, Lot
from stockroom.reads.open_work import open_work
from stockroom.vocabulary import Action

ALTHOUGH_LONGEST = 500


@dataclass(eq=False, kw_only=True)
class WorkStandsOpen(Conflict):
    """Something is not finished whose end would fall into the closed time."""

    code: ClassVar[str] = "work_stands_open"
    message: ClassVar[str] = extracted(
        "The books were not closed. Not finished yet: {counts} counts, {deliveries} deliveries, {sessions} "
        "sessions. Finish them first, or say why the books are closed all the same."
    )
    counts: int
    deliveries: int
    sessions: int


@dataclass(frozen=True, kw_only=True)
class ClosePeriod:
    """The books of the actor's clinic are closed through now."""

    although: str = ""
    """Why they are closed although something still stands open; not needed where nothing does."""


@dataclass(frozen=True, kw_only=True)
class PeriodEnded:
    """What is closed, and what the balances were."""

    closed_period_uid: str
    through_at: datetime
    through_seq: int
    balances_digest: str


def close_period(store: Store, command: ClosePeriod, *, actor: Actor, key: str, now: datetime) -> PeriodEnded:
    """Close the books through this act's own entry.

    What stands open (counts, deliveries, sessions whose time has come) is finished first, unless somebody says
    why not.  A closed period is never opened again.  Afterwards nothing that is asked for is dated back into
    the closed time (PeriodClosed); what has really happened then still goes in, as recorded late.  The digest
    shows later that the balances of that entry can be recomputed: SHA-256 of the canonical JSON
    [[location uid, lot uid, quantity] …], sorted, zero balances left out.
    Raises WorkStandsOpen, InvalidValue for a reason that is too long.
    """
    return perform(
        store,
        Act(kind="period.close", action=Action.CLOSE_PERIOD),
        command=command,
        body=lambda work: _close(work, command),
        answer=PeriodEnded,
        actor=actor,
        key=key,
        now=now,
    )


def _close(work: Work, command: ClosePeriod) -> PeriodEnded:
    although = command.although.strip()
    if len(although) > ALTHOUGH_LONGEST:
        raise InvalidValue(field="although", problem=f"at most {ALTHOUGH_LONGEST} characters")
    standing = open_work(work.connection, work.clinic_id, at=work.now)
    if not standing.is_none and not although:
        raise WorkStandsOpen(
            counts=standing.counts, deliveries=standing.deliveries, sessions=standing.sessions
        )
    through_seq = work.heads[JournalName(clinic_id=work.clinic_id)].seq + 1
    digest = _balances_digest(work)
    uid = new_uid(work.now)
    work.connection.execute(
        insert(ClosedPeriod).values(
            uid=uid,
            clinic_id=work.clinic_id,
            through_at=work.recorded_at,
            through_seq=through_seq,
            balances_digest=digest,
            closed_by_id=work.actor.person_id,
            closed_at=work.recorded_at,
            although="" if standing.is_none else although,
        )
    )
    work.payload.update(
        closed_period=uid,
        through_at=work.recorded_at,
        balances_digest=digest,
        stood_open=[standing.counts, standing.deliveries, standing.sessions],
    )
    return PeriodEnded(
        closed_period_uid=uid, through_at=work.recorded_at, through_seq=through_seq, balances_digest=digest
    )


def _balances_digest(work: Work) -> str:
    rows = work.connection.execute(
        select(Location.uid, Lot.uid, Balance.quantity)
        .join_from(
            Balance,
            Location,
            and_(Location.clinic_id == Balance.clinic_id, Location.id == Balance.location_id),
        )
        .join(Lot, and_(Lot.clinic_id == Balance.clinic_id, Lot.id == Balance.lot_id))
        .where(Balance.clinic_id == work.clinic_id, Balance.quantity > 0)
    )
    return sha256(canonical(sorted([place, lot, quantity] for place, lot, quantity in rows)))
