"""Is a formula written so that it can be prepared, and does a wrong one leave nothing?"""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import func, insert, select

from stockroom.db.identifiers import new_uid
from stockroom.db.store import Store
from stockroom.errors import InvalidValue, ThingNotFound
from stockroom.ledger.product_rows import IncompatibleWith
from stockroom.models import Product, ProductGroup, ProductRule, Recipe, RecipeVersion
from stockroom.operations.write_recipe import (
    ComponentOf,
    NotMixed,
    RecipeNameTaken,
    VersionOf,
    WriteRecipe,
    WriteVersion,
    write_recipe,
    write_version,
)
from stockroom.reads.recipes import formula
from stockroom.rules.overriding import NotToBeMixed
from stockroom.rules.permissions import ActionForbidden
from stockroom.vocabulary import BaseUnit, Basis
from tests.builders import NOW, House, key
from tests.cocktails import add, approve, begin, finish, opened, planned
from tests.operations.test_use_cocktail import rewritten
from tests.patients import ingredient_uid
from tests.sessions import patient


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


def test_what_is_not_mixed_is_refused_unless_the_author_says_why(store: Store) -> None:
    house = House(store)
    enzyme = house.product("Enzyme", ingredients=("hyaluronidase",))
    numbing = house.product("Numbing", ingredients=("lidocaine", "sodium-metabisulfite"))
    parts = tuple(ComponentOf(quantity=2000, product_uid=each.uid) for each in (enzyme, numbing))

    def write(**said: Any) -> Any:
        command = WriteRecipe(name="Both", version=version(*parts, **said))
        return write_recipe(store, command, actor=house.nurse, key=key(), now=NOW)

    with pytest.raises(NotMixed) as refused:
        write()
    assert refused.value.slugs == ("hyaluronidase-metabisulfite",)
    with pytest.raises(InvalidValue):
        write(accepted=refused.value.slugs)
    write(accepted=refused.value.slugs, accepted_reason="tested here")

    with store.reading() as connection:
        row = connection.execute(select(RecipeVersion.accepted, RecipeVersion.accepted_reason)).one()
    assert tuple(row) == ("hyaluronidase-metabisulfite", "tested here")


def test_what_a_maker_says_of_a_product_is_not_mixed_either_in_a_recipe_nor_with_its_lots(
    store: Store,
) -> None:
    house = House(store)
    group_uid = new_uid(NOW)
    named = insert(ProductGroup).values(uid=group_uid, name="Soothing")
    house.clinic.act("test.group", lambda work: work.connection.execute(named))
    calm = house.product(
        "Calm", group_uid=group_uid, incompatibilities=(IncompatibleWith(slug="vitamin-c", says="it clouds"),)
    )
    sour = house.product("Sour", ingredients=("vitamin-c",))
    plain = house.product("Plain")
    by_group = (
        ComponentOf(quantity=2000, group_uid=group_uid),
        ComponentOf(quantity=1000, ingredient_uid=ingredient_uid(store, "vitamin-c")),
    )
    by_product = tuple(ComponentOf(quantity=2000, product_uid=each.uid) for each in (calm, sour))

    for parts in (by_group, by_product):
        with pytest.raises(NotMixed) as refused:
            write_recipe(
                store,
                WriteRecipe(name="Both", version=version(*parts)),
                actor=house.nurse,
                key=key(),
                now=NOW,
            )
        assert refused.value.incompatible == ("Calm + Vitamin C (ascorbic acid)",)
    said = {"accepted": refused.value.slugs, "accepted_reason": "tested here"}
    command = WriteRecipe(name="Both", version=version(*by_product, **said))
    accepted = approve(house, write_recipe(store, command, actor=house.nurse, key=key(), now=NOW).version_uid)

    visit = planned(house.clinic, patient(house))
    places = [
        opened(house.clinic, each, house.clinic.lot_on_shelf(each, "L1")).uid for each in (calm, sour, plain)
    ]
    inner = begin(house, None, visit, reason="dry skin").preparation_uid
    add(house, inner, location_uid=places[0], quantity=1000)
    add(house, inner, location_uid=places[2], quantity=1000)
    cocktail = finish(house, inner)
    outer = begin(house, None, visit, reason="dry skin").preparation_uid
    add(house, outer, location_uid=places[1], quantity=1000)
    with pytest.raises(NotToBeMixed) as stop:
        add(house, outer, lot_uid=cocktail.lot_uid, quantity=500)
    assert stop.value.incompatible == ("Calm + Vitamin C (ascorbic acid)",)
    by_recipe = begin(house, accepted.recipe_uid, visit).preparation_uid
    for place in places[:2]:
        add(house, by_recipe, location_uid=place)


def test_what_a_maker_said_of_a_vial_when_it_was_opened_stays_true_for_that_vial(store: Store) -> None:
    """A newer leaflet that says nothing of it speaks for what is opened since."""
    house = House(store)
    calm = house.product("Calm", incompatibilities=(IncompatibleWith(slug="vitamin-c", says="it clouds"),))
    sour, plain = house.product("Sour", ingredients=("vitamin-c",)), house.product("Plain")
    lots = {each.id: house.clinic.lot_on_shelf(each, "L1", presentations=2) for each in (calm, sour, plain)}
    before, acid, base = (opened(house.clinic, each, lots[each.id]).uid for each in (calm, sour, plain))
    visit = planned(house.clinic, patient(house))

    def mixed(*things: dict[str, str]) -> str:
        cocktail = begin(house, None, visit, reason="dry skin").preparation_uid
        for thing in things:
            add(house, cocktail, quantity=500, **thing)
        return cocktail

    with_it = finish(house, mixed({"location_uid": before}, {"location_uid": base}))
    rewritten(house, "Calm")
    since = opened(house.clinic, calm, lots[calm.id]).uid

    mixed({"location_uid": acid}, {"location_uid": since})
    for thing in ({"location_uid": before}, {"lot_uid": with_it.lot_uid}):
        with pytest.raises(NotToBeMixed) as stop:
            mixed({"location_uid": acid}, thing)
        assert stop.value.incompatible == ("Calm + Vitamin C (ascorbic acid)",)


def test_a_version_says_how_it_is_mixed_for_what_and_what_may_go_in_instead(store: Store) -> None:
    house = House(store)
    filler, other = house.product("Filler"), house.product("Other filler")
    part = ComponentOf(
        quantity=700, product_uid=filler.uid, basis=Basis.MILLILITRE, substitute_uids=(other.uid,)
    )
    rest = ComponentOf(quantity=1000, ingredient_uid=ingredient_uid(store, "vitamin-c"))
    said = version(
        part,
        rest,
        mixing="slowly",
        is_ordered=True,
        sterile_products_max=2,
        technique="nappage",
        indications=("dullness", "dehydration"),
    )

    write_recipe(store, WriteRecipe(name="Glow", version=said), actor=house.nurse, key=key(), now=NOW)

    with store.reading() as connection:
        written = formula(connection, connection.execute(select(RecipeVersion.id)).scalar_one())
    first = written.recipe.components[0]
    assert (first.basis, first.substitute_ids) == (Basis.MILLILITRE, {other.id})
    assert (written.recipe.is_ordered, written.sterile_products_max) == (True, 2)


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"technique": "magic"}, "technique"),
        ({"indications": ("magic",)}, "indications"),
        ({"sterile_products_max": 0}, "sterile_products_max"),
    ],
)
def test_words_that_nobody_knows_are_refused(
    sqlite_store: Store, changed: dict[str, Any], field: str
) -> None:
    house = House(sqlite_store)
    part = ComponentOf(quantity=3000, product_uid=house.product("Filler").uid)

    with pytest.raises(InvalidValue) as refused:
        command = WriteRecipe(name="Glow", version=version(part, **changed))
        write_recipe(sqlite_store, command, actor=house.nurse, key=key(), now=NOW)

    assert refused.value.field == field


def test_a_substitute_is_another_product_in_the_same_unit(sqlite_store: Store) -> None:
    house = House(sqlite_store)
    filler = house.product("Filler")
    powder = house.product("Powder", base_unit=BaseUnit.MICROGRAM)

    for wrong in (filler, powder):
        part = ComponentOf(quantity=3000, product_uid=filler.uid, substitute_uids=(wrong.uid,))
        with pytest.raises(InvalidValue):
            command = WriteRecipe(name="Glow", version=version(part))
            write_recipe(sqlite_store, command, actor=house.nurse, key=key(), now=NOW)


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
