"""Is the technique for which a recipe is meant judged while its cocktail is made, and while it waits?"""

from __future__ import annotations

import pytest

from stockroom.db.store import Store
from stockroom.models import Alert, Deviation, Product
from stockroom.operations.write_recipe import ComponentOf
from stockroom.rules.overriding import ContraindicatedForPatient, Override
from stockroom.rules.planning import NeedOf
from stockroom.vocabulary import ProductKind, RegulatoryClass, Rule
from tests.builders import House
from tests.cocktails import add, begin, finish, opened, recipe
from tests.patients import flag
from tests.sessions import patient, rows, session

WHY = Override(rules=frozenset({Rule.CONTRAINDICATED}), reason="healed since")


class Bench:
    """A cream that stops nobody by itself, in a recipe that is meant for microneedling."""

    def __init__(self, house: House, technique: str = "microneedling") -> None:
        self.house = house
        cream = house.product("Cream", regulatory_class=RegulatoryClass.CONSUMABLE)
        self.product, lot = cream, house.clinic.lot_on_shelf(cream, "C1", presentations=5)
        self.vial = opened(house.clinic, cream, lot)
        part = ComponentOf(quantity=3000, product_uid=cream.uid)
        self.recipe_uid = recipe(house, f"For {technique}", part, technique=technique).recipe_uid


def inflamed(house: House) -> str:
    uid = patient(house)
    flag(house, uid, "skin-inflammation")
    return uid


@pytest.mark.parametrize("technique", ["microneedling", "nappage", ""])
def test_a_flag_that_speaks_against_the_technique_stops_the_first_scan(store: Store, technique: str) -> None:
    house = House(store)
    bench = Bench(house, technique)
    draft = begin(house, bench.recipe_uid, session(house, inflamed(house))).preparation_uid

    if technique == "microneedling":
        with pytest.raises(ContraindicatedForPatient):
            add(house, draft, location_uid=bench.vial.uid)
    else:
        assert add(house, draft, location_uid=bench.vial.uid).overridden == ()


def test_a_practitioners_word_for_it_holds_until_the_cocktail_is_made(store: Store) -> None:
    house = House(store)
    bench = Bench(house)
    draft = begin(house, bench.recipe_uid, session(house, inflamed(house))).preparation_uid

    add(house, draft, location_uid=bench.vial.uid, override=WHY, actor=house.practitioner)
    made = finish(house, draft)

    assert made.overridden == ()
    assert [row.rule for row in rows(store, Deviation)] == [Rule.CONTRAINDICATED]


def test_a_flag_that_is_added_while_it_is_mixed_stops_the_end(store: Store) -> None:
    house = House(store)
    bench, uid = Bench(house), patient(house)
    draft = begin(house, bench.recipe_uid, session(house, uid)).preparation_uid
    add(house, draft, location_uid=bench.vial.uid)

    flag(house, uid, "skin-inflammation")

    with pytest.raises(ContraindicatedForPatient):
        finish(house, draft)


@pytest.mark.parametrize(("technique", "told"), [("microneedling", 1), ("nappage", 0)])
def test_a_new_flag_judges_the_recipes_that_are_planned_and_the_cocktails_that_wait(
    store: Store, technique: str, told: int
) -> None:
    house = House(store)
    bench = Bench(house, technique)
    planned, waiting = patient(house), patient(house)
    (cocktail,) = rows(store, Product, kind=ProductKind.PREPARED)
    session(house, planned, needs=(NeedOf(quantity=3000, product_uid=cocktail.uid),))
    draft = begin(house, bench.recipe_uid, session(house, waiting)).preparation_uid
    add(house, draft, location_uid=bench.vial.uid)
    finish(house, draft)

    for uid in (planned, waiting):
        flag(house, uid, "skin-inflammation")

    assert len(rows(store, Alert)) == 2 * told
