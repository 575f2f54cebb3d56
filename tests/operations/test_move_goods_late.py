"""Is a move that was made while nobody could write it down booked at its time, judged then and marked late?"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from stockroom.db.store import Store
from stockroom.errors import InvalidValue
from stockroom.ledger.balances import NotEnoughOnHand
from stockroom.ledger.post import OccursInFuture
from stockroom.ledger.verify import verify
from stockroom.models import Alert, Container, Deviation, Lot, Movement, Placing
from stockroom.operations.dispose import FinishContainer, finish_container
from stockroom.operations.move_goods import (
    ContainerNotOpen,
    ContainerPlaced,
    GoodsMoved,
    MoveGoods,
    MoveLine,
    PlaceContainer,
    move_goods,
    place_container,
)
from stockroom.operations.open_container import ContainerOpened
from stockroom.operations.record_use import RecordUse, record_use
from stockroom.reads.beginnings import OpenedOnlyLater
from stockroom.rules.overriding import KeptForOtherPatient
from stockroom.rules.permissions import ActionForbidden
from stockroom.rules.using import ThingName, UseLine
from stockroom.vocabulary import DisposalReason, LocationKind
from tests.builders import NOW, House, LotAt, Place, key
from tests.sessions import books, finish, line, opened, rows, session, used

HOUR = timedelta(hours=1)
ARRIVED = NOW - 100 * HOUR
WHY = "The power was off"


@pytest.fixture
def house(store: Store) -> House:
    return House(store)


def needles(house: House) -> LotAt:
    return house.clinic.lot_on_shelf(house.needle(), "N1", presentations=9, now=ARRIVED)


def moved(house: House, lot: LotAt, to: Place, at: datetime, quantity: int = 9, **said: Any) -> GoodsMoved:
    line = MoveLine(lot_uid=lot.uid, from_uid=house.clinic.fridge.uid, quantity=quantity)
    actor = said.pop("actor", house.nurse)
    command = MoveGoods(to_uid=to.uid, lines=(line,), happened_at=at, **{"late_reason": WHY, **said})
    return move_goods(house.store, command, actor=actor, key=key("move"), now=NOW)


def placed(house: House, container_uid: str, to: Place, at: datetime, why: str = WHY) -> ContainerPlaced:
    command = PlaceContainer(container_uid=container_uid, to_uid=to.uid, happened_at=at, late_reason=why)
    return place_container(house.store, command, actor=house.nurse, key=key("put"), now=NOW)


@pytest.mark.parametrize(
    ("ago", "rules"),
    [
        (2 * HOUR, ()),
        (73 * HOUR, ("beyond_window",)),
        (101 * HOUR, ("beyond_window", "before_arrival")),
    ],
    ids=["in time", "after the window", "before it came in"],
)
def test_goods_are_moved_at_the_time_at_which_they_were(
    house: House, ago: timedelta, rules: tuple[str, ...]
) -> None:
    lot = needles(house)

    done = moved(house, lot, house.clinic.cupboard, NOW - ago, reason="To make room")

    assert done.broken_rules == rules
    (movement,) = rows(house.store, Movement, uid=done.movement_uid)
    assert (movement.kind, movement.occurred_at, movement.recorded_at, movement.is_late, movement.reason) == (
        "transfer",
        NOW - ago,
        NOW,
        True,
        f"To make room: {WHY}",
    )
    assert tuple(each.rule for each in rows(house.store, Deviation)) == rules
    assert [each.kind for each in rows(house.store, Alert)] == ["deviation_unsigned"] * bool(rules)
    assert verify(house.store).findings == ()


def test_where_goods_lay_then_follows_a_move_that_is_written_down_after_it(house: House) -> None:
    lot, aside = needles(house), house.clinic.account(LocationKind.QUARANTINE)
    moved(house, lot, aside, NOW - 2 * HOUR)

    def used(at: datetime) -> tuple[str, ...]:
        line = UseLine(thing=ThingName(lot_uid=lot.uid, location_uid=aside.uid), quantity=1)
        command = RecordUse(session_uid=session(house), lines=(line,), occurred_at=at, reason=WHY)
        return record_use(house.store, command, actor=house.nurse, key=key("use"), now=NOW).rules

    assert used(NOW - 3 * HOUR) == ()
    assert used(NOW - HOUR) == ("not_usable_place",)


def test_what_cannot_have_been_moves_nothing(house: House) -> None:
    lot, to = needles(house), house.clinic.cupboard
    before = books(house.store)

    with pytest.raises(OccursInFuture):
        moved(house, lot, to, NOW + HOUR)
    with pytest.raises(InvalidValue, match="only now"):
        moved(house, lot, to, NOW - HOUR, late_reason=" ")
    with pytest.raises(NotEnoughOnHand):
        moved(house, lot, to, NOW - HOUR, quantity=10)
    with pytest.raises(ActionForbidden):
        moved(house, lot, to, NOW - HOUR, actor=house.clinic.auditor)

    assert books(house.store) == before


def test_a_vial_stands_where_it_was_put_last_and_keeps_for_as_long_as_where_it_was_warmest(
    house: House,
) -> None:
    filler = house.product("Filler", in_use_minutes_room=240, in_use_minutes_refrigerated=43_200)
    lot = house.clinic.lot_on_shelf(filler, "A1", now=ARRIVED)
    vial, clinic = opened(house, lot, now=NOW - 6 * HOUR), house.clinic
    placed(house, vial.container_uid, clinic.fridge, NOW - 2 * HOUR)

    done = placed(house, vial.container_uid, clinic.room, NOW - 3 * HOUR)

    assert (done.stands_in_uid, done.beyond_use_at) == (clinic.fridge.uid, NOW - 2 * HOUR)
    assert done.broken_rules == ()
    (container,) = rows(house.store, Container)
    assert (container.stands_in_id, container.beyond_use_at) == (clinic.fridge.id, NOW - 2 * HOUR)
    last = rows(house.store, Placing)[-1]
    assert (last.location_id, last.placed_at, last.recorded_at, last.late_reason) == (
        clinic.room.id,
        NOW - 3 * HOUR,
        NOW,
        WHY,
    )
    assert rows(house.store, Lot)[0].beyond_use_at is None
    assert verify(house.store).findings == ()


def test_a_vial_that_ended_since_was_put_somewhere_before_and_not_after(house: House) -> None:
    vial = opened(house, house.clinic.lot_on_shelf(house.product("Filler"), "A1"), now=NOW - 4 * HOUR)
    end = FinishContainer(container_uid=vial.container_uid, reason=DisposalReason.BROKEN)
    finish_container(house.store, end, actor=house.nurse, key=key("end"), now=NOW - 2 * HOUR)

    placed(house, vial.container_uid, house.clinic.room, NOW - 3 * HOUR)

    before = books(house.store)
    with pytest.raises(ContainerNotOpen):
        placed(house, vial.container_uid, house.clinic.room, NOW - HOUR)
    with pytest.raises(OpenedOnlyLater):
        placed(house, vial.container_uid, house.clinic.room, NOW - 5 * HOUR)
    with pytest.raises(InvalidValue, match="only now"):
        placed(house, vial.container_uid, house.clinic.room, NOW - 3 * HOUR, why="")
    assert books(house.store) == before
    assert len(rows(house.store, Placing)) == 2


def test_a_placing_after_the_window_waits_for_a_signature_on_what_opened_the_vial(house: House) -> None:
    lot = house.clinic.lot_on_shelf(house.product("Filler"), "A1", now=ARRIVED)
    vial = opened(house, lot, now=NOW - 80 * HOUR)

    done = placed(house, vial.container_uid, house.clinic.room, NOW - 73 * HOUR)

    assert done.broken_rules == ("beyond_window",)
    (opening,) = rows(house.store, Movement, kind="open")
    (deviation,) = rows(house.store, Deviation)
    assert (deviation.movement_id, deviation.rule, deviation.reason) == (opening.id, "beyond_window", WHY)
    assert [each.subject_uid for each in rows(house.store, Alert)] == [opening.uid]


def _drawn(house: House, vial: ContainerOpened, visit: str, at: datetime) -> str:
    return used(house, visit, line(vial, 200), now=at).movement_uid


def _signed_for(house: House) -> set[tuple[str, str]]:
    uids = {each.id: each.uid for each in rows(house.store, Movement)}
    return {(uids[each.movement_id], each.rule) for each in rows(house.store, Deviation)}


def test_what_was_drawn_meanwhile_and_too_late_where_it_stood_waits_for_a_signature(house: House) -> None:
    filler = house.product("Filler", in_use_minutes_room=120, in_use_minutes_refrigerated=43_200)
    vial = opened(house, house.clinic.lot_on_shelf(filler, "A1", now=ARRIVED), now=NOW - 6 * HOUR)
    visit = session(house, now=NOW - 6 * HOUR)
    uses = [_drawn(house, vial, visit, NOW - hours * HOUR) for hours in (4, 3, 1)]

    done = placed(house, vial.container_uid, house.clinic.cupboard, NOW - 2 * HOUR)

    assert done.broken_rules == ("beyond_use",)
    assert done.beyond_use_at == NOW - 4 * HOUR
    assert _signed_for(house) == {(uses[2], "beyond_use")}  # until then it stood in the fridge
    assert [each.subject_uid for each in rows(house.store, Alert)] == [uses[2]]
    assert verify(house.store).findings == ()


def test_a_vial_that_came_into_a_treatment_room_is_hers_who_got_of_it_there(house: House) -> None:
    vial = opened(
        house,
        house.clinic.lot_on_shelf(house.product("Filler"), "A1", now=ARRIVED),
        now=NOW - 6 * HOUR,
    )
    ana, eva = session(house, now=NOW - 6 * HOUR), session(house, now=NOW - 6 * HOUR)
    _drawn(house, vial, ana, NOW - 3 * HOUR)
    evas = _drawn(house, vial, eva, NOW - 2 * HOUR)
    _drawn(house, vial, ana, NOW - HOUR)
    finish(house, ana, now=NOW - HOUR)

    done = placed(house, vial.container_uid, house.clinic.room, NOW - 4 * HOUR)

    assert (done.serves_one, done.broken_rules) == (True, ("other_patient",))
    assert _signed_for(house) == {(evas, "other_patient")}
    with pytest.raises(KeptForOtherPatient):
        _drawn(house, vial, eva, NOW)
    assert placed(house, vial.container_uid, house.clinic.room, NOW - 5 * HOUR).broken_rules == ()


def test_what_was_drawn_while_it_stood_where_nothing_may_be_used_waits_for_a_signature(house: House) -> None:
    vial = opened(
        house,
        house.clinic.lot_on_shelf(house.product("Filler"), "A1", now=ARRIVED),
        now=NOW - 6 * HOUR,
    )
    visit = session(house, now=NOW - 6 * HOUR)
    within, _ = (_drawn(house, vial, visit, NOW - hours * HOUR) for hours in (3, 1))
    placed(house, vial.container_uid, house.clinic.fridge, NOW - 2 * HOUR)

    placed(house, vial.container_uid, house.clinic.account(LocationKind.QUARANTINE), NOW - 4 * HOUR)

    assert _signed_for(house) == {(within, "not_usable_place")}
