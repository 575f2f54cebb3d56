"""Which day is which?  As the books stood that evening, or what had happened by then as it is known later."""

from __future__ import annotations

from datetime import timedelta

import pytest

from stockroom.db.store import Store
from stockroom.errors import InvalidValue
from stockroom.operations.close_period import ClosePeriod, close_period
from stockroom.operations.dispatch_goods import DispatchGoods, DispatchLine, dispatch_goods
from stockroom.queries.worth_as_of import LotWorth, stock_worth
from stockroom.queries.worth_cut import closings_after, cut_at, newest_seq
from stockroom.queries.worth_losses import lost_lines
from tests.builders import NOW, House, key
from tests.correcting import use, visit
from tests.counts import priced
from tests.queries.counting import counted

DAY = NOW.date()
TOMORROW = NOW + timedelta(days=1)


@pytest.fixture
def house(sqlite_store: Store) -> House:
    return House(sqlite_store)


def asked(house: House, through: int | None = None, *, days: int = 0) -> tuple[LotWorth, ...]:
    clinic = house.clinic
    with house.store.reading() as connection:
        cut = cut_at(
            connection,
            clinic.id,
            day=DAY + timedelta(days=days),
            now=TOMORROW + timedelta(days=30),
            through_seq=through,
        )
        return stock_worth(connection, cut, clinic_ids=[clinic.id])


def entry(house: House) -> int:
    with house.store.reading() as connection:
        return newest_seq(connection, house.clinic.id)


def test_a_use_that_was_entered_the_next_day_is_in_the_list_that_knows_it_and_not_in_that_evenings(
    house: House,
) -> None:
    filler = house.product("Filler", content_quantity=2000)
    lot = priced(house, filler, "A1", packs=2, cents=1000)
    session = visit(house)
    use(house.clinic, session, (lot, house.clinic.fridge, 2000), now=TOMORROW, occurred_at=NOW)
    known = entry(house)
    use(house.clinic, session, (lot, house.clinic.fridge, 2000), now=TOMORROW, occurred_at=NOW)

    (stood,), (later,) = asked(house), asked(house, known)

    assert (stood.quantity, stood.value.in_currency("EUR")) == (4000, 2000)
    assert (later.quantity, later.value.in_currency("EUR")) == (2000, 1000)
    assert asked(house, entry(house)) == ()


def test_the_closings_that_reach_beyond_a_day_fix_its_list(house: House) -> None:
    priced(house, house.product("Filler", content_quantity=2000), "A1", packs=2, cents=1000)
    closed = close_period(house.store, ClosePeriod(), actor=house.manager, key=key(), now=TOMORROW)

    with house.store.reading() as connection:
        (closing,) = closings_after(connection, house.clinic.id, DAY)
        after = closings_after(connection, house.clinic.id, DAY + timedelta(days=2))

    assert (closing.seq, closing.through_at) == (closed.through_seq, closed.through_at)
    assert after == ()
    assert [row.quantity for row in asked(house, closing.seq)] == [4000]


def test_a_day_that_has_not_come_and_an_entry_that_is_not_there_are_refused(house: House) -> None:
    with house.store.reading() as connection:
        for day, through in ((DAY + timedelta(days=1), None), (DAY, 10**9), (DAY.replace(year=1900), None)):
            with pytest.raises(InvalidValue):
                cut_at(connection, house.clinic.id, day=day, now=NOW, through_seq=through)
        today = cut_at(connection, house.clinic.id, day=DAY, now=NOW)

    assert not today.is_day_over and today.seq == entry(house)


def test_goods_on_their_way_are_the_senders_until_they_arrive(house: House) -> None:
    lot = priced(house, house.product("Filler", content_quantity=2000), "A1", packs=3, cents=1000)
    line = DispatchLine(lot_uid=lot.uid, from_uid=house.clinic.fridge.uid, quantity=4000)
    command = DispatchGoods(to_clinic_uid=house.another_clinic().uid, lines=(line,))
    dispatch_goods(house.store, command, actor=house.clinic.manager, key=key(), now=NOW)

    (row,) = asked(house)

    assert (row.sealed_quantity, row.on_the_way_quantity) == (2000, 4000)
    assert row.value.in_currency("EUR") == 3000


def test_neither_a_list_nor_the_losses_take_more_statements_for_more_rows(house: House) -> None:
    filler = house.product("Filler", content_quantity=2000)
    counts = []
    for n in range(1, 7):
        priced(house, filler, f"A{n}", packs=2, cents=1000)
        if n not in (1, 6):
            continue
        with house.store.reading() as connection, counted(connection) as statements:
            cut = cut_at(connection, house.clinic.id, day=DAY, now=NOW)
            rows = stock_worth(connection, cut, clinic_ids=[house.clinic.id])
            lost_lines(connection, cut, house.clinic.id, since=NOW, until=TOMORROW)
        assert len(rows) == n
        counts.append(len(statements))
    assert counts[0] == counts[1] <= 14
