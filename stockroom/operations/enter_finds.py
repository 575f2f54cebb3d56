"""How does what somebody found come onto a count in work?  What was counted before is asked about, not added."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar

from sqlalchemy import Row, func, insert, select

from stockroom.actor import Actor
from stockroom.db.identifiers import new_uid
from stockroom.db.store import Store
from stockroom.db.transaction import Work
from stockroom.errors import Conflict, InvalidValue, extracted
from stockroom.ledger.acts import Act, perform
from stockroom.ledger.count_rows import change_count_row, change_find_row
from stockroom.ledger.post import OccursInFuture
from stockroom.models import Container, CountFind, Location, Lot, Product
from stockroom.reads.counted_things import check_lots_in_vials
from stockroom.reads.finding import many_by_uid
from stockroom.reads.stock_counts import count_in_work, standing_finds
from stockroom.rules.counting import CountedVialDiscarded, CountImpossible, Find, check_once
from stockroom.rules.posting import PartOfPresentation
from stockroom.vocabulary import PHYSICAL_KINDS, Action, ContainerState, LocationKind

LINES_MAX = 2000


class Again(StrEnum):
    """What to do where the same was counted before."""

    ASK = "ask"
    REPLACE = "replace"
    """This count takes the place of what was counted before."""
    ADD = "add"
    """It is another part of the same: both together are what lies there."""


@dataclass(eq=False, kw_only=True)
class CountedBefore(Conflict):
    """Somebody has counted the same in this count."""

    code: ClassVar[str] = "counted_before"
    message: ClassVar[str] = extracted(
        "Lot {lot_number} in {place} was counted already, by {counted_by} ({counted_at}). Say whether this "
        "count takes its place, or whether it is another part of the same that is added."
    )
    lot_number: str
    place: str
    counted_by: str
    counted_at: datetime


@dataclass(frozen=True, kw_only=True)
class FoundThing:
    """What lies there of one lot at one place, an opened vial included."""

    lot_uid: str
    location_uid: str
    found_quantity: int
    """Base units; nothing, where nothing was there."""
    counted_at: datetime | None = None
    """Now, when nobody says otherwise."""


@dataclass(frozen=True, kw_only=True)
class EnterFinds:
    count_uid: str
    finds: tuple[FoundThing, ...]
    again: Again = Again.ASK
    seen: tuple[str, ...] = ()
    """The finds of the same things that were shown to whoever decided `again`."""


@dataclass(frozen=True, kw_only=True)
class FindsEntered:
    find_uids: tuple[str, ...]
    """In the order of the finds."""
    version: int
    """Of the count."""


def enter_finds(store: Store, command: EnterFinds, *, actor: Actor, key: str, now: datetime) -> FindsEntered:
    """Write down what the actor found, for everybody who counts here; nothing is booked yet.

    A thing that nobody looked for, and a lot of which the books have nothing there, may be found too.
    Raises ThingNotFound, CountOver, InvalidValue, OccursInFuture, CountedTwice, CountImpossible,
    PartOfPresentation, LotElsewhere, CountedVialDiscarded, CountedBefore.
    """
    if not 0 < len(command.finds) <= LINES_MAX:
        raise InvalidValue(field="finds", problem=f"1 to {LINES_MAX} at once")
    return perform(
        store,
        Act(kind="count.enter", action=Action.COUNT),
        command=command,
        body=lambda work: _enter(work, command),
        answer=FindsEntered,
        actor=actor,
        key=key,
        now=now,
    )


def _enter(work: Work, command: EnterFinds) -> FindsEntered:
    count = count_in_work(work.connection, work.clinic_id, command.count_uid)
    finds = _finds(work, command.finds)
    check_once(finds)
    check_lots_in_vials(work.connection, work.clinic_id, finds)
    _check_not_discarded(work, finds)
    standing = standing_finds(work.connection, work.clinic_id, count.id)
    if len(standing) + len(finds) > LINES_MAX:
        raise InvalidValue(
            field="finds", problem=f"at most {LINES_MAX} in one count; confirm what is here first"
        )
    places = {find.place for find in finds}
    before = [row for row in standing if (row.lot_id, row.location_id) in places]
    _check_seen(before, command)
    if command.again is Again.REPLACE:
        for row in before:
            change_find_row(work, row, removed_at=work.recorded_at)
    uids = _insert(work, count.id, finds)
    work.payload.update(
        count=count.uid, finds=len(finds), again=command.again if before else None, quantities=[
            [said.lot_uid, said.location_uid, said.found_quantity] for said in command.finds
        ]
    )  # fmt: skip
    return FindsEntered(find_uids=uids, version=change_count_row(work, count))


def _check_seen(before: Sequence[Row[Any]], command: EnterFinds) -> None:
    """What was counted before is decided on by somebody who has seen all of it."""
    seen = () if command.again is Again.ASK else command.seen
    for row in before:
        if row.uid not in seen:
            raise CountedBefore(
                lot_number=row.lot_number,
                place=row.container_code or row.location_name,
                counted_by=row.counted_by,
                counted_at=row.counted_at,
            )


def _finds(work: Work, said: Sequence[FoundThing]) -> tuple[Find, ...]:
    lots = many_by_uid(
        work.connection, Lot, (each.lot_uid for each in said), thing="lot", clinic_id=work.clinic_id
    )
    places = many_by_uid(
        work.connection,
        Location,
        (each.location_uid for each in said),
        thing="place",
        clinic_id=work.clinic_id,
    )
    products = {lot.product_id for lot in lots.values()}
    rows = work.connection.execute(
        select(Product.id, Product.content_quantity).where(Product.id.in_(products))
    )
    contents = {row.id: int(row.content_quantity) for row in rows}
    return tuple(_find(work, each, lots[each.lot_uid], places[each.location_uid], contents) for each in said)


def _find(work: Work, said: FoundThing, lot: Row[Any], place: Row[Any], contents: dict[int, int]) -> Find:
    content = contents[lot.product_id]
    if place.kind not in PHYSICAL_KINDS:
        raise InvalidValue(field="location_uid", problem="goods are counted where they lie")
    if said.found_quantity < 0:
        raise CountImpossible(lot_number=lot.number, found=said.found_quantity)
    if place.kind != LocationKind.CONTAINER and said.found_quantity % content:
        raise PartOfPresentation(lot_number=lot.number, content=content)
    counted_at = said.counted_at or work.now
    if counted_at > work.now:
        raise OccursInFuture(occurred_at=counted_at)
    return Find(
        lot_id=lot.superseded_by_id or lot.id,
        lot_number=lot.number,
        location_id=place.id,
        found=said.found_quantity,
        counted_at=counted_at,
        counted_by_id=work.actor.person_id,
    )


def _check_not_discarded(work: Work, finds: Sequence[Find]) -> None:
    """Nothing is found in a vial that was thrown away before somebody looked."""
    rows = work.connection.execute(
        select(Container.location_id, Container.short_code, Container.closed_at).where(
            Container.clinic_id == work.clinic_id,
            Container.location_id.in_({find.location_id for find in finds}),
            Container.state == ContainerState.DISCARDED,
        )
    )
    discarded = {row.location_id: row for row in rows}
    for find in finds:
        vial = discarded.get(find.location_id)
        if vial is not None and find.found and vial.closed_at <= find.counted_at:
            raise CountedVialDiscarded(
                lot_number=find.lot_number, short_code=vial.short_code, discarded_at=vial.closed_at
            )


def _insert(work: Work, count_id: int, finds: Sequence[Find]) -> tuple[str, ...]:
    highest = select(func.max(CountFind.n)).where(
        CountFind.clinic_id == work.clinic_id, CountFind.stock_count_id == count_id
    )
    first = (work.connection.execute(highest).scalar_one() or 0) + 1
    rows = [
        {
            "uid": new_uid(work.now),
            "clinic_id": work.clinic_id,
            "stock_count_id": count_id,
            "n": n,
            "version": 1,
            "lot_id": find.lot_id,
            "location_id": find.location_id,
            "counted_at": find.counted_at,
            "found_quantity": find.found,
            "counted_by_id": find.counted_by_id,
            "entered_at": work.recorded_at,
        }
        for n, find in enumerate(finds, start=first)
    ]
    work.connection.execute(insert(CountFind), rows)
    return tuple(str(row["uid"]) for row in rows)
