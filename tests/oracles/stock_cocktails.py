"""What becomes of cocktails in the reference?"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from fractions import Fraction

from stockroom.vocabulary import (
    AllocationState,
    MovementKind,
    Role,
    Rule,
)
from tests.oracles.stock_finding import Named, Rules, StockFinding
from tests.oracles.stock_moves import Thing
from tests.oracles.stock_things import AD_HOC_MINUTES, CLOSED, Cocktail, Ingredient, Line, Lot, Refusal

STERILE_PRODUCTS_MAX = 3


class CocktailActs(StockFinding):
    """Acts on mixtures."""

    def start(self, clinic: str, role: Role, sessions: tuple[str, ...], has_recipe: bool) -> None:
        self.permit("prepare", role)
        if any(self.sessions[each].state in CLOSED for each in sessions):
            raise Refusal("session_over")
        if has_recipe and any(self._is_made_for(each, sessions) for each in self.cocktails.values()):
            raise Refusal("already_prepared")
        name = f"c{len(self.cocktails) + 1}"
        self.cocktails[name] = Cocktail(clinic, sessions, has_recipe, self.now)

    def _is_made_for(self, made: Cocktail, sessions: tuple[str, ...]) -> bool:
        """It is being made by the recipe, or some of it is left, for one of these sessions."""
        is_there = not made.is_over or (
            made.lot is not None and any(lot == made.lot for lot, _ in self.lying(made.clinic))
        )
        return made.has_recipe and is_there and bool(set(made.sessions) & set(sessions))

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
        first = (self._patients(draft) or [None])[0]
        with self.speaking_for(things, first, only_drawn=True):
            return self._put_in(role, cocktail, things, quantity, override)

    def _put_in(
        self,
        role: Role,
        cocktail: str,
        things: list[Thing],
        quantity: int | None,
        override: Rules | None,
    ) -> set[Rule]:
        draft = self._draft(cocktail)
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
        dose = {(each.lot, each.place) for each in draft.inside.values()} | {thing}
        same = [each for each in dose if self.lots[each[0]].product == self.lots[lot].product]
        if sum(map(self.is_leftover, same)) > 1:
            raise Refusal("leftovers_pooled")
        broken: set[Rule] = set()
        for patient in patients or [None]:
            broken |= self.broken(lot, place, patient=patient)
            if self.earlier_lot_waits(lot, place, patient=patient):
                broken.add(Rule.EARLIER_LOT)
        overridden = self.judge(((rule, thing) for rule in broken), override, role)
        kept = drawn if place in self.containers else drawn + -drawn % product.content
        beyond, free = drawn - self.free(lot, place), self.free(lot, place)
        if place in self.containers and beyond > 0 and free > 0:
            if beyond <= self.overfill_left(place):
                kept = free
            elif self.asks_why(place, beyond - self.overfill_left(place)):
                raise Refusal("more_than_the_vial_held")
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
        if self.now >= draft.started_at + timedelta(minutes=self._minutes(draft)):
            raise Refusal("took_too_long")
        self._make(clinic, role, cocktail, place, self._came_out(draft, output, loss_reason))
        return overridden

    def record_preparation(
        self,
        clinic: str,
        role: Role,
        sessions: tuple[str, ...],
        wanted: Sequence[tuple[Named, int]],
        place: str,
        occurred_at: datetime,
    ) -> set[Rule]:
        """It was made, ad hoc: whatever it broke is written down."""
        self.permit("record", role)
        taken: list[tuple[Thing, int]] = []
        for named, quantity in wanted:
            things = self.find(clinic, named)
            if not things:
                raise Refusal("not_in_the_books")
            thing = self.choose(things, quantity, None, occurred_at)
            if thing[1] not in self.containers and not self.product_of(thing[0]).in_one_go:
                raise Refusal("open_it_first")
            taken.append((thing, quantity))
        left = {thing: self.here(*thing) for thing, _ in taken}
        kept = [self._off_the_books(thing, quantity, left) for thing, quantity in taken]
        self.lose_beyond(left)
        cocktail = f"c{len(self.cocktails) + 1}"
        draft = self.cocktails[cocktail] = Cocktail(
            clinic, sessions, has_recipe=False, started_at=occurred_at
        )
        for ((lot, source), quantity), booked in zip(taken, kept, strict=True):
            promise = self.promise(lot, source, booked, cocktail=cocktail)
            draft.ingredients.append(Ingredient(lot, source, quantity, promise, None, frozenset()))
        broken = self._broken_by(draft, occurred_at)
        self._make(clinic, role, cocktail, place, self._came_out(draft, None, "late"), occurred_at)
        return broken

    def _off_the_books(self, thing: Thing, quantity: int, left: dict[Thing, int]) -> int:
        """What of so much the books have; an open vial gives its usual overfill on top, and never that alone."""
        wanted, place = self._kept(thing, quantity), thing[1]
        lacking = max(0, wanted - left[thing])
        if lacking and (
            place not in self.containers or lacking > self.overfill_left(place) or lacking == wanted
        ):
            raise Refusal("not_in_the_books")
        left[thing] -= wanted - lacking
        return wanted - lacking

    def _kept(self, thing: Thing, quantity: int) -> int:
        """What is taken for so much of it: whole presentations of what is sealed."""
        if thing[1] in self.containers:
            return quantity
        return quantity + -quantity % self.product_of(thing[0]).content

    def _broken_by(self, draft: Cocktail, at: datetime) -> set[Rule]:
        patients = self._patients(draft)
        broken: set[Rule] = set()
        for each in draft.inside.values():
            for patient in patients or [None]:
                broken |= self.broken(each.lot, each.place, patient=patient, at=at)
            broken |= self.before_it_was_there(each.lot, each.place, at)
            if (len(patients) or 2) > 1 and not self.product_of(each.lot).is_shared:
                broken.add(Rule.OTHER_PATIENT)
        leftovers = {
            (each.lot, each.place)
            for each in draft.inside.values()
            if self.is_leftover((each.lot, each.place))
        }
        if len({self.lots[lot].product for lot, _ in leftovers}) < len(leftovers):
            broken.add(Rule.LEFTOVERS_POOLED)
        return broken

    def _make(
        self,
        clinic: str,
        role: Role,
        cocktail: str,
        place: str,
        made: int,
        occurred_at: datetime | None = None,
    ) -> None:
        """Book what is in it, as a lot of its own."""
        draft = self.cocktails[cocktail]
        inside = list(draft.inside.values())
        own = draft.started_at + timedelta(minutes=self._minutes(draft))
        limit = min([own, *(self.limit(each.lot, each.place) for each in inside)])
        name = f"{clinic}:{cocktail}"
        lines = []
        for each in inside:
            kept = self.promises[each.promise]
            rest = kept.quantity - each.quantity
            if rest < 0:
                lines.append(Line(each.lot, "adjustment", each.place, -rest))
            lines.append(Line(each.lot, each.place, "compounding", each.quantity))
            if rest > 0:
                lines.append(Line(each.lot, each.place, "disposal", rest))
            kept.state = AllocationState.USED
        product = "recipe" if draft.has_recipe else "ad hoc"
        self.lots[name] = Lot(clinic, product, name, beyond_use_at=limit, cocktail=cocktail)
        lines.append(Line(name, "compounding", place, made))
        self.post(clinic, MovementKind.PREPARE, role, lines, occurred_at=occurred_at)
        patients = self._patients(draft)
        for each in inside:
            if patients:
                self._dedicate(each.lot, each.place, patients[0])
        draft.is_over, draft.lot = True, name

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

    def _minutes(self, draft: Cocktail) -> int:
        return self.recipe_minutes if draft.has_recipe else AD_HOC_MINUTES

    def abandon(self, clinic: str, role: Role, cocktail: str, drawn: dict[int, int]) -> None:
        self.permit("prepare", role)
        draft = self._draft(cocktail)
        if drawn.keys() != draft.inside.keys():
            raise Refusal("invalid_value")
        lines = []
        for n, each in draft.inside.items():
            kept = self.promises[each.promise].quantity
            if not 0 <= drawn[n] <= max(kept, each.quantity):
                raise Refusal("invalid_value")
            if drawn[n] > kept:
                lines.append(Line(each.lot, "adjustment", each.place, drawn[n] - kept))
            whole = 1 if each.place in self.containers else self.product_of(each.lot).content
            if thrown := drawn[n] + -drawn[n] % whole:
                lines.append(Line(each.lot, each.place, "disposal", thrown))
        for promise in self.active():
            if promise.cocktail == cocktail:
                promise.state = AllocationState.RELEASED
        if lines:
            self.post(clinic, MovementKind.ABANDON, role, lines)
        draft.is_over = True
