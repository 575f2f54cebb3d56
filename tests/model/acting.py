"""How is an act done to the reference and to the books, and how does the machine point at things?

Each act is first done to a copy of the reference, which says whether it must be accepted or with which
code it must be refused; then the operation is called, and everything is compared.
"""

from __future__ import annotations

import copy
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, ClassVar, TypeVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant

from stockroom.errors import StockroomError
from stockroom.ledger.verify import verify
from stockroom.rules.overriding import Override
from stockroom.rules.using import ThingName
from stockroom.vocabulary import (
    Role,
    Rule,
)
from tests.model.comparing import Names, compare
from tests.model.houses import CLASSES, PRODUCTS, Houses, model_of_house
from tests.oracles.stock_acts import Named, StockActs
from tests.oracles.stock_moves import MAY
from tests.oracles.stock_things import CLOSED, GRAVITY, Refusal, Session
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
    {
        "receive", "dispose", "move_goods", "count", "dispatch_goods", "arrive_goods",
        "place_hold", "release_hold", "open_recall", "release_recall",
        "open_container", "finish_container", "place_container", "use", "record_use", "allocate", "release",
        "start_preparation", "add_ingredient", "remove_ingredient", "finish_preparation",
        "abandon_preparation", "record_preparation", "reverse", "plan_session", "advance_session", "wait", "repeat",
    }
)  # fmt: skip
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


class Acting(RuleBasedStateMachine):
    """A copy of a furnished house and the reference, side by side."""

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

    def a_shelf(self, data: st.DataObject, clinic: str) -> str:
        return f"{clinic}.{data.draw(st.sampled_from(['fridge', 'cupboard', 'quarantine']), 'shelf')}"

    def clinic_of(self, named: Named) -> str:
        lot = named.lot or (named.place and self.model.containers[named.place].lot)
        return self.model.lots[lot].clinic if lot else "A"

    def a_vial(self, data: st.DataObject, care: int) -> tuple[str, str]:
        """A clinic and a vial (careless: one that has ended, where there is one)."""
        ended = [place for place in self.model.containers if self.model.is_ended(place)]
        every = list(self.model.containers)
        place = data.draw(st.sampled_from(every if care else ended or every), "vial")
        return self.model.containers[place].clinic, place

    def _printed(self, number: str) -> date:
        return self.first_day + timedelta(days=DAYS[number])


def override_of(rules: Iterable[Rule] | None) -> Override | None:
    return None if rules is None else Override(rules=frozenset(rules), reason="agreed with the patient")
