"""What does the machine do at the bench: open vials, keep things for visits, and use them?"""

from __future__ import annotations

from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from stockroom.operations.allocate import Allocate, Release, allocate, release
from stockroom.operations.dispose import FinishContainer, finish_container
from stockroom.operations.move_goods import PlaceContainer, place_container
from stockroom.operations.open_container import OpenContainer, open_container
from stockroom.operations.record_use import RecordUse, record_use
from stockroom.operations.use import Use, use
from stockroom.rules.using import UseLine
from stockroom.vocabulary import (
    DisposalReason,
    Role,
    Rule,
)
from tests.model.acting import (
    CARE,
    CAREFUL,
    OVERRIDES,
    Acting,
    override_of,
)
from tests.model.comparing import active_promises
from tests.oracles.stock_acts import Named, Wanted


class BenchRules(Acting):
    """Acts on vials and visits."""

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
            override=override_of(override),
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

    def a_use(self, data: st.DataObject, named: Named, care: int) -> tuple[Wanted, UseLine]:
        everybody = [Role.PRACTITIONER, None, Role.NURSE]
        prescriber = data.draw(st.sampled_from(everybody[:1] if care else everybody), "prescriber")
        wanted = Wanted(named, self.amount(data, named, care), prescriber)
        clinic = self.clinic_of(named)
        uid = prescriber and self.house.actors[clinic, prescriber].person_uid
        return wanted, UseLine(thing=self.thing(named), quantity=wanted.quantity, prescriber_uid=uid)

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
            override=override_of(override),
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
                override=override_of(override),
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
