"""Is stock of any past day valued as an oracle values it, to the cent, and the same whenever it is asked?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from fractions import Fraction

import pytest

from stockroom.db.store import Store
from stockroom.models import Lot
from stockroom.queries.worth_as_of import LotWorth, stock_worth
from stockroom.queries.worth_books import flow_of
from stockroom.queries.worth_cut import cut_at
from stockroom.queries.worth_standing import standing_at
from stockroom.rules.worth_flow import Flow
from stockroom.rules.worth_layers import Value, together
from tests.conftest import SCALE
from tests.correcting import rows as rows_of
from tests.oracles.worth_oracle import Books, rounded
from tests.queries.worth_history import ACTS, CONTENT, History

STEPS, ROUND = 56, 8


def money(value: Value) -> tuple[int, bool]:
    return value.in_currency("EUR"), value.is_whole


def asked(history: History, seq: int, day: date) -> tuple[LotWorth, ...]:
    with history.store.reading() as connection:
        cut = cut_at(connection, history.here.id, day=day, now=history.now, through_seq=seq)
        return stock_worth(connection, cut, clinic_ids=[history.here.id])


@dataclass(frozen=True)
class Asked:
    """A list that was asked for, and what the oracle needs to know of that moment."""

    seq: int
    day: date
    rows: tuple[LotWorth, ...]
    prices: dict[str, int | None]


def lived(store: Store, seed: int) -> tuple[History, list[Asked]]:
    """A history, and the lists that were asked for on the way."""
    history, lists = History(store, seed), []
    for _ in range(STEPS // ROUND):
        history.live(ROUND)
        seq, day = history.seq, history.now.date()
        lists.append(Asked(seq, day, asked(history, seq, day), dict(history.prices)))
    return history, lists


def test_every_line_and_remainder_is_worth_what_the_oracle_says_and_stays_so(store: Store) -> None:
    history, lists = lived(store, 4)

    assert not set(ACTS) - history.done.keys(), "chance has to do everything that changes a value"
    assert_every_line(history)
    for each in lists:
        assert asked(history, each.seq, each.day) == each.rows, "the same answer whenever it is asked"
        assert_list(history, each)


@pytest.mark.parametrize("seed", range(6, 6 + SCALE))
def test_other_histories_are_worth_what_the_oracle_says_and_stay_so(sqlite_store: Store, seed: int) -> None:
    history, lists = lived(sqlite_store, seed)

    assert_every_line(history)
    for each in lists:
        assert asked(history, each.seq, each.day) == each.rows
        assert_list(history, each)


def assert_every_line(history: History) -> None:
    """Each line and remainder agrees with the oracle, and together they are what came, to the cent."""
    books = Books(history.moves(), history.prices, CONTENT)
    exits = {each.line: each.lot for each in books.exits()}
    with history.store.reading() as connection:
        cut = cut_at(connection, history.here.id, day=history.now.date(), now=history.now)
        flow = flow_of(connection, standing_at(connection, cut), lot_ids=books.came, lines=exits)
    assert {lot: money(flow.of_remainder(lot, books.on_hand(lot))) for lot in books.came} == {
        lot: books.remainder(lot) for lot in books.came
    }
    sign = {each.line: -1 if each.source == "adjustment" else 1 for each in books.exits()}
    told_so = {line: books.of_line(line) for line in exits}
    assert {line: money(flow.of_line(line)) for line in exits} == {
        line: (sign[line] * cents, is_whole) for line, (cents, is_whole) in told_so.items()
    }
    for lot in books.came:
        left = [flow.of_line(line) for line, of in exits.items() if of == lot]
        there = flow.of_remainder(lot, books.on_hand(lot))
        assert together([*left, there]).sums == flow.came(lot).sums, "used, lost and on hand are what came"
    assert_nothing_gets_lost(history, books, flow)


def assert_nothing_gets_lost(history: History, books: Books, flow: Flow) -> None:
    """What was paid for everything is where it ended, lies, or is on its way: through cocktails and other clinics."""
    arrived = {each.paper for each in books.moves if each.source == "in_transit"}
    ended = [
        flow.of_line(each.line)
        for each in books.exits()
        if each.target != "compounding" and not (each.target == "in_transit" and each.paper in arrived)
    ]
    there = [flow.of_remainder(lot, books.on_hand(lot)) for lot in books.came]
    bought = [
        rounded(Fraction((history.prices[each.receipt] or 0) * each.quantity, CONTENT))
        for each in books.moves
        if each.receipt is not None and each.source == "supplier"
    ]
    assert together([*ended, *there]).in_currency("EUR") == sum(bought)


def assert_list(history: History, each: Asked) -> None:
    """The list of a moment is what the oracle says of the books through that moment's entry."""
    books = Books(history.moves(seq=each.seq), each.prices, CONTENT)
    ids = {lot.uid: lot.id for lot in rows_of(history.store, Lot)}
    rows = {row.lot_uid: row for row in each.rows if not row.on_the_way_quantity}
    assert {uid: (row.quantity, money(row.value)) for uid, row in rows.items()} == {
        uid: (books.on_hand(ids[uid]), books.remainder(ids[uid])) for uid in rows
    }
    here = {lot.id for lot in rows_of(history.store, Lot, Lot.clinic_id == history.here.id)}
    lying = {lot for lot in books.came.keys() & here if books.on_hand(lot)}
    assert lying <= {ids[row.lot_uid] for row in each.rows}, "nothing that lies there is left out"
