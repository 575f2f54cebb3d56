"""Does a cocktail begin as a draft for the right sessions, and does nothing else begin?"""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from stockroom.db.store import Store
from stockroom.errors import InvalidValue, ThingNotFound
from stockroom.models import Preparation, PreparationSession, Product
from stockroom.operations.set_settings import SetSettings, set_settings
from stockroom.operations.start_preparation import (
    AlreadyPrepared,
    RecipeNotApproved,
    StartPreparation,
    start_preparation,
)
from stockroom.operations.write_recipe import ComponentOf
from stockroom.reads.open_sessions import SessionOver
from stockroom.rules.permissions import ActionForbidden
from stockroom.vocabulary import SessionState
from tests.builders import NOW, House, key
from tests.cocktails import begin, patient_with_session, planned, recipe
from tests.patients import register


def count(store: Store, table: type) -> int:
    with store.reading() as connection:
        return connection.execute(select(func.count()).select_from(table)).scalar_one()


def glow(house: House, **facts: object) -> str:
    part = ComponentOf(quantity=3000, product_uid=house.product("Filler").uid)
    return recipe(house, "Glow", part, **facts).recipe_uid


def test_a_draft_names_its_recipe_version_and_its_sessions(store: Store) -> None:
    house = House(store)
    sessions = [patient_with_session(house, name) for name in ("Ana A", "Ana B")]
    command = StartPreparation(recipe_uid=glow(house), dose_count=2, session_uids=tuple(sessions))

    first = start_preparation(store, command, actor=house.nurse, key="start", now=NOW)

    assert start_preparation(store, command, actor=house.nurse, key="start", now=NOW) == first
    with store.reading() as connection:
        row = connection.execute(select(Preparation.__table__)).one()
    assert (row.state, row.dose_count, row.short_code, row.started_at) == ("draft", 2, first.short_code, NOW)
    assert row.recipe_version_id is not None
    assert count(store, PreparationSession) == 2


def test_without_a_recipe_it_says_why_and_shares_one_reserved_product(store: Store) -> None:
    house = House(store)

    with pytest.raises(InvalidValue):
        begin(house, None)
    begin(house, None, reason="scalp, small area")
    begin(house, None, reason="scalp, again")

    with store.reading() as connection:
        kinds = connection.execute(select(Product.kind)).scalars().all()
        products = set(connection.execute(select(Preparation.product_id)).scalars())
    assert list(kinds) == ["ad_hoc"]
    assert len(products) == 1


def test_a_recipe_that_nobody_approved_is_not_prepared(sqlite_store: Store) -> None:
    house = House(sqlite_store)
    draft_only = glow(house, approved=False)

    with pytest.raises(RecipeNotApproved):
        begin(house, draft_only)

    assert count(sqlite_store, Preparation) == 0


@pytest.mark.parametrize("state", [SessionState.FINISHED, SessionState.CANCELLED])
def test_nothing_is_prepared_for_a_visit_that_is_over(sqlite_store: Store, state: SessionState) -> None:
    house = House(sqlite_store)
    over = planned(house.clinic, register(house, "Ana A").patient_uid, state=state)

    with pytest.raises(SessionOver):
        begin(house, glow(house), over)

    assert count(sqlite_store, Preparation) == 0


def test_another_clinics_session_is_not_found(sqlite_store: Store) -> None:
    house = House(sqlite_store)
    elsewhere = planned(house.another_clinic(), register(house, "Ana A").patient_uid)

    with pytest.raises(ThingNotFound):
        begin(house, glow(house), elsewhere)


@pytest.mark.parametrize("doses", [0, -1, 101])
def test_an_impossible_number_of_doses_is_refused(sqlite_store: Store, doses: int) -> None:
    house = House(sqlite_store)

    with pytest.raises(InvalidValue):
        begin(house, glow(house), dose_count=doses)


def test_the_clinics_rule_shortens_what_the_recipe_says_and_its_own_minutes_come_first(store: Store) -> None:
    house = House(store)
    long, short = glow(house, beyond_use_minutes=2000), house.product("Vial")
    quick = recipe(
        house, "Quick", ComponentOf(quantity=3000, product_uid=short.uid), beyond_use_minutes=30
    ).recipe_uid

    def begun(version: int | None, recipe_uid: str | None, **values: object) -> tuple[int | None, str]:
        if version is not None:
            said = SetSettings(values=values, version=version)
            set_settings(store, said, actor=house.clinic.administrator, key=key(), now=NOW)
        uid = begin(house, recipe_uid, reason="" if recipe_uid else "dry skin").preparation_uid
        with store.reading() as connection:
            row = select(Preparation.life_minutes, Preparation.life_rule).where(Preparation.uid == uid)
            minutes, rule = connection.execute(row).one()
        return minutes, rule

    assert begun(None, long) == (240, "immediate-use")
    assert begun(None, quick) == (30, "recipe")
    assert begun(None, None) == (240, "immediate-use")
    assert begun(1, None, beyond_use_rule="immediate_use_2008") == (60, "immediate-use-2008")
    assert begun(2, long, beyond_use_minutes=90) == (90, "immediate-use-2008")


def test_two_nurses_who_prepare_the_same_session_see_each_other(store: Store) -> None:
    house = House(store)
    session_uid, recipe_uid = patient_with_session(house, "Ana A"), glow(house)
    first = begin(house, recipe_uid, session_uid)

    with pytest.raises(AlreadyPrepared) as asked:
        begin(house, recipe_uid, session_uid, actor=house.practitioner)

    assert (asked.value.short_code, count(store, Preparation)) == (first.short_code, 1)
    assert begin(house, recipe_uid, session_uid, again_reason="a second syringe").short_code


def test_only_a_recipe_is_scaled_to_a_volume(sqlite_store: Store) -> None:
    house = House(sqlite_store)

    with pytest.raises(InvalidValue):
        begin(house, None, reason="dry skin", wanted_quantity=2500)
    with pytest.raises(InvalidValue):
        begin(house, glow(house), wanted_quantity=0)


def test_who_counts_and_orders_prepares_nothing(sqlite_store: Store) -> None:
    house = House(sqlite_store)
    command = StartPreparation(recipe_uid=glow(house))

    with pytest.raises(ActionForbidden):
        start_preparation(sqlite_store, command, actor=house.manager, key=key(), now=NOW)

    assert count(sqlite_store, Preparation) == 0
