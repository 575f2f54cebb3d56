"""How is something stopped in this clinic?  A lot, a lot at a place, a container, or all that lies in a place."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import Row, and_, select

from stockroom.actor import Actor
from stockroom.db.store import Store
from stockroom.db.transaction import Work
from stockroom.errors import InvalidValue, Refused, extracted
from stockroom.ledger import holds
from stockroom.ledger.acts import Act, perform
from stockroom.models import Balance, Container, Location, Lot
from stockroom.reads.finding import one_by_uid
from stockroom.reads.in_stock import in_stock
from stockroom.rules.holding import HoldCoversNothing
from stockroom.vocabulary import PHYSICAL_KINDS, Action, ContainerState, HoldReason


@dataclass(eq=False, kw_only=True)
class NothingLiesThere(Refused):
    """A hold on what lies at a place, where nothing of it lies."""

    code: ClassVar[str] = "nothing_lies_there"
    message: ClassVar[str] = extracted(
        "Nothing of this lies in {place} according to the books, so there is nothing to hold. "
        "Count the place, or hold the lot wherever it lies."
    )
    place: str


@dataclass(frozen=True, kw_only=True)
class PlaceHold:
    """What to stop: a lot in the whole clinic, a lot at a place, or everything at a place or in a container."""

    reason: HoldReason
    note: str
    lot_uid: str | None = None
    location_uid: str | None = None
    """A shelf, or the opened container that is itself the place."""


@dataclass(frozen=True, kw_only=True)
class HoldPlaced:
    """The hold, and how many lots at places it names; none for a whole lot, which it covers everywhere."""

    hold_uid: str
    place_count: int


def place_hold(store: Store, command: PlaceHold, *, actor: Actor, key: str, now: datetime) -> HoldPlaced:
    """Stop goods of the actor's clinic from being opened, mixed, used, promised or sent away (L8).

    A hold on a lot covers it wherever it lies, and what was mixed from it (`reads.things`).  A hold on a
    place covers what lies there now, opened containers that stand there included, and stays on
    these goods when they move; what comes there later is not covered.  No stock moves.
    A recall is not placed here: it reaches every clinic (`open_recall`).
    Raises HoldCoversNothing, NothingLiesThere, InvalidValue, ThingNotFound.
    """
    return perform(
        store,
        Act(kind="hold.place", action=Action.HOLD),
        command=command,
        body=lambda work: _place(work, command),
        answer=HoldPlaced,
        actor=actor,
        key=key,
        now=now,
    )


def _place(work: Work, command: PlaceHold) -> HoldPlaced:
    if command.reason is HoldReason.RECALL:
        raise InvalidValue(field="reason", problem="a recall is declared for every clinic at once")
    if not command.note.strip():
        raise InvalidValue(field="note", problem="a hold says why")
    lot, location = _named(work, command)
    if lot is None and location is None:
        raise HoldCoversNothing()
    places = () if location is None else _lying_at(work, location, lot)
    hold = holds.NewHold(
        reason=command.reason,
        note=command.note,
        lot_id=lot.id if lot is not None and location is None else None,
        places=places,
    )
    uid = holds.place(work, hold)
    work.payload.update(
        hold=uid,
        reason=command.reason,
        lot=None if lot is None else lot.uid,
        location=command.location_uid,
        places=len(places),
    )
    return HoldPlaced(hold_uid=uid, place_count=len(places))


def _named(work: Work, command: PlaceHold) -> tuple[Row[Any] | None, Row[Any] | None]:
    lot = location = None
    if command.lot_uid is not None:
        lot = one_by_uid(work.connection, Lot, command.lot_uid, thing="lot", clinic_id=work.clinic_id)
        if lot.superseded_by_id is not None:
            lot = work.connection.execute(
                select(Lot.__table__).where(Lot.clinic_id == work.clinic_id, Lot.id == lot.superseded_by_id)
            ).one()
    if command.location_uid is not None:
        location = one_by_uid(
            work.connection, Location, command.location_uid, thing="place", clinic_id=work.clinic_id
        )
        if location.kind not in PHYSICAL_KINDS:
            raise InvalidValue(field="location", problem="goods are held where they lie, not in an account")
    return lot, location


def _lying_at(work: Work, location: Row[Any], lot: Row[Any] | None) -> tuple[tuple[int, int], ...]:
    """What lies at a place now: its lots, and those in the opened containers that stand there."""
    standing = and_(Container.clinic_id == Balance.clinic_id, Container.location_id == Balance.location_id)
    is_here = (Balance.location_id == location.id) | (
        (Container.stands_in_id == location.id) & (Container.state == ContainerState.OPEN)
    )
    statement = (
        select(Balance.lot_id, Balance.location_id)
        .outerjoin(Container, standing)
        .where(in_stock(), is_here)
        .order_by(Balance.location_id, Balance.lot_id)
    )
    if lot is not None:
        statement = statement.where(Balance.lot_id == lot.id)
    found = work.connection.execute(statement, {"clinic": work.clinic_id})
    places = tuple((row.lot_id, row.location_id) for row in found)
    if not places:
        raise NothingLiesThere(place=location.name)
    return places
