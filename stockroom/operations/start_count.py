"""How does a count begin, of a product, a lot or a place, or of all, and how is one given up?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import insert

from stockroom.actor import Actor
from stockroom.db.identifiers import new_uid
from stockroom.db.store import Store
from stockroom.db.transaction import Work
from stockroom.errors import InvalidValue
from stockroom.ledger.acts import Act, perform
from stockroom.ledger.count_rows import change_count_row
from stockroom.models import Lot, Product, StockCount
from stockroom.reads.finding import one_by_uid
from stockroom.reads.locations import shelves_by_uid
from stockroom.reads.stock_counts import count_in_work
from stockroom.vocabulary import Action, CountState


@dataclass(frozen=True, kw_only=True)
class StartCount:
    """What is to be counted: one of these, or all that lies in the clinic."""

    product_uid: str | None = None
    lot_uid: str | None = None
    location_uid: str | None = None
    """A shelf; the opened vials that stand there are counted with it."""
    is_blind: bool = True
    """What the books say is shown only once something was counted."""


@dataclass(frozen=True, kw_only=True)
class GiveUpCount:
    count_uid: str
    version: int
    """The version that was looked at."""


@dataclass(frozen=True, kw_only=True)
class CountKept:
    """A count and its version now."""

    count_uid: str
    version: int


def start_count(store: Store, command: StartCount, *, actor: Actor, key: str, now: datetime) -> CountKept:
    """Begin a count; it is kept for everybody in the clinic until it is confirmed or given up.

    Raises ThingNotFound, InvalidValue, NotAShelf, LocationClosed.
    """
    return perform(
        store,
        Act(kind="count.start", action=Action.COUNT),
        command=command,
        body=lambda work: _start(work, command),
        answer=CountKept,
        actor=actor,
        key=key,
        now=now,
    )


def give_up_count(store: Store, command: GiveUpCount, *, actor: Actor, key: str, now: datetime) -> CountKept:
    """Give a count up: nothing of it is booked, what was found stays to be read.

    Raises ThingNotFound, CountOver, CountChanged.
    """
    return perform(
        store,
        Act(kind="count.give_up", action=Action.COUNT),
        command=command,
        body=lambda work: _give_up(work, command),
        answer=CountKept,
        actor=actor,
        key=key,
        now=now,
    )


def _start(work: Work, command: StartCount) -> CountKept:
    if sum(each is not None for each in (command.product_uid, command.lot_uid, command.location_uid)) > 1:
        raise InvalidValue(field="location_uid", problem="a count is of one product, one lot or one place")
    product_id = lot_id = location_id = None
    if command.product_uid is not None:
        product_id = one_by_uid(work.connection, Product, command.product_uid, thing="product").id
    if command.lot_uid is not None:
        lot = one_by_uid(work.connection, Lot, command.lot_uid, thing="lot", clinic_id=work.clinic_id)
        lot_id = lot.superseded_by_id or lot.id
    if command.location_uid is not None:
        places = shelves_by_uid(work.connection, work.clinic_id, (command.location_uid,))
        location_id = places[command.location_uid].id
    uid = new_uid(work.now)
    work.connection.execute(
        insert(StockCount).values(
            uid=uid,
            clinic_id=work.clinic_id,
            state=CountState.OPEN,
            product_id=product_id,
            lot_id=lot_id,
            location_id=location_id,
            is_blind=command.is_blind,
            started_by_id=work.actor.person_id,
            created_at=work.recorded_at,
            updated_at=work.recorded_at,
        )
    )
    work.payload.update(
        count=uid,
        product=command.product_uid,
        lot=command.lot_uid,
        place=command.location_uid,
        is_blind=command.is_blind,
    )
    return CountKept(count_uid=uid, version=1)


def _give_up(work: Work, command: GiveUpCount) -> CountKept:
    count = count_in_work(work.connection, work.clinic_id, command.count_uid, version=command.version)
    work.payload["count"] = count.uid
    version = change_count_row(work, count, state=CountState.GIVEN_UP, ended_by_id=work.actor.person_id)
    return CountKept(count_uid=count.uid, version=version)
