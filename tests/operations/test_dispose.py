"""Is everything that must go thrown away, with a reason, and nothing promised from the bin?"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from stockroom.db.store import Store
from stockroom.errors import InvalidValue, ThingNotFound
from stockroom.ledger.balances import NotEnoughOnHand
from stockroom.ledger.post import OccursInFuture
from stockroom.ledger.verify import verify
from stockroom.models import Alert, Allocation, Balance, Container, Deviation, Movement
from stockroom.operations.allocate import Allocate, allocate
from stockroom.operations.dispose import (
    ContainerEnded,
    ContainerFinished,
    DisposalOf,
    Dispose,
    Disposed,
    FinishContainer,
    PlaceNotNamed,
    RemainderNeedsReason,
    dispose,
    finish_container,
)
from stockroom.operations.open_container import ContainerOpened
from stockroom.rules.overriding import ContainerClosed
from stockroom.rules.permissions import ActionForbidden
from stockroom.rules.posting import PartOfPresentation
from stockroom.rules.using import ThingName
from stockroom.vocabulary import ContainerState, DisposalReason, Rule
from tests.builders import NOW, House, LotAt, key
from tests.sessions import books, line, opened, rows, session, used


@pytest.fixture
def house(store: Store) -> House:
    return House(store)


@pytest.fixture
def small(sqlite_store: Store) -> House:
    return House(sqlite_store)


def thrown(house: House, *parts: tuple[ThingName, int], **values: Any) -> Disposed:
    actor = values.pop("actor", None) or house.nurse
    request = values.pop("request", None) or key("dispose")
    lines = tuple(DisposalOf(thing=thing, quantity=quantity) for thing, quantity in parts)
    command = Dispose(lines=lines, **{"reason": DisposalReason.BROKEN, **values})
    return dispose(house.store, command, actor=actor, key=request, now=NOW)


def ended(house: House, vial: ContainerOpened, **values: Any) -> ContainerFinished:
    command = FinishContainer(container_uid=vial.container_uid, **values)
    return finish_container(house.store, command, actor=house.nurse, key=key("finish"), now=NOW)


def named(lot: LotAt) -> ThingName:
    return ThingName(lot_uid=lot.uid)


def test_expired_vials_and_a_rest_go_in_one_movement_with_the_reason(house: House) -> None:
    filler = house.product("Filler")
    lot = house.clinic.lot_on_shelf(filler, "A1", presentations=3, expires_on=date(2026, 3, 2))
    vial = opened(house, lot)
    old = house.clinic.lot_on_shelf(filler, "OLD", presentations=2, expires_on=date(2026, 1, 31))

    answer = thrown(
        house,
        (named(old), 10_000),
        (ThingName(location_uid=vial.container_uid), 1_234),
        reason=DisposalReason.EXPIRED,
        note="February round",
    )

    movement = rows(house.store, Movement, uid=answer.movement_uid)[0]
    assert (movement.kind, movement.reason) == ("dispose", "expired: February round")
    container = rows(house.store, Container)[0]
    assert house.clinic.on_hand(old) == 0
    assert house.clinic.on_hand(replace(lot, location_id=container.location_id)) == 3_766


def test_part_of_a_sealed_presentation_and_more_than_there_is_move_nothing(house: House) -> None:
    lot = house.clinic.lot_on_shelf(house.product("Filler"), "A1", presentations=2)
    before = books(house.store)

    with pytest.raises(PartOfPresentation):
        thrown(house, (named(lot), 2_500))
    with pytest.raises(NotEnoughOnHand):
        thrown(house, (named(lot), 15_000))

    assert books(house.store) == before


def test_a_promise_that_no_longer_fits_is_lost_and_its_rest_kept(house: House) -> None:
    needles = house.clinic.lot_on_shelf(house.needle(), "N1", presentations=5)
    soon, later = session(house), session(house, planned_at=NOW + timedelta(hours=4))
    for visit in (soon, later):
        keep = Allocate(session_uid=visit, thing=named(needles), quantity=2)
        allocate(house.store, keep, actor=house.nurse, key=key("keep"), now=NOW)

    answer = thrown(house, (named(needles), 2))

    assert answer.promises_lost == 1
    allocations = {(each.state, each.quantity) for each in rows(house.store, Allocation)}
    assert allocations == {("active", 2), ("lost", 2), ("active", 1)}
    assert [(each.quantity, each.allocated) for each in rows(house.store, Balance)] == [(3, 3)]
    assert [each.kind for each in rows(house.store, Alert)] == ["allocation_lost"]


def test_a_lot_at_two_places_is_asked_for_its_place(small: House) -> None:
    filler = small.product("Filler")
    lot = small.clinic.lot_on_shelf(filler, "A1", presentations=2)
    opened(small, lot)

    with pytest.raises(PlaceNotNamed):
        thrown(small, (named(lot), 5_000))
    thrown(small, (ThingName(lot_uid=lot.uid, location_uid=small.clinic.fridge.uid), 5_000))

    assert small.clinic.on_hand(lot) == 0


def test_an_emptied_vial_is_finished_and_takes_no_more(house: House) -> None:
    vial = opened(house, house.clinic.lot_on_shelf(house.product("Filler"), "A1"))
    visit = session(house)
    used(house, visit, line(vial, 5_000))

    answer = ended(house, vial)

    assert (answer.state, answer.disposed_quantity, answer.movement_uid) == (ContainerState.FINISHED, 0, None)
    with pytest.raises(ContainerEnded):
        ended(house, vial)
    with pytest.raises(ContainerClosed):
        used(house, visit, line(vial, 1))


def test_the_usual_rest_is_residual_and_more_asks_why(house: House) -> None:
    filler = house.product("Filler", residual_max_quantity=50)
    vial = opened(house, house.clinic.lot_on_shelf(filler, "A1"))
    visit = session(house)
    used(house, visit, line(vial, 4_949))
    before = books(house.store)

    with pytest.raises(RemainderNeedsReason) as refused:
        ended(house, vial)
    assert (refused.value.left, refused.value.usual) == ("0.051 mL", "0.05 mL")
    assert books(house.store) == before
    used(house, visit, line(vial, 1))
    answer = ended(house, vial)

    assert (answer.state, answer.disposed_quantity) == (ContainerState.FINISHED, 50)
    assert rows(house.store, Movement, uid=answer.movement_uid)[0].reason == "residual"


def test_a_vial_is_discarded_for_a_reason_and_its_code_is_free_again(house: House) -> None:
    lot = house.clinic.lot_on_shelf(house.product("Filler"), "A1")
    vial = opened(house, lot)

    answer = ended(house, vial, reason=DisposalReason.CONTAMINATED, note="fell on the floor")

    container = rows(house.store, Container)[0]
    assert (answer.state, container.state, container.closed_at) == ("discarded", "discarded", NOW)
    assert answer.disposed_quantity == 5_000
    with pytest.raises(ThingNotFound):
        used(house, session(house), line(ThingName(scan=f"SRC:{vial.short_code}"), 1))


def test_an_auditor_another_clinic_and_a_shelf_end_nothing(house: House) -> None:
    needles = house.clinic.lot_on_shelf(house.needle(), "N1", presentations=5)
    theirs = house.another_clinic().lot_on_shelf(house.product("Filler"), "A1")

    with pytest.raises(ActionForbidden):
        thrown(house, (named(needles), 1), actor=house.clinic.auditor)
    with pytest.raises(ThingNotFound):
        thrown(house, (named(theirs), 5_000))
    with pytest.raises(InvalidValue):
        thrown(house, (named(needles), 0))
    with pytest.raises(InvalidValue):
        finish_container(
            house.store,
            FinishContainer(container_uid=house.clinic.fridge.uid),
            actor=house.nurse,
            key=key("finish"),
            now=NOW,
        )

    assert house.clinic.on_hand(needles) == 5


def test_the_same_key_throws_away_once(house: House) -> None:
    needles = house.clinic.lot_on_shelf(house.needle(), "N1", presentations=5)

    first = thrown(house, (named(needles), 1), request="bin-1")
    second = thrown(house, (named(needles), 1), request="bin-1")

    assert first == second
    assert house.clinic.on_hand(needles) == 4


def test_what_broke_at_the_bench_of_a_session_stands_on_that_session(house: House) -> None:
    visit = session(house)
    lot = house.clinic.lot_on_shelf(house.product("Filler"), "A1", presentations=3)
    vial = opened(house, lot)
    place = ThingName(lot_uid=lot.uid, location_uid=house.clinic.fridge.uid)

    whole = thrown(house, (place, 5_000), session_uid=visit)
    rest = ended(house, vial, reason=DisposalReason.BROKEN, session_uid=visit)

    for uid in (whole.movement_uid, rest.movement_uid):
        booked = rows(house.store, Movement, uid=uid)[0]
        assert (booked.document_kind, booked.document_uid) == ("session", visit)
    with pytest.raises(ThingNotFound):
        thrown(house, (place, 5_000), session_uid="0" * 36)


def test_what_was_thrown_away_before_is_recorded_late_at_its_time(house: House) -> None:
    lot = house.clinic.lot_on_shelf(house.product("Filler"), "A1", presentations=3)
    then = NOW - timedelta(hours=3)
    vial = opened(house, lot, now=NOW - timedelta(hours=5))
    late = {"happened_at": then, "late_reason": "The power was off"}

    sealed = ThingName(lot_uid=lot.uid, location_uid=house.clinic.fridge.uid)
    broken = thrown(house, (sealed, 5_000), **late)
    finished = ended(house, vial, reason=DisposalReason.CONTAMINATED, **late)

    for uid in (broken.movement_uid, finished.movement_uid):
        (movement,) = rows(house.store, Movement, uid=uid)
        assert (movement.occurred_at, movement.is_late) == (then, True)
        assert movement.reason.endswith(": The power was off")
    assert rows(house.store, Container)[0].closed_at == then
    assert (broken.broken_rules, finished.broken_rules, rows(house.store, Deviation)) == ((), (), [])
    assert verify(house.store).findings == ()


def test_a_disposal_that_is_older_than_the_window_is_signed_by_a_second_person(house: House) -> None:
    lot = house.clinic.lot_on_shelf(house.product("Filler"), "A1", presentations=3)
    old = NOW - timedelta(hours=72, seconds=1)

    answer = thrown(house, (named(lot), 5_000), happened_at=old, late_reason="Found in the notes")

    assert answer.broken_rules == (Rule.BEYOND_WINDOW,)
    (deviation,) = rows(house.store, Deviation)
    assert (deviation.rule, deviation.was_asked, deviation.reason) == (
        "beyond_window",
        False,
        "Found in the notes",
    )
    assert [each.kind for each in rows(house.store, Alert)] == ["deviation_unsigned"]
    assert house.clinic.on_hand(lot) == 10_000


@pytest.mark.parametrize(
    ("said", "error"),
    [
        ({"happened_at": NOW + timedelta(seconds=1), "late_reason": "x"}, OccursInFuture),
        ({"happened_at": NOW - timedelta(hours=1), "late_reason": " "}, InvalidValue),
    ],
)
def test_a_late_disposal_says_when_and_why(
    small: House, said: dict[str, Any], error: type[Exception]
) -> None:
    lot = small.clinic.lot_on_shelf(small.product("Filler"), "A1", presentations=3)
    vial = opened(small, lot)
    before = books(small.store)

    with pytest.raises(error):
        thrown(small, (named(lot), 5_000), **said)
    with pytest.raises(error):
        ended(small, vial, reason=DisposalReason.BROKEN, **said)

    assert books(small.store) == before
