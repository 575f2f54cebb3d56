"""What does Hypothesis try on the operations?  Every act, by anybody, on anything, as the clock goes on."""

from __future__ import annotations

from datetime import datetime, timedelta

from hypothesis import strategies as st
from hypothesis.stateful import initialize, precondition, rule

from stockroom.errors import StockroomError
from stockroom.operations.advance_session import AdvanceSession, advance_session
from stockroom.operations.plan_session import PlanSession, plan_session
from stockroom.operations.reverse import Reverse, reverse
from stockroom.vocabulary import (
    Role,
    SessionState,
)
from tests.model.acting import (
    CARE,
    CLINICS,
)
from tests.model.bench_rules import BenchRules
from tests.model.cocktail_rules import CocktailRules
from tests.model.goods_rules import GoodsRules
from tests.model.houses import PATIENTS
from tests.oracles.stock_acts import Delivered, Named


class StockMachine(GoodsRules, BenchRules, CocktailRules):
    """Drives a copy of a furnished house and the reference together."""

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
