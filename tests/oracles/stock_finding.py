"""How does the reference find what somebody points at, and whose a vial is from then on?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from stockroom.vocabulary import (
    AllocationState,
    ContainerType,
    Rule,
)
from tests.oracles.stock_moves import StockMoves, Thing
from tests.oracles.stock_things import Refusal

Rules = frozenset[Rule]


@dataclass(frozen=True)
class Named:
    """How somebody points at a thing: a lot (at a place), an opened container, or a product to pick from."""

    lot: str | None = None
    place: str | None = None
    product: str | None = None


class StockFinding(StockMoves):
    """The state, what moves it, and how things in it are named."""

    def find(self, clinic: str, named: Named) -> list[Thing]:
        """Where what was named lies.  An opened container is found when it is empty too."""
        if named.lot is not None:
            if self.lots[named.lot].clinic != clinic:
                raise Refusal("thing_not_found")
            places = self.lying(clinic, lot=named.lot)
            return [thing for thing in places if named.place in (None, thing[1])]
        if named.place is not None:
            return [(self.containers[named.place].lot, named.place)]
        return self.lying(clinic, product=named.product)

    def choose(
        self, things: Iterable[Thing], quantity: int, patient: str | None, at: datetime | None = None
    ) -> Thing:
        """Of the places of one lot the one that is meant: usable, enough, first in order."""
        return min(
            self.in_order(things, at),
            key=lambda thing: (not self.is_usable(*thing, patient, at), self.here(*thing) < quantity),
        )

    def pick(
        self, things: Iterable[Thing], need: int, patient: str, session: str, *, may_take_promised: bool
    ) -> list[tuple[Thing, int]]:
        """First expired first out, what is promised to others last."""
        usable = self.in_order(thing for thing in things if self.is_usable(*thing, patient))
        taken = dict.fromkeys(usable, 0)
        for takes_promised in (False, True)[: 1 + may_take_promised]:
            for thing in usable:
                offered = (
                    self.whole(*thing, self.here(*thing))
                    if takes_promised
                    else self.free(*thing, but_for=session)
                )
                part = max(0, min(offered - taken[thing], need - sum(taken.values())))
                taken[thing] += part
        if sum(taken.values()) < need:
            raise Refusal("not_enough_usable")
        return [(thing, quantity) for thing, quantity in taken.items() if quantity]

    @contextmanager
    def speaking_for(
        self, things: Iterable[Thing], patient: str | None, *, only_drawn: bool
    ) -> Iterator[None]:
        """Judge open vials that serve one patient as hers for whose cocktail something was drawn from them.

        Unless `only_drawn`, as hers as well to whom something was promised.
        """
        self.spoken_for = {
            place: others[-1]
            for lot, place in things
            if place in self.containers
            and self.product_of(lot).type is ContainerType.SINGLE_DOSE
            and (others := self._meant_for_others(lot, place, patient, only_drawn))
        }
        try:
            yield
        finally:
            self.spoken_for = {}

    def _meant_for_others(self, lot: str, place: str, patient: str | None, only_drawn: bool) -> list[str]:
        named = [
            session
            for each in self.active()
            if (each.lot, each.place) == (lot, place)
            for session in (self.cocktails[each.cocktail].sessions if each.cocktail else (each.session,))
            if session is not None and (each.cocktail or not only_drawn)
        ]
        return [who for session in named if (who := self.sessions[session].patient) != patient]

    def _dedicate(self, lot: str, place: str, patient: str) -> None:
        serves_one = self.product_of(lot).type is ContainerType.SINGLE_DOSE
        if place in self.containers and serves_one and self.containers[place].patient is None:
            self.containers[place].patient = patient
            for each in self.active():
                is_another = each.session is not None and self.sessions[each.session].patient != patient
                if (each.lot, each.place) == (lot, place) and is_another:
                    each.state = AllocationState.LOST
