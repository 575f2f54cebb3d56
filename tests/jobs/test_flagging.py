"""Do the jobs tell of what is low, expiring, expired and past its limit, once, and until it is over?"""

from __future__ import annotations

import json
from datetime import date, timedelta

import pytest
from sqlalchemy import update

from stockroom.db.store import Store
from stockroom.jobs.runner import Workshop, run
from stockroom.models import StockLevel
from stockroom.notices import AlertKind
from stockroom.operations.answer_alert import AcknowledgeAlert, acknowledge_alert
from stockroom.operations.dispose import DisposalOf, Dispose, dispose
from stockroom.operations.move_goods import MoveGoods, MoveLine, move_goods
from stockroom.operations.plan_session import NeedOf, PlanSession, ReplanSession, replan_session
from stockroom.operations.set_settings import SetSettings, set_settings
from stockroom.rules.using import ThingName
from stockroom.vocabulary import DisposalReason, LocationKind, SessionState
from tests.builders import FAR, NOW, House, LotAt, key
from tests.cocktails import add, begin
from tests.jobs.shop import alert_rows, at, minimum, shop_of, written
from tests.orders import Ordering
from tests.patients import flag
from tests.receiving import gs1
from tests.sessions import advance, opened, patient, session
from tests.unpacking import OnTable

TODAY = NOW.date()


@pytest.fixture
def house(store: Store) -> House:
    return House(store)


@pytest.fixture
def shop(house: House) -> Workshop:
    return shop_of(house.store)


def _standing(house: House, kind: AlertKind) -> list[str]:
    return [row.subject_uid for row in alert_rows(house.store, kind=kind.value) if row.resolved_at is None]


def test_each_threshold_is_told_once_and_the_one_before_it_is_over(house: House, shop: Workshop) -> None:
    lot = house.clinic.lot_on_shelf(house.product("Filler"), "A1", expires_on=TODAY + timedelta(days=31))
    seen = []
    for days in (0, 0, 1, 1, 24, 31):
        report = run(at(shop, NOW + timedelta(days=days)), "expiring")
        (alert,) = [row for row in alert_rows(house.store, kind="expiring") if row.resolved_at is None]
        seen.append((report.done, report.skipped, alert.period.rpartition("/")[2], alert.severity))

    assert seen == [
        (1, 0, "60", "note"),
        (0, 1, "60", "note"),
        (1, 0, "30", "warning"),
        (0, 1, "30", "warning"),
        (1, 0, "7", "urgent"),
        (0, 1, "7", "urgent"),
    ]
    assert len(alert_rows(house.store, kind="expiring", subject_uid=lot.uid)) == 3


def test_an_acknowledged_alert_is_told_anew_when_it_is_worse(house: House, shop: Workshop) -> None:
    house.clinic.lot_on_shelf(house.product("Filler"), "A1", expires_on=TODAY + timedelta(days=8))
    run(shop, "expiring")
    (first,) = alert_rows(house.store)
    acknowledge_alert(
        house.store, AcknowledgeAlert(alert_uid=first.uid), actor=house.manager, key=key(), now=NOW
    )

    unchanged = run(shop, "expiring")
    run(at(shop, NOW + timedelta(days=1)), "expiring")

    assert (unchanged.done, unchanged.skipped) == (0, 1)
    assert [(row.state, row.rank) for row in alert_rows(house.store)] == [("resolved", 3), ("open", 4)]


def test_a_lot_that_expired_is_told_of_from_its_clinics_midnight_until_it_is_separated(
    house: House, shop: Workshop
) -> None:
    clinic, far = house.clinic, house.another_clinic("Far", "Pacific/Kiritimati")
    product = house.product("Filler")
    here = clinic.lot_on_shelf(product, "A1", expires_on=TODAY)
    there = far.lot_on_shelf(product, "A1", expires_on=TODAY, at=far.fridge)

    run(at(shop, NOW.replace(hour=9, minute=59)), "expired")
    before = _standing(house, AlertKind.EXPIRED)
    run(at(shop, NOW.replace(hour=10)), "expired")  # midnight on Kiritimati
    at_noon = _standing(house, AlertKind.EXPIRED)
    run(at(shop, NOW.replace(hour=22)), "expired")  # midnight in Sofia

    assert (before, at_noon) == ([], [there.uid])
    assert set(_standing(house, AlertKind.EXPIRED)) == {here.uid, there.uid}

    _to_quarantine(house, here)
    run(at(shop, NOW.replace(hour=23)), "expired")

    assert _standing(house, AlertKind.EXPIRED) == [there.uid]


def _move(lot: LotAt, from_uid: str, to_uid: str) -> MoveGoods:
    return MoveGoods(to_uid=to_uid, lines=(MoveLine(lot_uid=lot.uid, from_uid=from_uid, quantity=5000),))


def _to_quarantine(house: House, lot: LotAt) -> None:
    clinic = house.clinic
    move_goods(
        house.store,
        _move(lot, clinic.fridge.uid, clinic.account(LocationKind.QUARANTINE).uid),
        actor=house.manager,
        key=key("move"),
        now=NOW,
    )


def test_an_expiring_lot_that_is_corrected_or_gone_is_told_of_no_longer(house: House, shop: Workshop) -> None:
    lot = house.clinic.lot_on_shelf(house.product("Filler"), "A1", expires_on=TODAY + timedelta(days=5))
    run(shop, "expiring")
    _to_quarantine(house, lot)

    report = run(shop, "expiring")

    assert report.done == 1
    assert _standing(house, AlertKind.EXPIRING) == []
    assert [row.state for row in alert_rows(house.store)] == ["resolved"]


def test_goods_that_come_back_are_the_same_alert_again(house: House, shop: Workshop) -> None:
    lot = house.clinic.lot_on_shelf(house.product("Filler"), "A1", expires_on=TODAY + timedelta(days=5))
    run(shop, "expiring")
    _to_quarantine(house, lot)
    run(shop, "expiring")
    clinic = house.clinic
    move_goods(
        house.store,
        _move(lot, clinic.account(LocationKind.QUARANTINE).uid, clinic.fridge.uid),
        actor=house.manager,
        key=key("move"),
        now=NOW,
    )

    run(shop, "expiring")

    assert [(row.state, row.resolved_at) for row in alert_rows(house.store)] == [("open", None)]


def test_each_clinic_has_its_own_thresholds(house: House, shop: Workshop) -> None:
    house.clinic.lot_on_shelf(house.product("Filler"), "A1", expires_on=TODAY + timedelta(days=5))
    set_settings(
        house.store,
        SetSettings(values={"alert_days": (3,)}, version=1),
        actor=house.manager,
        key=key(),
        now=NOW,
    )

    run(shop, "expiring")
    quiet = _standing(house, AlertKind.EXPIRING)
    run(at(shop, NOW + timedelta(days=2)), "expiring")

    assert quiet == []
    assert len(_standing(house, AlertKind.EXPIRING)) == 1


def test_what_is_low_is_told_by_clinic_and_worse_when_nothing_is_left(house: House, shop: Workshop) -> None:
    clinic, product = house.clinic, house.product("Filler")
    other = house.another_clinic()
    minimum(clinic, product, 3)
    minimum(other, product, 1)
    other.lot_on_shelf(product, "A1", at=other.fridge)
    lot = clinic.lot_on_shelf(product, "A1", presentations=3, expires_on=FAR)

    enough = run(shop, "low-stock")
    _dispose(house, lot, 1)
    low = run(shop, "low-stock")
    again = run(at(shop, NOW + timedelta(days=1)), "low-stock")
    _dispose(house, lot, 2)
    out = run(at(shop, NOW + timedelta(days=2)), "low-stock")

    assert [(each.done, each.skipped) for each in (enough, low, again, out)] == [
        (0, 0),
        (1, 0),
        (0, 1),
        (1, 0),
    ]
    assert [(row.clinic_id, row.rank, row.state) for row in alert_rows(house.store)] == [
        (clinic.id, 2, "resolved"),
        (clinic.id, 5, "open"),
    ]

    written(house.store, update(StockLevel).values(minimum_count=0))
    assert run(shop, "low-stock").done == 1
    assert _standing(house, AlertKind.LOW_STOCK) == []


def test_what_is_on_order_is_said_and_raised_again_once_its_day_has_passed(
    house: House, shop: Workshop
) -> None:
    product = house.product("Filler")
    minimum(house.clinic, product, 6)
    house.clinic.lot_on_shelf(product, "A1", presentations=2, expires_on=FAR)
    seen = []

    def told(at_day: int) -> None:
        report = run(at(shop, NOW + timedelta(days=at_day)), "low-stock")
        (alert,) = [row for row in alert_rows(house.store) if row.resolved_at is None]
        facts = json.loads(alert.facts)
        seen.append((report.done, facts["supply"], facts["due_on"], alert.severity, alert.state))

    told(0)
    _acknowledge(house)
    ordering = Ordering(house)
    ordering.put(product, 4)
    told(0)  # a draft is no order
    ordering.place(expected_on=TODAY + timedelta(days=5))
    told(0)
    told(5)
    told(6)
    _acknowledge(house)
    ordering.expect(none_until=TODAY + timedelta(days=20))
    told(6)
    told(21)
    due, later = (TODAY + timedelta(days=days) for days in (5, 20))

    assert seen == [
        (1, "not_ordered", None, "warning", "open"),
        (0, "not_ordered", None, "warning", "acknowledged"),
        (1, "ordered", due.isoformat(), "note", "acknowledged"),
        (0, "ordered", due.isoformat(), "note", "acknowledged"),
        (1, "overdue", due.isoformat(), "warning", "open"),
        (1, "ordered", later.isoformat(), "note", "acknowledged"),
        (1, "overdue", later.isoformat(), "warning", "open"),
    ]


def test_what_came_or_is_cancelled_is_on_order_no_longer(house: House, shop: Workshop) -> None:
    filler, serum = house.product("Filler"), house.product("Serum")
    for product in (filler, serum):
        minimum(house.clinic, product, 6)
        house.clinic.lot_on_shelf(product, f"{product.id}", presentations=1, expires_on=FAR)
    arrives, called_off = Ordering(house), Ordering(house)
    for ordering, product in ((arrives, filler), (called_off, serum)):
        ordering.put(product, 5)
        ordering.place(expected_on=TODAY + timedelta(days=5))
    run(shop, "low-stock")
    before = _supplies(house)
    table = OnTable(house)
    table.scan(gs1(filler.gtin, "B1"), pack_count=5)
    table.post()
    called_off.cancel()

    run(shop, "low-stock")

    assert before == {filler.uid: "ordered", serum.uid: "ordered"}
    assert _supplies(house) == {serum.uid: "not_ordered"}


def _supplies(house: House) -> dict[str, str]:
    return {
        row.subject_uid: json.loads(row.facts)["supply"]
        for row in alert_rows(house.store)
        if row.resolved_at is None
    }


def _acknowledge(house: House) -> None:
    (alert,) = [row for row in alert_rows(house.store) if row.resolved_at is None]
    acknowledge_alert(
        house.store, AcknowledgeAlert(alert_uid=alert.uid), actor=house.manager, key=key(), now=NOW
    )


def _dispose(house: House, lot: LotAt, presentations: int) -> None:
    dispose(
        house.store,
        Dispose(
            lines=(DisposalOf(thing=ThingName(lot_uid=lot.uid), quantity=presentations * 5000),),
            reason=DisposalReason.BROKEN,
        ),
        actor=house.manager,
        key=key("dispose"),
        now=NOW,
    )


def test_an_open_vial_past_its_limit_is_told_of_and_not_before(house: House, shop: Workshop) -> None:
    lot = house.clinic.lot_on_shelf(house.product("Serum", in_use_minutes=60), "S1")
    vial = opened(house, lot)

    early = run(at(shop, NOW + timedelta(minutes=59)), "beyond-use")
    due = run(at(shop, NOW + timedelta(minutes=60)), "beyond-use")

    assert (early.done, due.done) == (0, 1)
    assert _standing(house, AlertKind.BEYOND_USE) == [vial.container_uid]
    (alert,) = alert_rows(house.store)
    assert (alert.subject_kind, alert.severity) == ("container", "urgent")


def test_a_job_run_for_a_day_to_come_is_set_right_by_the_next_run(house: House, shop: Workshop) -> None:
    house.clinic.lot_on_shelf(house.product("Filler"), "A1", expires_on=date(2026, 5, 1))

    ahead = run(shop, "expired", as_of=NOW + timedelta(days=90))
    now = run(shop, "expired")

    assert (ahead.done, now.done) == (1, 1)
    (alert,) = alert_rows(house.store)
    assert (alert.state, alert.raised_at, alert.resolved_at) == ("resolved", NOW, NOW)


def test_one_bad_row_stops_no_other_and_is_named(sqlite_store: Store) -> None:
    house = House(sqlite_store)
    lots = [
        house.clinic.lot_on_shelf(house.product(f"P{number}"), "A1", expires_on=TODAY) for number in range(5)
    ]
    bad = lots[2].uid
    written(
        sqlite_store,
        f"CREATE TRIGGER bad_row BEFORE INSERT ON alert WHEN NEW.subject_uid = '{bad}'"
        " BEGIN SELECT RAISE(ABORT, 'a bad row'); END",
    )

    report = run(shop_of(sqlite_store), "expiring")

    assert (report.done, report.failed) == (4, 1)
    assert report.notes == (f"expiring {bad}: IntegrityError",)
    assert set(_standing(house, AlertKind.EXPIRING)) == {lot.uid for lot in lots} - {bad}

    written(sqlite_store, "DROP TRIGGER bad_row")
    again = run(shop_of(sqlite_store), "expiring")
    assert (again.done, again.skipped, again.failed) == (1, 4, 0)


def test_a_cocktail_left_open_overnight_is_told_of(house: House, shop: Workshop) -> None:
    product = house.product("Serum")
    lot = house.clinic.lot_on_shelf(product, "S1")
    vial = opened(house, lot)
    draft = begin(house, None, session(house), reason="as agreed")
    add(house, draft.preparation_uid, location_uid=vial.container_uid, quantity=1000)

    today = run(at(shop, NOW + timedelta(hours=1)), "beyond-use")
    run(at(shop, NOW + timedelta(days=1)), "beyond-use")

    assert today.done == 0
    assert _standing(house, AlertKind.PREPARATION_LEFT_OPEN) == [draft.preparation_uid]


def test_a_product_that_is_low_in_two_clinics_is_told_of_in_both(house: House, shop: Workshop) -> None:
    filler, other = house.product("Filler"), house.another_clinic("Rila")
    minimum(house.clinic, filler, 2)
    minimum(other, filler, 3)

    report = run(shop, "low-stock")

    assert (report.done, report.failed) == (2, 0)


def test_what_does_not_suit_is_told_until_it_suits_again(house: House, shop: Workshop) -> None:
    """A flag that begins, a need that is planned afterwards: nothing had to be answered for it to be found."""
    filler, uid = house.product("Filler"), patient(house)
    flag(house, uid, "pregnancy")
    visit = session(house, uid, planned_at=NOW + timedelta(days=3))
    plan = PlanSession(
        patient_uid=uid,
        planned_at=NOW + timedelta(days=3),
        needs=(NeedOf(quantity=1000, product_uid=filler.uid),),
    )
    run(shop, "unsuitable")
    assert _standing(house, AlertKind.UNSUITABLE) == []

    replan_session(
        house.store,
        ReplanSession(session_uid=visit, version=1, plan=plan),
        actor=house.nurse,
        key=key(),
        now=NOW,
    )
    run(shop, "unsuitable")
    assert _standing(house, AlertKind.UNSUITABLE) == [visit]

    advance(house, visit, SessionState.CANCELLED)
    run(shop, "unsuitable")
    assert _standing(house, AlertKind.UNSUITABLE) == []


def test_a_clock_that_steps_back_tells_nothing_twice(sqlite_store: Store) -> None:
    """I-25: what was told on a day that has not come yet by the clock is not told again, then or on that day."""
    house, shop = House(sqlite_store), shop_of(sqlite_store)
    clinic = house.clinic
    clinic.lot_on_shelf(house.product("Filler"), "A1", expires_on=TODAY + timedelta(days=31))
    clinic.lot_on_shelf(house.product("Toner"), "B1", expires_on=TODAY)
    told = []
    for hours in (0, 24, 22, 0, 24):
        for job in ("expiring", "expired"):
            run(at(shop, NOW + timedelta(hours=hours)), job)
        told.append(len(alert_rows(sqlite_store)))

    assert told == [2, 4, 4, 4, 4]
    standing = [row.kind for row in alert_rows(sqlite_store) if row.resolved_at is None]
    assert standing == ["expiring", "expired"]
