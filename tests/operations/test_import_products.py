"""Does a table of products come in whole, once, and only when nothing in it is wrong?"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import func, select

from stockroom.actor import Actor
from stockroom.db.store import Store
from stockroom.models import (
    Manufacturer,
    OrganisationEntry,
    Product,
    ProductIngredient,
    ProductRule,
    StockLevel,
    Supplier,
    SupplierItem,
    TradeItem,
)
from stockroom.operations.import_products import ImportProducts, ProductsImported, import_products
from stockroom.rules.permissions import ActionForbidden
from stockroom.tables.kinds import TableHasFaults
from stockroom.tables.words import TableKind
from tests.builders import NOW, House, demo_gtin, key
from tests.importing import PRODUCT_HEADS, as_csv, product_rows, read
from tests.tables.test_product_lines import GOOD, HEADS

FULL = {**GOOD, "ingredients": "hyaluronic-acid=20 mg/mL", "confirmed": "yes", "authorised in": "*"}
ALL_HEADS = (*HEADS, "confirmed", "clinic")


@pytest.fixture
def house(store: Store) -> House:
    return House(store)


def rows_of(store: Store, model: Any) -> list[Any]:
    with store.reading() as connection:
        return list(connection.execute(select(model.__table__).order_by(*model.__table__.primary_key)))


def counts(store: Store) -> tuple[int, ...]:
    models = (Manufacturer, Product, ProductRule, TradeItem, Supplier, SupplierItem, StockLevel)
    with store.reading() as connection:
        return tuple(
            connection.execute(select(func.count()).select_from(model)).scalar_one() for model in models
        )


def bring_in(house: House, *rows: dict[str, str], actor: Actor | None = None, **by: str) -> ProductsImported:
    content = as_csv(ALL_HEADS, *[[row.get(head, "") for head in ALL_HEADS] for row in rows])
    reading = read(content, TableKind.PRODUCTS)
    assert reading.faults == ()
    return import_products(
        house.store,
        ImportProducts(lines=reading.lines),
        actor=actor or house.clinic.manager,
        key=by.get("key", key("import")),
        now=NOW,
    )


def test_everything_that_a_table_says_stands_in_the_catalogue(house: House) -> None:
    done = bring_in(house, FULL)

    assert done == ProductsImported(added=1, changed=0, unchanged=0)
    (product,) = rows_of(house.store, Product)[-1:]
    assert (product.name, product.content_quantity, product.base_unit) == ("Demo Filler", 2500, "uL")
    (rule,) = [row for row in rows_of(house.store, ProductRule) if row.product_id == product.id]
    assert (rule.container_type, rule.storage_class, rule.in_use_minutes_room) == (
        "single_dose",
        "refrigerated",
        1440,
    )
    assert rule.confirmed_by_id == house.clinic.manager.person_id
    codes = {
        row.code: row.presentation_count
        for row in rows_of(house.store, TradeItem)
        if row.product_id == product.id
    }
    assert codes == {demo_gtin(1): 1, demo_gtin(2): 10}
    (item,) = rows_of(house.store, SupplierItem)
    assert (item.item_code, item.pack_count, item.lead_time_days, item.last_price_minor, item.currency) == (
        "DF-25",
        10,
        4,
        12500,
        "EUR",
    )
    (level,) = rows_of(house.store, StockLevel)
    assert (level.clinic_id, level.minimum_count, level.target_count) == (house.clinic.id, 10, 30)
    assert [
        row.amount for row in rows_of(house.store, ProductIngredient) if row.product_id == product.id
    ] == ["20 mg/mL", "1 mg/mL"]


def test_the_same_table_a_second_time_changes_nothing_whatever_the_case_of_its_letters(house: House) -> None:
    bring_in(house, FULL)
    before = counts(house.store), rows_of(house.store, SupplierItem), rows_of(house.store, StockLevel)

    again = bring_in(
        house,
        {**FULL, "name": "DEMO  filler", "manufacturer": "demo laboratories", "supplier": "DEMO SUPPLY"},
    )

    assert again == ProductsImported(added=0, changed=0, unchanged=1)
    assert (
        counts(house.store),
        rows_of(house.store, SupplierItem),
        rows_of(house.store, StockLevel),
    ) == before


def test_the_same_key_gives_the_same_answer(house: House) -> None:
    first = bring_in(house, FULL, key="once")

    assert bring_in(house, FULL, key="once") == first


def test_a_new_price_code_and_minimum_of_a_known_product_come_in_and_what_is_empty_stays(
    house: House,
) -> None:
    bring_in(house, FULL)
    said = {name: FULL[name] for name in PRODUCT_HEADS}
    sold = {"supplier": "Demo Supply", "item code": "DF-25", "supplier pack": "10"}

    done = bring_in(
        house,
        {**said, **sold, "price": "130", "currency": "EUR"},
        {**said, "gtin": demo_gtin(9), "minimum": "12", "target": "30"},
    )

    assert done == ProductsImported(added=0, changed=1, unchanged=0)
    (item,) = rows_of(house.store, SupplierItem)
    assert (item.last_price_minor, item.lead_time_days, item.is_preferred, item.version) == (
        13000,
        4,
        True,
        2,
    )
    (level,) = rows_of(house.store, StockLevel)
    assert (level.minimum_count, level.version) == (12, 2)
    assert counts(house.store)[3] == 3


def test_further_lines_of_a_product_add_suppliers_and_clinics(house: House) -> None:
    other = house.another_clinic("Lozenets")
    said = {name: FULL[name] for name in PRODUCT_HEADS}
    second = {**said, "supplier": "Other Supply", "item code": "7", "supplier pack": "1"}
    there = {**said, "clinic": "lozenets", "minimum": "1", "target": "2"}

    done = bring_in(house, {**FULL, "confirmed": ""}, second, there, actor=house.clinic.system)

    assert done.added == 1
    assert [row.name for row in rows_of(house.store, Supplier)] == ["Demo Supply", "Other Supply"]
    assert {(row.clinic_id, row.minimum_count) for row in rows_of(house.store, StockLevel)} == {
        (house.clinic.id, 10),
        (other.id, 1),
    }


@pytest.mark.parametrize(
    ("changed", "column", "code"),
    [
        ({"storage": "room"}, "storage", "contradicts_books"),
        ({"ingredients": "none"}, "ingredients", "contradicts_books"),
        ({"box holds": "12"}, "box holds", "contradicts_books"),
        ({"name": "Another"}, "gtin", "code_of_another"),
        ({"ingredients": "unicorn"}, "ingredients", "not_known"),
        ({"clinic": "Nowhere"}, "clinic", "not_known"),
    ],
)
def test_what_contradicts_the_catalogue_is_refused_and_nothing_of_the_table_comes_in(
    house: House, changed: dict[str, str], column: str, code: str
) -> None:
    bring_in(house, FULL)
    before = counts(house.store)

    with pytest.raises(TableHasFaults) as refused:
        bring_in(house, {**GOOD, **dict.fromkeys(HEADS[5:], ""), "name": "New one"}, {**FULL, **changed})

    assert (refused.value.line, refused.value.column) == (3, column)
    assert counts(house.store) == before
    assert refused.value.problem and code


def test_lines_that_contradict_each_other_are_refused(house: House) -> None:
    before = counts(house.store)
    for changed in (
        {"storage": "frozen"},
        {"minimum": "11"},
        {"price": "126"},
        {"box holds": "20"},
        {"name": "Else"},
    ):
        with pytest.raises(TableHasFaults) as refused:
            bring_in(house, FULL, {**FULL, **changed})
        assert refused.value.line == 3
    assert counts(house.store) == before


def test_who_may_not_confirm_or_set_another_clinics_levels_is_told_so(house: House) -> None:
    house.another_clinic("Lozenets")
    for actor, changed, column in (
        (house.clinic.administrator, {}, "confirmed"),
        (house.clinic.manager, {"clinic": "Lozenets", "confirmed": ""}, "clinic"),
    ):
        with pytest.raises(TableHasFaults) as refused:
            bring_in(house, {**FULL, **changed}, actor=actor)
        assert refused.value.column == column


def test_an_unconfirmed_product_is_confirmed_by_a_later_table_that_says_so(house: House) -> None:
    bring_in(house, {**FULL, "confirmed": ""})

    assert bring_in(house, FULL).changed == 1
    rule = rows_of(house.store, ProductRule)[-1]
    assert rule.confirmed_by_id == house.clinic.manager.person_id


def test_a_nurse_brings_no_products_in(house: House) -> None:
    with pytest.raises(ActionForbidden):
        bring_in(house, FULL, actor=house.nurse)


def test_one_table_is_one_act_and_one_entry(house: House) -> None:
    def entries() -> int:
        with house.store.reading() as connection:
            return connection.execute(select(func.count()).select_from(OrganisationEntry)).scalar_one()

    house.clinic.manager  # noqa: B018 - is employed first
    before = entries()
    content = as_csv(*product_rows(250))
    lines = read(content, TableKind.PRODUCTS).lines
    done = import_products(
        house.store, ImportProducts(lines=lines), actor=house.clinic.manager, key=key("many"), now=NOW
    )

    assert done.added == 250
    assert entries() == before + 1


def test_two_people_who_bring_the_same_table_in_at_the_same_time_add_it_once(house: House) -> None:
    people = (house.clinic.manager, house.clinic.administrator)
    lines = read(as_csv(*product_rows(60)), TableKind.PRODUCTS).lines

    def work(n: int) -> ProductsImported:
        command = ImportProducts(lines=lines)
        return import_products(house.store, command, actor=people[n], key=key("race"), now=NOW)

    with ThreadPoolExecutor(2) as pool:
        done = sorted(pool.map(work, range(2)), key=lambda each: each.added)

    assert done == [
        ProductsImported(added=0, changed=0, unchanged=60),
        ProductsImported(added=60, changed=0, unchanged=0),
    ]
