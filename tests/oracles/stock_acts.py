"""What does each act do to the reference, and when must it be refused?  One method an act.

An act that is refused raises Refusal with the code that the operation must give; the state it was called
on is then spoilt, so that whoever calls it works on a copy.  Rules named in the answers are those that
were overridden, or (of what had happened already) broken.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from stockroom.vocabulary import (
    AllocationState,
    ContainerState,
    MovementKind,
    Role,
    Rule,
)
from tests.oracles.stock_bench import BenchActs, Wanted
from tests.oracles.stock_cocktails import CocktailActs
from tests.oracles.stock_finding import Named, Rules
from tests.oracles.stock_moves import RESPONSIBLE, remainders
from tests.oracles.stock_things import CLOSED, FOREVER, Hold, Line, Lot, Promise, Recall, Refusal, Transfer

SHORT_DATED_DAYS = 60
TOLERATED = 5
"""Whole presentations of unknown worth by which one person may count otherwise than the books."""
__all__ = ["Delivered", "Named", "StockActs", "Wanted"]


@dataclass(frozen=True)
class Delivered:
    """One line of a delivery; whole presentations."""

    product: str
    number: str
    expires_on: date | None
    packs: int
    place: str
    decision: str


class StockActs(BenchActs, CocktailActs):
    """The reference."""

    def receive(self, clinic: str, role: Role, lines: Sequence[Delivered]) -> None:
        self.permit("receive", role)
        if any(line.packs < 1 for line in lines):
            raise Refusal("invalid_value")
        if any(line.expires_on is None for line in lines):
            raise Refusal("expiry_missing")
        soon = self.today(clinic) + timedelta(days=SHORT_DATED_DAYS)
        if any((line.expires_on or soon) <= soon and not line.decision for line in lines):
            raise Refusal("decision_missing")
        known = {(lot.product, lot.number): lot.expires_on for lot in self.lots.values()}
        put: dict[tuple[str, str], int] = {}
        for line in lines:
            if known.setdefault((line.product, line.number), line.expires_on) != line.expires_on:
                raise Refusal("lot_expiry_differs")
            name = f"{clinic}:{line.product}:{line.number}"
            self.lots.setdefault(name, Lot(clinic, line.product, line.number, line.expires_on))
            quantity = line.packs * self.products[line.product].content
            put[name, line.place] = put.get((name, line.place), 0) + quantity
        booked = [Line(lot, "supplier", place, quantity) for (lot, place), quantity in put.items()]
        self.post(clinic, MovementKind.RECEIVE, role, booked)

    def move(self, clinic: str, role: Role, lot: str, source: str, target: str, quantity: int) -> None:
        self.permit("move", role)
        if self.lots[lot].clinic != clinic:
            raise Refusal("thing_not_found")
        left = max(self.here(lot, source) - quantity, 0)
        moving: list[tuple[Promise, Promise]] = []
        if self.shelves[target].is_usable:
            moving = self._go_along(lot, source, target, left, quantity)
        else:
            self.lose_beyond({(lot, source): left})
        if source in self.containers:
            raise Refusal("move_not_allowed")
        line = Line(lot, source, target, quantity)
        self.post(clinic, MovementKind.TRANSFER, role, [line])
        for old, new in moving:
            self.promises.append(new)
            self._hand_over(old, new)
        self.follow_holds([line])

    def _go_along(
        self, lot: str, source: str, target: str, left: int, room: int
    ) -> list[tuple[Promise, Promise]]:
        """What no longer fits is promised where the goods go; a cocktail's that would be torn is lost."""
        moving = []
        for each, gone in self.lose(
            [each for each in self.active() if (each.lot, each.place) == (lot, source)], left
        ):
            if gone <= room:
                room -= gone
                moving.append(
                    (each, replace(each, place=target, quantity=gone, state=AllocationState.ACTIVE))
                )
                self.promises += remainders([(each, gone)])
        return moving

    def _hand_over(self, old: Promise, new: Promise) -> None:
        """An open cocktail's ingredient is where its goods are."""
        if old.cocktail is None:
            return
        for each in self.cocktails[old.cocktail].inside.values():
            if self.promises[each.promise] is old:
                each.promise, each.place = len(self.promises) - 1, new.place

    def place_hold(self, clinic: str, role: Role, lot: str | None, place: str | None) -> None:
        self.permit("hold", role)
        if lot is not None and self.lots[lot].clinic != clinic:
            raise Refusal("thing_not_found")
        covered: dict[tuple[str, str], datetime] = {}
        if place is not None:
            covered = {
                (each, there): self.now
                for each, there in self.lying(clinic, lot=lot)
                if there == place
                or (
                    there in self.containers
                    and self.containers[there].stands_in == place
                    and not self.is_ended(there)
                )
            }
            if not covered:
                raise Refusal("nothing_lies_there")
        self.holds.append(Hold(clinic, lot if place is None else None, covered, self.now))

    def release_hold(self, clinic: str, role: Role, hold: int) -> None:
        self.permit("release_hold", role)
        if not self.holds[hold].stands():
            raise Refusal("hold_already_released")
        self.holds[hold].released_at = self.now

    def recall(self, role: Role, product: str, number: str | None) -> None:
        self.permit("recall", role)
        for known in self.recalls:
            if known.stands() and known.product == product and known.number in (None, number):
                raise Refusal("already_recalled")
        self.recalls.append(Recall(product, number, self.now))
        for promise in self.active():
            if self.is_recalled(promise.lot):
                promise.state = AllocationState.LOST

    def release_recall(self, role: Role, recall: int) -> None:
        self.permit("recall", role)
        if not self.recalls[recall].stands():
            raise Refusal("hold_already_released")
        self.recalls[recall].released_at = self.now

    def reverse(self, clinic: str, role: Role, movement: int, numbers: tuple[int, ...]) -> None:
        self.permit("reverse", role)
        found = self.movements[movement]
        if found.kind in (MovementKind.REVERSE, MovementKind.DISPATCH, MovementKind.ARRIVE):
            raise Refusal("movement_stays")
        if found.kind in (MovementKind.PREPARE, MovementKind.OPEN, MovementKind.ABANDON) and numbers:
            raise Refusal("whole_movement_only")
        lines = [found.lines[n - 1] for n in numbers] or found.standing
        if not lines:
            raise Refusal("already_reversed")
        in_closed = any(line.session and self.sessions[line.session].state in CLOSED for line in lines)
        is_use = found.kind is MovementKind.USE
        is_own = role is found.role and not (is_use and in_closed)
        if not is_own and role not in ({Role.PRACTITIONER} if is_use else RESPONSIBLE):
            raise Refusal("not_yours_to_reverse")
        if any(line.is_reversed for line in lines):
            raise Refusal("already_reversed")
        turned = [Line(line.lot, line.target, line.source, line.quantity, line.session) for line in lines]
        left = {thing: self.here(*thing) + change for thing, change in self.net(turned).items() if change < 0}
        if any(quantity < 0 for quantity in left.values()):
            raise Refusal("goods_moved_on")
        self.lose_beyond(left)
        self.post(clinic, MovementKind.REVERSE, role, turned, happened_at=found.occurred_at)
        for line in lines:
            line.is_reversed = True
        self.follow_holds(turned)
        opened = [line.target for line in lines] if found.kind is MovementKind.OPEN else []
        touched = [place for line in lines for place in (line.source, line.target)]
        self.settle_containers(touched, closed_again=opened)

    def count(
        self,
        clinic: str,
        role: Role,
        lot: str,
        place: str,
        counted_at: datetime,
        found: int,
        reason: str | None,
    ) -> None:
        self.permit("count", role)
        if self.lots[lot].clinic != clinic:
            raise Refusal("thing_not_found")
        if place in self.containers and self.containers[place].lot != lot:
            raise Refusal("lot_elsewhere")
        here = self.here(lot, place)
        since = [
            line
            for movement in self.movements
            if movement.clinic == clinic and movement.happened_at > counted_at
            for line in movement.lines
        ]
        expected = here - self.net(since).get((lot, place), 0)
        difference = found - expected
        if difference and reason is None:
            raise Refusal("count_reason_missing")
        self._check_countable(lot, place, counted_at, difference)
        if here + difference < 0:
            raise Refusal("count_overtaken")
        if expected < 0:
            raise Refusal("count_unclear")
        if -(-abs(difference) // self.product_of(lot).content) > TOLERATED:
            raise Refusal("count_needs_second_person")
        self.counted[lot, place] = max(counted_at, self.counted.get((lot, place), counted_at))
        if difference < 0:
            self.lose_beyond({(lot, place): here + difference})
        if difference:
            way = ("adjustment", place) if difference > 0 else (place, "adjustment")
            line = Line(lot, *way, abs(difference))
            self.post(clinic, MovementKind.COUNT, role, [line], occurred_at=counted_at)
        self.settle_containers([place])
        if place in self.containers and not self.here(lot, place) and not self.is_ended(place):
            self.containers[place].state = ContainerState.FINISHED
            self.containers[place].closed_at = self.now

    def _check_countable(self, lot: str, place: str, counted_at: datetime, difference: int) -> None:
        """What was thrown away, and what was counted again since, is not put right by this count."""
        container = self.containers.get(place)
        if difference and container is not None and container.state is ContainerState.DISCARDED:
            raise Refusal("counted_vial_discarded")
        if difference and self.counted.get((lot, place), counted_at) > counted_at:
            raise Refusal("counted_since")

    def dispatch(
        self, clinic: str, role: Role, lot: str, place: str, quantity: int, to: str, override: Rules | None
    ) -> set[Rule]:
        self.permit("dispatch", role)
        if to == clinic:
            raise Refusal("invalid_value")
        if self.lots[lot].clinic != clinic:
            raise Refusal("thing_not_found")
        if self.product_of(lot).is_mixture:
            raise Refusal("cocktail_stays_here")
        if not self.here(lot, place):
            raise Refusal("not_enough_on_hand")
        broken = self.broken(lot, place, towards_patient=False)
        overridden = self.judge(((rule, (lot, place)) for rule in broken), override, role, is_dispatch=True)
        if place in self.containers:
            raise Refusal("move_not_allowed")
        line = Line(lot, place, "in_transit", quantity)
        self.post(clinic, MovementKind.DISPATCH, role, [line])
        self.transfers.append(Transfer(clinic, to, lot, quantity, place, self.now))
        return overridden

    def arrive(
        self,
        clinic: str,
        role: Role,
        transfer: int,
        place: str,
        arrived: int,
        short: int,
        broken: int,
        reason: str,
    ) -> None:
        self.permit("receive", role)
        sent = self.transfers[transfer]
        if sent.target != clinic:
            raise Refusal("thing_not_found")
        if sent.has_arrived:
            raise Refusal("transfer_arrived")
        if arrived + short + broken != sent.quantity:
            raise Refusal("arrival_differs")
        if (short or broken) and not reason:
            raise Refusal("arrival_reason_missing")
        lot = self.lots[sent.lot]
        name = f"{clinic}:{lot.product}:{lot.number}"
        self.lots.setdefault(name, Lot(clinic, lot.product, lot.number, lot.expires_on))
        ways = {"adjustment": short, "disposal": broken, place: arrived}
        lines = [Line(name, "in_transit", to, quantity) for to, quantity in ways.items() if quantity]
        self.post(clinic, MovementKind.ARRIVE, role, lines)
        sent.has_arrived = True
        if arrived:
            self.holds += [
                Hold(clinic, None, {(name, place): self.now}, self.now) for _ in self._holding(sent)
            ]

    def _holding(self, sent: Transfer) -> list[Hold]:
        """The holds that stand on goods on their way: on the whole lot, or on what they were when they left."""
        there = [hold for hold in self.holds if hold.clinic == sent.source and hold.stands()]
        return [
            hold
            for hold in there
            if hold.lot == sent.lot or hold.places.get((sent.lot, sent.place), FOREVER) <= sent.sent_at
        ]
