"""How does what was found on the shelf get into the books?  Lot by lot, against the moment of counting."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import Row, and_, insert, select, tuple_, update

from stockroom.actor import Actor
from stockroom.db.identifiers import new_uid
from stockroom.db.store import Store
from stockroom.db.transaction import Work
from stockroom.errors import Conflict, InvalidValue, extracted
from stockroom.ledger.accounts import accounts
from stockroom.ledger.acts import Act, perform
from stockroom.ledger.lost_promises import lose_beyond
from stockroom.ledger.post import OccursInFuture, Posted, post
from stockroom.ledger.reversals import settle_containers
from stockroom.ledger.statement import moved_since
from stockroom.models import Balance, Container, Location, Lot, Stocktake, StocktakeLine
from stockroom.reads.finding import many_by_uid
from stockroom.rules.counting import Counted, Place, Variance, variances
from stockroom.rules.posting import Draft, Line
from stockroom.vocabulary import (
    PHYSICAL_KINDS,
    Action,
    ContainerState,
    CountReason,
    LocationKind,
    MovementKind,
)

LINES_MAX = 2000


@dataclass(eq=False, kw_only=True)
class CountUnclear(Conflict):
    """By the books less than nothing lay there when it was counted."""

    code: ClassVar[str] = "count_unclear"
    message: ClassVar[str] = extracted(
        "By the books less than nothing of lot {lot_number} lay there when it was counted: something came "
        "in later than it was used. Count it again now."
    )
    lot_number: str


@dataclass(eq=False, kw_only=True)
class LotElsewhere(Conflict):
    """An opened container holds one lot, and this is another one."""

    code: ClassVar[str] = "lot_elsewhere"
    message: ClassVar[str] = extracted(
        "Vial {short_code} was opened from another lot than {lot_number}. Read its label again."
    )
    lot_number: str
    short_code: str


@dataclass(frozen=True, kw_only=True)
class CountedLine:
    """What was found of one lot at one place, an opened container included."""

    lot_uid: str
    location_uid: str
    counted_at: datetime
    found_quantity: int
    """Base units."""
    reason: CountReason | None = None
    """Why it differs from the books; asked for when it does."""


@dataclass(frozen=True, kw_only=True)
class Count:
    """What somebody found."""

    lines: tuple[CountedLine, ...]


@dataclass(frozen=True, kw_only=True)
class Difference:
    """What the books said at the moment of counting, and what was found."""

    lot_uid: str
    location_uid: str
    book_quantity: int
    found_quantity: int


@dataclass(frozen=True, kw_only=True)
class CountBooked:
    stocktake_uid: str
    movement_uid: str | None
    """None when nothing differed."""
    differences: tuple[Difference, ...]
    lost_allocation_uids: tuple[str, ...]


def count(store: Store, command: Count, *, actor: Actor, key: str, now: datetime) -> CountBooked:
    """Book what was found; each difference goes from adjustment to the place, or back.

    Each line is compared with what lay there when it was counted: what moved between counting and
    booking is not undone, and what was used before and recorded late was already gone from the shelf
    (`ledger.statement.moved_since`).  The movement occurred at the latest of the counts that differ.
    What is promised and no longer there is lost, with an alert.  A vial that was thought finished
    and is found in use is open again; an opened one that is found empty is finished.
    Raises ThingNotFound, InvalidValue, OccursInFuture, LotElsewhere, CountedTwice, CountImpossible,
    CountReasonMissing, CountOvertaken (less than nothing would remain), CountUnclear, PartOfPresentation
    (at a shelf lie whole presentations, L13), CodeOnAnotherContainer.
    """
    if not 0 < len(command.lines) <= LINES_MAX:
        raise InvalidValue(field="lines", problem=f"1 to {LINES_MAX} lines in one count")
    return perform(
        store,
        Act(kind="stock.count", action=Action.COUNT),
        command=command,
        body=lambda work: _count(work, command),
        answer=CountBooked,
        actor=actor,
        key=key,
        now=now,
    )


@dataclass(frozen=True, kw_only=True)
class _Line:
    """A line of the count with the rows that it names."""

    said: CountedLine
    lot_id: int
    lot_number: str
    location_id: int

    @property
    def place(self) -> Place:
        return (self.lot_id, self.location_id)


def _count(work: Work, command: Count) -> CountBooked:
    for line in command.lines:
        if line.counted_at > work.now:
            raise OccursInFuture(occurred_at=line.counted_at)
    lines = _named(work, command)
    counted = [
        Counted(
            lot_id=each.lot_id,
            lot_number=each.lot_number,
            location_id=each.location_id,
            found=each.said.found_quantity,
            reason=each.said.reason,
        )
        for each in lines
    ]
    position = _position_now(work, lines)
    moved = moved_since(work.connection, work.clinic_id, {each.place: each.said.counted_at for each in lines})
    found = variances(counted, position_now=position, moved_since=moved)
    for variance in found:
        if variance.expected < 0:
            raise CountUnclear(lot_number=variance.counted.lot_number)
    differing = [(line, each) for line, each in zip(lines, found, strict=True) if each.difference]
    left = {
        each.counted.place: position.get(each.counted.place, 0) + each.difference
        for _, each in differing
        if each.difference < 0
    }
    lost = lose_beyond(work, left, cause="count")
    stocktake_uid = new_uid(work.now)
    posted = _post(work, differing, stocktake_uid) if differing else None
    _write(work, lines, found, posted, stocktake_uid)
    _settle(work, lines)
    answer = CountBooked(
        stocktake_uid=stocktake_uid,
        movement_uid=None if posted is None else posted.uid,
        differences=tuple(
            Difference(
                lot_uid=line.said.lot_uid,
                location_uid=line.said.location_uid,
                book_quantity=each.expected,
                found_quantity=each.counted.found,
            )
            for line, each in differing
        ),
        lost_allocation_uids=lost,
    )
    work.payload.update(
        stocktake=stocktake_uid, lines=len(lines), differences=answer.differences, lost_allocations=lost
    )
    return answer


def _named(work: Work, command: Count) -> list[_Line]:
    lots = many_by_uid(
        work.connection,
        Lot,
        (each.lot_uid for each in command.lines),
        thing="lot",
        clinic_id=work.clinic_id,
    )
    places = many_by_uid(
        work.connection,
        Location,
        (each.location_uid for each in command.lines),
        thing="place",
        clinic_id=work.clinic_id,
    )
    for place in places.values():
        if place.kind not in PHYSICAL_KINDS:
            raise InvalidValue(field="location_uid", problem="goods are counted where they lie")
    lines = [_line(each, lots[each.lot_uid], places[each.location_uid]) for each in command.lines]
    _check_containers(work, lines)
    return lines


def _line(said: CountedLine, lot: Row[Any], place: Row[Any]) -> _Line:
    # A lot that turned out to be another one is counted as what it is now.
    return _Line(
        said=said,
        lot_id=lot.superseded_by_id or lot.id,
        lot_number=lot.number,
        location_id=place.id,
    )


def _check_containers(work: Work, lines: list[_Line]) -> None:
    rows = work.connection.execute(
        select(Container.location_id, Container.lot_id, Container.short_code).where(
            Container.clinic_id == work.clinic_id,
            Container.location_id.in_({each.location_id for each in lines}),
        )
    )
    holds = {row.location_id: row for row in rows}
    for each in lines:
        container = holds.get(each.location_id)
        if container is not None and container.lot_id != each.lot_id:
            raise LotElsewhere(lot_number=each.lot_number, short_code=container.short_code)


def _position_now(work: Work, lines: list[_Line]) -> dict[Place, int]:
    rows = work.connection.execute(
        select(Balance.lot_id, Balance.location_id, Balance.quantity).where(
            Balance.clinic_id == work.clinic_id,
            tuple_(Balance.lot_id, Balance.location_id).in_({each.place for each in lines}),
        )
    )
    return {(row.lot_id, row.location_id): row.quantity for row in rows}


def _post(work: Work, differing: list[tuple[_Line, Variance]], stocktake_uid: str) -> Posted:
    adjustment = accounts(work, LocationKind.ADJUSTMENT)[LocationKind.ADJUSTMENT]
    reasons = sorted({each.counted.reason.value for _, each in differing if each.counted.reason})
    return post(
        work,
        Draft(
            kind=MovementKind.COUNT,
            lines=tuple(_difference(each, adjustment) for _, each in differing),
            occurred_at=max(line.said.counted_at for line, _ in differing),
            document_kind="stocktake",
            document_uid=stocktake_uid,
            reason=", ".join(reasons),
            is_recorded_late=True,
        ),
    )


def _difference(variance: Variance, adjustment_id: int) -> Line:
    place, surplus = variance.counted.location_id, variance.difference > 0
    return Line(
        lot_id=variance.counted.lot_id,
        from_id=adjustment_id if surplus else place,
        to_id=place if surplus else adjustment_id,
        quantity=abs(variance.difference),
    )


def _write(
    work: Work,
    lines: list[_Line],
    found: tuple[Variance, ...],
    posted: Posted | None,
    stocktake_uid: str,
) -> None:
    stocktake_id = work.connection.execute(
        insert(Stocktake)
        .values(
            uid=stocktake_uid,
            clinic_id=work.clinic_id,
            counted_by_id=work.actor.person_id,
            recorded_at=work.recorded_at,
            movement_id=None if posted is None else posted.movement_id,
        )
        .returning(Stocktake.id)
    ).scalar_one()
    line_ids = iter(() if posted is None else posted.line_ids)
    work.connection.execute(
        insert(StocktakeLine),
        [
            {
                "uid": new_uid(work.now),
                "clinic_id": work.clinic_id,
                "stocktake_id": stocktake_id,
                "n": n,
                "lot_id": line.lot_id,
                "location_id": line.location_id,
                "counted_at": line.said.counted_at,
                "counted_quantity": each.counted.found,
                "book_quantity": each.expected,
                "reason": line.said.reason,
                "line_id": next(line_ids) if each.difference else None,
            }
            for n, (line, each) in enumerate(zip(lines, found, strict=True), start=1)
        ],
    )


def _settle(work: Work, lines: list[_Line]) -> None:
    counted = {each.location_id for each in lines}
    settle_containers(work, counted)
    empty = (
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
            ~empty,
        )
        .values(state=ContainerState.FINISHED, closed_at=work.recorded_at)
    )
