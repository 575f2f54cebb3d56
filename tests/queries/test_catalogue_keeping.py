"""Do the lists of suppliers, levels, people, recipes and cocktails say the same for one row as for many?"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import Connection

from stockroom.db.store import Store
from stockroom.errors import ThingNotFound
from stockroom.operations.add_party import PartyKind
from stockroom.operations.set_levels import (
    SetParLevel,
    SetStockLevel,
    SetSupplierItem,
    set_par_level,
    set_stock_level,
    set_supplier_item,
)
from stockroom.operations.write_recipe import ComponentOf
from stockroom.queries import (
    levels,
    locations,
    patients,
    people,
    preparation_rows,
    preparations,
    product_groups,
    recipes,
    reference,
    suppliers,
)
from stockroom.vocabulary import LocationKind, PreparationState, Role
from tests.builders import NOW, Goods, House, key
from tests.cocktails import add, begin, opened, patient_with_session, recipe
from tests.patients import ask, patient_row, register
from tests.queries.counting import counted


def _counted(store: Store, ask_it: Callable[[Connection], object]) -> tuple[object, int]:
    with store.reading() as connection, counted(connection) as statements:
        answer = ask_it(connection)
        return answer, len(statements)


def _sold(house: House, product: Goods, code: str) -> None:
    command = SetSupplierItem(
        supplier_uid=house.supplier_uid, product_uid=product.uid, item_code=code, pack_count=10
    )
    set_supplier_item(house.store, command, actor=house.manager, key=key(), now=NOW)


def test_what_a_supplier_sells_is_listed_at_constant_cost(store: Store) -> None:
    house = House(store)
    for n in range(3):
        _sold(house, house.product(f"Product {n}"), f"P-{n}")

    page, statements = _counted(
        store,
        lambda connection: suppliers.supplier_items(connection, supplier_uid=house.supplier_uid, limit=2),
    )
    with store.reading() as connection:
        rest = suppliers.supplier_items(connection, supplier_uid=house.supplier_uid, after=page.next_cursor)

    assert [row.item_code for row in (*page.items, *rest.items)] == ["P-0", "P-1", "P-2"]
    assert statements == 2


def test_levels_are_of_one_clinic(store: Store) -> None:
    house = House(store)
    product, fridge, other = house.product("One"), house.clinic.fridge, house.another_clinic()
    for command, operation in (
        (SetStockLevel(product_uid=product.uid, minimum_count=2, target_count=5), set_stock_level),
        (SetParLevel(product_uid=product.uid, location_uid=fridge.uid, par_count=3), set_par_level),
    ):
        operation(store, command, actor=house.manager, key=key(), now=NOW)

    with store.reading() as connection:
        level = levels.stock_level(connection, house.clinic.id, product_uid=product.uid)
        [par] = levels.par_levels(connection, house.clinic.id, location_uid=fridge.uid).items
        assert (level.minimum_count, level.target_count, par.par_count) == (2, 5, 3)
        with pytest.raises(ThingNotFound):
            levels.stock_level(connection, other.id, product_uid=product.uid)
        with pytest.raises(ThingNotFound):
            levels.par_levels(connection, other.id, location_uid=fridge.uid)


def test_accounts_are_listed_without_containers(store: Store) -> None:
    house = House(store)
    product = house.product("Vial")
    vial = opened(house.clinic, product, house.clinic.lot_on_shelf(product, "A1"))

    with store.reading() as connection:
        uids = {row.uid for row in locations.accounts(connection, house.clinic.id).items}
        [fridge] = locations.accounts(connection, house.clinic.id, kind=LocationKind.FRIDGE).items
        with pytest.raises(ThingNotFound):
            locations.account(connection, house.clinic.id, uid=vial.uid)
        assert locations.account(connection, house.clinic.id, uid=fridge.uid) == fridge

    assert vial.uid not in uids


def test_people_and_users_are_listed_with_what_they_may(store: Store) -> None:
    house = House(store)
    actors = [house.clinic.employ(Role.PRACTITIONER, authorised=("inject",)) for _ in range(3)]
    other = house.another_clinic()

    staff, staff_statements = _counted(store, people.people)
    users, user_statements = _counted(store, lambda connection: people.users(connection, house.clinic.id))
    with store.reading() as connection:
        elsewhere = people.users(connection, other.id)

    assert (staff_statements, user_statements) == (2, 2)
    assert [row.uid for row in staff.items] == [actor.person_uid for actor in actors]
    assert {each.kind for row in staff.items for each in row.authorisations} == {"inject"}
    assert [row.roles for row in users.items] == [("practitioner",)] * 3
    assert [row.roles for row in elsewhere.items] == [()] * 3


def test_groups_and_reference_data_are_listed(store: Store) -> None:
    house = House(store)
    group = house.party(PartyKind.PRODUCT_GROUP, "Diluents")

    with store.reading() as connection:
        assert [row.uid for row in product_groups.product_groups(connection).items] == [group]
        slugs = {row.slug for row in reference.ingredients(connection, limit=200).items}
        areas = reference.reference_rows(connection, kind="areas")

    assert "vitamin-c" in slugs
    assert areas
    assert all(row.sources for row in areas)


def test_a_patient_is_seen_here_under_either_record(store: Store) -> None:
    house = House(store)
    uid = register(house, "Ana Demo").patient_uid
    ask(house, uid, "vitamin-c")

    shown, statements = _counted(
        store,
        lambda connection: patients.patient_shown(connection, store.keyring, house.clinic.id, uid=uid),
    )

    assert (shown.identity.name, shown.is_seen_here) == ("Ana Demo", False)
    assert [each.slug for each in shown.allergies] == ["vitamin-c"]
    assert shown.allergies_asked_at == patient_row(store, uid).allergies_asked_at
    assert statements <= 4


def test_a_recipe_is_read_with_all_its_versions_at_constant_cost(store: Store) -> None:
    house = House(store)
    parts = [ComponentOf(product_uid=house.product(f"Acid {n}").uid, quantity=1500) for n in (1, 2)]
    written = recipe(house, "Demo glow", *parts)

    shown, statements = _counted(store, lambda connection: recipes.recipe(connection, uid=written.recipe_uid))
    with store.reading() as connection:
        [listed] = recipes.recipes(connection).items

    assert statements == 5
    assert [each.name for each in shown.versions[0].components] == ["Acid 1", "Acid 2"]
    assert (listed.approved_uid, listed.approved_number) == (written.version_uid, 1)


def test_a_worksheet_says_what_is_wanted_and_what_is_in(store: Store) -> None:
    house = House(store)
    product = house.product("Demo Acid")
    lot = house.clinic.lot_on_shelf(product, "A1", presentations=2)
    vial = opened(house.clinic, product, lot, opened_at=NOW - timedelta(hours=1))
    written = recipe(house, "Demo glow", ComponentOf(product_uid=product.uid, quantity=3000))
    uid = begin(
        house, written.recipe_uid, patient_with_session(house, "Ana Demo"), dose_count=1
    ).preparation_uid
    add(house, uid, location_uid=vial.uid, quantity=1000)

    sheet, statements = _counted(
        store, lambda connection: preparations.worksheet(connection, house.clinic.id, uid=uid)
    )
    with store.reading() as connection:
        drafts = preparation_rows.preparations(connection, house.clinic.id, state=PreparationState.DRAFT)
        done = preparation_rows.preparations(connection, house.clinic.id, state=PreparationState.FINISHED)
        units = preparations.ingredient_units(connection, house.clinic.id, uid=uid)
        with pytest.raises(ThingNotFound):
            preparations.worksheet(connection, house.another_clinic().id, uid=uid)

    assert statements == 6
    [wanted] = sheet.wanted
    assert (wanted.wanted_quantity, wanted.drawn_quantity) == (3000, 1000)
    assert [(each.lot_number, each.is_kept) for each in sheet.ingredients] == [("A1", True)]
    assert [row.uid for row in drafts.items] == [uid]
    assert done.items == ()
    assert units == {1: "uL"}
