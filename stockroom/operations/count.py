"""How does what was found on the shelf get into the books at once?  Lot by lot, against the moment of counting."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row

from stockroom.actor import Actor
from stockroom.db.store import Store
from stockroom.db.transaction import Work
from stockroom.errors import InvalidValue
from stockroom.ledger.acts import Act, perform
from stockroom.ledger.post import OccursInFuture
from stockroom.ledger.stocktakes import CountBooked, book
from stockroom.models import Location, Lot
from stockroom.reads.agreements import second_person
from stockroom.reads.counted_things import check_lots_in_vials, needs_second, reconciled
from stockroom.reads.finding import many_by_uid
from stockroom.rules.confirming import check_second
from stockroom.rules.counting import Find, check_bookable, check_once, together
from stockroom.vocabulary import PHYSICAL_KINDS, Action, CountReason, SignOnWay

LINES_MAX = 2000


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
    second_person_uid: str | None = None
    """Who confirms it too; asked for where the differences are more than the clinic tolerates."""
    second_person_way: SignOnWay = SignOnWay.PASSWORD


def count(store: Store, command: Count, *, actor: Actor, key: str, now: datetime) -> CountBooked:
    """Book what was found; each difference goes from adjustment to the place, or back.

    Each line is compared with what lay there when it was counted: what moved between counting and
    booking is not undone, and what was used before and recorded late was already gone from the shelf
    (`ledger.statement.changes_since`).  For promises and vials see `ledger.stocktakes.book`.
    Raises ThingNotFound, InvalidValue, OccursInFuture, LotElsewhere, CountedTwice, CountImpossible,
    CountReasonMissing, CountedVialDiscarded, CountedSince, CountOvertaken, CountUnclear,
    CountNeedsSecondPerson, SecondPersonMayNotConfirm, PartOfPresentation, CodeOnAnotherContainer.
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


def _count(work: Work, command: Count) -> CountBooked:
    for line in command.lines:
        if line.counted_at > work.now:
            raise OccursInFuture(occurred_at=line.counted_at)
    finds = _named(work, command)
    check_once(finds)
    things = reconciled(work.connection, work.clinic_id, together(finds))
    check_bookable(things)
    second = second_person(work, command.second_person_uid, way=command.second_person_way)
    check_second(needs_second(work.connection, work.clinic_id, things), second)
    uids = {
        find.place: (said.lot_uid, said.location_uid) for find, said in zip(finds, command.lines, strict=True)
    }
    kept = book(work, things, uids=uids, second_person_id=None if second is None else second.person_id)
    return kept.booked


def _named(work: Work, command: Count) -> tuple[Find, ...]:
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
    finds = tuple(_find(work, each, lots[each.lot_uid], places[each.location_uid]) for each in command.lines)
    check_lots_in_vials(work.connection, work.clinic_id, finds)
    return finds


def _find(work: Work, said: CountedLine, lot: Row[Any], place: Row[Any]) -> Find:
    # A lot that turned out to be another one is counted as what it is now.
    return Find(
        lot_id=lot.superseded_by_id or lot.id,
        lot_number=lot.number,
        location_id=place.id,
        found=said.found_quantity,
        counted_at=said.counted_at,
        counted_by_id=work.actor.person_id,
        reason=said.reason,
    )
