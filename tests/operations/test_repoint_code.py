"""Does a code that named the wrong product name the right one, and say who changed it, and why?"""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from sqlalchemy import select

from stockroom.db.store import Store
from stockroom.errors import InvalidValue, ThingNotFound
from stockroom.ledger.product_rows import CodeOf
from stockroom.models import OrganisationEntry, Product, TradeItem
from stockroom.operations.repoint_code import RepointCode, repoint_code
from stockroom.rules.permissions import ActionForbidden
from stockroom.vocabulary import CodeScheme
from tests.builders import NOW, Goods, House, demo_gtin, key


def _code(goods: Goods, **more: object) -> CodeOf:
    given = {"item_code": goods.gtin, "pack_level": "each", "presentation_count": 1, **more}
    return CodeOf(scheme=CodeScheme.GTIN, **given)  # type: ignore[arg-type]


def _repoint(house: House, to: Goods, code: CodeOf, reason: str = "typed wrongly", **more: object) -> object:
    command = RepointCode(product_uid=to.uid, code=code, reason=reason)
    given = {"actor": house.manager, "key": key(), "now": NOW, **more}
    return repoint_code(house.store, command, **given)  # type: ignore[arg-type]


def _names(store: Store, gtin: str) -> tuple[str, str, int]:
    with store.reading() as connection:
        row = connection.execute(
            select(Product.uid, TradeItem.pack_level, TradeItem.presentation_count)
            .join(TradeItem, TradeItem.product_id == Product.id)
            .where(TradeItem.code == gtin)
        ).one()
    return row.uid, row.pack_level, row.presentation_count


def test_a_code_names_another_product_from_now_on_and_the_journal_keeps_both(store: Store) -> None:
    house = House(store)
    wrong, right = house.product("Wrong"), house.product("Right")
    lot = house.clinic.lot_on_shelf(wrong, "A1", presentations=2)

    _repoint(house, right, _code(wrong, pack_level="box", presentation_count=10))

    assert _names(store, wrong.gtin) == (right.uid, "box", 10)
    assert house.clinic.on_hand(lot) > 0
    with store.reading() as connection:
        payload = connection.execute(
            select(OrganisationEntry.payload).where(OrganisationEntry.kind == "code.repoint")
        ).scalar_one()
    said = json.loads(payload) if isinstance(payload, str) else payload
    assert said["before"] == {"product": wrong.uid, "pack_level": "each", "presentation_count": 1}
    assert said["after"] == {"product": right.uid, "pack_level": "box", "presentation_count": 10}
    assert said["reason"] == "typed wrongly"


def test_only_its_pack_may_be_put_right(sqlite_store: Store) -> None:
    house = House(sqlite_store)
    goods = house.product("Filler")

    _repoint(house, goods, _code(goods, pack_level="box", presentation_count=5))

    assert _names(sqlite_store, goods.gtin) == (goods.uid, "box", 5)


@pytest.mark.parametrize("reason", ["", "  "])
def test_without_a_reason_nothing_is_changed(sqlite_store: Store, reason: str) -> None:
    house = House(sqlite_store)
    wrong, right = house.product("Wrong"), house.product("Right")

    with pytest.raises(InvalidValue):
        _repoint(house, right, _code(wrong), reason)

    assert _names(sqlite_store, wrong.gtin)[0] == wrong.uid


def test_what_it_says_already_and_what_nobody_knows_are_refused(sqlite_store: Store) -> None:
    house = House(sqlite_store)
    goods = house.product("Filler")

    with pytest.raises(InvalidValue):
        _repoint(house, goods, _code(goods))
    with pytest.raises(InvalidValue):
        _repoint(house, goods, _code(goods, presentation_count=0))
    with pytest.raises(ThingNotFound):
        _repoint(house, goods, replace(_code(goods), item_code=demo_gtin(991)))


def test_a_nurse_may_not_and_the_same_key_does_it_once(sqlite_store: Store) -> None:
    house = House(sqlite_store)
    wrong, right = house.product("Wrong"), house.product("Right")
    with pytest.raises(ActionForbidden):
        _repoint(house, right, _code(wrong), actor=house.nurse)

    again = key()
    first, second = (_repoint(house, right, _code(wrong), key=again) for _ in range(2))

    assert first == second
