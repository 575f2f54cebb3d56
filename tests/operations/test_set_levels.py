"""Are minimum, target, par level and supplier's item set and set again?"""

from __future__ import annotations

from typing import Any

import pytest

from stockroom.db.store import Store
from stockroom.errors import InvalidValue
from stockroom.operations.set_levels import (
    LevelChanged,
    SetParLevel,
    SetStockLevel,
    SetSupplierItem,
    set_par_level,
    set_stock_level,
    set_supplier_item,
)
from tests.builders import NOW, House, key
from tests.correcting import nothing_moves


def test_levels_are_set_and_set_again(store: Store) -> None:
    house = House(store)
    product, fridge = house.product("One"), house.clinic.fridge
    levels = [
        set_stock_level(
            store,
            SetStockLevel(product_uid=product.uid, minimum_count=2, target_count=target),
            actor=house.manager,
            key=key(),
            now=NOW,
        )
        for target in (5, 6)
    ]
    par = set_par_level(
        store,
        SetParLevel(product_uid=product.uid, location_uid=fridge.uid, par_count=3),
        actor=house.manager,
        key=key(),
        now=NOW,
    )
    item = set_supplier_item(
        store,
        SetSupplierItem(
            supplier_uid=house.supplier_uid,
            product_uid=product.uid,
            item_code="D-1",
            pack_count=10,
            last_price_minor=9900,
            currency="EUR",
        ),
        actor=house.manager,
        key=key(),
        now=NOW,
    )

    assert [level.version for level in levels] == [1, 2]
    assert (par.version, item.version) == (1, 1)


def test_a_minimum_above_the_target_is_refused(sqlite_store: Store) -> None:
    house = House(sqlite_store)
    product = house.product("One")

    with pytest.raises(InvalidValue):
        set_stock_level(
            sqlite_store,
            SetStockLevel(product_uid=product.uid, minimum_count=7, target_count=6),
            actor=house.manager,
            key=key(),
            now=NOW,
        )


def test_what_somebody_else_changed_is_not_overwritten(store: Store) -> None:
    house = House(store)
    product = house.product("One")

    def set_target(target: int, version: int | None) -> int:
        command = SetStockLevel(
            product_uid=product.uid, minimum_count=1, target_count=target, version=version
        )
        return set_stock_level(store, command, actor=house.manager, key=key(), now=NOW).version

    assert set_target(5, 0) == 1
    assert set_target(6, 1) == 2
    for seen in (0, 1):
        with pytest.raises(LevelChanged):
            set_target(7, seen)
    assert set_target(8, 2) == 3


@pytest.mark.parametrize(
    "said",
    [
        {"pack_count": 0},
        {"lead_time_days": -1},
        {"last_price_minor": 100},
        {"currency": "EUR"},
        {"last_price_minor": -1, "currency": "EUR"},
        {"last_price_minor": 1, "currency": "eur"},
    ],
)
def test_a_pack_of_zero_a_negative_lead_time_and_half_a_price_are_refused(
    sqlite_store: Store, said: dict[str, Any]
) -> None:
    house = House(sqlite_store)
    manager = house.manager
    named: dict[str, Any] = {
        "supplier_uid": house.supplier_uid,
        "product_uid": house.product("One").uid,
        "item_code": "D-1",
    }
    command = SetSupplierItem(**{**named, "pack_count": 10, **said})

    with nothing_moves(sqlite_store), pytest.raises(InvalidValue):
        set_supplier_item(sqlite_store, command, actor=manager, key=key(), now=NOW)
