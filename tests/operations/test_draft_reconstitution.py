"""Is a powder dissolved by a recipe of its own: drafted from what the product says, approved, made from its vial?"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from stockroom.db.store import Store
from stockroom.errors import ThingNotFound
from stockroom.ledger.product_rows import ReconstitutionOf
from stockroom.models import Preparation, RecipeComponent, RecipeVersion
from stockroom.operations.write_recipe import (
    DraftReconstitution,
    NotAPowder,
    RecipeWritten,
    draft_reconstitution,
)
from stockroom.rules.compounding import OutputTooLarge
from stockroom.rules.permissions import ActionForbidden
from stockroom.rules.using import ThingName
from stockroom.vocabulary import BaseUnit, ContainerType
from tests.builders import NOW, Goods, House, key
from tests.cocktails import add, approve, begin, finish
from tests.sessions import line, rows, session, used

DAY = 24 * 60


def powder(house: House, *, output_quantity: int = 2_500, minutes: int = DAY) -> tuple[Goods, Goods]:
    """100 IU of a powder and the ampoule in which it is dissolved, both for one patient."""
    water = house.product("Saline", content_quantity=5_000, container_type=ContainerType.SINGLE_DOSE)
    toxin = house.product(
        "Toxin",
        base_unit=BaseUnit.MILLI_INTERNATIONAL_UNIT,
        content_quantity=100_000,
        container_type=ContainerType.SINGLE_DOSE,
        reconstitution=ReconstitutionOf(
            diluent_uid=water.uid,
            diluent_quantity=2_500,
            output_quantity=output_quantity,
            minutes=minutes,
            source="leaflet of the maker",
        ),
    )
    return toxin, water


def draft(house: House, product: Goods, *, actor: Any = None) -> RecipeWritten:
    command = DraftReconstitution(product_uid=product.uid)
    return draft_reconstitution(
        house.store, command, actor=actor or house.practitioner, key=key(), now=NOW - timedelta(days=2)
    )


def test_its_recipe_is_made_from_the_vial_and_keeps_as_its_maker_says(store: Store) -> None:
    house = House(store)
    toxin, water = powder(house)
    written = draft(house, toxin, actor=house.nurse)
    approve(house, written.version_uid)
    vial, ampoule = (house.clinic.lot_on_shelf(each, "L1", presentations=2) for each in (toxin, water))
    visit = session(house)

    made_of = begin(house, written.recipe_uid, visit).preparation_uid
    assert add(house, made_of, lot_uid=vial.uid).quantity == 100_000
    assert add(house, made_of, lot_uid=ampoule.uid).quantity == 2_500
    made = finish(house, made_of, location_uid=house.clinic.fridge.uid)
    given = line(ThingName(lot_uid=made.lot_uid), 500, prescriber_uid=house.practitioner.person_uid)
    used(house, visit, given)

    assert (made.output_quantity, made.loss_quantity) == (2_500, 0)
    assert made.beyond_use_at == NOW + timedelta(minutes=DAY)
    (row,) = rows(store, Preparation)
    assert (row.life_minutes, row.life_rule) == (DAY, "recipe")
    (version,) = rows(store, RecipeVersion)
    assert (version.output_quantity, version.reason) == (2_500, "leaflet of the maker")
    parts = [(each.product_id, each.quantity) for each in rows(store, RecipeComponent)]
    assert parts == [(toxin.id, 100_000), (water.id, 2_500)]


def test_a_powder_adds_to_the_volume_and_nothing_else_comes_out_of_nothing(sqlite_store: Store) -> None:
    house = House(sqlite_store)
    toxin, water = powder(house, output_quantity=3_000)
    written = draft(house, toxin, actor=house.nurse)
    approve(house, written.version_uid)
    vial, ampoule = (house.clinic.lot_on_shelf(each, "L1", presentations=2) for each in (toxin, water))
    made_of = begin(house, written.recipe_uid, session(house)).preparation_uid
    for lot in (vial, ampoule):
        add(house, made_of, lot_uid=lot.uid)

    with pytest.raises(OutputTooLarge):
        finish(house, made_of, output_quantity=3_500)
    assert finish(house, made_of).output_quantity == 3_000


def test_once_more_it_is_a_further_version_and_only_a_powder_has_one(sqlite_store: Store) -> None:
    house = House(sqlite_store)
    toxin, water = powder(house)

    first, second = draft(house, toxin), draft(house, toxin)

    assert (first.recipe_uid, first.number, second.number) == (second.recipe_uid, 1, 2)
    with pytest.raises(NotAPowder):
        draft(house, water)
    with pytest.raises(ThingNotFound):
        draft(house, Goods(id=0, uid=house.clinic.uid, gtin="", content_quantity=1))
    with pytest.raises(ActionForbidden):
        draft(house, toxin, actor=house.manager)
