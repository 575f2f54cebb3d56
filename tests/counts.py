"""How do tests count?  They begin, find, decide and confirm through the operations."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from stockroom.actor import Actor
from stockroom.ledger.stocktakes import CountBooked
from stockroom.models import Lot
from stockroom.operations.confirm_count import Because, ConfirmCount, confirm_count
from stockroom.operations.enter_finds import EnterFinds, FindsEntered, FoundThing, enter_finds
from stockroom.operations.start_count import StartCount, start_count
from stockroom.queries.stock_counts import CountShown, stock_count
from stockroom.rules.receiving import CostOf
from stockroom.vocabulary import CostState, CountReason
from tests.builders import NOW, Goods, House, LotAt, Place, key
from tests.receiving import gs1, scanned, take_in

LATER = NOW + timedelta(hours=1)


class Counting:
    """A count in work in the clinic of a house."""

    def __init__(
        self, house: House, *, actor: Actor | None = None, now: datetime = NOW, **scope: Any
    ) -> None:
        self.house, self.store, self.actor = house, house.store, actor or house.nurse
        asked = scope or {"location_uid": house.clinic.fridge.uid}
        begun = start_count(self.store, StartCount(**asked), actor=self.actor, key=key("start"), now=now)
        self.uid = begun.count_uid

    def found(
        self, *things: FoundThing, now: datetime = NOW, actor: Actor | None = None, **more: Any
    ) -> FindsEntered:
        command = EnterFinds(count_uid=self.uid, finds=things, **more)
        return enter_finds(self.store, command, actor=actor or self.actor, key=key("find"), now=now)

    def shown(self) -> CountShown:
        with self.store.reading() as connection:
            return stock_count(connection, self.house.clinic.id, uid=self.uid)

    def confirm(
        self, *reasons: Because, actor: Actor | None = None, now: datetime = LATER, **more: Any
    ) -> CountBooked:
        said = {"version": self.shown().count.version, "reasons": reasons, **more}
        command = ConfirmCount(count_uid=self.uid, **said)
        return confirm_count(self.store, command, actor=actor or self.actor, key=key("confirm"), now=now)


def lies(lot: LotAt, place: Place, quantity: int, at: datetime | None = None) -> FoundThing:
    """What was found of a lot at a place, in base units."""
    return FoundThing(lot_uid=lot.uid, location_uid=place.uid, found_quantity=quantity, counted_at=at)


def because(lot: LotAt, place: Place, reason: CountReason = CountReason.LOST) -> Because:
    return Because(lot_uid=lot.uid, location_uid=place.uid, reason=reason)


def priced(
    house: House, product: Goods, number: str, *, packs: int = 1, cents: int, now: datetime = NOW
) -> LotAt:
    """Receive whole presentations of a lot into the fridge, at a price each."""
    fridge = house.clinic.fridge
    cost = CostOf(state=CostState.PRICED, unit_cost_minor=cents, currency="EUR")
    line = scanned(fridge, gs1(product.gtin, number), pack_count=packs, cost=cost)
    booked = take_in(house, line, now=now - timedelta(days=3))
    uid = booked.lines[0].lot_uid
    with house.store.reading() as connection:
        lot_id = connection.execute(select(Lot.id).where(Lot.uid == uid)).scalar_one()
    return LotAt(id=lot_id, uid=uid, number=number, location_id=fridge.id)
