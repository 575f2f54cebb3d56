"""What is in stock, and what must be refused?  The state of a house and its rules in dictionaries and lists.

A reference without a database and without any code of ours but the vocabulary: `StockActs`
(tests/oracles/stock_acts.py) does the acts upon it, and the state machine of tests/model compares every
answer of the operations with it.  Lots, places, sessions and cocktails go by names, base units by integers.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from stockroom.vocabulary import (
    AllocationState,
    ContainerState,
    MovementKind,
    Rule,
)
from tests.oracles.stock_things import (
    AD_HOC_MINUTES,
    EARLIER_LOT_DAYS,
    FOREVER,
    Cocktail,
    Container,
    Hold,
    Lot,
    Movement,
    Patient,
    Product,
    Promise,
    Recall,
    Session,
    Shelf,
    Transfer,
)


@dataclass
class StockModel:
    """Everything that is true of a house at an instant."""

    now: datetime
    products: Mapping[str, Product]
    patients: Mapping[str, Patient]
    """In the order in which they were registered."""
    zones: Mapping[str, str]
    shelves: Mapping[str, Shelf]
    """In the order in which they were made."""
    recipe: Mapping[str, int]
    """Base units a dose by product; the parts of the one recipe, in their order."""
    recipe_minutes: int = 240
    recipe_loss: int = 20
    lots: dict[str, Lot] = field(default_factory=dict)
    on_hand: dict[tuple[str, str], int] = field(default_factory=dict)
    containers: dict[str, Container] = field(default_factory=dict)
    promises: list[Promise] = field(default_factory=list)
    holds: list[Hold] = field(default_factory=list)
    recalls: list[Recall] = field(default_factory=list)
    sessions: dict[str, Session] = field(default_factory=dict)
    cocktails: dict[str, Cocktail] = field(default_factory=dict)
    movements: list[Movement] = field(default_factory=list)
    transfers: list[Transfer] = field(default_factory=list)
    counted: dict[tuple[str, str], datetime] = field(default_factory=dict)
    """When a lot at a place was counted last, by the stocktakes that are booked."""
    spoken_for: dict[str, str] = field(default_factory=dict)
    """While an act is judged: vials that serve one patient, and the one for whom something of them is meant."""

    # --- what lies where

    def product_of(self, lot: str) -> Product:
        return self.products[self.lots[lot].product]

    def here(self, lot: str, place: str) -> int:
        return self.on_hand.get((lot, place), 0)

    def lying(
        self, clinic: str, *, lot: str | None = None, product: str | None = None
    ) -> list[tuple[str, str]]:
        """Where something lies in a clinic, of one lot or product where it is named."""
        return [
            (each, place)
            for (each, place), quantity in self.on_hand.items()
            if quantity
            and self.lots[each].clinic == clinic
            and lot in (None, each)
            and product in (None, self.lots[each].product)
        ]

    def active(self) -> list[Promise]:
        return [each for each in self.promises if each.state is AllocationState.ACTIVE]

    def promised(self, lot: str, place: str, *, but_for: str | None = None) -> int:
        """What is promised there, leaving out what is promised to that session."""
        return sum(
            each.quantity
            for each in self.active()
            if (each.lot, each.place) == (lot, place) and (but_for is None or each.session != but_for)
        )

    def free(self, lot: str, place: str, *, but_for: str | None = None) -> int:
        return self.whole(lot, place, self.here(lot, place) - self.promised(lot, place, but_for=but_for))

    def whole(self, lot: str, place: str, quantity: int) -> int:
        """What of a quantity can be taken: at a shelf whole presentations."""
        return quantity if place in self.containers else quantity - quantity % self.product_of(lot).content

    # --- time

    def today(self, clinic: str, at: datetime | None = None) -> date:
        return (at or self.now).astimezone(ZoneInfo(self.zones[clinic])).date()

    def printed_limit(self, lot: str) -> datetime | None:
        expires_on, zone = self.lots[lot].expires_on, ZoneInfo(self.zones[self.lots[lot].clinic])
        if expires_on is None:
            return None
        return datetime.combine(expires_on + timedelta(days=1), time(), zone).astimezone(UTC)

    def beyond_use_at(self, lot: str, place: str, at: datetime | None = None) -> datetime | None:
        limits = [self.lots[lot].beyond_use_at if at is None else self.mixed_until(lot, at)]
        if place in self.containers:
            opened_at = self.containers[place].opened_at
            limits += [self.clock(lot, there, opened_at) for there in self.stood(place, at)]
        return min((each for each in limits if each is not None), default=None)

    def mixed_until(self, lot: str, at: datetime) -> datetime | None:
        """Until when a cocktail could be used, as was known then: what was shorter-lived only since is not counted."""
        cocktail = self.lots[lot].cocktail
        if cocktail is None:
            return None
        made = self.cocktails[cocktail]
        minutes = self.recipe_minutes if made.has_recipe else AD_HOC_MINUTES
        parents = [self.limit(each.lot, each.place, at) for each in made.inside.values()]
        return min([made.started_at + timedelta(minutes=minutes), *parents])

    def clock(self, lot: str, stands_in: str, opened_at: datetime) -> datetime:
        """Until when a vial may be used there: of what nobody knows the other or the shorter counts."""
        product, is_cold = self.product_of(lot), self.shelves[stands_in].is_cold
        room, cold = product.minutes_room, product.minutes_cold
        known = [each for each in (room, cold) if each is not None]
        minutes = {None: None, True: cold, False: room}[is_cold] or min(known)
        return min(opened_at + timedelta(minutes=minutes), self.printed_limit(lot) or FOREVER)

    def stood(self, place: str, at: datetime | None = None) -> list[str]:
        """Where a container had stood until then, where it was opened at least; the newest last."""
        stood = self.containers[place].stood
        return [there for put_at, there in stood if at is None or put_at <= at] or [stood[0][1]]

    def lay(self, lot: str, place: str, at: datetime) -> str:
        """Where goods that lie on a shelf now lay then: where they came from, when they came only since."""
        came = [
            (movement.occurred_at, line.source)
            for movement in self.movements
            if movement.kind is not MovementKind.REVERSE
            for line in movement.lines
            if (line.lot, line.target) == (lot, place)
        ]
        first_at, source = min(came, key=lambda each: each[0], default=(at, place))
        return source if first_at > at and source in self.shelves else place

    def limit(self, lot: str, place: str, at: datetime | None = None) -> datetime:
        return min(self.printed_limit(lot) or FOREVER, self.beyond_use_at(lot, place, at) or FOREVER)

    # --- what is in it, whose it is, and what stops it

    def parts(self, lot: str) -> set[str]:
        """Every lot that went into this one, however deep."""
        cocktail = self.lots[lot].cocktail
        direct = {each.lot for each in self.cocktails[cocktail].inside.values()} if cocktail else set()
        return direct.union(*(self.parts(each) for each in direct))

    def ingredients_of(self, lot: str) -> frozenset[str]:
        made_of = self.parts(lot) or {lot}
        return frozenset().union(*(self.product_of(each).ingredients for each in made_of))

    def owner(self, lot: str, place: str, asker: str | None) -> str | None:
        """The one patient whose it is; of several, the one who asks."""
        if place in self.containers:
            return self.containers[place].patient or self.spoken_for.get(place)
        made_in = [self.lots[each].cocktail for each in {lot} | self.parts(lot)]
        named = {
            self.sessions[session].patient
            for cocktail in made_in
            if cocktail is not None
            for session in self.cocktails[cocktail].sessions
        }
        if not named or asker in named:
            return asker if named else None
        return min(named, key=list(self.patients).index)

    def is_recalled(self, lot: str, at: datetime | None = None) -> bool:
        return any(
            recall.stands(at)
            and recall.product == self.lots[each].product
            and recall.number in (None, self.lots[each].number)
            for recall in self.recalls
            for each in {lot} | self.parts(lot)
        )

    def is_held(self, lot: str, place: str, at: datetime | None = None) -> bool:
        return any(
            hold.stands(at) and (hold.lot in {lot} | self.parts(lot) or (lot, place) in hold.places)
            for hold in self.holds
        )

    def broken(
        self,
        lot: str,
        place: str,
        *,
        patient: str | None = None,
        towards_patient: bool = True,
        needs_prescriber: bool = False,
        at: datetime | None = None,
    ) -> set[Rule]:
        """The rules that this breaks when it is opened, used, mixed or promised (or, not towards a
        patient, sent away); those that it broke at an instant, for what is recorded late.
        """
        then, at = at, at or self.now
        product = self.product_of(lot)
        is_vial = place in self.containers
        shelf = self.shelves[self.stood(place, then)[-1] if is_vial else self.lay(lot, place, at)]
        found = {
            Rule.RECALLED: self.is_recalled(lot, then),
            Rule.HELD: self.is_held(lot, place, then),
            Rule.EXPIRED: (self.lots[lot].expires_on or date.max) < self.today(self.lots[lot].clinic, at),
            Rule.BEYOND_USE: at >= (self.beyond_use_at(lot, place, then) or FOREVER),
            Rule.NOT_USABLE_PLACE: not shelf.is_usable or self.is_ended(place, then),
        }
        if towards_patient:
            owner = self.owner(lot, place, patient)
            found[Rule.PRODUCT_INCOMPLETE] = not product.is_confirmed
            found[Rule.NO_PRESCRIBER] = product.is_prescribed and needs_prescriber
            found[Rule.OTHER_PATIENT] = owner is not None and owner != patient
        if towards_patient and patient is not None:
            facts, inside = self.patients[patient], self.ingredients_of(lot)
            found[Rule.ALLERGY] = bool(facts.allergies & inside)
            found[Rule.ALLERGY_NOT_ASKED] = not facts.was_asked and bool(inside or not product.is_confirmed)
        return {rule for rule, is_broken in found.items() if is_broken}

    def before_it_was_there(self, lot: str, place: str, at: datetime) -> set[Rule]:
        """Whether it is said to have been taken before its vial was opened, or its lot came in or was made."""
        came = [
            (movement.occurred_at, line.source)
            for movement in self.movements
            for line in movement.standing
            if line.lot == lot and line.target in self.shelves
            if line.source not in self.shelves and line.source not in self.containers
        ]
        first_at, source = min(came, key=lambda each: each[0], default=(at, ""))
        found = {Rule.BEFORE_ARRIVAL} if source != "adjustment" and first_at > at else set()
        if place in self.containers and self.containers[place].opened_at > at:
            found.add(Rule.BEFORE_OPENED)
        return found

    def is_ended(self, place: str, at: datetime | None = None) -> bool:
        container = self.containers.get(place)
        if container is None or container.state is ContainerState.OPEN:
            return False
        return at is None or container.closed_at is None or container.closed_at <= at

    def is_usable(self, lot: str, place: str, patient: str | None = None, at: datetime | None = None) -> bool:
        return not self.broken(lot, place, patient=patient, at=at)

    # --- which is taken

    def in_order(
        self, things: Iterable[tuple[str, str]], at: datetime | None = None
    ) -> list[tuple[str, str]]:
        """Opened first, then what must be used first; then by number, and by who was there first."""
        places = [*self.shelves, *self.containers]
        return sorted(
            things,
            key=lambda thing: (
                thing[1] not in self.containers,
                self.limit(*thing, at),
                self.lots[thing[0]].number,
                list(self.lots).index(thing[0]),
                places.index(thing[1]),
            ),
        )

    def earlier_lot_waits(
        self, lot: str, place: str, *, patient: str | None = None, but_for: str | None = None
    ) -> bool:
        """Whether a sealed lot beside this sealed one should be taken first."""
        if place in self.containers:
            return False
        latest = self.limit(lot, place)
        latest = latest if latest == FOREVER else latest - timedelta(days=EARLIER_LOT_DAYS)
        return any(
            other != lot
            and there == place
            and self.free(other, there, but_for=but_for) > 0
            and self.limit(other, there) < latest
            and self.is_usable(other, there, patient)
            for other, there in self.lying(self.lots[lot].clinic, product=self.lots[lot].product)
        )

    # --- reports

    def uses(self) -> dict[tuple[str, str], int]:
        """(session, lot) → base units that the patient got and that stand."""
        found: dict[tuple[str, str], int] = {}
        for movement in self.movements:
            for line in movement.standing:
                if line.target == "patient" and line.session is not None:
                    key = (line.session, line.lot)
                    found[key] = found.get(key, 0) + line.quantity
        return found

    def went_into(self) -> set[tuple[str, str]]:
        """(lot, lot that some of it became): by mixing, or by arriving in another clinic."""
        pairs = {
            (line.lot, made.lot)
            for movement in self.movements
            for line in movement.standing
            for made in movement.standing
            if line.target == "compounding" and made.source == "compounding"
        }
        for each in self.transfers:
            if each.has_arrived:
                sent = self.lots[each.lot]
                pairs.add((each.lot, f"{each.target}:{sent.product}:{sent.number}"))
        return pairs

    def reached(self, lot: str, *, backwards: bool = False) -> set[str]:
        """Everything that some of a lot became, or that it was made of; itself included."""
        pairs = self.went_into()
        if backwards:
            pairs = {(far, near) for near, far in pairs}
        found = {lot}
        while more := {far for near, far in pairs if near in found} - found:
            found |= more
        return found
