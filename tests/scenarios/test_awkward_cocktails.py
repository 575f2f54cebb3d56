"""Awkward days at the mixing bench: two nurses, a newer recipe, a vial that dies, a patient who stays away."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from stockroom.db.store import Store
from stockroom.ledger.verify import verify
from stockroom.operations.abandon_preparation import AbandonPreparation, DrawnOf, abandon_preparation
from stockroom.operations.advance_session import AdvanceSession, advance_session
from stockroom.operations.finish_preparation import CheckerMayNot, CheckMissing, PreparationFinished
from stockroom.operations.reassign_preparation import ReassignPreparation, reassign_preparation
from stockroom.operations.set_settings import SetSettings, set_settings
from stockroom.operations.start_preparation import AlreadyPrepared
from stockroom.operations.write_recipe import ComponentOf, VersionOf, WriteVersion, write_version
from stockroom.queries.preparations import worksheet
from stockroom.reads.preparations import PreparationOver
from stockroom.rules.compounding import IngredientComplete, OutOfOrder, WrongProduct
from stockroom.rules.overriding import LotExpired, NotToBeMixed, Override, PastBeyondUse
from stockroom.rules.using import ThingName
from stockroom.vocabulary import Basis, ContainerType, Role, Rule, SessionState, SignOnWay
from tests.builders import NOW, House, key
from tests.cocktails import (
    add,
    approve,
    begin,
    colleague,
    finish,
    opened,
    patient_with_session,
    planned,
    recipe,
    stock,
)
from tests.sessions import line, used


class Day:
    """A recipe of 2 mL of a shared filler and 1 mL of an ampoule, and Ana who comes today."""

    def __init__(self, store: Store, **said: Any) -> None:
        self.store = store
        self.house = house = House(store)
        self.filler = house.product("Filler")
        self.ampoule = house.product(
            "Ampoule", content_quantity=1000, container_type=ContainerType.SINGLE_DOSE
        )
        self.filler_lot = house.clinic.lot_on_shelf(self.filler, "F1", presentations=2)
        self.ampoule_lot = house.clinic.lot_on_shelf(self.ampoule, "A1", presentations=3)
        self.parts = (
            ComponentOf(quantity=2000, product_uid=self.filler.uid),
            ComponentOf(quantity=1000, product_uid=self.ampoule.uid),
        )
        self.recipe_uid = recipe(house, "Glow", *self.parts, **said).recipe_uid
        self.session_uid = patient_with_session(house, "Ana A")

    def set(self, version: int, **values: Any) -> None:
        said = SetSettings(values=values, version=version)
        set_settings(self.store, said, actor=self.house.clinic.administrator, key=key(), now=NOW)

    def vial(self, **facts: Any) -> str:
        return opened(self.house.clinic, self.filler, self.filler_lot, **facts).uid


def test_two_nurses_prepare_the_same_session(store: Store) -> None:
    day = Day(store)
    house, second = day.house, colleague(day.house, Role.NURSE)
    draft = begin(house, day.recipe_uid, day.session_uid)
    add(house, draft.preparation_uid, lot_uid=day.ampoule_lot.uid)

    with pytest.raises(AlreadyPrepared) as asked:
        begin(house, day.recipe_uid, day.session_uid, actor=second)
    with pytest.raises(IngredientComplete):
        add(house, asked.value.preparation_uid, lot_uid=day.ampoule_lot.uid, actor=second)
    add(house, draft.preparation_uid, location_uid=day.vial(), actor=second)
    made = finish(house, draft.preparation_uid, actor=second)
    before = stock(store)
    with pytest.raises(PreparationOver):
        finish(house, draft.preparation_uid)

    assert (made.output_quantity, stock(store)) == (3000, before)


def test_the_recipe_is_superseded_in_the_middle(sqlite_store: Store) -> None:
    day = Day(sqlite_store)
    house = day.house
    draft = begin(house, day.recipe_uid, day.session_uid).preparation_uid
    add(house, draft, location_uid=day.vial())
    newer = VersionOf(
        components=day.parts[:1], output_quantity=2000, beyond_use_minutes=30, reason="no ampoule any more"
    )
    written = write_version(
        sqlite_store,
        WriteVersion(recipe_uid=day.recipe_uid, version=newer),
        actor=house.nurse,
        key=key(),
        now=NOW,
    )
    approve(house, written.version_uid)

    with sqlite_store.reading() as connection:
        shown = worksheet(connection, house.clinic.id, uid=draft)
    add(house, draft, lot_uid=day.ampoule_lot.uid)
    made = finish(house, draft, now=NOW + timedelta(minutes=60))

    assert (shown.preparation.version_number, shown.superseded_by) == (1, 2)
    assert made.output_quantity == 3000  # as it was begun, and with the life that it had then
    assert made.beyond_use_at == NOW + timedelta(minutes=240)


def test_the_session_is_cancelled_after_the_cocktail_is_made(sqlite_store: Store) -> None:
    day = Day(sqlite_store)
    house = day.house
    written = recipe(house, "Shared", day.parts[0], output_quantity=2000)
    draft = begin(house, written.recipe_uid, day.session_uid).preparation_uid
    add(house, draft, location_uid=day.vial())
    made = finish(house, draft)
    boris = patient_with_session(house, "Boris B")
    advance_session(
        sqlite_store,
        AdvanceSession(session_uid=day.session_uid, to=SessionState.CANCELLED),
        actor=house.nurse,
        key=key(),
        now=NOW,
    )

    with sqlite_store.reading() as connection:
        shown = worksheet(connection, house.clinic.id, uid=draft)
    assert [each.is_over for each in shown.sessions] == [True]
    assert shown.is_left_over
    reassign_preparation(
        sqlite_store,
        ReassignPreparation(preparation_uid=draft, session_uids=(boris,)),
        actor=house.nurse,
        key=key(),
        now=NOW,
    )
    with sqlite_store.reading() as connection:
        shown = worksheet(connection, house.clinic.id, uid=draft)
    assert ([each.uid for each in shown.sessions], shown.is_left_over) == ([boris], False)
    assert made.lot_uid == shown.preparation.lot_uid
    assert verify(sqlite_store).findings == ()


def test_the_vial_passes_its_limit_between_scan_and_finish(store: Store) -> None:
    day = Day(store)
    house = day.house
    vial = day.vial(beyond_use_at=NOW + timedelta(minutes=10))
    draft = begin(house, day.recipe_uid, day.session_uid).preparation_uid
    add(house, draft, location_uid=vial)
    add(house, draft, lot_uid=day.ampoule_lot.uid)
    before = stock(store)

    with pytest.raises(PastBeyondUse):
        finish(house, draft, now=NOW + timedelta(minutes=11))

    assert stock(store) == before  # none of it is in the books, and the draft still asks
    with pytest.raises(PreparationOver):
        drawn = (DrawnOf(n=1, quantity=2000), DrawnOf(n=2, quantity=0))
        for _ in range(2):
            abandon_preparation(
                store,
                AbandonPreparation(preparation_uid=draft, drawn=drawn, reason="too late"),
                actor=house.nurse,
                key=key(),
                now=NOW + timedelta(minutes=12),
            )
    assert house.clinic.on_hand(day.ampoule_lot) == 3000


def test_midnight(sqlite_store: Store) -> None:
    day = Day(sqlite_store)
    house = day.house
    evening = datetime(2026, 3, 2, 21, 50, tzinfo=UTC)  # ten to midnight in Sofia
    tonight = house.clinic.lot_on_shelf(
        day.ampoule, "B1", at=house.clinic.cupboard, expires_on=date(2026, 3, 2)
    )
    session_uid = planned(house.clinic, _patient_of(day))
    drafts = [
        begin(house, day.recipe_uid, session_uid, now=evening, again_reason="two").preparation_uid
        for _ in range(2)
    ]
    vial = day.vial(beyond_use_at=None)
    for draft, lot in zip(drafts, (day.ampoule_lot, tonight), strict=True):
        add(house, draft, location_uid=vial, now=evening)
        add(house, draft, lot_uid=lot.uid, now=evening)
    after = evening + timedelta(minutes=15)

    made = finish(house, drafts[0], now=after)
    with pytest.raises(LotExpired):
        finish(house, drafts[1], now=after)

    assert made.lot_number.startswith("20260303-")
    assert made.beyond_use_at == evening + timedelta(minutes=240)  # counted from its beginning, yesterday
    assert verify(sqlite_store).findings == ()


@pytest.mark.parametrize(
    ("changes_at", "day_ends_at"),
    [
        (
            datetime(2026, 3, 29, 1, 0, tzinfo=UTC),
            datetime(2026, 3, 29, 21, 0, tzinfo=UTC),
        ),  # 3:00 becomes 4:00
        (
            datetime(2026, 10, 25, 1, 0, tzinfo=UTC),
            datetime(2026, 10, 25, 22, 0, tzinfo=UTC),
        ),  # 4:00 becomes 3:00
    ],
)
def test_both_clock_changes(sqlite_store: Store, changes_at: datetime, day_ends_at: datetime) -> None:
    day = Day(sqlite_store)
    house, minute = day.house, timedelta(minutes=1)
    begun, today = changes_at - 30 * minute, changes_at.date()
    last_day = house.clinic.lot_on_shelf(
        day.ampoule, "B1", presentations=3, at=house.clinic.cupboard, expires_on=today
    )
    session_uid = planned(house.clinic, _patient_of(day))
    vial = day.vial(beyond_use_at=None)

    def made_at(at: datetime) -> PreparationFinished:
        draft = begin(house, day.recipe_uid, session_uid, now=at, again_reason="another").preparation_uid
        add(house, draft, lot_uid=last_day.uid, now=at)
        add(house, draft, location_uid=vial, now=at)
        return finish(house, draft, now=at + 45 * minute)

    def give(made: PreparationFinished, at: datetime) -> None:
        thing = ThingName(lot_uid=made.lot_uid)
        used(house, session_uid, line(thing, 1000, prescriber_uid=house.practitioner.person_uid), now=at)

    over_the_change = made_at(begun)
    give(over_the_change, begun + 239 * minute)
    with pytest.raises(PastBeyondUse):
        give(over_the_change, begun + 240 * minute)
    in_the_last_hour = made_at(day_ends_at - 60 * minute)
    with pytest.raises(LotExpired):  # the day that is an hour shorter or longer ends at its own midnight
        made_at(day_ends_at)

    assert over_the_change.beyond_use_at == begun + 240 * minute  # elapsed, whatever the wall says
    assert in_the_last_hour.beyond_use_at == day_ends_at  # no later than what went into it
    assert verify(sqlite_store, anchors=False).findings == ()


def _patient_of(day: Day) -> str:
    from tests.patients import ask, register

    uid = register(day.house, "Late L").patient_uid
    ask(day.house, uid)
    return uid


def test_a_second_person_checks_and_signs_where_the_clinic_asks_for_it(store: Store) -> None:
    day = Day(store)
    house, second = day.house, colleague(day.house, Role.NURSE)
    day.set(1, second_check_of_cocktails=True)
    draft = begin(house, day.recipe_uid, day.session_uid).preparation_uid
    add(house, draft, location_uid=day.vial())
    add(house, draft, lot_uid=day.ampoule_lot.uid)

    with pytest.raises(CheckMissing):
        finish(house, draft)
    for nobody in (house.nurse, house.manager):
        with pytest.raises(CheckerMayNot):
            finish(house, draft, checked_by_uid=nobody.person_uid)
    with pytest.raises(CheckerMayNot):  # who began it does not check what a colleague finishes
        finish(house, draft, actor=second, checked_by_uid=house.nurse.person_uid)
    finish(house, draft, checked_by_uid=second.person_uid, checked_way=SignOnWay.PIN)

    with store.reading() as connection:
        check = worksheet(connection, house.clinic.id, uid=draft).check
    assert check is not None
    assert (check.by, check.meaning, check.way) == ("Second nurse", "checked", "pin")
    assert verify(store).findings == ()


def test_what_is_not_mixed_stops_the_line_and_the_finish(store: Store) -> None:
    day = Day(store)
    house = day.house
    enzyme = house.product("Enzyme", ingredients=("hyaluronidase",))
    numbing = house.product("Numbing", ingredients=("lidocaine", "sodium-metabisulfite"))
    lots = [house.clinic.lot_on_shelf(each, "L1") for each in (enzyme, numbing)]
    vials = [
        opened(house.clinic, product, lot).uid for product, lot in zip((enzyme, numbing), lots, strict=True)
    ]
    draft = begin(house, None, day.session_uid, reason="dry skin").preparation_uid
    add(house, draft, location_uid=vials[0], quantity=1000)
    said = Override(rules=frozenset({Rule.INCOMPATIBLE}), reason="tested here")

    with pytest.raises(NotToBeMixed) as stop:
        add(house, draft, location_uid=vials[1], quantity=1000)
    assert stop.value.incompatible == ("Hyaluronidase with sodium metabisulfite",)
    add(house, draft, location_uid=vials[1], quantity=1000, override=said, actor=house.practitioner)
    made = finish(house, draft)

    assert (made.output_quantity, made.overridden) == (2000, ())


def test_a_recipe_scaled_to_a_volume_in_its_order_with_an_allowed_substitute(store: Store) -> None:
    day = Day(store)
    house = day.house
    other = house.product("Other ampoule", content_quantity=1000, container_type=ContainerType.SINGLE_DOSE)
    instead = house.clinic.lot_on_shelf(other, "O1")
    written = recipe(
        house,
        "Ordered",
        ComponentOf(quantity=500, product_uid=day.filler.uid, basis=Basis.MILLILITRE),
        replace(day.parts[1], quantity=2000, substitute_uids=(other.uid,)),
        output_quantity=4000,
        is_ordered=True,
    )
    draft = begin(house, written.recipe_uid, day.session_uid, wanted_quantity=2000).preparation_uid
    vial = day.vial()

    with pytest.raises(OutOfOrder):
        add(house, draft, lot_uid=instead.uid)
    first = add(house, draft, location_uid=vial)
    second = add(house, draft, lot_uid=instead.uid)
    with pytest.raises((WrongProduct, IngredientComplete)):
        add(house, draft, lot_uid=house.clinic.lot_on_shelf(house.product("Stranger"), "S1").uid)

    assert (first.quantity, first.is_substitute) == (1000, False)
    assert (second.quantity, second.is_substitute, second.lacking_quantity) == (1000, True, 0)
    assert finish(house, draft).output_quantity == 2000
