"""What does each act do to the reference, and when must it be refused?  One method an act.

An act that is refused raises Refusal with the code that the operation must give; the state it was called
on is then spoilt, so that whoever calls it works on a copy.  Rules named in the answers are those that
were overridden, or (of what had happened already) broken.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from fractions import Fraction

from stockroom.vocabulary import (
    AllocationState,
    ContainerState,
    ContainerType,
    MovementKind,
    Role,
    Rule,
    SessionState,
)
from tests.oracles.stock_model import (
    CLOSED,
    FOREVER,
    Cocktail,
    Container,
    Hold,
    Ingredient,
    Line,
    Lot,
    Promise,
    Recall,
    Refusal,
    Session,
    Transfer,
)
from tests.oracles.stock_moves import RESPONSIBLE, StockMoves, Taking, Thing, remainders

SHORT_DATED_DAYS = 60
AD_HOC_MINUTES = 240
STERILE_PRODUCTS_MAX = 3
NEXT = {
    SessionState.PLANNED: {"arrived", "preparing", "finished", "cancelled", "did_not_come"},
    SessionState.ARRIVED: {"preparing", "in_treatment", "finished", "cancelled"},
    SessionState.PREPARING: {"in_treatment", "finished", "cancelled", "did_not_come"},
    SessionState.IN_TREATMENT: {"finished", "cancelled"},
    SessionState.FINISHED: {"signed"},
}
Rules = frozenset[Rule]


@dataclass(frozen=True)
class Named:
    """How somebody points at a thing: a lot (at a place), an opened container, or a product to pick from."""

    lot: str | None = None
    place: str | None = None
    product: str | None = None


@dataclass(frozen=True)
class Wanted:
    """One line of a use."""

    named: Named
    quantity: int
    prescriber: Role | None = None


@dataclass(frozen=True)
class Delivered:
    """One line of a delivery; whole presentations."""

    product: str
    number: str
    expires_on: date | None
    packs: int
    place: str
    decision: str


class StockActs(StockMoves):
    """The reference."""

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
            self.in_order(things),
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

    # --- goods come in

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

    # --- vials

    def open_container(
        self,
        clinic: str,
        role: Role,
        named: Named,
        stands_in: str | None,
        session: str | None,
        override: Rules | None,
    ) -> set[Rule]:
        self.permit("open", role)
        things = self.find(clinic, named)
        sealed = [thing for thing in things if thing[1] not in self.containers]
        if not sealed:
            raise Refusal("nothing_to_open" if things else "not_enough_on_hand")
        thing = lot, place = min(self.in_order(sealed), key=lambda each: not self.is_usable(*each))
        product = self.product_of(lot)
        if product.is_mixture or product.type is ContainerType.NONE:
            raise Refusal("nothing_to_open")
        broken = self.broken(lot, place)
        if self.earlier_lot_waits(lot, place, but_for=session):
            broken.add(Rule.EARLIER_LOT)
        overridden = self.judge(((rule, thing) for rule in broken), override, role)
        stands_in = stands_in or place
        anew = self.settle({thing: product.content}, session=session)
        name = f"k{len(self.containers) + 1}"
        limit = self._clock(lot, stands_in, self.now)
        self.containers[name] = Container(clinic, lot, self.now, limit, stands_in)
        line = Line(lot, place, name, product.content)
        self.post(clinic, MovementKind.OPEN, role, [line])
        self.promises += anew
        self.follow_holds([line])
        return overridden

    def _clock(self, lot: str, stands_in: str, opened_at: datetime) -> datetime:
        """Until when a vial may be used there: of what nobody knows the other or the shorter counts."""
        product, is_cold = self.product_of(lot), self.shelves[stands_in].is_cold
        room, cold = product.minutes_room, product.minutes_cold
        known = [each for each in (room, cold) if each is not None]
        minutes = {None: None, True: cold, False: room}[is_cold] or min(known)
        return min(opened_at + timedelta(minutes=minutes), self.printed_limit(lot) or FOREVER)

    def finish_container(self, clinic: str, role: Role, place: str, reason: str | None) -> None:
        self.permit("dispose", role)
        container = self.containers[place]
        if self.is_ended(place):
            raise Refusal("container_ended")
        left = self.here(container.lot, place)
        if left and reason is None:
            if left > self.product_of(container.lot).residual:
                raise Refusal("remainder_needs_reason")
            reason = "residual"
        if left:
            self._throw_away(clinic, role, container.lot, place, left)
        is_finished = reason in (None, "residual")
        container.state = ContainerState.FINISHED if is_finished else ContainerState.DISCARDED

    def place_container(self, clinic: str, role: Role, place: str, to: str) -> None:
        self.permit("move", role)
        if self.is_ended(place):
            raise Refusal("container_not_open")
        container = self.containers[place]
        container.stands_in = to
        limit = self._clock(container.lot, to, container.opened_at)
        container.beyond_use_at = min(container.beyond_use_at or FOREVER, limit)
        self._shorten_mixtures(place, container.beyond_use_at)

    def _shorten_mixtures(self, source: str, limit: datetime) -> None:
        """Nothing outlives the vial, or the mixture, from which it was made."""
        for cocktail in self.cocktails.values():
            if cocktail.lot and any(source in (each.place, each.lot) for each in cocktail.inside.values()):
                mixture = self.lots[cocktail.lot]
                mixture.beyond_use_at = min(mixture.beyond_use_at or FOREVER, limit)
                self._shorten_mixtures(cocktail.lot, mixture.beyond_use_at)

    def dispose(self, clinic: str, role: Role, named: Named, quantity: int) -> None:
        self.permit("dispose", role)
        things = self.find(clinic, named)
        if len(things) != 1:
            raise Refusal("place_not_named" if things else "not_enough_on_hand")
        self._throw_away(clinic, role, *things[0], quantity)

    def _throw_away(self, clinic: str, role: Role, lot: str, place: str, quantity: int) -> None:
        anew = self.settle({(lot, place): quantity}, is_fact=True)
        self.post(clinic, MovementKind.DISPOSE, role, [Line(lot, place, "disposal", quantity)])
        self.promises += anew

    # --- uses

    def use(
        self, clinic: str, role: Role, session: str, lines: Sequence[Wanted], override: Rules | None
    ) -> set[Rule]:
        self.permit("use", role)
        found = [self.find(clinic, line.named) for line in lines]
        if self.sessions[session].state in CLOSED:
            raise Refusal("session_closed")
        if any(line.prescriber not in (None, Role.PRACTITIONER) for line in lines):
            raise Refusal("not_a_prescriber")
        patient = self.sessions[session].patient
        wanted: list[tuple[Wanted, Thing, int]] = []
        for line, things in zip(lines, found, strict=True):
            if line.named.product is not None:
                ready = [
                    each
                    for each in things
                    if each[1] in self.containers or self.product_of(each[0]).in_one_go
                ]
                picks = self.pick(ready, line.quantity, patient, session, may_take_promised=True)
                wanted += [(line, thing, quantity) for thing, quantity in picks]
            elif not things:
                raise Refusal("not_enough_on_hand")
            else:
                wanted.append((line, self.choose(things, line.quantity, patient), line.quantity))
        takings = self.take((thing, quantity) for _, thing, quantity in wanted)
        broken = {
            (rule, thing) for line, thing, _ in wanted for rule in self._broken_by_use(line, thing, session)
        }
        overridden = self.judge(broken, override, role)
        self._book_use(clinic, role, session, takings)
        return overridden

    def _broken_by_use(self, line: Wanted, thing: Thing, session: str) -> set[Rule]:
        patient = self.sessions[session].patient
        broken = self.broken(*thing, patient=patient, needs_prescriber=line.prescriber is None)
        picked = line.named.product is not None
        if not picked and self.earlier_lot_waits(*thing, patient=patient, but_for=session):
            broken.add(Rule.EARLIER_LOT)
        return broken

    def record_use(
        self, clinic: str, role: Role, session: str, line: Wanted, occurred_at: datetime
    ) -> set[Rule]:
        """It has happened: whatever it broke is written down."""
        self.permit("record", role)
        things = self.find(clinic, line.named)
        if not things:
            raise Refusal("not_in_the_books")
        patient = self.sessions[session].patient
        thing = self.choose(things, line.quantity, patient, occurred_at)
        takings = self.take([(thing, line.quantity)])
        if takings[0].from_books > self.here(*thing):
            raise Refusal("not_in_the_books")
        is_prescribed = line.prescriber is Role.PRACTITIONER
        broken = self.broken(*thing, patient=patient, needs_prescriber=not is_prescribed, at=occurred_at)
        if self.sessions[session].state in CLOSED:
            broken.add(Rule.SESSION_CLOSED)
        self._book_use(clinic, role, session, takings, occurred_at)
        return broken

    def _book_use(
        self,
        clinic: str,
        role: Role,
        session: str,
        takings: Sequence[Taking],
        occurred_at: datetime | None = None,
    ) -> None:
        demands: dict[Thing, int] = {}
        lines = []
        for each in takings:
            lot, place = each.thing
            demands[each.thing] = demands.get(each.thing, 0) + each.from_books
            lines += [Line(lot, "adjustment", place, each.overfill)] if each.overfill else []
            lines.append(Line(lot, place, "patient", each.quantity, session))
            lines += [Line(lot, place, "disposal", each.remainder)] if each.remainder else []
        anew = self.settle(demands, session=session, is_fact=occurred_at is not None)
        self.post(clinic, MovementKind.USE, role, lines, occurred_at=occurred_at)
        self.promises += anew
        for lot, place in demands:
            self._dedicate(lot, place, self.sessions[session].patient)

    def _dedicate(self, lot: str, place: str, patient: str) -> None:
        serves_one = self.product_of(lot).type is ContainerType.SINGLE_DOSE
        if place in self.containers and serves_one and self.containers[place].patient is None:
            self.containers[place].patient = patient

    # --- promises

    def allocate(
        self, clinic: str, role: Role, session: str, named: Named, quantity: int, override: Rules | None
    ) -> set[Rule]:
        self.permit("allocate", role)
        visit = self.sessions[session]
        if visit.state in CLOSED:
            raise Refusal("nothing_to_keep_for")
        if self.today(clinic, visit.planned_at) != self.today(clinic):
            raise Refusal("not_today")
        things = self.find(clinic, named)
        if named.product is not None:
            sources = self.pick(things, quantity, visit.patient, session, may_take_promised=False)
        elif not things:
            raise Refusal("not_enough_on_hand")
        else:
            sources = [(self.choose(things, quantity, visit.patient), quantity)]
        broken: set[tuple[Rule, Thing]] = set()
        for thing, _ in sources:
            found = self.broken(*thing, patient=visit.patient)
            waits = self.earlier_lot_waits(*thing, patient=visit.patient, but_for=session)
            broken |= {(rule, thing) for rule in found}
            broken |= {(Rule.EARLIER_LOT, thing)} if waits and named.product is None else set()
        overridden = self.judge(broken, override, role)
        for (lot, place), part in sources:
            content = self.product_of(lot).content
            kept = part if place in self.containers else part + -part % content
            self.promise(lot, place, kept, session=session)
        return overridden

    def release(self, clinic: str, role: Role, promise: int) -> None:
        self.permit("allocate", role)
        found = self.promises[promise]
        if found.cocktail is not None:
            raise Refusal("kept_for_cocktail")
        if found.state is not AllocationState.ACTIVE:
            raise Refusal("allocation_ended")
        found.state = AllocationState.RELEASED

    # --- moving, and what stops

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
        covered = set()
        if place is not None:
            covered = {
                (each, there)
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
        self.holds.append(Hold(clinic, lot if place is None else None, covered))

    def release_hold(self, clinic: str, role: Role, hold: int) -> None:
        self.permit("release_hold", role)
        if self.holds[hold].is_released:
            raise Refusal("hold_already_released")
        self.holds[hold].is_released = True

    def recall(self, role: Role, product: str, number: str | None) -> None:
        self.permit("recall", role)
        for known in self.recalls:
            if not known.is_released and known.product == product and known.number in (None, number):
                raise Refusal("already_recalled")
        self.recalls.append(Recall(product, number))
        for promise in self.active():
            if self.is_recalled(promise.lot):
                promise.state = AllocationState.LOST

    def release_recall(self, role: Role, recall: int) -> None:
        self.permit("recall", role)
        if self.recalls[recall].is_released:
            raise Refusal("hold_already_released")
        self.recalls[recall].is_released = True

    # --- cocktails

    def start(self, clinic: str, role: Role, sessions: tuple[str, ...], has_recipe: bool) -> None:
        self.permit("prepare", role)
        if any(self.sessions[each].state in CLOSED for each in sessions):
            raise Refusal("session_over")
        name = f"c{len(self.cocktails) + 1}"
        self.cocktails[name] = Cocktail(clinic, sessions, has_recipe, self.now)

    def _draft(self, cocktail: str) -> Cocktail:
        if self.cocktails[cocktail].is_over:
            raise Refusal("preparation_over")
        return self.cocktails[cocktail]

    def _patients(self, cocktail: Cocktail) -> list[str]:
        named = {self.sessions[each].patient for each in cocktail.sessions}
        return sorted(named, key=list(self.patients).index)

    def add_ingredient(
        self,
        clinic: str,
        role: Role,
        cocktail: str,
        named: Named,
        quantity: int | None,
        override: Rules | None,
    ) -> set[Rule]:
        self.permit("prepare", role)
        draft = self._draft(cocktail)
        things = self.find(clinic, named)
        if not things:
            raise Refusal("not_enough_on_hand")
        patients = self._patients(draft)
        first = patients[0] if patients else None
        thing = lot, place = min(
            self.in_order(things),
            key=lambda each: (not self.is_usable(*each, first), self.free(*each) < (quantity or 1)),
        )
        product = self.product_of(lot)
        drawn, component = self._portion(draft, lot, self.free(lot, place), quantity)
        if place not in self.containers and not product.in_one_go:
            raise Refusal("open_it_first")
        if (len(patients) or 2) > 1 and not product.is_shared:
            raise Refusal("not_for_several_patients")
        inside = {self.lots[each.lot].product for each in draft.inside.values()}
        if len(inside | {self.lots[lot].product}) > STERILE_PRODUCTS_MAX:
            raise Refusal("too_many_sterile_products")
        broken: set[Rule] = set()
        for patient in patients or [None]:
            broken |= self.broken(lot, place, patient=patient)
            if self.earlier_lot_waits(lot, place, patient=patient):
                broken.add(Rule.EARLIER_LOT)
        overridden = self.judge(((rule, thing) for rule in broken), override, role)
        kept = drawn if place in self.containers else drawn + -drawn % product.content
        promise = self.promise(lot, place, kept, cocktail=cocktail)
        draft.ingredients.append(Ingredient(lot, place, drawn, promise, component, frozenset(overridden)))
        return overridden

    def _portion(self, draft: Cocktail, lot: str, free: int, quantity: int | None) -> tuple[int, int | None]:
        """How much goes in, and which part of the recipe it is."""
        if not draft.has_recipe:
            if quantity is None:
                raise Refusal("invalid_value")
            return quantity, None
        parts = list(self.recipe)
        if self.lots[lot].product not in parts:
            raise Refusal("wrong_product")
        component = parts.index(self.lots[lot].product)
        there = sum(each.quantity for each in draft.inside.values() if each.component == component)
        missing = self.recipe[parts[component]] - there
        if missing <= 0:
            raise Refusal("ingredient_complete")
        return quantity or min(missing, free) or missing, component

    def remove_ingredient(self, clinic: str, role: Role, cocktail: str, n: int) -> None:
        self.permit("prepare", role)
        draft = self._draft(cocktail)
        if n not in draft.inside:
            raise Refusal("no_such_ingredient")
        draft.inside[n].is_removed = True
        self._let_go(cocktail)

    def _let_go(self, cocktail: str) -> None:
        """What is promised to a cocktail and to none of its ingredients is free again."""
        kept = [self.promises[each.promise] for each in self.cocktails[cocktail].inside.values()]
        for promise in self.active():
            if promise.cocktail == cocktail and not any(promise is each for each in kept):
                promise.state = AllocationState.RELEASED

    def finish_preparation(
        self,
        clinic: str,
        role: Role,
        cocktail: str,
        place: str,
        output: int | None,
        loss_reason: str,
        override: Rules | None,
    ) -> set[Rule]:
        self.permit("prepare", role)
        draft = self._draft(cocktail)
        inside = list(draft.inside.values())
        if not inside:
            raise Refusal("nothing_in_it")
        if any(self.promises[each.promise].state is not AllocationState.ACTIVE for each in inside):
            raise Refusal("allocation_ended")
        if draft.has_recipe and {each.component for each in inside} != set(range(len(self.recipe))):
            raise Refusal("ingredient_missing")
        overridden = self._judge_again(draft, override, role)
        made = self._came_out(draft, output, loss_reason)
        limit = self._limit_of(draft)
        name = f"{clinic}:{cocktail}"
        product = "recipe" if draft.has_recipe else "ad hoc"
        lines = []
        for each in inside:
            kept = self.promises[each.promise]
            lines.append(Line(each.lot, each.place, "compounding", each.quantity))
            if rest := kept.quantity - each.quantity:
                lines.append(Line(each.lot, each.place, "disposal", rest))
            kept.state = AllocationState.USED
        self.lots[name] = Lot(clinic, product, name, beyond_use_at=limit, cocktail=cocktail)
        self.post(clinic, MovementKind.PREPARE, role, [*lines, Line(name, "compounding", place, made)])
        patients = self._patients(draft)
        for each in inside:
            if patients:
                self._dedicate(each.lot, each.place, patients[0])
        draft.is_over, draft.lot = True, name
        return overridden

    def _judge_again(self, draft: Cocktail, override: Rules | None, role: Role) -> set[Rule]:
        """Judge each ingredient as it is now; which of several is judged first is nobody's business."""
        fresh: set[tuple[Rule, Thing]] = set()
        for each in draft.inside.values():
            thing = (each.lot, each.place)
            agreed = {
                rule
                for other in draft.inside.values()
                if (other.lot, other.place) == thing
                for rule in other.overridden
            }
            for patient in self._patients(draft) or [None]:
                fresh |= {(rule, thing) for rule in self.broken(*thing, patient=patient) - agreed}
        codes: set[str] = set()
        for thing in {thing for _, thing in fresh}:
            try:
                self.judge((each for each in fresh if each[1] == thing), override, role)
            except Refusal as refusal:
                codes |= refusal.codes
        if codes:
            raise Refusal(*codes)
        return {rule for rule, _ in fresh}

    def _came_out(self, draft: Cocktail, output: int | None, loss_reason: str) -> int:
        went_in = sum(each.quantity for each in draft.inside.values() if self.product_of(each.lot).is_liquid)
        made = went_in if output is None else output
        if made <= 0 or Fraction(made) > went_in * Fraction(104, 100):
            raise Refusal("output_too_large")
        if went_in - made > (self.recipe_loss if draft.has_recipe else 0) and not loss_reason:
            raise Refusal("loss_needs_reason")
        return made

    def _limit_of(self, draft: Cocktail) -> datetime:
        minutes = self.recipe_minutes if draft.has_recipe else AD_HOC_MINUTES
        own = draft.started_at + timedelta(minutes=minutes)
        if self.now >= own:
            raise Refusal("took_too_long")
        return min([own, *(self.limit(each.lot, each.place) for each in draft.inside.values())])

    def abandon(self, clinic: str, role: Role, cocktail: str, drawn: dict[int, int]) -> None:
        self.permit("prepare", role)
        draft = self._draft(cocktail)
        if drawn.keys() != draft.inside.keys():
            raise Refusal("invalid_value")
        lines = []
        for n, each in draft.inside.items():
            if not 0 <= drawn[n] <= self.promises[each.promise].quantity:
                raise Refusal("invalid_value")
            whole = 1 if each.place in self.containers else self.product_of(each.lot).content
            if thrown := drawn[n] + -drawn[n] % whole:
                lines.append(Line(each.lot, each.place, "disposal", thrown))
        for promise in self.active():
            if promise.cocktail == cocktail:
                promise.state = AllocationState.RELEASED
        if lines:
            self.post(clinic, MovementKind.ABANDON, role, lines)
        draft.is_over = True

    # --- taking back, counting

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
        if here + difference < 0:
            raise Refusal("count_overtaken")
        if expected < 0:
            raise Refusal("count_unclear")
        if difference < 0:
            self.lose_beyond({(lot, place): here + difference})
        if difference:
            way = ("adjustment", place) if difference > 0 else (place, "adjustment")
            line = Line(lot, *way, abs(difference))
            self.post(clinic, MovementKind.COUNT, role, [line], occurred_at=counted_at)
        self.settle_containers([place])
        if place in self.containers and not self.here(lot, place) and not self.is_ended(place):
            self.containers[place].state = ContainerState.FINISHED

    # --- to another clinic

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
        self.transfers.append(Transfer(clinic, to, lot, quantity))
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

    # --- visits

    def plan(self, clinic: str, role: Role, patient: str, planned_at: datetime) -> None:
        self.permit("plan", role)
        self.sessions[f"s{len(self.sessions) + 1}"] = Session(clinic, patient, planned_at)

    def advance(self, clinic: str, role: Role, session: str, to: SessionState) -> None:
        acts = {SessionState.FINISHED: "finish_session", SessionState.SIGNED: "sign_session"}
        self.permit(acts.get(to, "plan"), role)
        visit = self.sessions[session]
        if to not in NEXT.get(visit.state, ()):
            raise Refusal("step_not_allowed")
        nothing_used = to in (SessionState.CANCELLED, SessionState.DID_NOT_COME)
        if nothing_used and any(used == session for used, _ in self.uses()):
            raise Refusal("session_has_uses")
        if to in CLOSED:
            for promise in self.active():
                if promise.session == session:
                    promise.state = AllocationState.RELEASED
        visit.state = to
