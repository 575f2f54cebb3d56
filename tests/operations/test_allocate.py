"""Is a lot kept for today's session, used by it first, given back, and given up to whoever is here?"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from stockroom.db.store import Store
from stockroom.errors import InvalidValue, ThingNotFound
from stockroom.ledger.allocations import AllocationEnded
from stockroom.ledger.balances import NotEnoughOnHand
from stockroom.models import Alert, Allocation, Balance, JournalEntry, Movement
from stockroom.operations.allocate import (
    Allocate,
    Allocated,
    NothingToKeepFor,
    NotToday,
    Release,
    allocate,
    release,
)
from stockroom.rules.overriding import LotExpired
from stockroom.rules.permissions import ActionForbidden
from stockroom.rules.using import ThingName
from stockroom.vocabulary import ContainerType, Rule
from tests.builders import NOW, House, key
from tests.sessions import books, finish, line, opened, over, rows, session, used


@pytest.fixture
def house(store: Store) -> House:
    return House(store)


@pytest.fixture
def small(sqlite_store: Store) -> House:
    return House(sqlite_store)


def kept(house: House, session_uid: str, thing: ThingName, quantity: int, **values: Any) -> Allocated:
    actor = values.pop("actor", None) or house.nurse
    request = values.pop("request", None) or key("keep")
    command = Allocate(session_uid=session_uid, thing=thing, quantity=quantity, **values)
    return allocate(house.store, command, actor=actor, key=request, now=NOW)


def balance(house: House) -> list[tuple[int, int]]:
    return [(each.quantity, each.allocated) for each in rows(house.store, Balance)]


def test_what_is_kept_is_promised_and_goes_back_once(house: House) -> None:
    needles = house.clinic.lot_on_shelf(house.needle(), "N1", presentations=5)

    answer = kept(house, session(house), ThingName(lot_uid=needles.uid), 3)

    assert balance(house) == [(5, 3)]
    assert rows(house.store, Movement, kind="use") == []
    back = Release(allocation_uid=answer.kept[0].allocation_uid)
    release(house.store, back, actor=house.nurse, key=key("release"), now=NOW)
    assert balance(house) == [(5, 0)]
    assert rows(house.store, Allocation)[0].state == "released"
    with pytest.raises(AllocationEnded):
        release(house.store, back, actor=house.nurse, key=key("release"), now=NOW)


def test_the_session_uses_its_own_first_and_what_it_does_not_use_is_free(house: House) -> None:
    needles = house.clinic.lot_on_shelf(house.needle(), "N1", presentations=5)
    visit = session(house)
    kept(house, visit, ThingName(lot_uid=needles.uid), 3)

    used(house, visit, line(needles, 2))

    allocation = rows(house.store, Allocation)[0]
    assert (allocation.state, allocation.used_quantity) == ("used", 2)
    assert balance(house) == [(3, 0)]


def test_unpromised_stock_is_taken_before_anybody_gives_way(house: House) -> None:
    needles = house.clinic.lot_on_shelf(house.needle(), "N1", presentations=5)
    kept(house, session(house), ThingName(lot_uid=needles.uid), 3)

    used(house, session(house), line(needles, 2))

    assert rows(house.store, Allocation)[0].state == "active"
    assert balance(house) == [(3, 3)]


def test_the_latest_session_gives_way_to_the_patient_who_is_here(house: House) -> None:
    needles = house.clinic.lot_on_shelf(house.needle(), "N1", presentations=6)
    morning = session(house, planned_at=NOW + timedelta(hours=1))
    evening = session(house, planned_at=NOW + timedelta(hours=9))
    for visit in (morning, evening):
        kept(house, visit, ThingName(lot_uid=needles.uid), 3)

    answer = used(house, session(house), line(needles, 2))

    movement = rows(house.store, Movement, uid=answer.movement_uid)[0]
    by_state = {(each.state, each.quantity): each for each in rows(house.store, Allocation)}
    assert set(by_state) == {("active", 3), ("lost", 3), ("active", 1)}
    assert by_state["lost", 3].session_id == by_state["active", 1].session_id
    assert by_state["lost", 3].ended_by_id == movement.id
    assert balance(house) == [(4, 4)]
    assert [each.kind for each in rows(house.store, Alert)] == ["allocation_lost"]


def test_its_own_share_and_somebody_elses_end_in_one_use(house: House) -> None:
    needles = house.clinic.lot_on_shelf(house.needle(), "N1", presentations=4)
    here, later = session(house), session(house, planned_at=NOW + timedelta(hours=5))
    for visit in (here, later):
        kept(house, visit, ThingName(lot_uid=needles.uid), 2)

    used(house, here, line(needles, 4))

    assert {(each.state, each.used_quantity) for each in rows(house.store, Allocation)} == {
        ("used", 2),
        ("lost", 0),
    }
    assert balance(house) == [(0, 0)]


def test_picking_keeps_what_expires_first_in_whole_presentations(small: House) -> None:
    dose = small.product("Dose", content_quantity=1_000, container_type=ContainerType.SINGLE_DOSE)
    small.clinic.lot_on_shelf(dose, "LATE", presentations=2)
    small.clinic.lot_on_shelf(dose, "SOON", presentations=1, expires_on=date(2026, 5, 31))

    answer = kept(small, session(small), ThingName(product_uid=dose.uid), 1_500)

    assert [(each.lot_number, each.quantity) for each in answer.kept] == [("SOON", 1_000), ("LATE", 1_000)]


def test_part_of_an_opened_vial_is_kept_to_the_unit(small: House) -> None:
    vial = opened(small, small.clinic.lot_on_shelf(small.product("Filler"), "A1"))

    answer = kept(small, session(small), ThingName(location_uid=vial.container_uid), 777)

    assert [(each.place, each.quantity) for each in answer.kept] == [(vial.short_code, 777)]


def test_nothing_is_kept_for_another_day_or_a_session_that_is_over(house: House) -> None:
    needles = house.clinic.lot_on_shelf(house.needle(), "N1", presentations=5)
    over = session(house)
    finish(house, over)
    tomorrow = session(house, planned_at=NOW + timedelta(days=1))
    before = books(house.store)

    with pytest.raises(NothingToKeepFor):
        kept(house, over, ThingName(lot_uid=needles.uid), 1)
    with pytest.raises(NotToday):
        kept(house, tomorrow, ThingName(lot_uid=needles.uid), 1)

    assert books(house.store) == before


def test_what_may_not_be_used_or_is_promised_already_is_not_kept(house: House) -> None:
    needle = house.needle()
    expired = house.clinic.lot_on_shelf(needle, "OLD", presentations=5, expires_on=date(2026, 3, 1))
    needles = house.clinic.lot_on_shelf(needle, "N1", presentations=5)
    kept(house, session(house), ThingName(lot_uid=needles.uid), 4)
    visit = session(house)
    before = books(house.store)

    with pytest.raises(LotExpired):
        kept(house, visit, ThingName(lot_uid=expired.uid), 1)
    with pytest.raises(NotEnoughOnHand):
        kept(house, visit, ThingName(lot_uid=needles.uid), 2)
    with pytest.raises(InvalidValue):
        kept(house, visit, ThingName(lot_uid=needles.uid), 0)

    assert books(house.store) == before


def test_an_auditor_keeps_nothing_another_clinic_finds_nothing_and_a_key_keeps_once(house: House) -> None:
    needles = house.clinic.lot_on_shelf(house.needle(), "N1", presentations=5)
    visit = session(house)
    with pytest.raises(ActionForbidden):
        kept(house, visit, ThingName(lot_uid=needles.uid), 1, actor=house.clinic.auditor)

    first = kept(house, visit, ThingName(lot_uid=needles.uid), 1, request="keep-1")
    second = kept(house, visit, ThingName(lot_uid=needles.uid), 1, request="keep-1")

    assert first == second
    assert balance(house) == [(5, 1)]
    rila = house.another_clinic()
    with pytest.raises(ThingNotFound):
        release(
            house.store,
            Release(allocation_uid=first.kept[0].allocation_uid),
            actor=rila.nurse,
            key=key("release"),
            now=NOW,
        )


def test_why_a_rule_was_overridden_is_kept_with_the_promise_and_in_no_journal(house: House) -> None:
    lot = house.clinic.lot_on_shelf(house.needle(), "N1", expires_on=date(2026, 3, 1))
    why = over(Rule.EXPIRED, reason="Agreed with Invented Person")

    answer = kept(
        house, session(house), ThingName(lot_uid=lot.uid), 1, actor=house.practitioner, override=why
    )

    assert answer.overridden == ("expired",)
    assert "Agreed with Invented Person" in rows(house.store, Allocation)[0].overrides
    assert all("Invented Person" not in each.payload for each in rows(house.store, JournalEntry))
