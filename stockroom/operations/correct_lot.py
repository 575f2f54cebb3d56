"""How is a wrongly read lot put right?  Number or expiry amended, or two lots declared one; both names stay findable."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, ClassVar

from sqlalchemy import Row, insert, or_, select, update

from stockroom.actor import Actor
from stockroom.db.identifiers import new_uid
from stockroom.db.store import Store
from stockroom.db.transaction import Work
from stockroom.errors import Conflict, InvalidValue, Refused, extracted
from stockroom.ledger import allocations, lot_followers, recall_holding, recalls
from stockroom.ledger.acts import Act, perform
from stockroom.ledger.deviations import DEVIATION_UNSIGNED, Broke, Raised, raise_alerts, write_deviations
from stockroom.ledger.lost_promises import Standing, lose_all, standing_of
from stockroom.ledger.lot_rows import lock_products
from stockroom.ledger.offspring import offspring
from stockroom.ledger.reposting import NOTHING_REPOSTED, Reposted, WrongLot, repost
from stockroom.models import Line, Lot, ProductHold
from stockroom.reads.clinics import clinic_settings
from stockroom.reads.derived_limits import Descent, descent, lot_key
from stockroom.reads.finding import one_by_uid
from stockroom.reads.movements import booked_movements
from stockroom.reads.past_uses import LateUse, Shortened, late_uses
from stockroom.reads.usages import usages_by_line
from stockroom.rules.correcting import Change, Identity, check_identity, recompute
from stockroom.rules.expiry import has_passed, printed_limit
from stockroom.vocabulary import Action, HoldReason, Joined, LotKind, Role, Rule


@dataclass(eq=False, kw_only=True)
class LotWasCorrected(Conflict):
    """The lot turned out to be another one before."""

    code: ClassVar[str] = "lot_was_corrected"
    message: ClassVar[str] = extracted(
        "Lot {lot_number} was corrected before and is another lot now. Open that one and correct it."
    )
    lot_uid: str
    lot_number: str


@dataclass(eq=False, kw_only=True)
class OwnLotStays(Refused):
    """A cocktail's number is ours; it was not read from a pack."""

    code: ClassVar[str] = "own_lot_stays"
    message: ClassVar[str] = extracted(
        "{lot_number} is a cocktail: its number and its limit are ours. Correct what it was made from."
    )
    lot_number: str


@dataclass(frozen=True, kw_only=True)
class CorrectLot:
    """What the pack really says."""

    lot_uid: str
    number: str
    """As printed, case-sensitive; the number of another lot here declares the two one."""
    expires_on: date | None
    reason: str
    expires_at: datetime | None = None
    conflict_stated: bool = False
    """Somebody looked at the packs: another expiry in the books, here or elsewhere, is the wrong one."""


@dataclass(frozen=True, kw_only=True)
class ChangedLimit:
    """What became of the limit of a container or cocktail."""

    uid: str
    old: datetime | None
    new: datetime | None
    change: Change


@dataclass(frozen=True, kw_only=True)
class LotCorrected:
    lot_uid: str
    """The lot as it stands now; the same one where only the expiry was amended."""
    reversal_uid: str | None
    movement_uids: tuple[str, ...]
    """What was posted again, each with the instant at which it occurred."""
    limits: tuple[ChangedLimit, ...]
    lost_allocation_uids: tuple[str, ...]


def correct_lot(store: Store, command: CorrectLot, *, actor: Actor, key: str, now: datetime) -> LotCorrected:
    """Put a lot's number or expiry right, as one act.

    A wrong number: every line of the lot that still stands is reversed by one movement and posted again
    under the right lot, one movement for each that there was, so that sessions, documents, suppliers and
    the instants at which things occurred stay; each names the movement in whose place it stands.  What
    is known of uses is copied.  Containers, cocktails' ingredients, receipts, goods on their way, holds
    and promises follow.  The old lot stays, empty, and leads to the new one.  Where a lot of the right
    number lies here already, the two become one.

    A wrong expiry alone: (clinic, product, number) names one lot, so that there can be no second row.
    The expiry is no part of any line: it is amended where it stands, and nothing is posted.

    The limits of opened vials and cocktails are reckoned anew: downwards at once, upwards only by a
    practitioner (`rules.correcting`).  Uses after a limit that is now earlier become deviations with an
    alert.  A recall of the right number takes hold at once, of what was mixed from it too, and the sessions in
    which it was used come upon the recall's list; promises that
    no longer hold are lost, with an alert.  Old number and expiry stay findable (`lot_alias`).
    Raises ThingNotFound, InvalidValue, OwnLotStays, LotWasCorrected, NothingToCorrect, OtherExpiryKnown.
    """
    if not command.reason.strip() or not command.number.strip():
        raise InvalidValue(field="reason", problem="say which number the pack carries, and why this is right")
    if command.expires_on is not None and command.expires_at is not None:
        raise InvalidValue(field="expires_on", problem="a day or an instant, as the pack prints it")
    return perform(
        store,
        Act(kind="lot.correct", action=Action.CORRECT_LOT),
        command=command,
        body=lambda work: _correct(work, command),
        answer=LotCorrected,
        actor=actor,
        key=key,
        now=now,
    )


def _correct(work: Work, command: CorrectLot) -> LotCorrected:
    old = _lot(work, command.lot_uid)
    lot_followers.lock_transfers(work, [old.id])
    lock_products(work, [old.product_id])
    known = _check(work, old, command)
    zone = clinic_settings(work.connection, work.clinic_id).time_zone
    here = known[old.clinic_id] if old.clinic_id in known and command.number != old.number else None
    roots = (old.id,) if here is None else (old.id, here.id)
    before = descent(work.connection, work.clinic_id, roots, zone=zone)
    reposted = NOTHING_REPOSTED
    if command.number == old.number:
        target_id, target_uid = old.id, old.uid
        _amend(work, old, command)
    else:
        target_id, target_uid = _target(work, old, here, command)
        reposted = _repost(work, old, target_id, command.reason)
        recall_holding.catch_new_lots(work, [(old.product_id, command.number)])
        lot_followers.hand_over(work, old_id=old.id, new_id=target_id, line_ids=reposted.line_ids)
    printed = printed_limit(command.expires_on, command.expires_at, zone)
    limits = _reckon(work, before, roots, printed)
    _flag_uses(work, command.reason, _shortened(before, roots, target_id, printed, limits))
    lost = _keep_promises(work, command, old.product_id, target_id, reposted.promises, printed)
    recall_holding.join_uses(work, joined=Joined.CORRECTED)
    work.payload.update(
        lot=old.uid,
        corrected=target_uid,
        old=[old.number, old.expires_on, old.expires_at],
        new=[command.number, command.expires_on, command.expires_at],
        limits=limits,
        lost_allocations=lost,
    )
    return LotCorrected(
        lot_uid=target_uid,
        reversal_uid=reposted.reversal_uid,
        movement_uids=reposted.movement_uids,
        limits=limits,
        lost_allocation_uids=lost,
    )


def _lot(work: Work, uid: str) -> Row[Any]:
    lot = one_by_uid(work.connection, Lot, uid, thing="lot", clinic_id=work.clinic_id)
    if lot.kind == LotKind.PREPARED:
        raise OwnLotStays(lot_number=lot.number)
    if lot.superseded_by_id is not None:
        raise LotWasCorrected(lot_uid=lot.uid, lot_number=lot.number)
    return lot


def _check(work: Work, old: Row[Any], command: CorrectLot) -> dict[int, Row[Any]]:
    """Judge the new identity against every clinic's; give the lots of that number by clinic."""
    rows = work.connection.execute(
        select(Lot.__table__)
        .where(Lot.product_id == old.product_id, Lot.number == command.number, Lot.id != old.id)
        .order_by(Lot.clinic_id)
    ).all()
    new = Identity(lot_number=command.number, expires_on=command.expires_on, expires_at=command.expires_at)
    others: list[Identity | None] = [_identity(row) for row in rows if row.superseded_by_id is None]
    for other in others if others and not command.conflict_stated else [None]:
        check_identity(_identity(old), new, other)
    return {row.clinic_id: row for row in rows}


def _identity(row: Row[Any]) -> Identity:
    return Identity(lot_number=row.number, expires_on=row.expires_on, expires_at=row.expires_at)


def _amend(work: Work, lot: Row[Any], command: CorrectLot) -> None:
    """Write the right expiry where the wrong one stands, and keep the wrong one."""
    lot_followers.keep_alias(
        work,
        lot.id,
        number=lot.number,
        expires_on=lot.expires_on,
        expires_at=lot.expires_at,
        reason=command.reason,
    )
    work.connection.execute(
        update(Lot)
        .where(Lot.clinic_id == work.clinic_id, Lot.id == lot.id)
        .values(expires_on=command.expires_on, expires_at=command.expires_at)
    )


def _target(work: Work, old: Row[Any], here: Row[Any] | None, command: CorrectLot) -> tuple[int, str]:
    """The lot of the right number: the one that lies here, or a new one; it keeps the old name as alias."""
    if here is not None:
        target_id, uid = int(here.id), str(here.uid)
        if (here.expires_on, here.expires_at) != (command.expires_on, command.expires_at):
            _amend(work, here, command)
    else:
        uid = new_uid(work.now)
        target_id = work.connection.execute(
            insert(Lot)
            .values(
                uid=uid,
                clinic_id=work.clinic_id,
                product_id=old.product_id,
                kind=LotKind.MANUFACTURED,
                number=command.number,
                expires_on=command.expires_on,
                expires_at=command.expires_at,
                created_at=work.recorded_at,
            )
            .returning(Lot.id)
        ).scalar_one()
    lot_followers.keep_alias(
        work,
        target_id,
        number=old.number,
        expires_on=old.expires_on,
        expires_at=old.expires_at,
        reason=command.reason,
    )
    return target_id, uid


def _repost(work: Work, old: Row[Any], target_id: int, reason: str) -> Reposted:
    """Release what is promised of the old lot, and book everything of it again under the right one."""
    promises = standing_of(work, [old.id])
    for each in promises:
        allocations.release(work, each.promised)
    booked = booked_movements(
        work.connection, work.clinic_id, Line.lot_id == old.id, Line.reverses_line_id.is_(None)
    )
    standing = [each.standing for each in booked if each.standing.lines]
    line_ids = [line.line_id for each in standing for line in each.lines]
    reposted = repost(
        work,
        standing,
        WrongLot(lot_id=old.id, lot_uid=old.uid, right_id=target_id),
        usages=usages_by_line(work.connection, work.clinic_id, line_ids),
        reason=reason,
    )
    return replace(reposted, promises=promises)


def _reckon(
    work: Work, before: Descent, roots: tuple[int, ...], printed: datetime | None
) -> tuple[ChangedLimit, ...]:
    """Compute the limits of what was opened and mixed anew, and write those that changed."""
    corrected = {**before.limits, **{lot_key(lot_id): printed for lot_id in roots}}
    roles = frozenset(Role) if work.actor.is_system else work.roles
    changes = recompute(corrected, [each.derived for each in before.offshoots], roles=roles)
    pairs = list(zip(before.offshoots, changes, strict=True))
    lot_followers.write_limits(
        work,
        containers={
            each.location_id: change.new
            for each, change in pairs
            if each.location_id is not None and change.new != change.old
        },
        lots={
            each.lot_id: change.new
            for each, change in pairs
            if each.location_id is None and change.new is not None and change.new != change.old
        },
    )
    return tuple(
        ChangedLimit(uid=each.uid, old=change.old, new=change.new, change=change.change)
        for each, change in pairs
        if change.change is not Change.KEPT
    )


@dataclass(frozen=True, kw_only=True)
class _ShortenedLimits:
    lots: dict[int, Shortened]
    containers: dict[int, Shortened]


def _shortened(
    before: Descent,
    roots: tuple[int, ...],
    target_id: int,
    printed: datetime | None,
    limits: tuple[ChangedLimit, ...],
) -> _ShortenedLimits:
    """Which limits are earlier than was believed: of the lot itself, of vials, of cocktails."""
    lots: dict[int, Shortened] = {}
    believed = before.limits[lot_key(roots[0])]
    if printed is not None and (believed is None or printed < believed):
        lots[target_id] = Shortened(old=believed, new=printed)
    containers: dict[int, Shortened] = {}
    lowered = {each.uid: each for each in limits if each.change is Change.LOWERED}
    for each in before.offshoots:
        change = lowered.get(each.uid)
        if change is None or change.new is None:
            continue
        shortened = Shortened(old=change.old, new=change.new)
        if each.location_id is not None:
            containers[each.location_id] = shortened
        else:
            lots[each.lot_id] = shortened
    return _ShortenedLimits(lots=lots, containers=containers)


def _flag_uses(work: Work, reason: str, shortened: _ShortenedLimits) -> None:
    """What was used after a limit that is now known to have been earlier is a deviation, with an alert."""
    late = late_uses(work.connection, work.clinic_id, lots=shortened.lots, containers=shortened.containers)
    by_movement: dict[int, list[LateUse]] = {}
    for each in late:
        by_movement.setdefault(each.movement_id, []).append(each)
    for movement_id, uses in by_movement.items():
        broke = [
            Broke(rule=Rule.BEYOND_USE if each.from_container else Rule.EXPIRED, lot_id=each.lot_id)
            for each in uses
        ]
        write_deviations(work, movement_id, broke, reason=reason, was_asked=False)
        facts = {"rules": sorted({each.rule.value for each in broke}), "cause": "lot_corrected"}
        uid = uses[0].movement_uid
        alert = Raised(kind=DEVIATION_UNSIGNED, subject_kind="movement", subject_uid=uid, facts=facts)
        raise_alerts(work, [alert])


def _keep_promises(
    work: Work,
    command: CorrectLot,
    product_id: int,
    target_id: int,
    promises: tuple[Standing, ...],
    printed: datetime | None,
) -> tuple[str, ...]:
    """Promise the goods anew under their right name; lose what may not be used under it."""
    made = {
        each.lot_id: each.clinic_id
        for each in offspring(work.connection, [target_id])
        if each.clinic_id == work.clinic_id
    }
    for each in promises:
        _promise_anew(work, each, target_id, command.number)
    reaching = _recalls_of(work, product_id, command.number)
    for recall in reaching:
        recalls.hold_made_lots(work, made, recall_uid=recall.uid, note=recall.note)
    if reaching:
        return lose_all(work, standing_of(work, [target_id, *made]), cause="recall")
    if has_passed(printed, work.now):
        return lose_all(work, standing_of(work, [target_id]), cause="expired")
    return ()


def _promise_anew(work: Work, standing: Standing, target_id: int, number: str) -> None:
    anew = allocations.allocate(
        work,
        allocations.Promise(
            lot_id=target_id,
            lot_number=number,
            location_id=standing.promised.location_id,
            quantity=standing.promised.quantity,
            session_id=standing.session_id,
            preparation_id=standing.preparation_id,
        ),
    )
    lot_followers.hand_over_promise(work, old_id=standing.promised.allocation_id, anew=anew)


def _recalls_of(work: Work, product_id: int, number: str) -> Sequence[Row[str, str]]:
    """The recalls that reach the right number."""
    return work.connection.execute(
        select(ProductHold.uid, ProductHold.note)
        .where(
            ProductHold.product_id == product_id,
            ProductHold.reason == HoldReason.RECALL,
            ProductHold.released_at.is_(None),
            or_(ProductHold.lot_number.is_(None), ProductHold.lot_number == number),
        )
        .order_by(ProductHold.id)
    ).all()
