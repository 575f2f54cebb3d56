"""Do the lists of what was booked cost the same for one row as for many, on each database?"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection

from stockroom.barcodes.own_labels import LabelKind, OwnLabel, write_label
from stockroom.barcodes.scan import parse_scan
from stockroom.db.store import Store
from stockroom.errors import ThingNotFound
from stockroom.operations.allocate import Allocate, allocate
from stockroom.operations.close_period import ClosePeriod, close_period
from stockroom.operations.count import Count, CountedLine, count
from stockroom.operations.dispatch_goods import DispatchGoods, DispatchLine, dispatch_goods
from stockroom.queries.allocations import allocations
from stockroom.queries.closed_periods import closed_periods
from stockroom.queries.lots import lots
from stockroom.queries.movements import statement_of_lot, statement_page
from stockroom.queries.paging import CursorUnreadable, part_of
from stockroom.queries.receipts import receipt, receipts
from stockroom.queries.scans import known_here
from stockroom.queries.stocktakes import stocktake, stocktakes
from stockroom.queries.trace_patients import patients_reached
from stockroom.queries.transfers import transfer, transfers
from stockroom.queries.usages import usages
from stockroom.reads import counted_units
from stockroom.rules.using import AreaUse, ThingName
from stockroom.vocabulary import BaseUnit, CountReason
from tests.builders import NOW, House, LotAt, key
from tests.queries.counting import counted
from tests.receiving import gs1, scanned, take_in
from tests.sessions import line, opened, patient, session, used


@pytest.fixture
def house(store: Store) -> House:
    return House(store)


def book_once(house: House, number: int) -> LotAt:
    """Use, keep, send away, count and close once."""
    clinic, needle = house.clinic, house.needle(f"Needle {number}")
    take_in(house, scanned(clinic.fridge, gs1(needle.gtin, f"R{number}")))
    lot = clinic.lot_on_shelf(needle, f"N{number}", presentations=9)
    visit = session(house)
    used(house, visit, line(lot, 2, areas=(AreaUse(area="face", quantity=1),)))
    kept = Allocate(session_uid=visit, thing=ThingName(lot_uid=lot.uid), quantity=1)
    allocate(house.store, kept, actor=house.nurse, key=key(), now=NOW)
    sent = DispatchLine(lot_uid=lot.uid, from_uid=clinic.fridge.uid, quantity=1)
    there = house.another_clinic(f"Rila {number}").uid
    goods = DispatchGoods(to_clinic_uid=there, lines=(sent,))
    dispatch_goods(house.store, goods, actor=house.nurse, key=key(), now=NOW)
    found = CountedLine(
        lot_uid=lot.uid,
        location_uid=clinic.fridge.uid,
        counted_at=NOW,
        found_quantity=5,
        reason=CountReason.LOST,
    )
    count(house.store, Count(lines=(found,)), actor=house.nurse, key=key(), now=NOW)
    return lot


_LISTS: tuple[Callable[[Connection, int], Any], ...] = (
    receipts, usages, allocations, transfers, stocktakes, closed_periods,
)  # fmt: skip


def test_lists_take_the_same_statements_for_one_row_and_for_three(house: House) -> None:
    def cost() -> list[int]:
        counts = []
        with house.store.reading() as connection:
            for ask in _LISTS:
                with counted(connection) as statements:
                    ask(connection, house.clinic.id)
                counts.append(len(statements))
        return counts

    book_once(house, 1)
    one = cost()
    book_once(house, 2)
    book_once(house, 3)

    assert cost() == one == [1, 2, 1, 1, 1, 1]
    with house.store.reading() as connection:
        assert [len(ask(connection, house.clinic.id).items) for ask in _LISTS] == [3, 3, 3, 3, 3, 0]


def test_each_is_shown_whole_in_its_clinic_and_not_found_in_another(house: House) -> None:
    book_once(house, 1)
    clinic, stranger = house.clinic.id, house.another_clinic("Pirin").id

    with house.store.reading() as connection:
        for listed, shown, costs in (
            (receipts, receipt, 2),
            (transfers, transfer, 2),
            (stocktakes, stocktake, 3),
        ):
            (row,) = listed(connection, clinic).items
            with counted(connection) as statements:
                found: Any = shown(connection, clinic, uid=row.uid)
            assert (len(found.lines), len(statements)) == (1, costs)
            for who, uid in ((stranger, row.uid), (clinic, "no uid")):
                with pytest.raises(ThingNotFound):
                    shown(connection, who, uid=uid)


def test_usages_page_by_line_with_their_areas(house: House) -> None:
    lot = book_once(house, 1)
    used(house, session(house), line(lot, 1))

    with house.store.reading() as connection:
        first = usages(connection, house.clinic.id, limit=1)
        second = usages(connection, house.clinic.id, limit=1, after=first.next_cursor)
        for cursor in ("nowhere", f"{first.items[0].movement_uid}.0", f"{first.items[0].movement_uid}"):
            with pytest.raises(CursorUnreadable):
                usages(connection, house.clinic.id, after=cursor)

    assert [row.quantity for row in (*first.items, *second.items)] == [1, 2]
    assert [part.area for part in second.items[0].areas] == ["face"]
    assert second.next_cursor is None


def test_the_pages_of_a_statement_are_the_statement(house: House) -> None:
    lot = book_once(house, 1)

    with house.store.reading() as connection:
        whole = statement_of_lot(connection, house.clinic.id, lot_uid=lot.uid)
        pages: list[Any] = []
        cursor = None
        while True:
            page = statement_page(connection, house.clinic.id, lot_uid=lot.uid, after=cursor, limit=1)
            pages += page.items
            cursor = page.next_cursor
            if cursor is None:
                break

    assert tuple(pages) == whole
    assert len(whole) == 4


def test_a_closed_period_is_listed_with_its_digest(house: House) -> None:
    ended = close_period(house.store, ClosePeriod(), actor=house.manager, key=key(), now=NOW)

    with house.store.reading() as connection:
        (row,) = closed_periods(connection, house.clinic.id).items

    assert (row.uid, row.balances_digest) == (ended.closed_period_uid, ended.balances_digest)


def test_a_place_lists_what_lies_in_the_vials_that_stand_there(house: House) -> None:
    lot = house.clinic.lot_on_shelf(house.product("Filler"), "A1")
    opened(house, lot)

    with house.store.reading() as connection:
        here = lots(connection, house.clinic.id, location_uid=house.clinic.fridge.uid)
        elsewhere = lots(connection, house.clinic.id, location_uid=house.clinic.cupboard.uid)

    assert ([row.uid for row in here.items], elsewhere.items) == ([lot.uid], ())


def test_a_label_of_ours_leads_to_its_thing(house: House) -> None:
    vial = opened(house, house.clinic.lot_on_shelf(house.product("Filler"), "A1"))
    label = write_label(OwnLabel(kind=LabelKind.CONTAINER, code=vial.short_code))
    scan = parse_scan(label, today=NOW.date())

    with house.store.reading() as connection:
        known = known_here(connection, house.clinic.id, scan)
        theirs = known_here(connection, house.clinic.id + 99, scan)

    assert known.label is not None
    assert (known.label.kind, known.label.uid, known.pack) == ("container", vial.container_uid, None)
    assert theirs.label is None


def test_patients_of_a_trace_are_shown_by_code_and_reference(house: House) -> None:
    uid = patient(house)

    with house.store.reading() as connection:
        (reached,) = patients_reached(connection, house.store.keyring, {uid})

    assert reached.uid == uid
    assert reached.short_code
    assert reached.reference is not None


def test_the_units_of_things_are_known_before_an_act(house: House) -> None:
    filler, needle = house.product("Filler"), house.needle()
    vial = opened(house, house.clinic.lot_on_shelf(filler, "A1"))
    lot = house.clinic.lot_on_shelf(needle, "N1")
    names = (
        ThingName(lot_uid=lot.uid),
        ThingName(location_uid=vial.container_uid),
        ThingName(product_uid=needle.uid),
        ThingName(scan=gs1(filler.gtin, "A1")),
        ThingName(scan=f"SRC:{vial.short_code}"),
        ThingName(location_uid=house.clinic.fridge.uid),
        ThingName(scan="SRC:2A2"),
    )

    with house.store.reading() as connection, counted(connection) as statements:
        units = counted_units.of_things(connection, house.clinic.id, names, today=NOW.date())

    litres, pieces = BaseUnit.MICROLITRE, BaseUnit.PIECE
    assert units == (pieces, litres, pieces, litres, litres, None, None)
    assert len(statements) <= 4


def test_a_part_of_few_rows_goes_on_after_its_cursor(house: House) -> None:
    house.clinic.lot_on_shelf(house.product("Filler"), "A1")
    house.clinic.lot_on_shelf(house.product("Other"), "B1", now=NOW - timedelta(days=6))

    with house.store.reading() as connection:
        rows = lots(connection, house.clinic.id).items

    first = part_of(rows, after=None, limit=1)
    assert part_of(rows, after=first.next_cursor, limit=1).items == rows[1:]
    assert part_of(rows, after="gone", limit=1).items == ()
