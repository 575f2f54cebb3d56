"""What becomes of vials, visits and promises in the reference?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from stockroom.vocabulary import (
    AllocationState,
    ContainerState,
    ContainerType,
    MovementKind,
    Role,
    Rule,
    SessionState,
)
from tests.oracles.stock_finding import Named, Rules, StockFinding
from tests.oracles.stock_moves import Taking, Thing
from tests.oracles.stock_things import CLOSED, FOREVER, Container, Line, Refusal, Session

NEXT = {
    SessionState.PLANNED: {"arrived", "preparing", "finished", "cancelled", "did_not_come"},
    SessionState.ARRIVED: {"preparing", "in_treatment", "finished", "cancelled"},
    SessionState.PREPARING: {"in_treatment", "finished", "cancelled", "did_not_come"},
    SessionState.IN_TREATMENT: {"finished", "cancelled"},
    SessionState.FINISHED: {"signed"},
}


@dataclass(frozen=True)
class Wanted:
    """One line of a use."""

    named: Named
    quantity: int
    prescriber: Role | None = None


class BenchActs(StockFinding):
    """Acts at the bench."""

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
        broken = self.broken(lot, place, patient=session and self.sessions[session].patient)
        if self.earlier_lot_waits(lot, place, but_for=session):
            broken.add(Rule.EARLIER_LOT)
        overridden = self.judge(((rule, thing) for rule in broken), override, role)
        stands_in = stands_in or place
        anew = self.settle({thing: product.content}, session=session)
        name = f"k{len(self.containers) + 1}"
        limit = self.clock(lot, stands_in, self.now)
        stood = [(self.now, stands_in)]
        self.containers[name] = Container(
            clinic, lot, self.now, limit, stands_in, opened_for=session, stood=stood
        )
        line = Line(lot, place, name, product.content)
        self.post(clinic, MovementKind.OPEN, role, [line])
        self.promises += anew
        self.follow_holds([line])
        return overridden

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
        container.closed_at = self.now

    def _not_pooled(
        self, ready: list[Thing], quantity: int, patient: str, session: str
    ) -> list[tuple[Thing, int]]:
        """A dose out of at most one leftover: the first that fills it, else the first of all."""
        leftovers = [each for each in self.in_order(ready) if self.is_leftover(each)]
        kept = next(
            (each for each in leftovers if self.free(*each, but_for=session) >= quantity), leftovers[0]
        )
        others = [each for each in ready if each == kept or not self.is_leftover(each)]
        try:
            return self.pick(others, quantity, patient, session, may_take_promised=True)
        except Refusal:
            raise Refusal("leftovers_pooled") from None

    def place_container(self, clinic: str, role: Role, place: str, to: str) -> None:
        self.permit("move", role)
        if self.is_ended(place):
            raise Refusal("container_not_open")
        container = self.containers[place]
        container.stands_in = to
        container.stood.append((self.now, to))
        limit = self.clock(container.lot, to, container.opened_at)
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

    def use(
        self, clinic: str, role: Role, session: str, lines: Sequence[Wanted], override: Rules | None
    ) -> set[Rule]:
        self.permit("use", role)
        found = [self.find(clinic, line.named) for line in lines]
        if self.sessions[session].state in CLOSED:
            raise Refusal("session_closed")
        if any(line.prescriber not in (None, Role.PRACTITIONER) for line in lines):
            raise Refusal("not_a_prescriber")
        lying = [thing for things in found for thing in things]
        with self.speaking_for(lying, self.sessions[session].patient, only_drawn=True):
            takings, overridden = self._taken(role, session, lines, found, override)
        self._book_use(clinic, role, session, takings)
        return overridden

    def _taken(
        self,
        role: Role,
        session: str,
        lines: Sequence[Wanted],
        found: Sequence[list[Thing]],
        override: Rules | None,
    ) -> tuple[list[Taking], set[Rule]]:
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
                if sum(self.is_leftover(thing) for thing, _ in picks) > 1:
                    picks = self._not_pooled(ready, line.quantity, patient, session)
                wanted += [(line, thing, quantity) for thing, quantity in picks]
            elif not things:
                raise Refusal("not_enough_on_hand")
            else:
                wanted.append((line, self.choose(things, line.quantity, patient), line.quantity))
        takings = self.take(((thing, quantity) for _, thing, quantity in wanted), is_asked=True)
        broken = {
            (rule, thing) for line, thing, _ in wanted for rule in self._broken_by_use(line, thing, session)
        }
        return takings, self.judge(broken, override, role)

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
        broken |= self.before_it_was_there(*thing, occurred_at)
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
        with self.speaking_for(things, visit.patient, only_drawn=False):
            sources, overridden = self._kept_from(role, session, named, things, quantity, override)
        for (lot, place), part in sources:
            content = self.product_of(lot).content
            kept = part if place in self.containers else part + -part % content
            self.promise(lot, place, kept, session=session)
        return overridden

    def _kept_from(
        self,
        role: Role,
        session: str,
        named: Named,
        things: list[Thing],
        quantity: int,
        override: Rules | None,
    ) -> tuple[list[tuple[Thing, int]], set[Rule]]:
        visit = self.sessions[session]
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
        return sources, self.judge(broken, override, role)

    def release(self, clinic: str, role: Role, promise: int) -> None:
        self.permit("allocate", role)
        found = self.promises[promise]
        if found.cocktail is not None:
            raise Refusal("kept_for_cocktail")
        if found.state is not AllocationState.ACTIVE:
            raise Refusal("allocation_ended")
        found.state = AllocationState.RELEASED

    def plan(self, clinic: str, role: Role, patient: str, planned_at: datetime) -> None:
        self.permit("plan", role)
        self.sessions[f"s{len(self.sessions) + 1}"] = Session(clinic, patient, planned_at)

    def advance(self, clinic: str, role: Role, session: str, to: SessionState) -> None:
        acts = {SessionState.FINISHED: "finish_session", SessionState.SIGNED: "sign_session"}
        self.permit(acts.get(to, "plan"), role)
        visit = self.sessions[session]
        following = NEXT.get(visit.state, ())
        if to not in following:
            raise Refusal("step_not_allowed" if following else "nothing_follows")
        nothing_used = to in (SessionState.CANCELLED, SessionState.DID_NOT_COME)
        if nothing_used and any(used == session for used, _ in self.uses()):
            raise Refusal("session_has_uses")
        if to in CLOSED:
            for promise in self.active():
                if promise.session == session:
                    promise.state = AllocationState.RELEASED
        visit.state = to
        if to is SessionState.FINISHED:
            self._throw_away_remainders(clinic, role, session)

    def _throw_away_remainders(self, clinic: str, role: Role, session: str) -> None:
        """What was opened or made for this visit alone goes; what is held, put aside or promised stays."""
        gone = [*self._vials_of(session), *self._cocktails_of(session)]
        gone = [each for each in gone if not self._stays(*each)]
        left = {(lot, place): self.here(lot, place) for lot, place in gone}
        lines = [Line(lot, place, "disposal", rest) for (lot, place), rest in left.items() if rest]
        if lines:
            self.post(clinic, MovementKind.DISPOSE, role, lines)
        for (lot, place), rest in left.items():
            if place in self.containers:
                is_finished = rest <= self.product_of(lot).residual
                state = ContainerState.FINISHED if is_finished else ContainerState.DISCARDED
                self.containers[place].state = state

    def _stays(self, lot: str, place: str) -> bool:
        container = self.containers.get(place)
        shelf = self.shelves[container.stands_in if container else place]
        is_stopped = self.is_held(lot, place) or self.is_recalled(lot) or not shelf.is_usable
        return is_stopped or self.promised(lot, place) > 0

    def _vials_of(self, session: str) -> list[Thing]:
        used = {
            line.source
            for movement in self.movements
            for line in movement.standing
            if line.session == session and line.target == "patient"
        }
        drawn = {
            each.place
            for cocktail in self.cocktails.values()
            if session in cocktail.sessions and cocktail.lot is not None
            for each in cocktail.inside.values()
        }
        patient = self.sessions[session].patient
        return [
            (container.lot, place)
            for place, container in self.containers.items()
            if container.state is ContainerState.OPEN
            and self.product_of(container.lot).type is ContainerType.SINGLE_DOSE
            and container.patient in (None, patient)
            and (container.opened_for == session or place in used | drawn)
        ]

    def _cocktails_of(self, session: str) -> list[Thing]:
        return [
            thing
            for cocktail in self.cocktails.values()
            if cocktail.lot is not None
            and session in cocktail.sessions
            and all(self.sessions[each].state in CLOSED for each in cocktail.sessions)
            for thing in self.lying(cocktail.clinic, lot=cocktail.lot)
        ]
