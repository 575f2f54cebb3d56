"""Is what people wrote off, corrected, overrode, found and booked by hand told once each, with its value?"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from stockroom.db.store import Store
from stockroom.operations.count import Count, CountedLine, count
from stockroom.operations.dispose import DisposalOf, Dispose, dispose
from stockroom.operations.reverse import Reverse, reverse
from stockroom.queries.staff_acts import staff_acts
from stockroom.queries.worth_cut import cut_at
from stockroom.rules.staff_acts import ActsBy, StaffAct, StaffActKind, grouped, total
from stockroom.rules.using import ThingName
from stockroom.vocabulary import CountReason, DisposalReason, HoldReason, IdentifiedBy, Rule, SessionState
from tests.builders import NOW, House, LotAt, key
from tests.counts import priced
from tests.queries.counting import counted
from tests.sessions import advance, hold, line, over, patient, session, used

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)


class Acts:
    """Each of ten vials at 10.00: thrown away, used by hand, used against a hold, taken back, and found to be missing."""

    def __init__(self, house: House) -> None:
        self.house, store = house, house.store
        clinic = house.clinic
        self.product = self.house.product("Filler", content_quantity=1000)
        self.lot = priced(self.house, self.product, "A1", packs=10, cents=1000)
        self.nurse, self.practitioner, self.manager = clinic.nurse, clinic.practitioner, clinic.manager
        self.throw_away(self.lot)
        visit = session(self.house, patient(self.house))
        advance(self.house, visit, SessionState.ARRIVED, SessionState.IN_TREATMENT)
        used(self.house, visit, line(self.lot, 1000, identified_by=IdentifiedBy.SCAN))
        by_hand = used(self.house, visit, line(self.lot, 1000, identified_by=IdentifiedBy.BY_HAND))
        wrong = used(self.house, visit, line(self.lot, 1000, identified_by=IdentifiedBy.BY_HAND))
        back = Reverse(movement_uid=wrong.movement_uid, reason="another vial")
        reverse(store, back, actor=self.practitioner, key=key("back"), now=NOW + HOUR)
        assert by_hand.movement_uid != wrong.movement_uid
        hold(self.house, self.lot, HoldReason.NOT_RELEASED)
        used(
            self.house, visit, line(self.lot, 1000, identified_by=IdentifiedBy.SCAN), actor=self.practitioner,
            override=over(Rule.HELD), now=NOW + 2 * HOUR,
        )  # fmt: skip
        found = CountedLine(
            lot_uid=self.lot.uid, location_uid=clinic.fridge.uid, counted_at=NOW + 3 * HOUR, found_quantity=5000,
            reason=CountReason.LOST,
        )  # fmt: skip
        count(store, Count(lines=(found,)), actor=self.manager, key=key("count"), now=NOW + 3 * HOUR)

    def throw_away(self, lot: LotAt) -> None:
        gone = DisposalOf(
            thing=ThingName(lot_uid=lot.uid, location_uid=self.house.clinic.fridge.uid), quantity=1000
        )
        command = Dispose(lines=(gone,), reason=DisposalReason.BROKEN, note="fell")
        dispose(self.house.store, command, actor=self.nurse, key=key("gone"), now=NOW)

    def told(self, **changed: Any) -> tuple[StaffAct, ...]:
        clinic_id = self.house.clinic.id
        asked = {"since": NOW - DAY, "until": NOW + DAY, **changed}
        with self.house.store.reading() as connection:
            cut = cut_at(connection, clinic_id, day=(NOW + DAY).date(), now=NOW + 2 * DAY)
            return staff_acts(connection, cut, clinic_id, **asked)


@pytest.fixture
def acts(store: Store) -> Acts:
    return Acts(House(store))


def test_each_act_is_told_once_with_its_person_and_its_value(acts: Acts) -> None:
    told = acts.told()

    assert sorted((act.kind.value, act.person, act.quantity, act.why, act.value.in_currency("EUR")) for act in told) == [
        ("by_hand", "Nurse Vitosha", 1000, "use", 1000),
        ("correction", "Practitioner Vitosha", 1000, "another vial", 1000),
        ("count_difference", "Manager Vitosha", 1000, "lost", 1000),
        ("override", "Practitioner Vitosha", 1000, "held", 1000),
        ("write_off", "Nurse Vitosha", 1000, "broken", 1000),
    ]  # fmt: skip
    assert {act.day for act in told} == {NOW.date()}
    assert {act.lot_number for act in told} == {"A1"}
    assert acts.told(since=NOW + DAY, until=NOW + 2 * DAY) == ()


@pytest.mark.parametrize(("by", "names"), [
    (ActsBy.PERSON, ["Manager Vitosha", "Nurse Vitosha", "Practitioner Vitosha"]),
    (ActsBy.PRODUCT, ["Filler"]),
    (ActsBy.DAY, ["2026-03-02"]),
])  # fmt: skip
def test_every_grouping_has_the_same_total(acts: Acts, by: ActsBy, names: list[str]) -> None:
    told = acts.told()
    groups = grouped(told, by)

    assert [group.name for group in groups] == names
    for kind in StaffActKind:
        assert sum(group.kinds[kind].count for group in groups) == total(told).kinds[kind].count == 1


def test_it_takes_no_more_statements_for_more_acts(acts: Acts) -> None:
    with counted(acts.house.store.engine) as few:
        before = acts.told()
    for _ in range(3):
        acts.throw_away(acts.lot)
    with counted(acts.house.store.engine) as many:
        after = acts.told()

    assert len(after) == len(before) + 3
    assert len(many) == len(few)
