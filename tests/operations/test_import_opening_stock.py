"""Does a table of opening stock come into the books whole, once, and only when nothing in it is wrong?"""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import func, select

from stockroom.db.store import Store
from stockroom.ledger.verify import verify
from stockroom.models import Balance, JournalEntry, Lot, Movement, ReceiptLine
from stockroom.operations.correct_lot import CorrectLot, correct_lot
from stockroom.operations.import_opening_stock import (
    ImportOpeningStock,
    OpeningStockImported,
    import_opening_stock,
)
from stockroom.operations.reverse import Reverse, reverse
from stockroom.reads.opening_stock import BooksUnderWay
from stockroom.rules.permissions import ActionForbidden
from stockroom.tables.kinds import TableHasFaults
from stockroom.tables.words import TableKind
from stockroom.vocabulary import Carry
from tests.builders import FAR, NOW, Goods, House, key
from tests.importing import as_csv, read

HEADS = ("product", "code", "lot", "expiry", "place", "count", "unit cost", "currency", "serial")
Cells = dict[str, Any]


@pytest.fixture
def house(store: Store) -> House:
    made = House(store)
    made.clinic.fridge  # noqa: B018 - the place is there
    made.clinic.cupboard  # noqa: B018
    return made


@pytest.fixture
def filler(house: House) -> Goods:
    return house.product("Filler", content_quantity=2000)


def bring_in(house: House, *rows: Cells, **by: Any) -> OpeningStockImported:
    usual = {"product": "Filler", "lot": "A1", "expiry": FAR.isoformat(), "place": "Fridge", "count": "3"}
    content = as_csv(HEADS, *[[{**usual, **row}.get(head, "") for head in HEADS] for row in rows])
    reading = read(content, TableKind.STOCK)
    assert reading.faults == ()
    return import_opening_stock(
        house.store,
        ImportOpeningStock(lines=reading.lines, note="counted"),
        actor=by.get("actor", house.clinic.manager),
        key=by.get("key", key("import")),
        now=NOW,
    )


def books(store: Store) -> tuple[list[Any], int]:
    with store.reading() as connection:
        balances = connection.execute(
            select(Balance.__table__).order_by(Balance.lot_id, Balance.location_id)
        ).all()
        return list(balances), connection.execute(select(func.count()).select_from(Movement)).scalar_one()


def test_a_table_is_one_dated_movement_with_its_receipt_and_costs(house: House, filler: Goods) -> None:
    done = bring_in(
        house,
        {"unit cost": "12,50", "currency": "EUR"},
        {"product": "", "code": filler.gtin, "lot": "A2", "place": "cupboard", "count": "1"},
    )

    assert (done.added, done.unchanged) == (2, 0)
    balances, movements = books(house.store)
    assert [row.quantity for row in balances] == [6000, 2000]
    assert movements == 1
    with house.store.reading() as connection:
        movement = connection.execute(select(Movement.__table__)).one()
        costs = (
            connection.execute(select(ReceiptLine.unit_cost_minor).order_by(ReceiptLine.n)).scalars().all()
        )
        entries = connection.execute(
            select(func.count()).select_from(JournalEntry).where(JournalEntry.kind == "stock.import")
        ).scalar_one()
    assert movement.occurred_at == datetime(2025, 12, 31, 22, tzinfo=UTC)
    assert costs == [1250, None]
    assert entries == 1
    assert verify(house.store).ok


def test_the_same_table_a_second_time_changes_nothing_even_when_the_books_are_under_way(
    house: House, filler: Goods
) -> None:
    bring_in(house, {}, {"lot": "A2"})
    house.clinic.lot_on_shelf(filler, "B1")
    before = books(house.store)

    again = bring_in(house, {}, {"lot": "A2"})

    assert again == OpeningStockImported(added=0, unchanged=2, receipt_uid=None)
    assert books(house.store) == before
    with pytest.raises(BooksUnderWay):
        bring_in(house, {}, {"lot": "A3"})


def test_a_longer_table_adds_only_what_is_new(house: House, filler: Goods) -> None:
    bring_in(house, {})

    done = bring_in(house, {}, {"lot": "A2"})

    assert (done.added, done.unchanged) == (1, 1)
    assert [row.quantity for row in books(house.store)[0]] == [6000, 6000]


def test_what_was_taken_back_may_come_in_again(house: House, filler: Goods) -> None:
    bring_in(house, {})
    with house.store.reading() as connection:
        uid = connection.execute(select(Movement.uid)).scalar_one()
    undo = Reverse(movement_uid=uid, reason="wrong list")
    reverse(house.store, undo, actor=house.clinic.manager, key=key("undo"), now=NOW)

    assert bring_in(house, {"count": "4"}).added == 1
    assert [row.quantity for row in books(house.store)[0] if row.quantity] == [8000]


def test_a_lot_that_was_corrected_since_is_not_brought_in_under_its_wrong_number_again(
    house: House, filler: Goods
) -> None:
    bring_in(house, {})
    with house.store.reading() as connection:
        uid = connection.execute(select(Lot.uid)).scalar_one()
    correct_lot(
        house.store,
        CorrectLot(lot_uid=uid, number="A7", expires_on=FAR, reason="misread"),
        actor=house.clinic.manager,
        key=key("correct"),
        now=NOW,
    )

    assert bring_in(house, {}).unchanged == 1


def test_goods_without_a_lot_number_are_known_again_by_their_expiry(house: House) -> None:
    house.product("Gloves", lot_carry=Carry.OPTIONAL)
    row = {"product": "Gloves", "lot": ""}
    bring_in(house, row)

    assert bring_in(house, row).unchanged == 1
    assert bring_in(house, row, {**row, "expiry": "2027-01-31"}).added == 1


@pytest.mark.parametrize(
    ("rows", "column"),
    [
        (({"product": "Unknown"},), "product"),
        (({"code": "123"},), "code"),
        (({"place": "Nowhere"},), "place"),
        (({"place": "Quarantine2"},), "place"),
        (({"lot": ""},), ""),
        (({"expiry": ""},), ""),
        (({}, {}), "lot"),
        (({}, {"place": "Cupboard", "expiry": "2027-01-31"}), "expiry"),
    ],
)
def test_what_cannot_be_right_is_refused_and_nothing_is_booked(
    house: House, filler: Goods, rows: tuple[Cells, ...], column: str
) -> None:
    before = books(house.store)

    with pytest.raises(TableHasFaults) as refused:
        bring_in(house, {"lot": "GOOD"}, *rows)

    assert (refused.value.line, refused.value.column) == (2 + len(rows), column)
    assert books(house.store) == before


def test_another_count_or_expiry_than_in_the_books_is_refused(house: House, filler: Goods) -> None:
    bring_in(house, {})
    for changed, column in (
        ({"count": "4"}, "count"),
        ({"place": "Cupboard", "expiry": "2027-01-31"}, "expiry"),
    ):
        with pytest.raises(TableHasFaults) as refused:
            bring_in(house, changed)
        assert refused.value.column == column


def test_two_products_of_one_name_are_in_doubt_until_the_code_says_which(house: House, filler: Goods) -> None:
    other = house.product("Filler", content_quantity=1000)

    with pytest.raises(TableHasFaults) as refused:
        bring_in(house, {})
    assert refused.value.column == "product"
    bring_in(house, {"code": other.gtin})
    assert [row.quantity for row in books(house.store)[0]] == [3000]


def test_each_pack_with_a_serial_is_a_line_of_its_own(house: House) -> None:
    house.product("Device", serial_carry=Carry.REQUIRED)
    rows = (
        {"product": "Device", "count": "1", "serial": "S1"},
        {"product": "Device", "count": "1", "serial": "S2"},
    )

    assert bring_in(house, *rows).added == 2
    assert bring_in(house, *rows).unchanged == 2


def test_the_same_key_gives_the_same_answer(house: House, filler: Goods) -> None:
    first = bring_in(house, {}, key="once")

    assert bring_in(house, {}, key="once") == first


def test_a_nurse_brings_no_opening_stock_in(house: House, filler: Goods) -> None:
    with pytest.raises(ActionForbidden):
        bring_in(house, {}, actor=house.nurse)


def test_expired_goods_are_there_from_the_first_day_on(house: House, filler: Goods) -> None:
    assert bring_in(house, {"expiry": date(2020, 1, 1).isoformat()}).added == 1
