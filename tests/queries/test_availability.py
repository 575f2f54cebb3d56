"""Is what planned sessions lack found by date, from what really lies in the clinic?  Planning itself keeps nothing."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from itertools import chain, combinations
from random import Random
from zoneinfo import ZoneInfo

import pytest

from stockroom.db.store import Store
from stockroom.models import Need, ProductGroup, TreatmentSession
from stockroom.operations.add_party import PartyKind
from stockroom.operations.allocate import Allocate, allocate
from stockroom.operations.move_goods import (
    MoveGoods,
    MoveLine,
    PlaceContainer,
    move_goods,
    place_container,
)
from stockroom.operations.plan_session import NeedOf
from stockroom.operations.set_settings import SetSettings, set_settings
from stockroom.operations.write_recipe import ComponentOf
from stockroom.queries.availability import Outlook, outlook
from stockroom.queries.session_plans import recipe_needs
from stockroom.reads.settings import settings_with_version
from stockroom.rules.using import ThingName
from stockroom.vocabulary import ContainerType, HoldReason, SessionState
from tests.builders import FAR, NOW, Goods, House, key
from tests.cocktails import recipe
from tests.courses import at
from tests.queries.counting import counted
from tests.sessions import advance, hold, line, opened, patient, rows, session, used

TODAY = NOW.date()


@pytest.fixture
def house(store: Store) -> House:
    return House(store)


@pytest.fixture
def small(sqlite_store: Store) -> House:
    return House(sqlite_store)


def look(house: House, now: datetime = NOW) -> Outlook:
    with house.store.reading() as connection:
        return outlook(connection, house.clinic.id, now=now)


def day(n: int) -> date:
    return TODAY + timedelta(days=n)


def plan(house: House, product: Goods, quantity: int, on: date, ana: str) -> str:
    needs = (NeedOf(product_uid=product.uid, quantity=quantity),)
    return session(house, ana, planned_at=at(on), needs=needs)


def short(house: House, product: Goods, now: datetime = NOW) -> date | None:
    return look(house, now).short_products.get(product.id)


def test_random_plans_are_short_of_exactly_what_the_smallest_cut_says(house: House) -> None:
    chance, ana = Random(6), patient(house)
    expected: dict[tuple[str, int], int] = {}
    for n in range(8):
        group = house.party(PartyKind.PRODUCT_GROUP, f"Group {n}")
        two = [house.product(f"Product {n}{m}", content_quantity=100, group_uid=group) for m in "ab"]
        lots = [
            (product, chance.randint(1, 4), chance.choice([None, *range(1, 8)]))
            for product in two
            for _ in range(chance.randint(0, 2))
        ]
        for number, (product, count, last) in enumerate(lots):
            house.clinic.lot_on_shelf(
                product, f"{n}-{number}", presentations=count, expires_on=FAR if last is None else day(last)
            )
        asked = []
        for on in sorted(chance.randint(1, 8) for _ in range(4)):
            wanted, quantity = chance.choice([*two, None]), 100 * chance.randint(1, 3)
            named = {"group_uid": group} if wanted is None else {"product_uid": wanted.uid}
            uid = session(house, ana, planned_at=at(day(on)), needs=(NeedOf(quantity=quantity, **named),))
            asked.append((uid, on, {each.id for each in two if wanted in (None, each)}, quantity))
        most = [_most(lots, asked[:count]) for count in range(len(asked) + 1)]
        for count, (uid, _, _, quantity) in enumerate(asked):
            expected[uid, n] = quantity - (most[count + 1] - most[count])

    found = look(house)

    ids = {each.uid: each.id for each in rows(house.store, TreatmentSession)}
    lacking = {
        (uid, n): sum(each.missing for each in found.short_sessions.get(ids[uid], ())) for uid, n in expected
    }
    assert lacking == expected
    assert any(expected.values()) and not all(expected.values())


def _most(lots: list[tuple[Goods, int, int | None]], asked: list[tuple[str, int, set[int], int]]) -> int:
    """The most of these that can be served together: the smallest cut (max-flow min-cut)."""
    subsets = chain.from_iterable(combinations(asked, n) for n in range(len(asked) + 1))
    return min(
        sum(each[3] for each in asked if each not in kept)
        + sum(
            100 * count
            for product, count, last in lots
            if any(product.id in products and (last is None or last >= on) for _, on, products, _ in kept)
        )
        for kept in subsets
    )


def test_what_expires_before_a_session_does_not_serve_it_and_what_is_held_serves_none(house: House) -> None:
    filler, ana = house.product("Filler", content_quantity=1_000), patient(house)
    house.clinic.lot_on_shelf(filler, "SOON", expires_on=day(5))
    late = house.clinic.lot_on_shelf(filler, "LATE")
    for n in (2, 6):
        plan(house, filler, 1_000, day(n), ana)
    assert short(house, filler) is None

    hold(house, late, HoldReason.SUSPICION)

    assert short(house, filler) == day(6)
    (first, last) = look(house).days[filler.id]
    assert (first.on, first.needed, first.left, first.short) == (day(2), 1_000, 0, 0)
    assert (last.on, last.sessions, last.needed, last.left, last.short) == (day(6), 1, 1_000, 0, 1_000)
    assert look(house, now=NOW + timedelta(days=3)).short_products[filler.id] == day(6)


def test_what_was_used_or_is_kept_is_not_needed_twice(house: House) -> None:
    filler, ana = house.product("Filler", content_quantity=1_000), patient(house)
    lot = house.clinic.lot_on_shelf(filler, "A1", presentations=3)
    now_here, next_one = plan(house, filler, 2_000, TODAY, ana), plan(house, filler, 1_000, day(1), ana)
    assert short(house, filler) is None

    vial = opened(house, lot)
    used(house, now_here, line(vial, 1_000))
    kept = Allocate(session_uid=now_here, thing=ThingName(lot_uid=lot.uid), quantity=1_000)
    allocate(house.store, kept, actor=house.nurse, key=key(), now=NOW)

    assert short(house, filler) is None
    assert [each.on for each in look(house).days[filler.id]] == [day(1)]
    plan(house, filler, 1, day(2), ana)
    assert short(house, filler) == day(2)
    advance(house, next_one, SessionState.CANCELLED)
    assert short(house, filler) is None


def test_of_single_doses_whole_ones_are_taken(small: House) -> None:
    ampoule = small.product("Ampoule", content_quantity=5_000, container_type=ContainerType.SINGLE_DOSE)
    ana = patient(small)
    small.clinic.lot_on_shelf(ampoule, "A1", presentations=2)
    for n in (1, 2, 3):
        plan(small, ampoule, 1_500, day(n), ana)

    assert short(small, ampoule) == day(3)


def test_a_cocktail_is_needed_as_what_goes_into_it(house: House) -> None:
    part, ana = house.product("Part", content_quantity=1_000), patient(house)
    house.clinic.lot_on_shelf(part, "A1")
    formula = recipe(house, "Cocktail", ComponentOf(product_uid=part.uid, quantity=800), output_quantity=700)
    with house.store.reading() as connection:
        cocktail = recipe_needs(connection, recipe_uid=formula.recipe_uid).cocktail
    for n in (1, 2):
        needs = (NeedOf(product_uid=cocktail.product_uid, quantity=700),)
        session(house, ana, planned_at=at(day(n)), needs=needs)

    found = look(house)

    assert found.short_products == {part.id: day(2)}
    second = max(rows(house.store, Need), key=lambda each: each.id)
    assert [each.missing for each in found.short_sessions[second.session_id]] == [
        800
    ]  # the rest is spoiled by then


@pytest.mark.parametrize(("days_open", "first_short"), [(2, 4), (28, 6)])
def test_what_is_left_of_a_vial_opened_for_one_session_serves_others_only_while_it_keeps(
    small: House, days_open: int, first_short: int
) -> None:
    filler = small.product("Filler", content_quantity=1_000, in_use_minutes_refrigerated=days_open * 24 * 60)
    small.clinic.lot_on_shelf(filler, "A1")
    ana = patient(small)
    for n in range(2, 9):
        plan(small, filler, 250, day(n), ana)

    assert short(small, filler) == day(first_short)


def test_a_vial_that_is_open_serves_no_session_after_its_limit(small: House) -> None:
    filler = small.product("Filler", content_quantity=1_000, in_use_minutes_refrigerated=3 * 24 * 60)
    opened(small, small.clinic.lot_on_shelf(filler, "A1"))
    ana = patient(small)
    for n in (1, 2, 4):
        plan(small, filler, 250, day(n), ana)

    assert short(small, filler) == day(4)


def test_a_vial_that_became_one_patient_s_serves_her_and_nobody_else(house: House) -> None:
    filler = house.product("Filler", content_quantity=1_000, in_use_minutes=7 * 24 * 60)
    ana, eva = patient(house), patient(house)
    vial = opened(house, house.clinic.lot_on_shelf(filler, "A1"))
    plan(house, filler, 250, day(1), ana)
    plan(house, filler, 250, day(2), eva)
    assert short(house, filler) is None

    placed = PlaceContainer(container_uid=vial.container_uid, to_uid=house.clinic.room.uid)
    place_container(house.store, placed, actor=house.nurse, key=key(), now=NOW)

    assert short(house, filler) == day(2)  # whoever gets of it first has it
    used(house, session(house, eva), line(vial, 100))
    assert short(house, filler) == day(1)


def test_two_at_the_same_time_do_not_share_a_single_dose(small: House) -> None:
    ampoule = small.product("Ampoule", content_quantity=5_000, container_type=ContainerType.SINGLE_DOSE)
    small.clinic.lot_on_shelf(ampoule, "A1")
    for _ in range(2):
        plan(small, ampoule, 1_000, day(1), patient(small))

    assert short(small, ampoule) == day(1)


@pytest.mark.parametrize("room_means_one", [False, True])
def test_a_vial_that_will_be_opened_in_a_treatment_room_is_counted_for_one_where_the_clinic_says_so(
    small: House, room_means_one: bool
) -> None:
    filler = small.product("Filler", content_quantity=1_000)
    lot = small.clinic.lot_on_shelf(filler, "A1")
    goods = MoveLine(lot_uid=lot.uid, from_uid=small.clinic.fridge.uid, quantity=1_000)
    move = MoveGoods(to_uid=small.clinic.room.uid, lines=(goods,))
    move_goods(small.store, move, actor=small.nurse, key=key(), now=NOW)
    with small.store.reading() as connection:
        _, version = settings_with_version(connection, small.clinic.id)
    decided = SetSettings(values={"treatment_room_one_patient": room_means_one}, version=version)
    set_settings(small.store, decided, actor=small.manager, key=key(), now=NOW)
    for _ in range(2):
        plan(small, filler, 250, day(1), patient(small))

    assert (short(small, filler) == day(1)) is room_means_one


@pytest.mark.parametrize(
    ("on", "at_time", "is_short"),
    [
        (date(2026, 3, 28), time(23, 45), False),  # still the last day of its expiry
        (date(2026, 3, 29), time(0, 15), True),  # 22:15 of the 28th in UTC
        (date(2026, 3, 29), time(4, 0), True),  # the clocks went forward meanwhile
    ],
)
def test_the_last_day_ends_at_the_midnight_of_the_clinic(
    small: House, on: date, at_time: time, is_short: bool
) -> None:
    filler = small.product("Filler", content_quantity=1_000)
    small.clinic.lot_on_shelf(filler, "A1", expires_on=date(2026, 3, 28))
    planned_at = datetime.combine(on, at_time, ZoneInfo("Europe/Sofia")).astimezone(UTC)
    session(small, planned_at=planned_at, needs=(NeedOf(product_uid=filler.uid, quantity=1_000),))

    assert (short(small, filler) == on) is is_short


def test_yesterday_s_forgotten_sessions_ask_for_nothing_and_a_group_without_products_is_short(
    small: House,
) -> None:
    filler, ana = small.product("Filler", content_quantity=1_000), patient(small)
    plan(small, filler, 1_000, day(-1), ana)
    assert look(small).days == {}

    group = small.party(PartyKind.PRODUCT_GROUP, "Nobody makes it")
    assert rows(small.store, ProductGroup)
    session(small, ana, planned_at=at(day(1)), needs=(NeedOf(group_uid=group, quantity=5),))
    assert [each[0].missing for each in look(small).short_sessions.values()] == [5]


def test_it_takes_as_many_statements_for_thirty_sessions_as_for_three(small: House) -> None:
    ana, counts = patient(small), []
    for size in (3, 27):
        for n in range(size):
            product = small.product(f"Product {size}-{n}", content_quantity=100)
            small.clinic.lot_on_shelf(product, f"L{size}-{n}")
            plan(small, product, 100, day(n % 3), ana)
        with small.store.reading() as connection, counted(small.store.engine) as statements:
            outlook(connection, small.clinic.id, now=NOW)
        counts.append(len(statements))

    assert counts[0] == counts[1] <= 14
