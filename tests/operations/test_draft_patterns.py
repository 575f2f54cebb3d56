"""Are the patterns of the source texts among the recipes, without amounts that nobody gave?"""

from __future__ import annotations

import pytest
from sqlalchemy import select

from stockroom.db.store import Store
from stockroom.models import Recipe, RecipeVersion
from stockroom.operations.draft_patterns import are_patterns_drafted, draft_patterns
from stockroom.operations.start_preparation import RecipeNotApproved
from stockroom.operations.write_recipe import ComponentOf, VersionOf, WriteVersion, write_version
from stockroom.reference import load
from stockroom.rules.permissions import ActionForbidden
from tests.builders import NOW, House, key
from tests.cocktails import approve, begin, recipe


def test_each_pattern_is_a_recipe_that_waits_for_its_amounts(store: Store) -> None:
    house, reference = House(store), load()
    own = recipe(house, "Hair loss", ComponentOf(quantity=3000, product_uid=house.product("Filler").uid))

    drafted = draft_patterns(store, reference, actor=house.system, key="draft", now=NOW)

    assert draft_patterns(store, reference, actor=house.system, key="draft", now=NOW) == drafted
    assert draft_patterns(store, reference, actor=house.system, key=key(), now=NOW).recipe_uids == ()
    assert len(drafted.recipe_uids) == len(reference.cocktail_patterns) - 1
    with store.reading() as connection:
        assert are_patterns_drafted(connection, reference)
        patterns = set(connection.execute(select(Recipe.pattern)).scalars())
        versions = connection.execute(select(RecipeVersion.recipe_id)).all()
    assert "hyperpigmentation" in patterns
    assert len(versions) == 1  # the house's own
    with pytest.raises(RecipeNotApproved):
        begin(house, drafted.recipe_uids[0])
    assert begin(house, own.recipe_uid).short_code


def test_once_amounts_are_written_and_approved_it_is_prepared(sqlite_store: Store) -> None:
    house = House(sqlite_store)
    drafted = draft_patterns(sqlite_store, load(), actor=house.system, key=key(), now=NOW)
    part = ComponentOf(quantity=3000, product_uid=house.product("Filler").uid)
    said = VersionOf(components=(part,), output_quantity=3000, beyond_use_minutes=60, reason="amounts")

    first = write_version(
        sqlite_store,
        WriteVersion(recipe_uid=drafted.recipe_uids[0], version=said),
        actor=house.nurse,
        key=key(),
        now=NOW,
    )
    approve(house, first.version_uid)

    assert first.number == 1
    assert begin(house, drafted.recipe_uids[0]).short_code


def test_a_nurse_drafts_none(sqlite_store: Store) -> None:
    with pytest.raises(ActionForbidden):
        draft_patterns(sqlite_store, load(), actor=House(sqlite_store).nurse, key=key(), now=NOW)
