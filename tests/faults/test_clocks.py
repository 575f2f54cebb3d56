"""What does a machine whose clock is wrong do to the books?  It is flagged, and the books' own instant decides."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select

from stockroom.db.store import Store
from stockroom.ledger.post import OccursInFuture
from stockroom.ledger.verify import verify
from stockroom.models import Container, JournalEntry, Movement
from stockroom.operations.record_use import RecordUse, record_use
from stockroom.rules.overriding import LotExpired, PastBeyondUse
from tests.builders import NOW, House, key
from tests.sessions import books, line, opened, rows, session, used

YEAR = timedelta(days=365)


@pytest.fixture
def house(store: Store) -> House:
    return House(store)


def flags(house: House) -> list[str]:
    """The instants that a stepped-back clock showed, in the order of the clinic's journal."""
    entries = (
        select(JournalEntry.payload)
        .where(JournalEntry.clinic_id == house.clinic.id, JournalEntry.stream == "changes")
        .order_by(JournalEntry.seq)
    )
    with house.store.reading() as connection:
        said = [json.loads(payload) for payload in connection.execute(entries).scalars()]
    return [each["clock_stepped_back"] for each in said if "clock_stepped_back" in each]


def clock_shows(house: House, at: datetime) -> None:
    """Let the clinic record something harmless while its clock shows `at`."""
    house.clinic.act("test.nothing", lambda work: None, now=at)


def test_an_expired_lot_is_refused_though_the_machines_clock_fell_back_a_year(house: House) -> None:
    needles = house.clinic.lot_on_shelf(house.needle(), "N1", presentations=3, expires_on=date(2026, 3, 1))
    visit = session(house)
    before = books(house.store)

    with pytest.raises(LotExpired):
        used(house, visit, line(needles), now=NOW - YEAR)

    assert books(house.store) == before
    assert len(flags(house)) == 1  # the refusal's own entry says what the clock showed


def test_a_vial_beyond_its_use_stays_so_when_the_clock_falls_back(house: House) -> None:
    lot = house.clinic.lot_on_shelf(house.product("Filler", in_use_minutes=60), "A1")
    vial = opened(house, lot)
    visit = session(house)
    clock_shows(house, NOW + timedelta(hours=2))

    with pytest.raises(PastBeyondUse):
        used(house, visit, line(vial, 100), now=NOW + timedelta(minutes=30))


def test_a_use_after_a_clock_that_stepped_back_is_dated_by_the_books(house: House) -> None:
    needles = house.clinic.lot_on_shelf(house.needle(), "N1", presentations=3)
    visit = session(house)
    clock_shows(house, NOW)
    showed = NOW - timedelta(minutes=2)

    answer = used(house, visit, line(needles), now=showed)

    movement = rows(house.store, Movement, uid=answer.movement_uid)[0]
    assert (movement.occurred_at, movement.recorded_at, movement.is_late) == (NOW, NOW, False)
    assert flags(house) == ["2026-03-02T07:58:00.000000Z"]
    assert verify(house.store).ok


def test_waiting_for_a_turn_is_no_clock_that_stepped_back(house: House) -> None:
    needles = house.clinic.lot_on_shelf(house.needle(), "N1", presentations=3)
    visit = session(house)
    clock_shows(house, NOW)

    used(house, visit, line(needles), now=NOW - timedelta(seconds=20))

    assert flags(house) == []


def test_a_vial_that_is_opened_under_a_wrong_clock_lives_from_the_instant_of_the_books(house: House) -> None:
    lot = house.clinic.lot_on_shelf(house.product("Filler", in_use_minutes=60), "A1")
    clock_shows(house, NOW)

    opened(house, lot, now=NOW - YEAR)

    container = rows(house.store, Container)[0]
    assert (container.opened_at, container.beyond_use_at) == (NOW, NOW + timedelta(hours=1))


def test_what_really_happened_is_recordable_while_the_clock_is_a_year_behind(house: House) -> None:
    needles = house.clinic.lot_on_shelf(house.needle(), "N1", presentations=3)
    visit = session(house)
    clock_shows(house, NOW)
    happened = NOW - timedelta(minutes=10)

    answer = record_use(
        house.store,
        RecordUse(session_uid=visit, lines=(line(needles),), occurred_at=happened, reason="Machine was down"),
        actor=house.practitioner,
        key=key("late"),
        now=NOW - YEAR,
    )

    movement = rows(house.store, Movement, uid=answer.movement_uid)[0]
    assert (movement.occurred_at, movement.recorded_at, movement.is_late) == (happened, NOW, True)
    assert answer.rules == ()
    assert verify(house.store).ok


def test_nothing_is_recorded_that_happens_after_the_instant_of_the_books(house: House) -> None:
    needles = house.clinic.lot_on_shelf(house.needle(), "N1", presentations=3)
    visit = session(house)
    clock_shows(house, NOW)
    late = RecordUse(
        session_uid=visit, lines=(line(needles),), occurred_at=NOW + timedelta(seconds=1), reason="Late"
    )

    with pytest.raises(OccursInFuture):
        record_use(house.store, late, actor=house.practitioner, key=key("late"), now=NOW - YEAR)

    assert house.clinic.on_hand(needles) == 3


def test_after_a_clock_that_ran_years_ahead_asking_is_refused_and_recording_still_judges_by_the_day(
    house: House,
) -> None:
    """The books do not go back: the goods look expired to whoever asks, and what is done is recorded late.

    By the books it is years late, so that it is signed for; that it was expired nobody says.
    """
    needles = house.clinic.lot_on_shelf(house.needle(), "N1", presentations=3, expires_on=date(2027, 12, 31))
    visit = session(house)
    ahead = NOW + 5 * YEAR
    clock_shows(house, ahead)

    with pytest.raises(LotExpired):
        used(house, visit, line(needles), now=NOW)
    answer = record_use(
        house.store,
        RecordUse(session_uid=visit, lines=(line(needles),), occurred_at=NOW, reason="Clock was wrong"),
        actor=house.practitioner,
        key=key("late"),
        now=NOW + timedelta(minutes=5),
    )

    movement = rows(house.store, Movement, uid=answer.movement_uid)[0]
    assert answer.rules == ("beyond_window",)
    assert (movement.occurred_at, movement.recorded_at, movement.is_late) == (NOW, ahead, True)
    assert len(flags(house)) == 2
    assert verify(house.store).ok
