"""Is what a clinic works with counted, its own and not another's?"""

from __future__ import annotations

from stockroom.db.store import Store
from stockroom.operations.employ import SwitchLogIn, switch_log_in
from stockroom.operations.set_levels import SetStockLevel, set_stock_level
from stockroom.operations.write_recipe import ComponentOf
from stockroom.queries.administration import set_up
from stockroom.queries.people import colleague, colleagues, users
from stockroom.vocabulary import Role
from tests.builders import NOW, House, key
from tests.cocktails import recipe


def test_a_clinic_begins_with_nothing_to_lie_in_and_nobody(store: Store) -> None:
    house = House(store)
    there = house.another_clinic()
    assert all((there.fridge.uid, there.room.uid, there.practitioner.person_uid))

    with store.reading() as connection:
        found = set_up(connection, house.clinic.id)

    assert (found.place_count, found.fridge_count, found.room_count) == (0, 0, 0)
    assert (found.log_in_count, found.practitioner_count, found.administrator_count) == (0, 0, 0)
    assert (found.person_count, found.clinic_count) == (1, 2)
    assert (found.product_count, found.level_count, found.recipe_count, found.supplier_count) == (0, 0, 0, 0)


def test_what_is_there_is_counted(store: Store) -> None:
    house = House(store)
    clinic = house.clinic
    assert all((clinic.fridge.uid, clinic.room.uid, clinic.practitioner.person_uid, house.supplier_uid))
    clinic.employ(Role.PRACTITIONER)
    filler = house.product("Filler")
    house.product("Serum", confirmed=False)
    part = ComponentOf(product_uid=filler.uid, quantity=3000)
    recipe(house, "Glow", part)
    recipe(house, "Calm", part, approved=False)
    level = SetStockLevel(product_uid=filler.uid, minimum_count=2, target_count=5, version=None)
    set_stock_level(store, level, actor=clinic.manager, key=key("level"), now=NOW)
    _switch_off_manager(store, house)

    with store.reading() as connection:
        found = set_up(connection, clinic.id)

    assert (found.place_count, found.fridge_count, found.room_count) == (2, 1, 1)
    assert (found.product_count, found.unconfirmed_count, found.level_count) == (2, 1, 1)
    assert (found.recipe_count, found.recipe_in_force_count, found.draft_count) == (2, 1, 1)
    assert (found.practitioner_count, found.prescriber_count, found.supplier_count) == (2, 1, 1)
    assert (found.person_count, found.log_in_count) == (4, 3), "nurse, manager (off) and two practitioners"


def test_colleagues_are_given_by_name_with_their_log_ins(store: Store) -> None:
    house = House(store)
    nurse, there = house.clinic.nurse, house.another_clinic().nurse

    with store.reading() as connection:
        staff = colleagues(connection, house.clinic.id)
        elsewhere = colleague(connection, house.clinic.id, uid=there.person_uid)

    assert [each.person.name for each in staff] == ["Nurse Rila", "Nurse Vitosha"]
    assert [each.works_here for each in staff] == [False, True]
    assert staff[1].person.uid == nurse.person_uid
    assert [(each.clinic_name, each.role) for each in elsewhere.elsewhere] == [("Rila", "nurse")]
    assert elsewhere.log_in is not None and elsewhere.log_in.roles == ()


def _switch_off_manager(store: Store, house: House) -> None:
    with store.reading() as connection:
        uid = next(
            each.uid for each in users(connection, house.clinic.id).items if each.roles == ("manager",)
        )
    command = SwitchLogIn(user_uid=uid, active=False)
    switch_log_in(store, command, actor=house.system, key=key("switch"), now=NOW)
