"""How is a hold lifted?  With a note, by a permitted role; a recall's only by ending the recall."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, and_, or_, select, update

from stockroom.actor import Actor
from stockroom.db.store import Store
from stockroom.db.transaction import ORGANISATION, Work
from stockroom.errors import InvalidValue
from stockroom.ledger import recalls
from stockroom.ledger.acts import Act, perform
from stockroom.ledger.offspring import offspring
from stockroom.models import ClinicHold, Lot, ProductHold
from stockroom.reads.authorised import require_authorised
from stockroom.reads.clinics import every_clinic
from stockroom.reads.finding import one_by_uid
from stockroom.rules.holding import Hold, check_release
from stockroom.rules.overriding import Override
from stockroom.vocabulary import Action, HoldReason, Role


@dataclass(frozen=True, kw_only=True)
class ReleaseHold:
    """A hold of the clinic to be lifted."""

    hold_uid: str
    note: str
    override: Override | None = None
    """Why it is lifted although nobody authorised whoever lifts it."""


@dataclass(frozen=True, kw_only=True)
class ReleaseRecall:
    """A recall to be ended, in every clinic."""

    hold_uid: str
    note: str
    override: Override | None = None


@dataclass(frozen=True, kw_only=True)
class HoldReleased:
    hold_uid: str


def release_hold(
    store: Store, command: ReleaseHold, *, actor: Actor, key: str, now: datetime
) -> HoldReleased:
    """Lift a hold of the actor's clinic; when it was placed and when it was lifted both stay.

    Raises ThingNotFound, InvalidValue, HoldAlreadyReleased, RecallHoldStays, HoldReleaseForbidden,
    AuthorisationAsked, OutsideAuthorisation.
    """
    return perform(
        store,
        Act(kind="hold.release", action=Action.RELEASE_HOLD),
        command=command,
        body=lambda work: _release(work, command),
        answer=HoldReleased,
        actor=actor,
        key=key,
        now=now,
    )


def release_recall(
    store: Store, command: ReleaseRecall, *, actor: Actor, key: str, now: datetime
) -> HoldReleased:
    """End a recall in every clinic, and let go of exactly the cocktails that it holds.

    A cocktail that another recall reaches is held by that one too, and stays so.

    What was promised and lost stays lost.
    Raises ThingNotFound, InvalidValue, HoldAlreadyReleased, HoldReleaseForbidden, AuthorisationAsked,
    OutsideAuthorisation.
    """
    return perform(
        store,
        Act(
            kind="recall.release",
            action=Action.RECALL,
            filed_in=ORGANISATION,
            also_locks=every_clinic(store),
        ),
        command=command,
        body=lambda work: _release_recall(work, command),
        answer=HoldReleased,
        actor=actor,
        key=key,
        now=now,
    )


def _release(work: Work, command: ReleaseHold) -> HoldReleased:
    hold = one_by_uid(work.connection, ClinicHold, command.hold_uid, thing="hold", clinic_id=work.clinic_id)
    _check(work, hold, command.note, closes_recall=False)
    require_authorised(work, "release_hold", answer=command.override)
    _mark(work, ClinicHold, hold.id, command.note)
    work.payload.update(hold=command.hold_uid, reason=hold.reason)
    return HoldReleased(hold_uid=command.hold_uid)


def _release_recall(work: Work, command: ReleaseRecall) -> HoldReleased:
    hold = one_by_uid(work.connection, ProductHold, command.hold_uid, thing="recall")
    _check(work, hold, command.note, closes_recall=True)
    require_authorised(work, "release_hold", answer=command.override)
    _mark(work, ProductHold, hold.id, command.note)
    recalls.let_go(work, hold.uid, note=command.note)
    without_origin = recalls.held_without_origin(work)
    if without_origin:
        still_held = {each.lot_id for each in offspring(work.connection, _still_recalled(work))}
        recalls.let_go_without_origin(work, without_origin - still_held, note=command.note)
    work.payload.update(hold=command.hold_uid, lot_number=hold.lot_number)
    return HoldReleased(hold_uid=command.hold_uid)


def _check(work: Work, row: Row[Any], note: str, *, closes_recall: bool) -> None:
    if not note.strip():
        raise InvalidValue(field="note", problem="a release says why")
    hold = Hold(
        hold_id=row.id,
        hold_uid=row.uid,
        reason=HoldReason(row.reason),
        is_released=row.released_at is not None,
    )
    # Jobs and the terminal act for the house and hold no role; whoever started them answered for it.
    roles = frozenset(Role) if work.actor.is_system else work.roles
    check_release(hold, roles, closes_recall=closes_recall)


def _mark(work: Work, model: Any, hold_id: int, note: str) -> None:
    work.connection.execute(
        update(model)
        .where(model.id == hold_id)
        .values(released_at=work.recorded_at, released_by_id=work.actor.person_id, release_note=note)
    )


def _still_recalled(work: Work) -> list[int]:
    same = and_(
        ProductHold.product_id == Lot.product_id,
        or_(ProductHold.lot_number.is_(None), ProductHold.lot_number == Lot.number),
    )
    return list(
        work.connection.execute(
            select(Lot.id)
            .join(ProductHold, same)
            .where(ProductHold.reason == HoldReason.RECALL, ProductHold.released_at.is_(None))
            .distinct()
        ).scalars()
    )
