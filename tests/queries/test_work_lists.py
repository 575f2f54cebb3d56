"""Do the work lists say what, where, since when, worth how much, at a cost that does not grow with their rows?"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from stockroom.db.store import Store
from stockroom.jobs.runner import run
from stockroom.notices import AlertKind, AlertState
from stockroom.queries.alerts import AlertsAsked, alerts
from stockroom.queries.limits_due import limits_due
from stockroom.queries.low_stock import PlaceOf, low_count, low_products
from stockroom.queries.separation import separation
from stockroom.queries.standing_alerts import count_open
from stockroom.rules.valuing import Worth
from stockroom.vocabulary import HoldReason, LocationKind, Role, Rule
from tests.builders import NOW, House, LotAt
from tests.jobs.shop import cost, minimum, shop_of
from tests.orders import Ordering
from tests.queries.counting import counted
from tests.sessions import hold, opened

TODAY = NOW.date()
HOUR = timedelta(hours=1)


@pytest.fixture
def house(store: Store) -> House:
    return House(store)


def test_what_is_due_says_where_it_lies_what_it_is_worth_and_since_when_it_is_known(house: House) -> None:
    clinic, product = house.clinic, house.product("Filler", in_use_minutes=60)
    soon = clinic.lot_on_shelf(product, "A1", presentations=2, expires_on=TODAY + timedelta(days=5))
    past = clinic.lot_on_shelf(product, "A2", expires_on=TODAY - timedelta(days=1), at=clinic.cupboard)
    clinic.lot_on_shelf(product, "A3", expires_on=TODAY + timedelta(days=91))
    vial = opened(house, clinic.lot_on_shelf(house.product("Serum", in_use_minutes=60), "A4"))
    cost(clinic, soon, 10_000, unit_cost_minor=4_500)
    cost(clinic, past, 5_000, unit_cost_minor=None)
    run(shop_of(house.store), "expiring")

    with house.store.reading() as connection:
        rows = limits_due(connection, clinic.id, now=NOW + 2 * HOUR, days=90)

    assert [(row.lot_number, row.kind, row.is_past, row.days_left) for row in rows] == [
        ("A2", AlertKind.EXPIRED, True, -1),
        ("A4", AlertKind.BEYOND_USE, True, 0),
        ("A1", AlertKind.EXPIRING, False, 5),
    ]
    assert [row.place for row in rows] == ["Cupboard", "Fridge", "Fridge"]
    assert [row.worth for row in rows] == [None, None, Worth(minor=9_000, currency="EUR")]
    assert rows[1].subject_uid == rows[1].location_uid == vial.container_uid
    assert (rows[2].since, rows[2].alert_state) == (NOW, AlertState.OPEN)
    assert rows[0].since == rows[0].limit_at and rows[0].alert_uid is None


def test_what_lies_in_quarantine_is_shown_as_separated(house: House) -> None:
    clinic = house.clinic
    clinic.lot_on_shelf(
        house.product("Filler"),
        "A1",
        expires_on=TODAY - timedelta(days=3),
        at=clinic.account(LocationKind.QUARANTINE),
    )

    with house.store.reading() as connection:
        (row,) = limits_due(connection, clinic.id, now=NOW)

    assert row.is_separated and row.kind is AlertKind.EXPIRED


def test_what_is_low_says_how_much_is_missing_and_what_filling_up_costs(house: House) -> None:
    clinic = house.clinic
    filler, peel, needle = house.product("Filler"), house.product("Peel"), house.product("Needle")
    for product, count, target in ((filler, 3, 6), (peel, 1, 2), (needle, 1, 1)):
        minimum(clinic, product, count, target=target)
    lot = clinic.lot_on_shelf(filler, "A1", presentations=2)
    clinic.lot_on_shelf(needle, "N1")
    cost(clinic, lot, 10_000, unit_cost_minor=4_500)
    opened(house, lot)
    run(shop_of(house.store), "low-stock")

    with house.store.reading() as connection:
        out, low = low_products(connection, clinic.id, now=NOW)

    assert (out.name, out.usable_sealed_count, out.missing_count, out.places) == ("Peel", 0, 2, ())
    assert out.fill_up_worth is None
    assert (low.name, low.usable_sealed_count, low.minimum_count, low.missing_count) == ("Filler", 1, 3, 5)
    assert low.fill_up_worth == Worth(minor=22_500, currency="EUR")
    assert low.places == (PlaceOf(place="Fridge", quantity=10_000),)
    assert (low.since, low.alert_state) == (NOW, AlertState.OPEN)


def test_what_is_low_says_what_is_on_order_and_is_counted_so(house: House) -> None:
    clinic = house.clinic
    products = {name: house.product(name) for name in ("Late", "Nobody", "On its way", "Some", "Out")}
    for name, product in products.items():
        minimum(clinic, product, 5, target=8)
        if name != "Out":
            clinic.lot_on_shelf(product, name[:1], presentations=2)
    soon, late = NOW.date() + timedelta(days=3), NOW.date() - timedelta(days=1)
    for name, packs, expected_on in (("Late", 3, late), ("On its way", 4, soon), ("Some", 1, soon)):
        ordering = Ordering(house, now=NOW - timedelta(days=9))
        ordering.put(products[name], packs)
        ordering.place(expected_on=expected_on)

    with house.store.reading() as connection:
        rows = low_products(connection, clinic.id, now=NOW)
        counted_so = low_count(connection, clinic.id, now=NOW)

    assert [(row.name, row.supply, row.on_order_count, row.due_on, row.missing_count) for row in rows] == [
        ("Out", "not_ordered", 0, None, 8),
        ("Late", "overdue", 3, late, 3),
        ("Nobody", "not_ordered", 0, None, 6),
        ("Some", "too_little", 1, soon, 5),
        ("On its way", "ordered", 4, soon, 2),
    ]
    assert (counted_so.count, counted_so.open_count) == (5, 3)
    assert (counted_so.ordered_count, counted_so.overdue_count, counted_so.due_on) == (1, 1, soon)


def test_the_separation_report_names_every_thing_that_must_not_be_used_and_where_it_lies(
    house: House,
) -> None:
    clinic, product = house.clinic, house.product("Filler", in_use_minutes=60)
    clinic.lot_on_shelf(product, "good")
    clinic.lot_on_shelf(house.product("New", confirmed=False), "unconfirmed")
    clinic.lot_on_shelf(product, "expired", expires_on=TODAY - timedelta(days=1), at=clinic.cupboard)
    held = clinic.lot_on_shelf(product, "held")
    recalled = clinic.lot_on_shelf(product, "recalled", at=clinic.account(LocationKind.QUARANTINE))
    hold(house, held, HoldReason.TEMPERATURE)
    hold(house, recalled, HoldReason.RECALL)
    opened(house, clinic.lot_on_shelf(product, "open"))

    with house.store.reading() as connection:
        rows = separation(connection, clinic.id, now=NOW + HOUR)

    assert [(row.lot_number, row.place, row.whys, row.is_separated) for row in rows] == [
        ("expired", "Cupboard", (Rule.EXPIRED,), False),
        ("open", "Fridge", (Rule.BEYOND_USE,), False),
        ("held", "Fridge", (Rule.HELD,), False),
        ("recalled", "Quarantine", (Rule.RECALLED,), True),
    ]
    assert rows[1].container_code is not None
    assert rows[2].hold_reasons == ("temperature",)


def test_an_alert_shows_what_it_is_about_as_it_is_now(house: House) -> None:
    clinic = house.clinic
    filler, serum = house.product("Filler"), house.product("Serum", in_use_minutes=60)
    lot = clinic.lot_on_shelf(filler, "A1", presentations=2, expires_on=TODAY + timedelta(days=5))
    cost(clinic, lot, 10_000, unit_cost_minor=4_500)
    minimum(clinic, serum, 5)
    vial = opened(house, clinic.lot_on_shelf(serum, "S1"))
    shop = shop_of(house.store)
    for job in ("expiring", "low-stock"):
        run(shop, job)
    run(shop, "beyond-use", as_of=NOW + 2 * HOUR)

    with house.store.reading() as connection:
        page = alerts(connection, clinic.id, now=NOW)

    about = {row.kind: row.thing for row in page.items}
    expiring, past, low = about["expiring"], about["beyond_use"], about["low_stock"]
    assert expiring is not None and past is not None and low is not None
    assert (expiring.name, expiring.lot_number, expiring.places) == ("Filler", "A1", ("Fridge",))
    assert (expiring.expires_on, expiring.quantity) == (TODAY + timedelta(days=5), 10_000)
    assert expiring.worth == Worth(minor=9_000, currency="EUR")
    assert (past.container_code, past.lot_number, past.places) == (vial.short_code, "S1", ("Fridge",))
    assert (past.location_uid, past.quantity, past.worth) == (vial.container_uid, 5_000, None)
    assert (low.name, low.product_uid, low.quantity) == ("Serum", serum.uid, None)


@pytest.mark.parametrize(
    ("asked", "kinds"),
    [
        (AlertsAsked(), ["low_stock", "expiring"]),
        (AlertsAsked(kinds=("expiring",)), ["expiring"]),
        (AlertsAsked(roles=frozenset({Role.AUDITOR})), []),
        (AlertsAsked(waiting_only=True), ["low_stock", "expiring"]),
    ],
)
def test_alerts_are_narrowed(house: House, asked: AlertsAsked, kinds: list[str]) -> None:
    house.clinic.lot_on_shelf(house.product("Filler"), "A1", expires_on=TODAY + timedelta(days=5))
    minimum(house.clinic, house.product("Serum"), 5)
    for job in ("expiring", "low-stock"):
        run(shop_of(house.store), job)

    with house.store.reading() as connection:
        page = alerts(connection, house.clinic.id, now=NOW, asked=asked)

    assert [row.kind for row in page.items] == kinds


def test_the_lists_take_the_same_statements_for_one_row_and_for_thirty(house: House) -> None:
    clinic = house.clinic

    def more(number: int) -> LotAt:
        product = house.product(f"P{number}", in_use_minutes=60)
        minimum(clinic, product, 5)
        lot = clinic.lot_on_shelf(product, "A1", presentations=2, expires_on=TODAY - timedelta(days=1))
        cost(clinic, lot, 10_000, unit_cost_minor=4_500)
        opened(house, clinic.lot_on_shelf(house.product(f"S{number}", in_use_minutes=60), "A2"))
        return lot

    def taken() -> list[int]:
        shop = shop_of(house.store)
        for job in ("expired", "low-stock"):
            run(shop, job)
        run(shop, "beyond-use", as_of=NOW + 2 * HOUR)
        asked: tuple[Any, ...] = (
            lambda c: limits_due(c, clinic.id, now=NOW + 2 * HOUR),
            lambda c: low_products(c, clinic.id, now=NOW),
            lambda c: separation(c, clinic.id, now=NOW + 2 * HOUR),
            lambda c: alerts(c, clinic.id, now=NOW),
            lambda c: count_open(c, clinic.id, roles=frozenset({Role.NURSE}), now=NOW),
        )
        counts = []
        with house.store.reading() as connection:
            for ask in asked:
                with counted(connection) as statements:
                    assert ask(connection)
                counts.append(len(statements))
        return counts

    more(0)
    first = taken()
    for number in range(1, 10):
        more(number)

    assert taken() == first
    assert all(count <= limit for count, limit in zip(first, (4, 7, 6, 8, 1), strict=True))
