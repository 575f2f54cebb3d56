"""Does a recipe need two persons, and is one version of it in force?"""

from __future__ import annotations

import pytest
from sqlalchemy import select

from stockroom.db.store import Store
from stockroom.errors import ThingNotFound
from stockroom.models import RecipeVersion
from stockroom.operations.approve_recipe import (
    ApproveRecipe,
    OwnRecipe,
    VersionDecided,
    approve_recipe,
)
from stockroom.operations.set_settings import SetSettings, set_settings
from stockroom.operations.write_recipe import (
    ComponentOf,
    VersionOf,
    WriteRecipe,
    WriteVersion,
    write_recipe,
    write_version,
)
from stockroom.rules.permissions import ActionForbidden
from stockroom.vocabulary import Role
from tests.builders import NOW, House, key
from tests.cocktails import approve, colleague, recipe


def states(store: Store) -> list[str]:
    with store.reading() as connection:
        statement = select(RecipeVersion.state).order_by(RecipeVersion.number)
        return list(connection.execute(statement).scalars())


def test_a_new_approval_retires_the_earlier_version(store: Store) -> None:
    house = House(store)
    part = ComponentOf(quantity=3000, product_uid=house.product("Filler").uid)
    first = recipe(house, "Glow", part)
    second = write_version(
        store,
        WriteVersion(
            recipe_uid=first.recipe_uid,
            version=VersionOf(components=(part,), output_quantity=2500, beyond_use_minutes=60, reason="less"),
        ),
        actor=house.nurse,
        key=key(),
        now=NOW,
    )
    assert states(store) == ["approved", "draft"]

    command = ApproveRecipe(version_uid=second.version_uid)
    answer = approve_recipe(store, command, actor=house.practitioner, key="approve", now=NOW)

    assert approve_recipe(store, command, actor=house.practitioner, key="approve", now=NOW) == answer
    assert (answer.number, answer.retired_uid) == (2, first.version_uid)
    assert states(store) == ["retired", "approved"]
    with pytest.raises(VersionDecided):
        approve(house, first.version_uid)


def test_one_person_is_enough_where_every_clinic_says_so(sqlite_store: Store) -> None:
    house = House(sqlite_store)
    part = ComponentOf(quantity=3000, product_uid=house.product("Filler").uid)
    own = write_recipe(
        sqlite_store,
        WriteRecipe(
            name="Own",
            version=VersionOf(components=(part,), output_quantity=2500, beyond_use_minutes=60, reason="own"),
        ),
        actor=house.practitioner,
        key=key(),
        now=NOW,
    )
    said = SetSettings(values={"recipe_by_two": False}, version=1)
    set_settings(sqlite_store, said, actor=house.clinic.administrator, key=key(), now=NOW)
    elsewhere = house.another_clinic()

    with pytest.raises(OwnRecipe):
        approve(house, own.version_uid)
    set_settings(sqlite_store, said, actor=elsewhere.administrator, key=key(), now=NOW)

    assert approve(house, own.version_uid).number == 1


def test_nobody_approves_what_he_or_she_has_written(sqlite_store: Store) -> None:
    house = House(sqlite_store)
    part = ComponentOf(quantity=3000, product_uid=house.product("Filler").uid)
    first = recipe(house, "Glow", part)
    own = write_version(
        sqlite_store,
        WriteVersion(
            recipe_uid=first.recipe_uid,
            version=VersionOf(components=(part,), output_quantity=2500, beyond_use_minutes=60, reason="less"),
        ),
        actor=house.practitioner,
        key=key(),
        now=NOW,
    )

    with pytest.raises(OwnRecipe):
        approve(house, own.version_uid)
    assert states(sqlite_store) == ["approved", "draft"]

    approve(house, own.version_uid, actor=colleague(house, Role.PRACTITIONER))
    assert states(sqlite_store) == ["retired", "approved"]


def test_a_nurse_approves_nothing_and_an_unknown_version_is_not_found(sqlite_store: Store) -> None:
    house = House(sqlite_store)
    part = ComponentOf(quantity=3000, product_uid=house.product("Filler").uid)
    written = recipe(house, "Glow", part, approved=False)

    with pytest.raises(ActionForbidden):
        approve(house, written.version_uid, actor=house.nurse)
    with pytest.raises(ThingNotFound):
        approve(house, "00000000-0000-7000-8000-00000000ffff")

    assert states(sqlite_store) == ["draft"]
