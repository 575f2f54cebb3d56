"""Is an opening dated back only, with a reason, and does the limit only shorten?"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from stockroom.db.store import Store
from stockroom.errors import InvalidValue
from stockroom.ledger.verify import verify
from stockroom.models import Container, Deviation, Lot, OpeningRedated
from stockroom.operations.add_ingredient import AddIngredient, add_ingredient
from stockroom.operations.finish_preparation import FinishPreparation, finish_preparation
from stockroom.operations.move_goods import PlaceContainer, place_container
from stockroom.operations.open_container import ContainerOpened
from stockroom.operations.redate_opening import (
    OpenedOnlyEarlier,
    OpeningDatedBack,
    RedateOpening,
    redate_opening,
)
from stockroom.operations.start_preparation import StartPreparation, start_preparation
from stockroom.rules.overriding import PastBeyondUse, PatientAllergic
from stockroom.rules.permissions import ActionForbidden
from stockroom.rules.using import ThingName
from tests.builders import NOW, House, key
from tests.operations.test_use_cocktail import rewritten
from tests.sessions import line, opened, patient, rows, session, used


@pytest.fixture
def house(store: Store) -> House:
    return House(store)


@pytest.fixture
def small(sqlite_store: Store) -> House:
    return House(sqlite_store)


def _vial(house: House, now: datetime = NOW, **facts: object) -> ContainerOpened:
    product = house.product("Filler", in_use_minutes=600, **facts)
    return opened(house, house.clinic.lot_on_shelf(product, "A1", presentations=2), now=now)


def _redated(
    house: House, vial: ContainerOpened, at: datetime, *, why: str = "Written on it", **more: object
) -> OpeningDatedBack:
    command = RedateOpening(container_uid=vial.container_uid, opened_at=at, reason=why)
    return redate_opening(house.store, command, **{"actor": house.nurse, "key": key(), "now": NOW, **more})


def test_its_clock_begins_then_and_what_was_booked_stays_beside_it(house: House) -> None:
    vial = _vial(house)
    used(house, session(house), line(vial, 500))

    dated = _redated(house, vial, NOW - timedelta(hours=10))

    assert (dated.beyond_use_at, dated.late_uses) == (NOW, 1)
    assert [each.rule for each in rows(house.store, Deviation)] == ["beyond_use"]
    container, told = rows(house.store, Container)[0], rows(house.store, OpeningRedated)[0]
    assert (container.opened_at, container.beyond_use_at) == (NOW - timedelta(hours=10), NOW)
    assert (told.was_opened_at, told.reason) == (NOW, "Written on it")
    with pytest.raises(PastBeyondUse):
        used(house, session(house), line(vial, 500))
    assert verify(house.store, anchors=False).ok


@pytest.mark.parametrize("way", ["recorded late", "dated back"])
def test_what_was_known_when_it_was_opened_is_true_of_it_and_not_what_was_when_that_was_written_down(
    house: House, way: str
) -> None:
    """A leaflet that changed between the two says of it neither what it holds nor how long it keeps."""
    product = house.product("Filler", in_use_minutes=600, ingredients=("lidocaine",))
    lot = house.clinic.lot_on_shelf(product, "A1", presentations=2)
    then, changed, later = (NOW + timedelta(hours=hours) for hours in (1, 2, 3))
    rewritten(
        house, "Filler", now=changed, in_use_source="leaflet",
        in_use_minutes_room=1_200, in_use_minutes_refrigerated=1_200,
    )  # fmt: skip

    if way == "recorded late":
        vial = opened(house, lot, now=later, opened_at=then, reason="The tablet was flat")
        limit = vial.beyond_use_at
    else:
        vial = opened(house, lot, now=later)
        limit = _redated(house, vial, then, now=later).beyond_use_at

    assert limit == then + timedelta(minutes=600)
    with pytest.raises(PatientAllergic):
        used(house, session(house, patient(house, "lidocaine")), line(vial, 500), now=later)
    used(house, session(house, patient(house)), line(vial, 500), now=later)
    assert verify(house.store, anchors=False).ok


def test_one_that_was_opened_in_a_treatment_room_is_one_patient_s_since_then(small: House) -> None:
    lot = small.clinic.lot_on_shelf(small.product("Filler"), "A1")
    vial = opened(small, lot, stands_in_uid=small.clinic.room.uid)

    _redated(small, vial, NOW - timedelta(hours=1))

    assert [each.one_patient_since for each in rows(small.store, Container)] == [NOW - timedelta(hours=1)]


@pytest.mark.parametrize("hours", [0, 1], ids=["the same instant", "later"])
def test_it_is_never_dated_forward(small: House, hours: int) -> None:
    vial = _vial(small, now=NOW - timedelta(hours=2))

    with pytest.raises(OpenedOnlyEarlier):
        _redated(small, vial, NOW - timedelta(hours=2 - hours))

    assert rows(small.store, OpeningRedated) == []


def test_a_reason_is_asked_and_a_role_that_may_write_late(small: House) -> None:
    vial = _vial(small)

    with pytest.raises(InvalidValue):
        _redated(small, vial, NOW - timedelta(hours=1), why="  ")
    with pytest.raises(ActionForbidden):
        _redated(small, vial, NOW - timedelta(hours=1), actor=small.clinic.auditor)


def test_the_shortest_life_of_where_it_stood_counts_from_then(small: House) -> None:
    product = small.product("Filler", in_use_minutes_room=60, in_use_minutes_refrigerated=600)
    vial = opened(small, small.clinic.lot_on_shelf(product, "A1"))
    for place in (small.clinic.cupboard, small.clinic.fridge):
        command = PlaceContainer(container_uid=vial.container_uid, to_uid=place.uid)
        place_container(small.store, command, actor=small.nurse, key=key(), now=NOW)

    dated = _redated(small, vial, NOW - timedelta(minutes=20))

    assert dated.beyond_use_at == NOW + timedelta(minutes=40)


def test_what_was_mixed_from_it_lives_no_longer(small: House) -> None:
    vial, nurse = _vial(small), small.nurse
    start = StartPreparation(session_uids=(session(small),), reason="by hand")
    draft = start_preparation(small.store, start, actor=nurse, key=key(), now=NOW).preparation_uid
    add = AddIngredient(preparation_uid=draft, thing=ThingName(location_uid=vial.container_uid), quantity=500)
    add_ingredient(small.store, add, actor=nurse, key=key(), now=NOW)
    end = FinishPreparation(preparation_uid=draft, location_uid=small.clinic.fridge.uid)
    finish_preparation(small.store, end, actor=nurse, key=key(), now=NOW)

    _redated(small, vial, NOW - timedelta(hours=8))

    assert rows(small.store, Lot, kind="prepared")[0].beyond_use_at == NOW + timedelta(hours=2)


@pytest.mark.parametrize(
    ("opened_at", "limit"),
    [
        (datetime(2026, 3, 28, 22, 30, tzinfo=UTC), datetime(2026, 3, 29, 8, 30, tzinfo=UTC)),
        (datetime(2026, 10, 24, 22, 30, tzinfo=UTC), datetime(2026, 10, 25, 8, 30, tzinfo=UTC)),
        (datetime(2026, 3, 14, 21, 59, tzinfo=UTC), datetime(2026, 3, 15, 7, 59, tzinfo=UTC)),
    ],
    ids=["the clock goes forward", "the clock goes back", "over midnight"],
)
def test_a_life_is_elapsed_time_over_midnight_and_both_changes_of_the_clocks(
    small: House, opened_at: datetime, limit: datetime
) -> None:
    booked_at = opened_at + timedelta(hours=1)
    vial = _vial(small, now=booked_at)

    dated = _redated(small, vial, opened_at, now=booked_at)

    assert dated.beyond_use_at == limit
