"""How does what was counted get into the books?  Each difference goes from adjustment to its place, or back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, insert, select, update

from stockroom.db.identifiers import new_uid
from stockroom.db.transaction import Work
from stockroom.ledger.accounts import accounts
from stockroom.ledger.lost_promises import lose_beyond
from stockroom.ledger.post import Posted, post
from stockroom.ledger.reversals import settle_containers
from stockroom.models import Balance, Container, Stocktake, StocktakeLine
from stockroom.rules.counting import Place, Reconciled
from stockroom.rules.posting import Draft, Line
from stockroom.vocabulary import ContainerState, LocationKind, MovementKind


@dataclass(frozen=True, kw_only=True)
class Difference:
    """What the books said at the moment of counting, and what was found."""

    lot_uid: str
    location_uid: str
    book_quantity: int
    found_quantity: int


@dataclass(frozen=True, kw_only=True)
class CountBooked:
    """A stocktake in the books."""

    stocktake_uid: str
    movement_uid: str | None
    """None when nothing differed."""
    differences: tuple[Difference, ...]
    lost_allocation_uids: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Kept:
    """A stocktake in the books, with the key of its row."""

    stocktake_id: int
    booked: CountBooked


def book(
    work: Work,
    things: Sequence[Reconciled],
    *,
    uids: Mapping[Place, tuple[str, str]],
    second_person_id: int | None = None,
) -> Kept:
    """Write down what was counted and post what differs; `things` can be booked (`rules.counting.check_bookable`).

    `uids` names each lot and place as the answer does.  The movement occurred when the last of the things that
    differ was counted; each of its lines, when its own thing was.  What is promised and no longer there is
    lost, with an alert.  A vial that was thought finished and is found in use is open again; an opened one
    that is found empty is finished.
    Raises PartOfPresentation (at a shelf lie whole presentations, L13), CodeOnAnotherContainer.
    """
    differing = [each for each in things if each.difference]
    left = {each.thing.place: each.books.now + each.difference for each in differing if each.difference < 0}
    lost = lose_beyond(work, left, cause="count")
    stocktake_uid = new_uid(work.now)
    posted = _post(work, differing, stocktake_uid) if differing else None
    stocktake_id = _write(work, things, posted, stocktake_uid, second_person_id)
    _settle(work, things)
    booked = CountBooked(
        stocktake_uid=stocktake_uid,
        movement_uid=None if posted is None else posted.uid,
        differences=tuple(_told(each, uids) for each in differing),
        lost_allocation_uids=lost,
    )
    work.payload.update(
        stocktake=stocktake_uid, lines=len(things), differences=booked.differences, lost_allocations=lost
    )
    return Kept(stocktake_id=stocktake_id, booked=booked)


def _told(each: Reconciled, uids: Mapping[Place, tuple[str, str]]) -> Difference:
    lot_uid, location_uid = uids[each.thing.place]
    return Difference(
        lot_uid=lot_uid,
        location_uid=location_uid,
        book_quantity=each.expected,
        found_quantity=each.thing.found,
    )


def _post(work: Work, differing: Sequence[Reconciled], stocktake_uid: str) -> Posted:
    adjustment = accounts(work, LocationKind.ADJUSTMENT)[LocationKind.ADJUSTMENT]
    reasons = sorted({each.thing.reason.value for each in differing if each.thing.reason})
    return post(
        work,
        Draft(
            kind=MovementKind.COUNT,
            lines=tuple(_difference(each, adjustment) for each in differing),
            occurred_at=max(each.thing.counted_at for each in differing),
            document_kind="stocktake",
            document_uid=stocktake_uid,
            reason=", ".join(reasons),
            is_recorded_late=True,
        ),
    )


def _difference(each: Reconciled, adjustment_id: int) -> Line:
    (lot_id, location_id), surplus = each.thing.place, each.difference > 0
    return Line(
        lot_id=lot_id,
        from_id=adjustment_id if surplus else location_id,
        to_id=location_id if surplus else adjustment_id,
        quantity=abs(each.difference),
    )


def _write(
    work: Work,
    things: Sequence[Reconciled],
    posted: Posted | None,
    stocktake_uid: str,
    second_person_id: int | None,
) -> int:
    stocktake_id = work.connection.execute(
        insert(Stocktake)
        .values(
            uid=stocktake_uid,
            clinic_id=work.clinic_id,
            counted_by_id=work.actor.person_id,
            recorded_at=work.recorded_at,
            movement_id=None if posted is None else posted.movement_id,
            second_person_id=second_person_id,
        )
        .returning(Stocktake.id)
    ).scalar_one()
    line_ids = iter(() if posted is None else posted.line_ids)
    rows = [
        _row(work, stocktake_id, n, each, next(line_ids) if each.difference else None)
        for n, each in enumerate(things, start=1)
    ]
    work.connection.execute(insert(StocktakeLine), rows)
    return int(stocktake_id)


def _row(work: Work, stocktake_id: int, n: int, each: Reconciled, line_id: int | None) -> dict[str, Any]:
    lot_id, location_id = each.thing.place
    return {
        "uid": new_uid(work.now),
        "clinic_id": work.clinic_id,
        "stocktake_id": stocktake_id,
        "n": n,
        "lot_id": lot_id,
        "location_id": location_id,
        "counted_at": each.thing.counted_at,
        "counted_quantity": each.thing.found,
        "book_quantity": each.expected,
        "reason": each.thing.reason if each.difference else None,
        "line_id": line_id,
        "counted_by_id": each.thing.counted_by_id,
    }


def _settle(work: Work, things: Sequence[Reconciled]) -> None:
    counted = {each.thing.place[1] for each in things}
    settle_containers(work, counted)
    holds_something = (
        select(Balance.quantity)
        .where(
            Balance.clinic_id == Container.clinic_id,
            Balance.location_id == Container.location_id,
            Balance.quantity > 0,
        )
        .exists()
    )
    work.connection.execute(
        update(Container)
        .where(
            and_(Container.clinic_id == work.clinic_id, Container.location_id.in_(counted)),
            Container.state == ContainerState.OPEN,
            ~holds_something,
        )
        .values(state=ContainerState.FINISHED, closed_at=work.recorded_at, closed_by_id=work.actor.person_id)
    )
