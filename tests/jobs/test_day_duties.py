"""Is somebody told of a reading, a look at the box and a closing that were not done by their hour, and only then?"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from stockroom.db.store import Store
from stockroom.jobs.runner import Workshop, run
from stockroom.operations.close_day import CloseDay, close_day
from stockroom.operations.close_recall import CloseRecall, close_recall
from stockroom.operations.decide_excursion import DecideExcursion, decide_excursion
from stockroom.operations.keep_sharps_box import (
    CloseSharpsBox,
    OpenSharpsBox,
    close_sharps_box,
    open_sharps_box,
)
from stockroom.operations.record_use import RecordUse, record_use
from stockroom.operations.set_settings import SetSettings, set_settings
from stockroom.rules.temperatures import Verdict
from stockroom.vocabulary import SharpsReason, WasteStream
from tests.builders import NOW, House, key
from tests.correcting import visit
from tests.devices import device
from tests.jobs.shop import alert_rows, at, shop_of
from tests.operations.test_check_emergency_box import box_of
from tests.recalls import recalled
from tests.sessions import line, session
from tests.thermometers import HOUR, read, warm_fridge

TEN = NOW
"""Ten o'clock on Monday on the wall in Sofia: the first reading is due."""


@pytest.fixture
def house(store: Store) -> House:
    return House(store)


@pytest.fixture
def shop(house: House) -> Workshop:
    return shop_of(house.store)


def standing(house: House, shop: Workshop, kind: str, when: datetime) -> list[tuple[str, str]]:
    assert run(at(shop, when), "day-duties").ok
    return [
        (row.subject_uid, row.period) for row in alert_rows(house.store, kind=kind) if row.resolved_at is None
    ]


def decide(house: House, **values: Any) -> None:
    with house.store.reading() as connection:
        from stockroom.queries.settings import clinic_settings_shown

        version = clinic_settings_shown(connection, house.clinic.id).version
    command = SetSettings(values=values, version=version)
    set_settings(house.store, command, actor=house.manager, key=key(), now=TEN - 5 * HOUR)


def test_a_reading_is_asked_by_its_hour_and_not_before_and_done_late_it_is_done(
    house: House, shop: Workshop
) -> None:
    fridge = house.clinic.fridge.uid
    friday_s_is_missing = "2026-02-27T16:00:00Z"

    assert standing(house, shop, "reading_not_done", TEN - 20 * HOUR) == [(fridge, friday_s_is_missing)]
    read(house.clinic, 42, at=TEN - 15 * HOUR)
    assert standing(house, shop, "reading_not_done", TEN - timedelta(minutes=1)) == []
    assert standing(house, shop, "reading_not_done", TEN) == [(fridge, "2026-03-02T08:00:00Z")]
    read(house.clinic, 42, at=TEN + HOUR)
    assert standing(house, shop, "reading_not_done", TEN + HOUR) == []


def test_on_a_day_off_and_where_nobody_is_asked_nobody_is_told(house: House, shop: Workshop) -> None:
    _ = house.clinic.fridge
    decide(house, reading_hours=[], closing_hour=0)
    visit(house)

    for kind in ("reading_not_done", "day_not_closed"):
        assert standing(house, shop, kind, TEN + 13 * HOUR) == []


def test_at_both_changes_of_the_clocks_the_hour_of_the_wall_counts(house: House, shop: Workshop) -> None:
    _ = house.clinic.fridge
    decide(house, reading_hours=[10], days_open=[1, 2, 3, 4, 5, 6, 7])
    read(house.clinic, 42, at=TEN)

    for day, due in ((datetime(2026, 3, 29, tzinfo=UTC), 7), (datetime(2026, 10, 25, tzinfo=UTC), 8)):
        shop_read = day - timedelta(hours=4)
        read(house.clinic, 42, at=shop_read)
        early, late = day.replace(hour=due) - timedelta(minutes=1), day.replace(hour=due)
        assert standing(house, shop, "reading_not_done", early) == []
        assert len(standing(house, shop, "reading_not_done", late)) == 1
        read(house.clinic, 42, at=late)


def test_a_warm_fridge_is_told_of_until_somebody_decided(house: House, shop: Workshop) -> None:
    excursion = warm_fridge(house.clinic)

    told = standing(house, shop, "temperature_out", TEN)
    assert told == [(house.clinic.fridge.uid, excursion)]
    decide_excursion(
        house.store,
        DecideExcursion(excursion_uid=excursion, verdict=Verdict.RELEASE, reason="nothing lay there"),
        actor=house.manager,
        key=key(),
        now=TEN,
    )
    assert standing(house, shop, "temperature_out", TEN + HOUR) == []


def test_a_recall_is_told_of_before_its_reply_is_due_and_until_it_is_closed(
    house: House, shop: Workshop
) -> None:
    needle = house.needle()
    lot = house.clinic.lot_on_shelf(needle, "N1", presentations=3)
    case_uid = recalled(house.store, needle.uid, "N1", actor=house.practitioner).case_uid
    late = RecordUse(
        session_uid=session(house), lines=(line(lot),), occurred_at=NOW, reason="The screen was dark."
    )

    assert standing(house, shop, "recall_due", TEN) == standing(house, shop, "recall_joined", TEN) == []
    record_use(house.store, late, actor=house.nurse, key=key(), now=TEN)
    assert standing(house, shop, "recall_joined", TEN + HOUR) == [(case_uid, "")]
    assert [uid for uid, _ in standing(house, shop, "recall_due", NOW + timedelta(days=6))] == [case_uid]
    done = CloseRecall(case_uid=case_uid, reason="done", untold_reason="written to", left_reason="bin")
    close_recall(house.store, done, actor=house.manager, key=key(), now=NOW + timedelta(days=6))
    later = NOW + timedelta(days=6, hours=1)
    assert standing(house, shop, "recall_due", later) == standing(house, shop, "recall_joined", later) == []


def test_a_day_that_was_worked_and_not_closed_is_told_of_in_the_evening(house: House, shop: Workshop) -> None:
    visit(house, planned_at=TEN)
    evening = datetime(2026, 3, 2, 18, 0, tzinfo=UTC)

    assert standing(house, shop, "day_not_closed", evening - HOUR) == []
    assert standing(house, shop, "day_not_closed", evening) == [(house.clinic.uid, "2026-03-02")]
    close_day(
        house.store,
        CloseDay(day=TEN.date(), although="the patient stays"),
        actor=house.nurse,
        key=key(),
        now=evening,
    )
    assert standing(house, shop, "day_not_closed", evening + HOUR) == []


def test_a_day_on_which_nothing_happened_needs_no_closing(house: House, shop: Workshop) -> None:
    assert standing(house, shop, "day_not_closed", TEN + timedelta(days=1, hours=12)) == []


def test_a_box_nobody_looked_at_and_a_box_that_is_not_in_order_are_told_of(
    house: House, shop: Workshop
) -> None:
    box = box_of(house)

    assert [uid for uid, _ in standing(house, shop, "emergency_box", TEN + timedelta(days=1))] == [box.uid]


def test_a_sharps_box_and_a_device_are_told_of_when_their_day_comes(house: House, shop: Workshop) -> None:
    room = OpenSharpsBox(room_uid=house.clinic.room.uid, waste_stream=WasteStream.SHARPS)
    box = open_sharps_box(house.store, room, actor=house.nurse, key=key(), now=TEN).box_uid
    pen = device(house, serviced_until=TEN.date() + timedelta(days=80))
    last = TEN + timedelta(days=90)

    assert standing(house, shop, "sharps_box_due", last - timedelta(days=1)) == []
    assert [uid for uid, _ in standing(house, shop, "sharps_box_due", last)] == [box]
    assert [uid for uid, _ in standing(house, shop, "device_service_due", last)] == [pen]
    close = CloseSharpsBox(box_uid=box, reason=SharpsReason.DATE)
    close_sharps_box(house.store, close, actor=house.nurse, key=key(), now=last)
    assert standing(house, shop, "sharps_box_due", last + HOUR) == []
