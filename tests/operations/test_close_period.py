"""Are closed books closed to what is asked for, and open to what has really happened?"""

from __future__ import annotations

import hashlib
import json
from datetime import timedelta

import pytest

from stockroom.db.store import Store
from stockroom.errors import InvalidValue
from stockroom.ledger.post import PeriodClosed, post
from stockroom.ledger.statement import AsOf, sums
from stockroom.models import ClosedPeriod, JournalEntry, Location, Lot
from stockroom.operations.close_period import ClosePeriod, WorkStandsOpen, close_period
from stockroom.operations.start_count import GiveUpCount, StartCount, give_up_count, start_count
from stockroom.operations.start_delivery import StartDelivery, start_delivery
from stockroom.rules.permissions import ActionForbidden
from stockroom.rules.posting import Draft, Line
from stockroom.vocabulary import LocationKind, MovementKind, SessionState
from tests.builders import NOW, House, LotAt, Place, key
from tests.correcting import books_are_true, nothing_moves, open_vial, rows, use, visit

LATER = NOW + timedelta(hours=2)


def test_the_digest_is_that_of_the_balances_at_its_entry(store: Store) -> None:
    house = House(store)
    product = house.product("Filler")
    lot = house.clinic.lot_on_shelf(product, "A1", presentations=2)
    open_vial(house.clinic, product, lot)

    closed = close_period(store, ClosePeriod(), actor=house.manager, key=key(), now=NOW)
    house.clinic.lot_on_shelf(product, "B2", now=LATER)

    places = {row.id: row.uid for row in rows(store, Location)}
    lots = {row.id: row.uid for row in rows(store, Lot)}
    with store.reading() as connection:
        then = sums(connection, house.clinic.id, as_of=AsOf(seq=closed.through_seq))
    said = sorted([places[location], lots[lot_id], quantity] for (lot_id, location), quantity in then.items())
    text = json.dumps(said, separators=(",", ":"))
    assert closed.balances_digest == hashlib.sha256(text.encode()).hexdigest()
    row = rows(store, ClosedPeriod)[0]
    assert (row.through_at, row.through_seq) == (NOW, closed.through_seq)
    entry = rows(store, JournalEntry, JournalEntry.seq == closed.through_seq)
    assert "period.close" in {each.kind for each in entry}
    books_are_true(store)


def test_what_is_asked_for_is_not_dated_back_into_closed_books_and_what_happened_is_recorded_late(
    store: Store,
) -> None:
    house = House(store)
    product = house.product("Filler")
    lot = house.clinic.lot_on_shelf(product, "A1")
    vial = open_vial(house.clinic, product, lot)
    session = visit(house)
    late = ClosePeriod(although="The visit goes on")
    close_period(store, late, actor=house.manager, key=key(), now=NOW)

    with nothing_moves(store), pytest.raises(PeriodClosed):
        _ask_backdated(house, lot, vial.place)
    use(house.clinic, session, (lot, vial.place, 100), now=LATER, occurred_at=NOW - timedelta(minutes=5))

    assert house.clinic.on_hand(lot, vial.place) == 4900
    books_are_true(store)


def _ask_backdated(house: House, lot: LotAt, place: Place) -> None:
    bin_id = house.clinic.account(LocationKind.DISPOSAL).id
    line = Line(lot_id=lot.id, from_id=place.id, to_id=bin_id, quantity=1)
    draft = Draft(kind=MovementKind.DISPOSE, lines=(line,), occurred_at=NOW - timedelta(minutes=5))
    house.clinic.act("test.dispose", lambda work: post(work, draft), now=LATER)


def test_only_a_manager_closes_and_the_same_key_closes_once(sqlite_store: Store) -> None:
    house = House(sqlite_store)
    nurse = house.nurse
    with nothing_moves(sqlite_store), pytest.raises(ActionForbidden):
        close_period(sqlite_store, ClosePeriod(), actor=nurse, key=key(), now=NOW)

    first = close_period(sqlite_store, ClosePeriod(), actor=house.manager, key="same", now=NOW)
    second = close_period(sqlite_store, ClosePeriod(), actor=house.manager, key="same", now=NOW)

    assert first == second
    assert len(rows(sqlite_store, ClosedPeriod)) == 1


def test_another_clinics_books_stay_open(sqlite_store: Store) -> None:
    house = House(sqlite_store)
    rila = house.another_clinic()
    close_period(sqlite_store, ClosePeriod(), actor=house.manager, key=key(), now=NOW)

    lot = rila.lot_on_shelf(house.product("Filler"), "A1", now=NOW)

    assert rila.on_hand(lot) == 5000


@pytest.mark.parametrize(
    ("open_one", "stands"),
    [
        ("a count", (1, 0, 0)),
        ("a delivery", (0, 1, 0)),
        ("a session in treatment", (0, 0, 1)),
        ("a session that nobody came to", (0, 0, 1)),
        ("a session of tomorrow", (0, 0, 0)),
        ("a session that was signed", (0, 0, 0)),
        ("a count that was given up", (0, 0, 0)),
        ("another clinic's count", (0, 0, 0)),
    ],
)
def test_what_stands_open_is_finished_first_or_somebody_says_why_not(
    store: Store, open_one: str, stands: tuple[int, int, int]
) -> None:
    house = House(store)
    manager = house.manager
    _leave_open(house, open_one)

    if stands == (0, 0, 0):
        close_period(store, ClosePeriod(although="unasked"), actor=manager, key=key(), now=NOW)
        assert rows(store, ClosedPeriod)[0].although == ""
        return
    with nothing_moves(store), pytest.raises(WorkStandsOpen) as refused:
        close_period(store, ClosePeriod(although="  "), actor=manager, key=key(), now=NOW)
    close_period(store, ClosePeriod(although=" Year's end "), actor=manager, key=key(), now=NOW)

    assert (refused.value.counts, refused.value.deliveries, refused.value.sessions) == stands
    assert rows(store, ClosedPeriod)[0].although == "Year's end"


def _leave_open(house: House, what: str) -> None:
    rila = house.another_clinic()
    command = StartCount()
    match what:
        case "a count":
            start_count(house.store, command, actor=house.nurse, key=key(), now=NOW)
        case "a count that was given up":
            begun = start_count(house.store, command, actor=house.nurse, key=key(), now=NOW)
            over = GiveUpCount(count_uid=begun.count_uid, version=1)
            give_up_count(house.store, over, actor=house.nurse, key=key(), now=NOW)
        case "another clinic's count":
            start_count(house.store, command, actor=rila.nurse, key=key(), now=NOW)
        case "a delivery":
            start_delivery(house.store, StartDelivery(), actor=house.nurse, key=key(), now=NOW)
        case "a session in treatment":
            visit(house)
        case "a session that nobody came to":
            visit(house, state=SessionState.PLANNED, planned_at=NOW - timedelta(days=1))
        case "a session of tomorrow":
            visit(house, state=SessionState.PLANNED, planned_at=NOW + timedelta(days=1))
        case _:
            visit(house, state=SessionState.SIGNED)


def test_a_reason_that_is_too_long_is_refused(sqlite_store: Store) -> None:
    house = House(sqlite_store)
    manager = house.manager

    with nothing_moves(sqlite_store), pytest.raises(InvalidValue):
        close_period(sqlite_store, ClosePeriod(although="x" * 501), actor=manager, key=key(), now=NOW)
