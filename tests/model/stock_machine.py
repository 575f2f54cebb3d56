"""What does Hypothesis try on the operations?  Every act, by anybody, on anything, as the clock goes on.

Each act is first done to a copy of the reference, which says whether it must be accepted or with which
code it must be refused; then the operation is called, and everything is compared.
"""

from __future__ import annotations

import copy
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, ClassVar, TypeVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from stockroom.errors import StockroomError
from stockroom.ledger.verify import verify
from stockroom.operations.abandon_preparation import AbandonPreparation, DrawnOf, abandon_preparation
from stockroom.operations.add_ingredient import (
    AddIngredient,
    RemoveIngredient,
    add_ingredient,
    remove_ingredient,
)
from stockroom.operations.advance_session import AdvanceSession, advance_session
from stockroom.operations.allocate import Allocate, Release, allocate, release
from stockroom.operations.arrive_goods import ArrivedLine, ArriveGoods, arrive_goods
from stockroom.operations.count import Count, CountedLine, count
from stockroom.operations.dispatch_goods import DispatchGoods, DispatchLine, dispatch_goods
from stockroom.operations.dispose import DisposalOf, Dispose, FinishContainer, dispose, finish_container
from stockroom.operations.finish_preparation import FinishPreparation, finish_preparation
from stockroom.operations.move_goods import MoveGoods, MoveLine, PlaceContainer, move_goods, place_container
from stockroom.operations.open_container import OpenContainer, open_container
from stockroom.operations.place_hold import PlaceHold, place_hold
from stockroom.operations.plan_session import PlanSession, plan_session
from stockroom.operations.recall_lot import RecallLot, recall_lot
from stockroom.operations.receive import Receive, receive
from stockroom.operations.record_use import RecordUse, record_use
from stockroom.operations.release_hold import ReleaseHold, ReleaseRecall, release_hold, release_recall
from stockroom.operations.reverse import Reverse, reverse
from stockroom.operations.start_preparation import StartPreparation, start_preparation
from stockroom.operations.use import Use, use
from stockroom.reads.arrivals import ArrivingLine
from stockroom.rules.overriding import Override
from stockroom.rules.using import ThingName, UseLine
from stockroom.vocabulary import (
    ArrivalState,
    CountReason,
    DisposalReason,
    HoldReason,
    Role,
    Rule,
    SessionState,
)
from tests.model.comparing import Names, active_promises, compare
from tests.model.houses import CLASSES, PATIENTS, PRODUCTS, Houses, model_of_house
from tests.oracles.stock_acts import Delivered, Named, StockActs, Wanted
from tests.oracles.stock_model import CLOSED, GRAVITY, Refusal, Session
from tests.oracles.stock_moves import MAY
from tests.receiving import gs1

T = TypeVar("T")
EVERYTHING = frozenset(GRAVITY)
CARELESS, BOLD, CAREFUL = range(3)
CARE = st.sampled_from([CAREFUL, CAREFUL, BOLD, BOLD, CARELESS])
"""How likely an act is to be accepted: by somebody who may, so much as there is, of something usable
(careful) or of anything (bold); or all of it left to chance.
"""
OVERRIDES = st.sampled_from([None, None, EVERYTHING, frozenset({Rule.HELD, Rule.EARLIER_LOT})])
CLINICS = st.sampled_from("AAAB")
ACTS = frozenset(
    [
        "receive",
        "open_container",
        "finish_container",
        "place_container",
        "dispose",
        "use",
        "record_use",
        "allocate",
        "release",
        "move_goods",
        "place_hold",
        "release_hold",
        "recall_lot",
        "release_recall",
        "start_preparation",
        "add_ingredient",
        "remove_ingredient",
        "finish_preparation",
        "abandon_preparation",
        "reverse",
        "count",
        "dispatch_goods",
        "arrive_goods",
        "plan_session",
        "advance_session",
        "wait",
        "repeat",
    ]
)
"""Everything that the machine does, as it counts it."""
DAYS = {"L1": 400, "L2": 75, "L3": 9, "L4": -1}
"""In how many days of the first one the lots of each number expire."""


@dataclass(frozen=True, repr=False)
class Accepted:
    """An act that was accepted, to be sent again."""

    operation: Callable[..., Any]
    command: Any
    clinic: str
    role: Role
    key: str
    answer: Any
    is_of_clinic: bool


class StockMachine(RuleBasedStateMachine):
    """Drives a copy of a furnished house and the reference together."""

    houses: ClassVar[Houses]
    ran: ClassVar[Counter[tuple[str, str]]]

    def __init__(self) -> None:
        super().__init__()
        self.exits = ExitStack()
        self.store = self.exits.enter_context(self.houses.another())
        self.house = self.houses.furnished
        self.model = model_of_house()
        self.first_day = self.model.today("A")
        self.names = Names(dict(self.house.uids))
        self.movements: list[str] = []
        self.holds: list[str] = []
        self.recalls: list[str] = []
        self.transfers: list[str] = []
        self.accepted: list[Accepted] = []
        self.keys: dict[tuple[str, Role], str] = {}
        self.steps = 0
        self.changed = True
        """Whether there is anything new for the reports to show."""

    def teardown(self) -> None:
        try:
            report = verify(self.store)
            assert report.ok, report.findings
        finally:
            self.exits.close()

    # --- how an act is done to both

    def do(
        self,
        name: str,
        operation: Callable[..., Any],
        command: Any,
        predicted: Callable[[StockActs], T],
        *,
        clinic: str,
        role: Role,
        is_of_clinic: bool = True,
    ) -> Any:
        """Do an act to the reference and to the books; give the answer, or None when it was refused."""
        trial, must, told = copy.deepcopy(self.model), frozenset[str](), None
        try:
            told = predicted(trial)
        except Refusal as refusal:
            must = refusal.codes
        # Only an accepted act consumes a key: a refused one's is sent again with whatever comes next.
        key = self.keys.setdefault((clinic, role), f"key-{len(self.accepted)}")
        actor = self.house.actors[clinic, role]
        try:
            answer = operation(self.store, command, actor=actor, key=key, now=self.model.now)
        except StockroomError as error:
            assert error.code in must, (
                f"{name} was refused ({error.code}: {error}), not {set(must) or 'accepted'}"
            )
            self.ran[name, "refused"] += 1
            return None
        assert not must, f"{name} was accepted and must be refused: {set(must)}"
        self.ran[name, "accepted"] += 1
        if isinstance(told, set):
            broken = answer.rules if hasattr(answer, "rules") else answer.overridden
            assert set(broken) == told, f"{name}: {broken} are named, not {told}"
        if len(trial.movements) > len(self.model.movements):
            self.movements.append(answer.movement_uid)
        self.model, self.changed = trial, True
        self.accepted.append(Accepted(operation, command, clinic, role, key, answer, is_of_clinic))
        del self.keys[clinic, role]
        return answer

    @invariant()
    def the_books_say_what_the_model_says(self) -> None:
        compare(self.store, self.house, self.names, self.model, self.steps, reports=self.changed)
        self.steps += self.changed
        self.changed = False

    # --- how things are named

    def uid(self, name: str) -> str:
        return self.names.uids[name]

    def somebody(self, data: st.DataObject, act: str, care: int) -> Role:
        return data.draw(st.sampled_from(sorted(MAY[act]) if care else list(Role)[:3]), "role")

    def some_thing(
        self, data: st.DataObject, care: int = CARELESS, *, product: bool = True
    ) -> tuple[str, Named]:
        """A clinic, and a way to point at something that lies there or lay there (with care: something usable)."""
        lying = [
            thing
            for clinic in "AB"
            for thing in self.model.lying(clinic)
            if care < CAREFUL or self.model.is_usable(*thing) or self.model.owner(*thing, None)
        ]
        shelved = [thing for thing in lying if thing[1] not in self.model.containers]
        vials = [place for _, place in lying if place in self.model.containers]
        vials = vials if care else list(self.model.containers)
        ways = ["shelf"] * 3 * bool(shelved) + ["vial"] * 4 * bool(vials)
        ways += ["lot"] * (not care or not ways) + ["product"] * product
        match data.draw(st.sampled_from(ways), "way"):
            case "shelf":
                lot, place = data.draw(st.sampled_from(shelved), "lying")
                return self.model.lots[lot].clinic, Named(lot=lot, place=place)
            case "vial":
                place = data.draw(st.sampled_from(vials), "vial")
                return self.model.containers[place].clinic, Named(place=place)
            case "lot":
                lot = data.draw(st.sampled_from(list(self.model.lots)), "lot")
                return self.model.lots[lot].clinic, Named(lot=lot)
        return data.draw(CLINICS), Named(product=data.draw(st.sampled_from(list(CLASSES)), "product"))

    def thing(self, named: Named) -> ThingName:
        """The same for an operation: a manufacturer's lot that is named alone is scanned."""
        if named.lot is not None and named.place is None and named.lot.count(":") == 2:
            lot = self.model.lots[named.lot]
            return ThingName(scan=gs1(self.house.goods[lot.product].gtin, lot.number, lot.expires_on))
        return ThingName(
            lot_uid=named.lot and self.uid(named.lot),
            location_uid=named.place and self.uid(named.place),
            product_uid=named.product and self.house.goods[named.product].uid,
        )

    def amount(self, data: st.DataObject, named: Named, care: int = CARELESS) -> int:
        """Some, all that is there, a whole presentation or two, or a little more (with care: what is there)."""
        if named.product is None:
            lot = named.lot or self.model.containers[named.place or ""].lot
            content = self.model.product_of(lot).content
            here = max(
                (self.model.here(lot, place) for each, place in self.model.on_hand if each == lot), default=0
            )
        else:
            content, here = PRODUCTS[named.product].content, 0
        if named.place in self.model.containers:
            sizes = [max(1, here // 3), here or 1, here + 30]
        else:
            sizes = [max(1, content // 4), content, content, 2 * content, here or 1, content + 20]
        return data.draw(st.sampled_from(sizes[:-2] if care else sizes), "amount")

    def a_session(self, data: st.DataObject, clinic: str, care: int = CARELESS) -> str:
        """A session of the clinic (with care: one of today that is not over)."""
        here = [name for name, each in self.model.sessions.items() if each.clinic == clinic]
        today = [name for name in here if self._is_today(self.model.sessions[name])]
        return data.draw(st.sampled_from(today if care and today else here), "session")

    def _is_today(self, session: Session) -> bool:
        clinic = session.clinic
        return session.state not in CLOSED and self.model.today(
            clinic, session.planned_at
        ) == self.model.today(clinic)

    # --- goods come in

    @initialize()
    def a_first_delivery_and_some_visits(self) -> None:
        stock = [("filler", "L1", 3, "fridge"), ("filler", "L2", 2, "fridge"), ("vial", "L1", 4, "cupboard"),
                 ("needle", "L1", 20, "cupboard"), ("serum", "L2", 2, "fridge"), ("vial", "L3", 2, "fridge")]  # fmt: skip
        lines = [
            Delivered(product, number, self._printed(number), packs, f"A.{place}", "first stock")
            for product, number, packs, place in stock
        ]
        self._receive("A", Role.NURSE, lines, scanned=False)
        for patient in PATIENTS:
            self._plan("A", Role.NURSE, patient, self.model.now + timedelta(hours=1))
        self._plan("B", Role.NURSE, "Ana", self.model.now)
        for product, shelf in (("filler", "A.fridge"), ("filler", "A.cupboard"), ("vial", "A.cupboard")):
            number = "L2" if product == "filler" else "L1"
            self._open("A", Role.NURSE, Named(f"A:{product}:{number}"), shelf, None, None)
        self._start("A", Role.NURSE, ("s1",), has_recipe=True)
        self._dispatch("A", Role.NURSE, "A:filler:L1", "A.fridge", 1000, "B", None)
        for named in (Named(place="k2"), Named(place="k3")):
            self._add("A", Role.NURSE, "c1", named, None, None)

    def _printed(self, number: str) -> date:
        return self.first_day + timedelta(days=DAYS[number])

    @rule(data=st.data(), clinic=CLINICS, care=CARE, scanned=st.booleans())
    def receive(self, data: st.DataObject, clinic: str, care: int, scanned: bool) -> None:
        role = self.somebody(data, "receive", care)

        def line() -> Delivered:
            number = data.draw(st.sampled_from(list(DAYS)), "number")
            expires_on: date | None = self._printed(number)
            match data.draw(st.integers(0, 11), "slip"):
                case 0:
                    expires_on = self._printed(number) + timedelta(days=31)
                case 1:
                    expires_on = None
            return Delivered(
                product=data.draw(st.sampled_from(list(CLASSES)), "product"),
                number=number,
                expires_on=expires_on,
                packs=data.draw(st.sampled_from([1, 2, 5] * 3 + [0]), "packs"),
                place=f"{clinic}.{data.draw(st.sampled_from(['fridge', 'cupboard', 'quarantine']))}",
                decision=data.draw(st.sampled_from(["", "needed today", "needed today"]), "decision"),
            )

        lines = [line() for _ in range(data.draw(st.integers(1, 2), "lines"))]
        self._receive(clinic, role, lines, scanned=scanned)

    def _receive(self, clinic: str, role: Role, lines: Sequence[Delivered], *, scanned: bool) -> None:
        command = Receive(
            supplier_uid=self.house.supplier_uid,
            delivery_note="DN-1",
            arrived_at=self.model.now,
            state_on_arrival=ArrivalState.GOOD,
            lines=tuple(self._arriving(each, scanned) for each in lines),
        )
        booked = self.do(
            "receive",
            receive,
            command,
            lambda model: model.receive(clinic, role, lines),
            clinic=clinic,
            role=role,
        )
        for line, each in zip(booked.lines if booked else (), lines, strict=False):
            self.names.learn(f"{clinic}:{each.product}:{each.number}", line.lot_uid)

    def _arriving(self, line: Delivered, scanned: bool) -> ArrivingLine:
        goods = self.house.goods[line.product]
        common = {"location_uid": self.uid(line.place), "pack_count": line.packs, "decision": line.decision}
        if scanned:
            return ArrivingLine(scan=gs1(goods.gtin, line.number, line.expires_on), **common)
        return ArrivingLine(
            product_uid=goods.uid, lot_number=line.number, expires_on=line.expires_on, **common
        )

    # --- vials

    @rule(data=st.data(), care=CARE, override=OVERRIDES)
    def open_vial(self, data: st.DataObject, care: int, override: frozenset[Rule] | None) -> None:
        role = self.somebody(data, "open", care)
        clinic, named = self.some_thing(data, care, product=False)
        shelves = [name for name, shelf in self.model.shelves.items() if shelf.clinic == clinic]
        stands_in = data.draw(st.sampled_from([None, None, None, *shelves]), "stands in")
        session = self.a_session(data, clinic, care) if data.draw(st.booleans(), "for a session") else None
        self._open(clinic, role, named, stands_in, session, override)

    def _open(
        self,
        clinic: str,
        role: Role,
        named: Named,
        stands_in: str | None,
        session: str | None,
        override: frozenset[Rule] | None,
    ) -> None:
        command = OpenContainer(
            thing=self.thing(named),
            stands_in_uid=stands_in and self.uid(stands_in),
            session_uid=session and self.uid(session),
            override=_override(override),
        )
        answer = self.do(
            "open_container",
            open_container,
            command,
            lambda model: model.open_container(clinic, role, named, stands_in, session, override),
            clinic=clinic,
            role=role,
        )
        if answer:
            self.names.learn(f"k{len(self.model.containers)}", answer.container_uid)

    def a_vial(self, data: st.DataObject, care: int) -> tuple[str, str]:
        """A clinic and a vial (careless: one that has ended, where there is one)."""
        ended = [place for place in self.model.containers if self.model.is_ended(place)]
        every = list(self.model.containers)
        place = data.draw(st.sampled_from(every if care else ended or every), "vial")
        return self.model.containers[place].clinic, place

    @precondition(lambda self: self.model.containers)
    @rule(data=st.data(), care=CARE)
    def finish_vial(self, data: st.DataObject, care: int) -> None:
        role = self.somebody(data, "dispose", care)
        clinic, place = self.a_vial(data, care)
        reason = data.draw(st.sampled_from([None, DisposalReason.CONTAMINATED, DisposalReason.RESIDUAL]))
        self.do(
            "finish_container",
            finish_container,
            FinishContainer(container_uid=self.uid(place), reason=reason),
            lambda model: model.finish_container(clinic, role, place, reason),
            clinic=clinic,
            role=role,
        )

    @precondition(lambda self: self.model.containers)
    @rule(data=st.data(), care=CARE)
    def place_vial(self, data: st.DataObject, care: int) -> None:
        role = self.somebody(data, "move", care)
        clinic, place = self.a_vial(data, care)
        to = self.a_shelf(data, clinic)
        self.do(
            "place_container",
            place_container,
            PlaceContainer(container_uid=self.uid(place), to_uid=self.uid(to)),
            lambda model: model.place_container(clinic, role, place, to),
            clinic=clinic,
            role=role,
        )

    def a_shelf(self, data: st.DataObject, clinic: str) -> str:
        return f"{clinic}.{data.draw(st.sampled_from(['fridge', 'cupboard', 'quarantine']), 'shelf')}"

    @rule(data=st.data(), care=CARE)
    def dispose(self, data: st.DataObject, care: int) -> None:
        role = self.somebody(data, "dispose", care)
        clinic, named = self.some_thing(data, care, product=False)
        quantity = self.amount(data, named, care)
        self.do(
            "dispose",
            dispose,
            Dispose(
                lines=(DisposalOf(thing=self.thing(named), quantity=quantity),), reason=DisposalReason.BROKEN
            ),
            lambda model: model.dispose(clinic, role, named, quantity),
            clinic=clinic,
            role=role,
        )

    # --- uses and promises

    def a_use(self, data: st.DataObject, named: Named, care: int) -> tuple[Wanted, UseLine]:
        everybody = [Role.PRACTITIONER, None, Role.NURSE]
        prescriber = data.draw(st.sampled_from(everybody[:1] if care else everybody), "prescriber")
        wanted = Wanted(named, self.amount(data, named, care), prescriber)
        clinic = self.clinic_of(named)
        uid = prescriber and self.house.actors[clinic, prescriber].person_uid
        return wanted, UseLine(thing=self.thing(named), quantity=wanted.quantity, prescriber_uid=uid)

    def clinic_of(self, named: Named) -> str:
        lot = named.lot or (named.place and self.model.containers[named.place].lot)
        return self.model.lots[lot].clinic if lot else "A"

    @rule(data=st.data(), care=CARE, override=OVERRIDES)
    def use(self, data: st.DataObject, care: int, override: frozenset[Rule] | None) -> None:
        role = self.somebody(data, "use", care)
        clinic, named = self.some_thing(data, care)
        wanted = [self.a_use(data, named, care)]
        if data.draw(st.integers(0, 3), "second line") == 0:
            elsewhere, other = self.some_thing(data, care)
            if elsewhere == clinic:
                wanted.append(self.a_use(data, other, care))
        session = self.a_session(data, clinic, care)
        command = Use(
            session_uid=self.uid(session),
            lines=tuple(line for _, line in wanted),
            override=_override(override),
        )
        said = [each for each, _ in wanted]
        self.do(
            "use",
            use,
            command,
            lambda model: model.use(clinic, role, session, said, override),
            clinic=clinic,
            role=role,
        )

    @rule(data=st.data())
    def use_with_care(self, data: st.DataObject) -> None:
        """The main job comes more often than the rest."""
        self.use(data=data, care=CAREFUL, override=None)

    @rule(data=st.data(), care=CARE, ago=st.sampled_from([10, 300, 3000]))
    def record_use(self, data: st.DataObject, care: int, ago: int) -> None:
        role = self.somebody(data, "record", care)
        clinic, named = self.some_thing(data, care, product=False)
        wanted, line = self.a_use(data, named, care)
        session, occurred_at = self.a_session(data, clinic, care), self.model.now - timedelta(minutes=ago)
        self.do(
            "record_use",
            record_use,
            RecordUse(session_uid=self.uid(session), lines=(line,), occurred_at=occurred_at, reason="late"),
            lambda model: model.record_use(clinic, role, session, wanted, occurred_at),
            clinic=clinic,
            role=role,
        )

    @rule(data=st.data(), care=CARE, override=OVERRIDES)
    def allocate(self, data: st.DataObject, care: int, override: frozenset[Rule] | None) -> None:
        role = self.somebody(data, "allocate", care)
        clinic, named = self.some_thing(data, care)
        session, quantity = self.a_session(data, clinic, care), self.amount(data, named, care)
        self.do(
            "allocate",
            allocate,
            Allocate(
                session_uid=self.uid(session),
                thing=self.thing(named),
                quantity=quantity,
                override=_override(override),
            ),
            lambda model: model.allocate(clinic, role, session, named, quantity, override),
            clinic=clinic,
            role=role,
        )

    @precondition(lambda self: self.model.active())
    @rule(data=st.data(), care=CARE)
    def release(self, data: st.DataObject, care: int) -> None:
        role = self.somebody(data, "allocate", care)
        nth = data.draw(st.integers(0, len(self.model.active()) - 1), "promise")
        with self.store.reading() as connection:
            uid = active_promises(connection)[nth].uid
        chosen = self.model.active()[nth]
        number = next(n for n, each in enumerate(self.model.promises) if each is chosen)
        clinic = self.model.lots[chosen.lot].clinic
        for _ in range(2):  # a second time it has ended
            self.do(
                "release",
                release,
                Release(allocation_uid=uid),
                lambda model: model.release(clinic, role, number),
                clinic=clinic,
                role=role,
            )

    # --- moving, and what stops

    @rule(data=st.data(), care=CARE)
    def move(self, data: st.DataObject, care: int) -> None:
        role = self.somebody(data, "move", care)
        clinic, named = self.some_thing(data, care, product=False)
        if named.place is None:
            return
        lot = named.lot or self.model.containers[named.place].lot
        source, to, quantity = named.place, self.a_shelf(data, clinic), self.amount(data, named, care)
        line = MoveLine(lot_uid=self.uid(lot), from_uid=self.uid(source), quantity=quantity)
        self.do(
            "move_goods",
            move_goods,
            MoveGoods(to_uid=self.uid(to), lines=(line,)),
            lambda model: model.move(clinic, role, lot, source, to, quantity),
            clinic=clinic,
            role=role,
        )

    @rule(data=st.data(), care=CARE, whole_lot=st.booleans())
    def place_hold(self, data: st.DataObject, care: int, whole_lot: bool) -> None:
        role = self.somebody(data, "hold", care)
        clinic, named = self.some_thing(data, care, product=False)
        lot, place = (named.lot, None) if whole_lot and named.lot else (None, named.place)
        if care == CARELESS:
            clinic, lot = "B", None
        if care == CARELESS or (lot is None and place is None):
            place = self.a_shelf(data, clinic)
        command = PlaceHold(
            reason=HoldReason.SUSPICION,
            note="looks cloudy",
            lot_uid=lot and self.uid(lot),
            location_uid=place and self.uid(place),
        )
        answer = self.do(
            "place_hold", place_hold, command, lambda model: model.place_hold(clinic, role, lot, place),
            clinic=clinic, role=role,
        )  # fmt: skip
        if answer:
            self.holds.append(answer.hold_uid)

    @precondition(lambda self: self.holds)
    @rule(data=st.data(), care=CARE)
    def release_hold(self, data: st.DataObject, care: int) -> None:
        role = self.somebody(data, "release_hold", care)
        number = data.draw(st.integers(0, len(self.holds) - 1), "hold")
        self.do(
            "release_hold",
            release_hold,
            ReleaseHold(hold_uid=self.holds[number], note="looked again"),
            lambda model: model.release_hold(self.model.holds[number].clinic, role, number),
            clinic=self.model.holds[number].clinic,
            role=role,
        )

    @rule(data=st.data(), care=CARE, product=st.sampled_from(list(CLASSES)))
    def recall(self, data: st.DataObject, care: int, product: str) -> None:
        role = self.somebody(data, "recall", care)
        number = data.draw(st.sampled_from([*DAYS, *DAYS, None]), "number")
        answer = self.do(
            "recall_lot",
            recall_lot,
            RecallLot(product_uid=self.house.goods[product].uid, lot_number=number, note="R-1"),
            lambda model: model.recall(role, product, number),
            clinic="A",
            role=role,
            is_of_clinic=False,
        )
        if answer:
            self.recalls.append(answer.hold_uid)

    @precondition(lambda self: self.recalls)
    @rule(data=st.data(), care=CARE)
    def release_recall(self, data: st.DataObject, care: int) -> None:
        role = self.somebody(data, "recall", care)
        number = data.draw(st.integers(0, len(self.recalls) - 1), "recall")
        self.do(
            "release_recall",
            release_recall,
            ReleaseRecall(hold_uid=self.recalls[number], note="ended"),
            lambda model: model.release_recall(role, number),
            clinic="A",
            role=role,
            is_of_clinic=False,
        )

    # --- cocktails

    @rule(data=st.data(), care=CARE, has_recipe=st.booleans())
    def start_cocktail(self, data: st.DataObject, care: int, has_recipe: bool) -> None:
        role = self.somebody(data, "prepare", care)
        here = [name for name, each in self.model.sessions.items() if each.clinic == "A"]
        sessions = tuple(data.draw(st.lists(st.sampled_from(here), max_size=2, unique=True), "sessions"))
        self._start("A", role, sessions, has_recipe=has_recipe)

    def _start(self, clinic: str, role: Role, sessions: tuple[str, ...], *, has_recipe: bool) -> None:
        command = StartPreparation(
            recipe_uid=self.uid("recipe") if has_recipe else None,
            reason="" if has_recipe else "asked for",
            session_uids=tuple(self.uid(each) for each in sessions),
        )
        answer = self.do(
            "start_preparation", start_preparation, command,
            lambda model: model.start(clinic, role, sessions, has_recipe), clinic=clinic, role=role,
        )  # fmt: skip
        if answer:
            self.names.learn(f"c{len(self.model.cocktails)}", answer.preparation_uid)

    def a_cocktail(self, data: st.DataObject, care: int) -> str:
        """A draft rather than one that is over."""
        drafts = [name for name, each in self.model.cocktails.items() if not each.is_over]
        return data.draw(
            st.sampled_from(drafts if care and drafts else list(self.model.cocktails)), "cocktail"
        )

    def for_cocktail(self, data: st.DataObject, cocktail: str, care: int) -> Named:
        """Something to be mixed in (with care: what the recipe lacks, from a vial or used in one go)."""
        model, draft = self.model, self.model.cocktails[cocktail]
        inside = {model.lots[each.lot].product for each in draft.inside.values()}
        fitting = [
            (lot, place)
            for lot, place in model.lying("A")
            if model.is_usable(lot, place)
            and model.free(lot, place)
            and (place in model.containers or model.product_of(lot).in_one_go)
            and (not draft.has_recipe or model.lots[lot].product in model.recipe.keys() - inside)
        ]
        if care < CAREFUL or not fitting:
            return self.some_thing(data, care, product=False)[1]
        lot, place = data.draw(st.sampled_from(fitting), "fitting")
        return Named(place=place) if place in model.containers else Named(lot=lot, place=place)

    @precondition(lambda self: self.model.cocktails)
    @rule(data=st.data(), care=CARE, override=OVERRIDES)
    def add_ingredient(self, data: st.DataObject, care: int, override: frozenset[Rule] | None) -> None:
        role = self.somebody(data, "prepare", care)
        cocktail = self.a_cocktail(data, care)
        named = self.for_cocktail(data, cocktail, care)
        if self.clinic_of(named) != "A":
            return
        by_recipe = self.model.cocktails[cocktail].has_recipe
        amounts = [None] if care and by_recipe else [None, 40, 100, self.amount(data, named, care)]
        quantity = data.draw(st.sampled_from(amounts[bool(care) and not by_recipe :]), "drawn")
        self._add("A", role, cocktail, named, quantity, override)

    def _add(
        self,
        clinic: str,
        role: Role,
        cocktail: str,
        named: Named,
        quantity: int | None,
        override: frozenset[Rule] | None,
    ) -> None:
        command = AddIngredient(
            preparation_uid=self.uid(cocktail),
            thing=self.thing(named),
            quantity=quantity,
            override=_override(override),
        )
        self.do(
            "add_ingredient", add_ingredient, command,
            lambda model: model.add_ingredient(clinic, role, cocktail, named, quantity, override),
            clinic=clinic, role=role,
        )  # fmt: skip

    @precondition(lambda self: self.model.cocktails)
    @rule(data=st.data(), care=CARE)
    def remove_ingredient(self, data: st.DataObject, care: int) -> None:
        role = self.somebody(data, "prepare", care)
        cocktail = self.a_cocktail(data, care)
        n = data.draw(st.integers(1, len(self.model.cocktails[cocktail].ingredients) + 1), "n")
        self.do(
            "remove_ingredient",
            remove_ingredient,
            RemoveIngredient(preparation_uid=self.uid(cocktail), n=n),
            lambda model: model.remove_ingredient("A", role, cocktail, n),
            clinic="A",
            role=role,
        )

    @precondition(lambda self: self.model.cocktails)
    @rule(data=st.data(), care=CARE, override=OVERRIDES, loss=st.sampled_from([None, 0, 10, 100, -5, -400]))
    def finish_cocktail(
        self, data: st.DataObject, care: int, override: frozenset[Rule] | None, loss: int | None
    ) -> None:
        role = self.somebody(data, "prepare", care)
        cocktail = self.a_cocktail(data, care)
        loss = 0 if care else loss
        inside = self.model.cocktails[cocktail].inside.values()
        went_in = sum(each.quantity for each in inside if self.model.product_of(each.lot).is_liquid)
        output = None if loss is None else max(1, went_in - loss)
        place = self.a_shelf(data, "A")
        reason = data.draw(st.sampled_from(["", "spilt", "spilt"]), "loss reason")
        command = FinishPreparation(
            preparation_uid=self.uid(cocktail),
            location_uid=self.uid(place),
            output_quantity=output,
            loss_reason=reason,
            override=_override(override),
        )
        answer = self.do(
            "finish_preparation", finish_preparation, command,
            lambda model: model.finish_preparation("A", role, cocktail, place, output, reason, override),
            clinic="A", role=role,
        )  # fmt: skip
        if answer:
            self.names.learn(f"A:{cocktail}", answer.lot_uid)
            assert answer.beyond_use_at == self.model.lots[f"A:{cocktail}"].beyond_use_at

    @precondition(lambda self: self.model.cocktails)
    @rule(data=st.data(), care=CARE)
    def abandon_cocktail(self, data: st.DataObject, care: int) -> None:
        role = self.somebody(data, "prepare", care)
        cocktail = self.a_cocktail(data, care)
        inside = self.model.cocktails[cocktail].inside
        drawn = {
            n: data.draw(st.sampled_from([0, each.quantity, each.quantity, each.quantity * 9]), "drawn")
            for n, each in inside.items()
        }
        said = tuple(DrawnOf(n=n, quantity=quantity) for n, quantity in drawn.items())
        self.do(
            "abandon_preparation",
            abandon_preparation,
            AbandonPreparation(preparation_uid=self.uid(cocktail), drawn=said, reason="not needed"),
            lambda model: model.abandon("A", role, cocktail, drawn),
            clinic="A",
            role=role,
        )

    # --- taking back, counting

    @rule(data=st.data(), care=CARE, part=st.integers(0, 5))
    def reverse(self, data: st.DataObject, care: int, part: int) -> None:
        role = self.somebody(data, "reverse", care)
        number = data.draw(st.integers(0, min(len(self.movements), 12) - 1), "how long ago")
        self._reverse(role, len(self.movements) - 1 - number, part)

    @precondition(lambda self: self.model.movements[-1].standing)
    @rule()
    def reverse_the_last(self) -> None:
        """A slip is mostly seen at once."""
        self._reverse(Role.PRACTITIONER, len(self.movements) - 1, 0)

    def _reverse(self, role: Role, number: int, part: int) -> None:
        found = self.model.movements[number]
        numbers = (part,) if 0 < part <= len(found.lines) else ()
        self.do(
            "reverse",
            reverse,
            Reverse(movement_uid=self.movements[number], reason="a slip", line_numbers=numbers),
            lambda model: model.reverse(found.clinic, role, number, numbers),
            clinic=found.clinic,
            role=role,
        )

    @rule(
        data=st.data(),
        care=CARE,
        ago=st.sampled_from([0, 0, 90, 3000]),
        reason=st.sampled_from([CountReason.LOST, CountReason.FOUND, None]),
    )
    def count(self, data: st.DataObject, care: int, ago: int, reason: CountReason | None) -> None:
        role = self.somebody(data, "count", care)
        clinic, named = self.some_thing(data, care, product=False)
        place = named.place or self.a_shelf(data, clinic)
        lot = named.lot or self.model.containers[place].lot
        content = self.model.product_of(lot).content
        here, counted_at = self.model.here(lot, place), self.model.now - timedelta(minutes=ago)
        beside = [here, here, here + content, max(0, here - content), max(0, here - 10), 0]
        found = data.draw(st.sampled_from(beside), "found")
        line = CountedLine(
            lot_uid=self.uid(lot),
            location_uid=self.uid(place),
            counted_at=counted_at,
            found_quantity=found,
            reason=reason,
        )
        self.do(
            "count", count, Count(lines=(line,)),
            lambda model: model.count(clinic, role, lot, place, counted_at, found, reason), clinic=clinic, role=role,
        )  # fmt: skip

    # --- to another clinic

    @rule(
        data=st.data(),
        care=CARE,
        override=OVERRIDES,
    )
    def dispatch(self, data: st.DataObject, care: int, override: frozenset[Rule] | None) -> None:
        role = self.somebody(data, "dispatch", care)
        clinic, named = self.some_thing(data, care, product=False)
        if named.place is None:
            return
        lot, place = named.lot or self.model.containers[named.place].lot, named.place
        quantity, to = self.amount(data, named, care), "B" if clinic == "A" else "A"
        self._dispatch(clinic, role, lot, place, quantity, to, override)

    def _dispatch(
        self,
        clinic: str,
        role: Role,
        lot: str,
        place: str,
        quantity: int,
        to: str,
        override: frozenset[Rule] | None,
    ) -> None:
        command = DispatchGoods(
            to_clinic_uid=self.house.clinics[to].uid,
            lines=(DispatchLine(lot_uid=self.uid(lot), from_uid=self.uid(place), quantity=quantity),),
            override=_override(override),
        )
        answer = self.do(
            "dispatch_goods", dispatch_goods, command,
            lambda model: model.dispatch(clinic, role, lot, place, quantity, to, override), clinic=clinic, role=role,
        )  # fmt: skip
        if answer:
            self.transfers.append(answer.transfer_uid)

    @precondition(lambda self: self.transfers)
    @rule(data=st.data(), reason=st.sampled_from(["", "a broken box"]), care=CARE)
    def arrive(self, data: st.DataObject, reason: str, care: int) -> None:
        role = self.somebody(data, "receive", care)
        number = data.draw(st.integers(0, len(self.transfers) - 1), "transfer")
        sent = self.model.transfers[number]
        clinic = sent.target if data.draw(st.integers(0, 5), "elsewhere") else sent.source
        content = self.model.product_of(sent.lot).content
        short, broken = data.draw(
            st.sampled_from([(0, 0)] * 4 + [(content, 0), (0, content), (0, 1)]), "missing"
        )
        arrived = max(0, sent.quantity - short - broken)
        place = self.a_shelf(data, clinic)
        line = ArrivedLine(
            number=1,
            location_uid=self.uid(place),
            arrived_quantity=arrived,
            short_quantity=short,
            broken_quantity=broken,
        )
        command = ArriveGoods(
            transfer_uid=self.transfers[number],
            arrived_at=self.model.now,
            lines=(line,),
            shortage_reason=reason,
            breakage_reason=reason,
        )
        answer = self.do(
            "arrive_goods", arrive_goods, command,
            lambda model: model.arrive(clinic, role, number, place, arrived, short, broken, reason),
            clinic=clinic, role=role,
        )  # fmt: skip
        if answer:
            lot = self.model.lots[sent.lot]
            self.names.learn(f"{clinic}:{lot.product}:{lot.number}", answer.lot_uids[0])

    # --- visits, and the clock

    @rule(
        data=st.data(),
        clinic=CLINICS,
        care=CARE,
        patient=st.sampled_from(list(PATIENTS)),
        ahead=st.sampled_from([0, 0, 2, 30]),
    )
    def plan(self, data: st.DataObject, clinic: str, care: int, patient: str, ahead: int) -> None:
        role = self.somebody(data, "plan", care)
        self._plan(clinic, role, patient, self.model.now + timedelta(hours=ahead))

    def _plan(self, clinic: str, role: Role, patient: str, planned_at: datetime) -> None:
        answer = self.do(
            "plan_session",
            plan_session,
            PlanSession(patient_uid=self.uid(patient), planned_at=planned_at),
            lambda model: model.plan(clinic, role, patient, planned_at),
            clinic=clinic,
            role=role,
        )
        self.names.learn(f"s{len(self.model.sessions)}", answer.session_uid)

    @rule(
        data=st.data(),
        care=CARE,
        to=st.sampled_from([each for each in SessionState if each is not SessionState.PLANNED]),
    )
    def advance(self, data: st.DataObject, care: int, to: SessionState) -> None:
        role = self.somebody(data, "plan", care)
        session = self.a_session(data, data.draw(CLINICS), care)
        clinic = self.model.sessions[session].clinic
        self.do(
            "advance_session",
            advance_session,
            AdvanceSession(session_uid=self.uid(session), to=to),
            lambda model: model.advance(clinic, role, session, to),
            clinic=clinic,
            role=role,
        )

    @rule(minutes=st.sampled_from([1, 5, 5, 90, 90, 420, 24 * 60, 4 * 24 * 60]))
    def wait(self, minutes: int) -> None:
        self.model.now += timedelta(minutes=minutes)
        self.changed = True
        self.ran["wait", "accepted"] += 1

    # --- the same request again

    @rule(data=st.data())
    def repeat(self, data: st.DataObject) -> None:
        """The same key with the same content gives the same answer and changes nothing (L10)."""
        again = data.draw(st.sampled_from(self.accepted), "act")
        actor = self.house.actors[again.clinic, again.role]
        answer = again.operation(self.store, again.command, actor=actor, key=again.key, now=self.model.now)
        assert answer == again.answer
        self.ran["repeat", "accepted"] += 1

    @rule(data=st.data())
    def repeat_with_other_content(self, data: st.DataObject) -> None:
        """The same key with other content is a conflict, whatever the content (L10)."""
        acts = [each for each in self.accepted if each.is_of_clinic]
        first, second = data.draw(st.tuples(st.sampled_from(acts), st.sampled_from(acts)), "acts")
        if (first.clinic, first.role) != (second.clinic, second.role) or first.key == second.key:
            return
        if (first.operation, first.command) == (second.operation, second.command):
            return
        actor = self.house.actors[first.clinic, first.role]
        try:
            second.operation(self.store, second.command, actor=actor, key=first.key, now=self.model.now)
        except StockroomError as error:
            assert error.code == "key_reused"
            self.ran["repeat", "refused"] += 1
        else:
            raise AssertionError("the key of an earlier act took other content")


def _override(rules: Iterable[Rule] | None) -> Override | None:
    return None if rules is None else Override(rules=frozenset(rules), reason="agreed with the patient")
