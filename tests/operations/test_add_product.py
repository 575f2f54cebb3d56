"""Is a product described once, with codes of its own, and incomplete until somebody confirms it?"""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from stockroom.barcodes.unreadable import WrongCheckDigit
from stockroom.db.store import Store
from stockroom.errors import InvalidValue, ThingNotFound
from stockroom.ledger.product_rows import CodeOf, IngredientOf, IngredientUnknown, RuleOf
from stockroom.models import Product, ProductRule
from stockroom.operations.add_product import AddProduct, ProductKnown, add_product
from stockroom.rules.permissions import ActionForbidden
from stockroom.vocabulary import BaseUnit, CodeScheme
from tests.builders import NOW, House, key


def _code(gtin: str) -> CodeOf:
    return CodeOf(scheme=CodeScheme.GTIN, item_code=gtin, pack_level="each", presentation_count=1)


def _filler(house: House, **changes: Any) -> AddProduct:
    facts: dict[str, Any] = {
        "manufacturer_uid": house.manufacturer_uid,
        "name": "Demo filler",
        "strength": "18 mg/mL",
        "presentation": "syringe",
        "base_unit": BaseUnit.MICROLITRE,
        "content_quantity": 2000,
        "rule": RuleOf(),
    }
    return AddProduct(**{**facts, **changes})


def test_a_new_product_is_incomplete(sqlite_store: Store) -> None:
    house = House(sqlite_store)

    added = add_product(sqlite_store, _filler(house), actor=house.manager, key=key(), now=NOW)

    with sqlite_store.reading() as connection:
        confirmed = connection.execute(
            select(ProductRule.confirmed_at)
            .join(Product, Product.id == ProductRule.product_id)
            .where(Product.uid == added.product_uid)
        ).scalar_one()
    assert confirmed is None


def test_the_same_presentation_is_added_once(sqlite_store: Store) -> None:
    house = House(sqlite_store)
    added = add_product(sqlite_store, _filler(house), actor=house.manager, key=key(), now=NOW)

    with pytest.raises(ProductKnown) as refused:
        add_product(sqlite_store, _filler(house), actor=house.manager, key=key(), now=NOW)

    assert refused.value.product_uid == added.product_uid


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"content_quantity": 0}, InvalidValue),
        ({"name": " "}, InvalidValue),
        ({"manufacturer_uid": "no-such-uid"}, ThingNotFound),
        ({"ingredients": (IngredientOf(slug="moon-dust"),)}, IngredientUnknown),
        (
            {"codes": (_code("09520123456789"),)},
            WrongCheckDigit,
        ),
    ],
)  # fmt: skip
def test_an_impossible_product_is_refused_and_leaves_nothing(
    sqlite_store: Store, changes: dict[str, Any], error: type[Exception]
) -> None:
    house = House(sqlite_store)
    command = _filler(house, **changes)
    manager = house.manager

    with pytest.raises(error):
        add_product(sqlite_store, command, actor=manager, key=key(), now=NOW)

    with sqlite_store.reading() as connection:
        assert connection.execute(select(Product.id)).first() is None


def test_a_nurse_does_not_describe_products(sqlite_store: Store) -> None:
    house = House(sqlite_store)

    with pytest.raises(ActionForbidden):
        add_product(sqlite_store, _filler(house), actor=house.nurse, key=key(), now=NOW)
