"""Do the queries behind the pages of stock say what lies here, on each database, at a cost that does not grow?"""

from __future__ import annotations

from datetime import timedelta

import pytest

from stockroom.db.store import Store
from stockroom.operations.dispatch_goods import DispatchGoods, DispatchLine, dispatch_goods
from stockroom.operations.dispose import FinishContainer, finish_container
from stockroom.operations.move_goods import MoveGoods, MoveLine, move_goods
from stockroom.operations.open_container import OpenContainer, open_container
from stockroom.operations.place_hold import PlaceHold, place_hold
from stockroom.operations.reverse import Reverse, reverse
from stockroom.operations.set_levels import SetParLevel, SetStockLevel, set_par_level, set_stock_level
from stockroom.queries.clinics import other_clinics
from stockroom.queries.history import history_of_container, history_of_lot
from stockroom.queries.lot_origins import origins_of_lot
from stockroom.queries.movements import answers_to
from stockroom.queries.product_keeping import keeping_of
from stockroom.queries.product_lists import CatalogueFilter, catalogue_count, catalogue_listed
from stockroom.queries.product_versions import rule_versions
from stockroom.queries.standing import standings_of_lot
from stockroom.queries.stock_lists import (
    MADE_HERE,
    Part,
    StockFilter,
    lot_count,
    lots_listed,
    product_count,
    products_in_stock,
    stock_by_month,
    stock_by_place,
)
from stockroom.queries.transfer_lists import TransferFilter, transfer_count, transfers_listed
from stockroom.queries.transfers import transfer
from stockroom.rules.receiving import CostOf
from stockroom.rules.using import ThingName
from stockroom.vocabulary import CostState, DisposalReason, HoldReason, LocationKind, Rule, TransferState
from tests.builders import NOW, Goods, House, key
from tests.queries.counting import counted
from tests.receiving import gs1, scanned, take_in

YESTERDAY, SOON = NOW.date() - timedelta(days=1), NOW.date() + timedelta(days=100)


@pytest.fixture
def house(store: Store) -> House:
    return House(store)


def _stocked(house: House) -> Goods:
    """Of one product an expired lot, one in the cupboard and one in quarantine, and a needle."""
    clinic, filler = house.clinic, house.product("Filler", content_quantity=2000)
    clinic.lot_on_shelf(filler, "OLD", presentations=2, expires_on=YESTERDAY)
    clinic.lot_on_shelf(filler, "GOOD", presentations=3, at=clinic.cupboard, expires_on=SOON)
    clinic.lot_on_shelf(filler, "ASIDE", at=clinic.account(LocationKind.QUARANTINE), expires_on=None)
    clinic.lot_on_shelf(house.needle(), "SHARP", presentations=50)
    return filler


def test_products_are_listed_with_what_is_usable_of_them(house: House) -> None:
    filler, clinic = _stocked(house), house.clinic

    with house.store.reading() as connection:
        rows = products_in_stock(connection, clinic.id, now=NOW, part=Part(order="lots", descending=True))
        only = StockFilter(product_uid=filler.uid, location_uid=clinic.cupboard.uid)
        (here,) = products_in_stock(connection, clinic.id, now=NOW, part=Part(order="expiry"), only=only)
        count = product_count(connection, clinic.id, now=NOW, only=StockFilter(text="FILL"))

    assert [row.lot_count for row in rows] == [3, 1]
    assert (rows[0].on_hand, rows[0].usable, rows[0].sealed_count, rows[0].usable_sealed_count) == (
        12_000,
        6_000,
        6,
        3,
    )
    assert rows[0].earliest_expiry == YESTERDAY
    assert (here.on_hand, here.lot_count, count) == (6_000, 1, 1)


@pytest.mark.parametrize(
    ("only", "numbers"),
    [
        (StockFilter(), ["OLD", "GOOD", "SHARP", "ASIDE"]),
        (StockFilter(usable_only=True), ["GOOD", "SHARP"]),
        (StockFilter(text="aside"), ["ASIDE"]),
        (StockFilter(text="_"), []),
        (StockFilter(goods="device"), ["OLD", "GOOD", "ASIDE"]),
        (StockFilter(goods=MADE_HERE), []),
    ],
)
def test_lots_are_listed_by_expiry_and_narrowed(house: House, only: StockFilter, numbers: list[str]) -> None:
    _stocked(house)
    part = Part(order="expiry")

    with house.store.reading() as connection:
        rows = lots_listed(connection, house.clinic.id, now=NOW, part=part, only=only)
        count = lot_count(connection, house.clinic.id, now=NOW, only=only)

    assert [row.lot_number for row in rows] == numbers and count == len(numbers)


def test_a_page_of_lots_is_a_part_of_them_in_the_order_asked(house: House) -> None:
    _stocked(house)

    with house.store.reading() as connection:
        page = lots_listed(
            connection, house.clinic.id, now=NOW, part=Part(order="lot", descending=True, offset=1, limit=2)
        )

    assert [row.lot_number for row in page] == ["OLD", "GOOD"]


def test_places_and_months_count_what_is_there(house: House) -> None:
    _stocked(house)
    clinic = house.clinic
    with house.store.reading() as connection:
        places = stock_by_place(connection, clinic.id, now=NOW)
        months = stock_by_month(connection, clinic.id, now=NOW)

    fridge = places[clinic.fridge.uid]
    assert (fridge.lot_count, fridge.product_count, fridge.unusable_lot_count) == (2, 2, 1)
    assert [(row.year, row.month, row.has_passed, row.lot_count) for row in months] == [
        (YESTERDAY.year, YESTERDAY.month, True, 1),
        (SOON.year, SOON.month, False, 1),
        (2027, 12, False, 1),
        (None, None, False, 1),
    ]
    assert all(row.worth_minor == 0 and row.unpriced_count == row.lot_count for row in months)


def test_what_stands_opened_in_a_place_lies_there(house: House) -> None:
    clinic, filler = house.clinic, house.product("Filler", content_quantity=2000)
    lot = clinic.lot_on_shelf(filler, "A1", presentations=2)
    command = OpenContainer(thing=ThingName(lot_uid=lot.uid), stands_in_uid=clinic.room.uid)
    opened = open_container(house.store, command, actor=clinic.nurse, key=key(), now=NOW)

    with house.store.reading() as connection:
        places = stock_by_place(connection, clinic.id, now=NOW)
        (row,) = lots_listed(connection, clinic.id, now=NOW, part=Part(order="expiry"))
        in_room = StockFilter(location_uid=clinic.room.uid)
        (there,) = lots_listed(connection, clinic.id, now=NOW, part=Part(order="lot"), only=in_room)

    assert (places[clinic.room.uid].open_count, places[clinic.fridge.uid].open_count) == (1, 0)
    assert (row.on_hand, row.opened, row.place_count) == (4000, 2000, 2)
    assert there.on_hand == 2000 and opened.container_uid


def test_the_history_says_what_was_there_after_each_act(house: House) -> None:
    clinic, filler = house.clinic, house.product("Filler", content_quantity=2000)
    lot, store = clinic.lot_on_shelf(filler, "A1", presentations=3), house.store
    who = {"actor": clinic.nurse, "now": NOW}
    opened = open_container(store, OpenContainer(thing=ThingName(lot_uid=lot.uid)), key=key(), **who)
    line = MoveLine(lot_uid=lot.uid, from_uid=clinic.fridge.uid, quantity=2000)
    moved = move_goods(store, MoveGoods(to_uid=clinic.cupboard.uid, lines=(line,)), key=key(), **who)
    ending = FinishContainer(container_uid=opened.container_uid, reason=DisposalReason.BROKEN)
    finish_container(store, ending, key=key(), **who)
    reverse(store, Reverse(movement_uid=moved.movement_uid, reason="no"), key=key(), **who)

    with store.reading() as connection:
        of_lot = history_of_lot(connection, clinic.id, lot_uid=lot.uid)
        page = history_of_lot(connection, clinic.id, lot_uid=lot.uid, offset=3, limit=1)
        inside = history_of_container(connection, clinic.id, container_uid=opened.container_uid)
        (answer,) = answers_to(connection, clinic.id, uid=moved.movement_uid)

    kinds = ["reverse", "dispose", "transfer", "open", "receive"]
    assert [(line.kind, line.on_hand_after) for line in of_lot.lines] == list(
        zip(kinds, [4000, 4000, 6000, 6000, 6000], strict=True)
    )
    assert [line.is_reversed for line in of_lot.lines] == [False, False, True, False, False]
    assert of_lot.count == page.count == 5 and page.lines[0].kind == "open"
    assert [(line.kind, line.on_hand_after) for line in inside.lines] == [("dispose", 0), ("open", 2000)]
    assert (answer.kind, answer.reason, answer.line_count) == ("reverse", "no", 1)


def test_a_lot_says_why_it_may_not_be_used_and_where_it_came_from(house: House) -> None:
    clinic, filler = house.clinic, house.product("Filler", content_quantity=2000)
    lot = clinic.lot_on_shelf(filler, "A1", expires_on=YESTERDAY)
    hold = PlaceHold(reason=HoldReason.SUSPICION, note="cloudy", lot_uid=lot.uid)
    place_hold(house.store, hold, actor=clinic.nurse, key=key(), now=NOW)

    with house.store.reading() as connection:
        standings = standings_of_lot(connection, clinic.id, lot_uid=lot.uid, now=NOW)
        nothing = standings_of_lot(connection, clinic.id, lot_uid=filler.uid, now=NOW)
        origins = origins_of_lot(connection, clinic.id, lot_uid=lot.uid)

    assert standings[clinic.fridge.uid].rules == (Rule.EXPIRED, Rule.HELD)
    assert nothing == {} and origins == ()


def test_a_lot_came_with_a_delivery_at_its_price_and_is_worth_it(house: House) -> None:
    clinic, filler = house.clinic, house.product("Filler", content_quantity=2000)
    cost = CostOf(state=CostState.PRICED, unit_cost_minor=1250, currency="EUR")
    booked = take_in(house, scanned(clinic.fridge, gs1(filler.gtin, "A1"), pack_count=3, cost=cost))

    with house.store.reading() as connection:
        (origin,) = origins_of_lot(connection, clinic.id, lot_uid=booked.lines[0].lot_uid)
        (month,) = stock_by_month(connection, clinic.id, now=NOW)

    assert (origin.quantity, origin.unit_cost_minor, origin.currency, origin.receipt_uid) == (
        6000,
        1250,
        "EUR",
        booked.receipt_uid,
    )
    assert origin.supplier is not None and origin.books_begin_on is None
    assert (month.worth_minor, month.unpriced_count) == (3750, 0)


def test_the_catalogue_is_listed_with_what_is_here(house: House) -> None:
    filler = _stocked(house)
    house.product("Serum", confirmed=False)
    only = CatalogueFilter(incomplete=True)

    with house.store.reading() as connection:
        every = catalogue_listed(connection, house.clinic.id, only=CatalogueFilter(), limit=10)
        (open_one,) = catalogue_listed(connection, house.clinic.id, only=only, order="manufacturer", limit=10)
        counts = [
            catalogue_count(connection, only=CatalogueFilter(text=text))
            for text in ("", "fil", filler.gtin, "100%")
        ]
        narrowed = catalogue_count(
            connection, only=CatalogueFilter(regulatory_class="device", made_here=True)
        )

    assert [(row.name, row.on_hand) for row in every][:1] == [("Filler", 12_000)]
    assert open_one.name == "Serum" and not open_one.is_confirmed
    assert counts == [3, 1, 1, 0] and narrowed == 0


def test_a_products_keeping_holds_levels_pars_and_versions(house: House) -> None:
    clinic, filler = house.clinic, house.product("Filler")
    who = {"actor": clinic.manager, "now": NOW}
    level = SetStockLevel(product_uid=filler.uid, minimum_count=2, target_count=9)
    par = SetParLevel(product_uid=filler.uid, location_uid=clinic.cupboard.uid, par_count=4)

    with house.store.reading() as connection:
        before = keeping_of(connection, clinic.id, product_uid=filler.uid)
    set_stock_level(house.store, level, key=key(), **who)
    set_par_level(house.store, par, key=key(), **who)
    with house.store.reading() as connection:
        after = keeping_of(connection, clinic.id, product_uid=filler.uid)
        versions = rule_versions(connection, clinic.id, product_uid=filler.uid)

    assert before.level.version is None and before.pars == () and before.sold_by == ()
    assert (after.level.minimum_count, after.level.target_count, after.level.version) == (2, 9, 1)
    assert [(par.location_name, par.par_count) for par in after.pars] == [("Cupboard", 4)]
    assert [(each.rule.version, each.confirmed_by is not None) for each in versions] == [(1, True)]


def test_transfers_are_listed_for_both_clinics_and_searched(house: House) -> None:
    clinic, other = house.clinic, house.another_clinic("Rila")
    lot = clinic.lot_on_shelf(house.product("Filler", content_quantity=2000), "A1", presentations=3)
    line = DispatchLine(lot_uid=lot.uid, from_uid=clinic.fridge.uid, quantity=4000)
    command = DispatchGoods(to_clinic_uid=other.uid, lines=(line,))
    sent = dispatch_goods(house.store, command, actor=clinic.manager, key=key(), now=NOW)

    with house.store.reading() as connection:

        def count(clinic_id: int, **only: object) -> int:
            return transfer_count(connection, clinic_id, only=TransferFilter(**only))

        counts = [count(clinic.id, way="out"), count(clinic.id, way="in"), count(other.id, way="in")]
        searched = [count(other.id, text=text) for text in ("fill", "A1", "vitosha", "%")]
        arrived = count(other.id, state=TransferState.ARRIVED)
        (row,) = transfers_listed(connection, other.id, only=TransferFilter(), limit=5)
        shown = transfer(connection, other.id, uid=sent.transfer_uid)
        others = other_clinics(connection, clinic.id)

    assert counts == [1, 0, 1] and searched == [1, 1, 1, 0] and arrived == 0
    assert (row.uid, row.line_count, row.arrived_at) == (sent.transfer_uid, 1, None)
    assert (shown.lines[0].from_lot_uid, shown.lines[0].to_lot_uid) == (lot.uid, None)
    assert [each.name for each in others] == ["Rila"]


def test_a_page_takes_the_same_statements_for_one_lot_and_for_thirty(house: House) -> None:
    clinic, filler = house.clinic, house.product("Filler")
    lot = clinic.lot_on_shelf(filler, "A0")

    def cost() -> list[int]:
        counts = []
        part = Part(order="expiry", limit=20)
        with house.store.reading() as connection:
            for ask in (
                lambda: products_in_stock(connection, clinic.id, now=NOW, part=part),
                lambda: lots_listed(connection, clinic.id, now=NOW, part=part),
                lambda: stock_by_place(connection, clinic.id, now=NOW),
                lambda: stock_by_month(connection, clinic.id, now=NOW),
                lambda: standings_of_lot(connection, clinic.id, lot_uid=lot.uid, now=NOW),
                lambda: keeping_of(connection, clinic.id, product_uid=filler.uid),
                lambda: rule_versions(connection, clinic.id, product_uid=filler.uid),
            ):
                with counted(connection) as statements:
                    ask()
                counts.append(len(statements))
        return counts

    small = cost()
    for number in range(1, 30):
        clinic.lot_on_shelf(filler, f"A{number}")

    assert cost() == small == [3, 3, 2, 2, 4, 3, 3]
