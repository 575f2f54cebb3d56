"""How does stock move in the reference?  Promises give way, lines are booked, vials follow; or a Refusal.

Nothing here is careful to leave the state alone when it refuses: whoever calls works on a copy.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from stockroom.vocabulary import AllocationState, ContainerState, MovementKind, Role, Rule
from tests.oracles.stock_model import StockModel
from tests.oracles.stock_things import CODES, FOREVER, GRAVITY, STOCK_RULES, Line, Movement, Promise, Refusal

BENCH = {Role.NURSE, Role.PRACTITIONER}
ALL = BENCH | {Role.MANAGER}
RESPONSIBLE = {Role.PRACTITIONER, Role.MANAGER}
STORE = {Role.NURSE, Role.MANAGER}
MAY = {
    "receive": STORE, "open": BENCH, "use": BENCH, "prepare": BENCH, "dispose": ALL, "move": ALL,
    "hold": ALL, "release_hold": RESPONSIBLE, "recall": RESPONSIBLE, "allocate": ALL, "reverse": ALL,
    "dispatch": STORE, "count": STORE, "record": ALL, "plan": ALL, "finish_session": BENCH,
    "sign_session": {Role.PRACTITIONER},
}  # fmt: skip
"""Which role may do what."""

Thing = tuple[str, str]


@dataclass
class Taking:
    """What one line of a use takes of a thing."""

    thing: Thing
    quantity: int
    remainder: int
    overfill: int

    @property
    def from_books(self) -> int:
        return self.quantity + self.remainder - self.overfill


def remainders(endings: Iterable[tuple[Promise, int]]) -> list[Promise]:
    """What of promises that ended in part is promised anew."""
    return [
        replace(each, quantity=each.quantity - gone, state=AllocationState.ACTIVE)
        for each, gone in endings
        if each.quantity > gone
    ]


class StockMoves(StockModel):
    """The state, and what moves it."""

    def permit(self, act: str, role: Role) -> None:
        if role not in MAY[act]:
            raise Refusal("action_forbidden")

    def judge(
        self,
        broken: Iterable[tuple[Rule, Thing]],
        override: frozenset[Rule] | None,
        role: Role,
        *,
        is_dispatch: bool = False,
    ) -> set[Rule]:
        """Refuse, or give the rules that were overridden."""
        found = sorted(broken, key=lambda each: (self._may_be_overridden(*each), GRAVITY.index(each[0])))
        if not found:
            return set()
        rules = {rule for rule, _ in found}
        if not self._may_be_overridden(*found[0]) or override is None or not rules <= override:
            closed = found[0][0] is Rule.NOT_USABLE_PLACE and self.is_ended(found[0][1][1])
            raise Refusal("container_closed" if closed else CODES[found[0][0]])
        for rule in rules:
            permitted = RESPONSIBLE if is_dispatch or rule in STOCK_RULES else {Role.PRACTITIONER}
            if role not in permitted:
                raise Refusal("override_forbidden")
        return rules

    def _may_be_overridden(self, rule: Rule, thing: Thing) -> bool:
        return rule is not Rule.RECALLED and not (rule is Rule.NOT_USABLE_PLACE and self.is_ended(thing[1]))

    # --- promises

    def promise(self, lot: str, place: str, quantity: int, **to: str | None) -> int:
        """Keep something for somebody; give its number."""
        if self.here(lot, place) - self.promised(lot, place) < quantity:
            raise Refusal("not_enough_on_hand")
        self.promises.append(Promise(lot, place, quantity, **to))
        return len(self.promises) - 1

    def settle(
        self, demands: Mapping[Thing, int], *, session: str | None = None, is_fact: bool = False
    ) -> list[Promise]:
        """End the promises that a taking uses up or takes away; give those to be made anew after it."""
        if any(needed > self.here(*thing) for thing, needed in demands.items()):
            raise Refusal("not_enough_on_hand")
        anew: list[Promise] = []
        for thing, needed in demands.items():
            standing = [each for each in self.active() if (each.lot, each.place) == thing]
            rest = needed
            for each in standing:
                if session is not None and each.session == session and rest:
                    rest -= min(rest, each.quantity)
                    each.state = AllocationState.USED
            others = [each for each in standing if each.state is AllocationState.ACTIVE]
            left = self.here(*thing) - needed
            if is_fact:
                anew += remainders(self.lose(others, left))
            elif rest:
                if sum(each.quantity for each in others if each.cocktail) > left:
                    raise Refusal("promised_elsewhere")
                sessions = [each for each in others if each.session]
                anew += remainders(self.lose(sessions, left, besides=others))
        return anew

    def lose(
        self, losers: list[Promise], left: int, *, besides: list[Promise] | None = None
    ) -> list[tuple[Promise, int]]:
        """End what no longer fits, the latest session first; give each with how much of it is gone."""
        excess = sum(each.quantity for each in besides or losers) - left
        endings = []
        order = {id(each): n for n, each in enumerate(self.promises)}
        for each in sorted(losers, key=lambda each: (self._planned_at(each), order[id(each)]), reverse=True):
            if excess <= 0:
                break
            # What is left of an open cocktail's would not fill its syringe: it goes whole.
            gone = each.quantity if each.cocktail else min(excess, each.quantity)
            each.state = AllocationState.LOST
            endings.append((each, gone))
            excess -= gone
        return endings

    def _planned_at(self, promise: Promise) -> tuple[bool, datetime]:
        is_session = promise.session is not None
        return is_session, self.sessions[promise.session].planned_at if promise.session else FOREVER

    def lose_beyond(self, left: Mapping[Thing, int]) -> None:
        """A fact leaves only so much: what does not fit is lost, and the rest promised anew."""
        for thing, quantity in left.items():
            losers = [each for each in self.active() if (each.lot, each.place) == thing]
            self.promises += remainders(self.lose(losers, max(quantity, 0)))

    # --- movements

    def is_shelf(self, place: str) -> bool:
        return place in self.shelves

    def is_physical(self, place: str) -> bool:
        return place in self.shelves or place in self.containers

    def net(self, lines: Iterable[Line]) -> dict[Thing, int]:
        changes: dict[Thing, int] = {}
        for line in lines:
            for place, change in ((line.source, -line.quantity), (line.target, line.quantity)):
                if self.is_physical(place):
                    changes[line.lot, place] = changes.get((line.lot, place), 0) + change
        return changes

    def post(
        self,
        clinic: str,
        kind: MovementKind,
        role: Role,
        lines: list[Line],
        *,
        occurred_at: datetime | None = None,
        happened_at: datetime | None = None,
    ) -> Movement:
        """Book lines: whole presentations at shelves, nothing below zero or below what is promised."""
        if any(line.source == line.target for line in lines):
            raise Refusal("line_impossible")
        changes = self.net(lines)
        for (lot, place), change in changes.items():
            if self.is_shelf(place) and change % self.product_of(lot).content:
                raise Refusal("part_of_presentation")
        for thing, change in changes.items():
            if change < 0 and self.here(*thing) + change < self.promised(*thing):
                raise Refusal("not_enough_on_hand")
        for thing, change in changes.items():
            self.on_hand[thing] = self.here(*thing) + change
        occurred_at = occurred_at or self.now
        movement = Movement(clinic, kind, role, occurred_at, lines, happened_at or occurred_at)
        self.movements.append(movement)
        return movement

    def follow_holds(self, lines: Iterable[Line]) -> None:
        """A hold on goods at a place goes where they go, and stays where some of them stay."""
        for hold in self.holds:
            known = set(hold.places)
            if hold.stands():
                for line in lines:
                    if (line.lot, line.source) in known:
                        hold.places.setdefault((line.lot, line.target), self.now)

    def settle_containers(self, places: Iterable[str], *, closed_again: Iterable[str] = ()) -> None:
        """What holds something again is open again; what was never open is discarded."""
        for place in dict.fromkeys(places):
            container = self.containers.get(place)
            if container is None:
                continue
            holds_something = bool(self.here(container.lot, place))
            if place in closed_again:
                if holds_something:
                    raise Refusal("container_not_empty")
                container.state = ContainerState.DISCARDED
                container.closed_at = self.now
            elif holds_something:
                container.state = ContainerState.OPEN
                container.closed_at = None
            if container.patient is not None:
                container.patient = self._kept_for(place, container.patient)

    def _kept_for(self, place: str, patient: str) -> str | None:
        """Whose a vial is by what was drawn from it and stands."""
        drawn = [line for movement in self.movements for line in movement.standing if line.source == place]
        served = {self.sessions[line.session].patient for line in drawn if line.session is not None}
        if patient in served or any(line.target == "compounding" for line in drawn):
            return patient
        return min(served, key=list(self.patients).index) if served else None

    def _found_beyond(self, place: str) -> int:
        return sum(
            line.quantity
            for movement in self.movements
            if movement.kind in (MovementKind.USE, MovementKind.PREPARE)
            for line in movement.standing
            if (line.source, line.target) == ("adjustment", place)
        )

    def overfill_left(self, place: str) -> int:
        """What may still be found in an open vial beyond its label without a word."""
        if self.is_ended(place):
            return 0
        return max(0, self.product_of(self.containers[place].lot).overfill - self._found_beyond(place))

    def asks_why(self, place: str, lacking: int) -> bool:
        """Whether so much more than the usual overfill could come out of a vial, for a reason."""
        if self.is_ended(place):
            return False
        content = self.product_of(self.containers[place].lot).content
        return 0 < lacking <= max(0, content - self._found_beyond(place)) - self.overfill_left(place)

    def is_leftover(self, thing: Thing) -> bool:
        """An opened vial that no longer holds all that its label says."""
        lot, place = thing
        return place in self.containers and 0 < self.here(*thing) < self.product_of(lot).content

    def take(self, wanted: Iterable[tuple[Thing, int]], *, is_asked: bool = False) -> list[Taking]:
        """What a use takes of each thing: from a vial as much as is in it and a little more, else whole."""
        left: dict[Thing, int] = {}
        slack: dict[str, int] = {}
        takings = []
        for thing, quantity in wanted:
            lot, place = thing
            here = left.get(thing, self.here(*thing))
            beyond = remainder = 0
            if place in self.containers:
                spare = slack.get(place, self.overfill_left(place))
                beyond = min(max(0, quantity - here), spare)
                slack[place] = spare - beyond
            else:
                product = self.product_of(lot)
                remainder = -quantity % product.content
                if remainder and not product.in_one_go:
                    raise Refusal("open_it_first")
            taking = Taking(thing, quantity, remainder, beyond)
            left[thing] = here - taking.from_books
            if is_asked and place in self.containers and self.asks_why(place, -left[thing]):
                raise Refusal("more_than_the_vial_held")
            takings.append(taking)
        return takings
