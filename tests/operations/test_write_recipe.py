"""Is a formula written so that it can be prepared, and does a wrong one leave nothing?"""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import func, select

from stockroom.db.store import Store
from stockroom.errors import InvalidValue, ThingNotFound
from stockroom.models import Product, ProductRule, Recipe, RecipeVersion
from stockroom.operations.write_recipe import (
    ComponentOf,
    RecipeNameTaken,
    VersionOf,
    WriteRecipe,
    WriteVersion,
    write_recipe,
    write_version,
)
from stockroom.reads.recipes import formula
from stockroom.rules.permissions import ActionForbidden
from stockroom.vocabulary import BaseUnit
from tests.builders import NOW, House, key
from tests.patients import ingredient_uid


def version(*components: ComponentOf, **changed: Any) -> VersionOf:
    facts = {"output_quantity": 3000, "beyond_use_minutes": 240, "reason": "first", **changed}
    return VersionOf(components=components, **facts)


def test_a_recipe_owns_a_prepared_product_that_is_drawn_by_volume(store: Store) -> None:
    house = House(store)
    filler = house.product("Filler")
    parts = (
        ComponentOf(quantity=2000, product_uid=filler.uid),
        ComponentOf(quantity=1000, ingredient_uid=ingredient_uid(store, "vitamin-c")),
    )
    command = WriteRecipe(name="Glow", version=version(*parts))

    first = write_recipe(store, command, actor=house.nurse, key="write", now=NOW)

    assert write_recipe(store, command, actor=house.nurse, key="write", now=NOW) == first
    with store.reading() as connection:
        row = connection.execute(
            select(Product.kind, Product.base_unit, Product.content_quantity, ProductRule.container_type)
            .join(Recipe, Recipe.product_id == Product.id)
            .join(ProductRule, ProductRule.product_id == Product.id)
        ).one()
        version_id = connection.execute(select(RecipeVersion.id)).scalar_one()
        written = formula(connection, version_id)
    assert tuple(row) == ("prepared", "uL", 1, "none")
    assert (written.number, written.beyond_use_minutes, written.recipe.name) == (1, 240, "Glow")
    assert [(each.n, each.quantity, each.base_unit) for each in written.recipe.components] == [
        (1, 2000, BaseUnit.MICROLITRE),
        (2, 1000, BaseUnit.MICROLITRE),
    ]


def test_a_further_version_is_a_draft_with_the_next_number(store: Store) -> None:
    house = House(store)
    part = ComponentOf(quantity=3000, product_uid=house.product("Filler").uid)
    first = write_recipe(
        store, WriteRecipe(name="Glow", version=version(part)), actor=house.nurse, key=key(), now=NOW
    )

    second = write_version(
        store,
        WriteVersion(recipe_uid=first.recipe_uid, version=version(part, reason="shorter")),
        actor=house.practitioner,
        key=key(),
        now=NOW,
    )

    assert (second.recipe_uid, second.number) == (first.recipe_uid, 2)


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"components": ()}, "components"),
        ({"components": (ComponentOf(quantity=1),)}, "components[0]"),
        ({"output_quantity": 0}, "output_quantity"),
        ({"output_quantity": 5001}, "output_quantity"),
        ({"beyond_use_minutes": 0}, "beyond_use_minutes"),
        ({"loss_max_quantity": -1}, "loss_max_quantity"),
        ({"reason": " "}, "reason"),
    ],
)
def test_an_impossible_version_is_refused_by_field_and_leaves_nothing(
    sqlite_store: Store, changed: dict[str, Any], field: str
) -> None:
    house = House(sqlite_store)
    part = ComponentOf(quantity=5000, product_uid=house.product("Filler").uid)
    wrong = VersionOf(**{**vars(version(part)), **changed})

    with pytest.raises(InvalidValue) as refused:
        write_recipe(
            sqlite_store, WriteRecipe(name="Glow", version=wrong), actor=house.nurse, key=key(), now=NOW
        )

    assert refused.value.field == field
    with sqlite_store.reading() as connection:
        for table in (Recipe, RecipeVersion):
            assert connection.execute(select(func.count()).select_from(table)).scalar_one() == 0


def test_pieces_are_not_mixed_and_an_unknown_product_is_not_found(sqlite_store: Store) -> None:
    house = House(sqlite_store)
    needle = ComponentOf(quantity=3000, product_uid=house.needle().uid)
    nobody = ComponentOf(quantity=3000, product_uid="00000000-0000-7000-8000-00000000ffff")

    for part, error in ((needle, InvalidValue), (nobody, ThingNotFound)):
        with pytest.raises(error):
            write_recipe(
                sqlite_store,
                WriteRecipe(name="Glow", version=version(part)),
                actor=house.nurse,
                key=key(),
                now=NOW,
            )


def test_a_name_is_given_once_and_a_manager_writes_no_recipe(sqlite_store: Store) -> None:
    house = House(sqlite_store)
    part = ComponentOf(quantity=3000, product_uid=house.product("Filler").uid)
    command = WriteRecipe(name="Glow", version=version(part))
    write_recipe(sqlite_store, command, actor=house.nurse, key=key(), now=NOW)

    with pytest.raises(RecipeNameTaken):
        write_recipe(sqlite_store, command, actor=house.nurse, key=key(), now=NOW)
    with pytest.raises(ActionForbidden):
        write_recipe(sqlite_store, command, actor=house.manager, key=key(), now=NOW)
