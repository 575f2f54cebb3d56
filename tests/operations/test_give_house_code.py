"""Does a product without a code get one of the house, of its own, and keep it?"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from stockroom.barcodes.gtin import normalise_gtin
from stockroom.db.store import Store
from stockroom.errors import ThingNotFound
from stockroom.operations.give_house_code import GiveHouseCode, HasACode, HouseCodeGiven, give_house_code
from stockroom.rules.permissions import ActionForbidden
from tests.builders import NOW, Goods, House, key


@pytest.fixture
def house(store: Store) -> House:
    return House(store)


def _give(house: House, product: Goods) -> HouseCodeGiven:
    return give_house_code(
        house.store, GiveHouseCode(product_uid=product.uid), actor=house.nurse, key=key("code"), now=NOW
    )


def test_codes_of_the_house_are_whole_gtins_for_use_within_one_company_and_count_up(house: House) -> None:
    given = [_give(house, house.product(name, coded=False)).gtin for name in ("One", "Two", "Three")]

    assert given == ["00400000000015", "00400000000022", "00400000000039"]
    assert [normalise_gtin(gtin) for gtin in given] == given


def test_a_product_with_a_code_keeps_it(house: House) -> None:
    plain = house.product("Plain", coded=False)
    _give(house, plain)

    for product in (plain, house.product("Coded")):
        with pytest.raises(HasACode):
            _give(house, product)


def test_two_at_once_never_get_the_same_number(house: House) -> None:
    products = [house.product(f"Plain {n}", coded=False) for n in range(6)]
    together = Barrier(len(products))

    def give(product: Goods) -> str:
        together.wait()
        return _give(house, product).gtin

    with ThreadPoolExecutor(len(products)) as people:
        given = list(people.map(give, products))

    assert len(set(given)) == len(products)


def test_an_unknown_product_and_an_auditor_get_nothing(house: House) -> None:
    plain = house.product("Plain", coded=False)
    with pytest.raises(ThingNotFound):
        give_house_code(
            house.store, GiveHouseCode(product_uid="nonsense"), actor=house.nurse, key=key("code"), now=NOW
        )
    with pytest.raises(ActionForbidden):
        give_house_code(
            house.store,
            GiveHouseCode(product_uid=plain.uid),
            actor=house.clinic.auditor,
            key=key("code"),
            now=NOW,
        )
