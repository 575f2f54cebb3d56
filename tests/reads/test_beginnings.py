"""Does somebody look at what is dated before its vial was opened, or before its lot came in?"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from stockroom.db.store import Store
from stockroom.models import Alert, Deviation, Lot, Movement
from stockroom.operations.bring_forward import BringForward, bring_forward
from stockroom.operations.correct_lot import CorrectLot, correct_lot
from stockroom.operations.dispose import (
    DisposalOf,
    Dispose,
    FinishContainer,
    dispose,
    finish_container,
)
from stockroom.operations.open_container import ContainerOpened, OpenContainer, open_container
from stockroom.operations.record_preparation import PouredIn, RecordPreparation, record_preparation
from stockroom.operations.record_use import RecordUse, record_use
from stockroom.operations.reverse import Reverse, reverse
from stockroom.reads.arrivals import ArrivingLine
from stockroom.reads.beginnings import OpenedOnlyLater, came_in
from stockroom.rules.using import ThingName
from stockroom.vocabulary import DisposalReason
from tests.builders import FAR, NOW, House, LotAt, key
from tests.sessions import line, opened, rows, session

HOUR = timedelta(hours=1)
ARRIVED, OPENED = NOW - 10 * HOUR, NOW - 5 * HOUR
WHY = "The power was off"


class Bench:
    """A lot of two vials that came in ten hours ago, one of which was opened five hours ago."""

    def __init__(self, store: Store) -> None:
        self.house = House(store)
        self.lot: LotAt = self.house.clinic.lot_on_shelf(
            self.house.product("Filler"), "A1", presentations=2, now=ARRIVED
        )
        self.vial: ContainerOpened = opened(self.house, self.lot, now=OPENED)

    def drawn(self, hours: int) -> tuple[str, ...]:
        command = RecordUse(
            session_uid=session(self.house),
            lines=(line(self.vial, 100),),
            occurred_at=NOW - hours * HOUR,
            reason=WHY,
        )
        return record_use(self.house.store, command, **self._act("use")).rules

    def poured(self, hours: int) -> tuple[str, ...]:
        command = RecordPreparation(
            ingredients=(PouredIn(thing=self._vial, quantity=100),),
            location_uid=self.house.clinic.fridge.uid,
            occurred_at=NOW - hours * HOUR,
            reason=WHY,
        )
        return record_preparation(self.house.store, command, **self._act("pour")).rules

    def thrown(self, hours: int) -> tuple[str, ...]:
        command = Dispose(
            lines=(DisposalOf(thing=self._vial, quantity=100),),
            reason=DisposalReason.BROKEN,
            happened_at=NOW - hours * HOUR,
            late_reason=WHY,
        )
        return dispose(self.house.store, command, **self._act("throw")).broken_rules

    def empty(self) -> None:
        """Everything that is in the vial is thrown away."""
        rest = DisposalOf(thing=self._vial, quantity=5_000)
        command = Dispose(lines=(rest,), reason=DisposalReason.BROKEN)
        dispose(self.house.store, command, **self._act("empty"))

    def ended(self, hours: int) -> tuple[str, ...]:
        command = FinishContainer(
            container_uid=self.vial.container_uid,
            reason=DisposalReason.BROKEN,
            happened_at=NOW - hours * HOUR,
            late_reason=WHY,
        )
        return finish_container(self.house.store, command, **self._act("end")).broken_rules

    def opening(self, hours: int) -> tuple[str, ...]:
        command = OpenContainer(
            thing=ThingName(lot_uid=self.lot.uid), opened_at=NOW - hours * HOUR, reason=WHY
        )
        return open_container(self.house.store, command, **self._act("open")).broken_rules

    @property
    def _vial(self) -> ThingName:
        return ThingName(location_uid=self.vial.container_uid)

    def _act(self, name: str) -> dict[str, Any]:
        return {"actor": self.house.nurse, "key": key(name), "now": NOW}


@pytest.fixture
def bench(store: Store) -> Bench:
    return Bench(store)


Recording = Callable[[Bench, int], tuple[str, ...]]
BEFORE_OPENED, BEFORE_BOTH = ("before_opened",), ("before_opened", "before_arrival")


@pytest.mark.parametrize("record", [Bench.drawn, Bench.poured, Bench.thrown, Bench.ended])
@pytest.mark.parametrize(("hours", "expected"), [(4, ()), (5, ()), (6, BEFORE_OPENED), (11, BEFORE_BOTH)])
def test_what_is_taken_from_a_vial_before_it_was_opened_is_posted_and_waits_for_a_signature(
    bench: Bench, record: Recording, hours: int, expected: tuple[str, ...]
) -> None:
    assert record(bench, hours) == expected

    assert tuple(each.rule for each in rows(bench.house.store, Deviation)) == expected
    assert [each.kind for each in rows(bench.house.store, Alert)] == ["deviation_unsigned"] * bool(expected)
    assert rows(bench.house.store, Movement)[-1].is_late


def test_an_empty_vial_does_not_end_before_it_was_opened(bench: Bench) -> None:
    """Nothing moves, so that there is no movement which somebody could look at."""
    bench.empty()

    with pytest.raises(OpenedOnlyLater):
        bench.ended(6)


@pytest.mark.parametrize(("hours", "expected"), [(10, ()), (11, ("before_arrival",))])
def test_what_is_opened_before_its_lot_came_in_is_opened_and_waits_for_a_signature(
    bench: Bench, hours: int, expected: tuple[str, ...]
) -> None:
    assert bench.opening(hours) == expected


def test_a_lot_came_in_with_the_delivery_of_it_that_stands(store: Store) -> None:
    house = House(store)
    lot = house.clinic.lot_on_shelf(house.needle(), "N1", now=ARRIVED)

    assert since(house, lot) == ARRIVED

    assert lot.movement is not None
    back = Reverse(movement_uid=lot.movement.uid, reason="Delivered next door")
    reverse(house.store, back, actor=house.manager, key=key("back"), now=NOW)
    assert since(house, lot) is None


def since(house: House, lot: LotAt) -> object:
    with house.store.reading() as connection:
        return came_in(connection, house.clinic.id, [lot.id]).get(lot.id)


def test_a_lot_whose_number_was_misread_came_in_when_it_was_delivered(bench: Bench) -> None:
    house = bench.house
    command = CorrectLot(lot_uid=bench.lot.uid, number="A7", expires_on=FAR, reason="Misread")

    right = correct_lot(house.store, command, actor=house.practitioner, key=key("lot"), now=NOW)

    with house.store.reading() as connection:
        (row,) = connection.execute(select(Lot.id).where(Lot.uid == right.lot_uid)).all()
        assert came_in(connection, house.clinic.id, [row.id]) == {row.id: ARRIVED}


def test_of_opening_stock_nobody_knows_since_when_it_was_there(store: Store) -> None:
    house = House(store)
    needle = house.needle()
    pack = ArrivingLine(
        location_uid=house.clinic.cupboard.uid,
        product_uid=needle.uid,
        lot_number="N1",
        expires_on=FAR,
        pack_count=3,
    )
    bring_forward(store, BringForward(lines=(pack,)), actor=house.manager, key=key("bring"), now=NOW)
    (lot,) = rows(store, Lot)
    begun = rows(store, Movement)[0].occurred_at
    command = RecordUse(
        session_uid=session(house),
        lines=(line(ThingName(lot_uid=lot.uid), 1),),
        occurred_at=begun - HOUR,
        reason=WHY,
    )

    assert record_use(store, command, actor=house.nurse, key=key("use"), now=NOW).rules == ("beyond_window",)
