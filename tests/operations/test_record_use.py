"""Is what has already happened written down, whatever rule it broke?"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import insert

from stockroom.db.identifiers import new_uid
from stockroom.db.store import Store
from stockroom.db.transaction import Work
from stockroom.errors import InvalidValue, ThingNotFound
from stockroom.ledger.post import OccursInFuture
from stockroom.models import (
    Alert,
    Allocation,
    Balance,
    ClinicHold,
    ClosedPeriod,
    Container,
    Deviation,
    Movement,
)
from stockroom.operations.allocate import Allocate, allocate
from stockroom.operations.record_use import RecordUse, UseRecorded, record_use
from stockroom.reads.missing_goods import NotInTheBooks
from stockroom.rules.permissions import ActionForbidden
from stockroom.rules.using import AreaUse, ThingName, UseLine
from stockroom.vocabulary import ContainerType, HoldReason, RegulatoryClass, Rule
from tests.builders import NOW, House, key
from tests.sessions import books, finish, line, opened, patient, rows, session, used

THEN = NOW - timedelta(hours=3)


@pytest.fixture
def house(store: Store) -> House:
    return House(store)


@pytest.fixture
def small(sqlite_store: Store) -> House:
    return House(sqlite_store)


def recorded(house: House, session_uid: str, *lines: UseLine, **values: Any) -> UseRecorded:
    actor = values.pop("actor", None) or house.nurse
    request = values.pop("request", None) or key("record")
    command = RecordUse(
        session_uid=session_uid,
        lines=lines,
        **{"occurred_at": THEN, "reason": "The network was down", **values},
    )
    return record_use(house.store, command, actor=actor, key=request, now=NOW)


def test_a_use_is_recorded_at_the_time_at_which_it_happened(house: House) -> None:
    needles = house.clinic.lot_on_shelf(house.needle(), "N1", presentations=3)

    answer = recorded(house, session(house), line(needles))

    movement = rows(house.store, Movement, uid=answer.movement_uid)[0]
    assert (movement.occurred_at, movement.recorded_at, movement.is_late) == (THEN, NOW, True)
    assert movement.reason == "The network was down"
    assert house.clinic.on_hand(needles) == 2
    assert (answer.rules, rows(house.store, Deviation), rows(house.store, Alert)) == ((), [], [])


def test_every_broken_rule_becomes_a_deviation_and_none_refuses(house: House) -> None:
    product = house.product(
        "Medicine",
        content_quantity=1,
        ingredients=("hyaluronic-acid",),
        regulatory_class=RegulatoryClass.MEDICINE,
    )
    lot = house.clinic.lot_on_shelf(product, "N1", presentations=3, expires_on=date(2026, 3, 1))
    for reason in (HoldReason.RECALL, HoldReason.SUSPICION):
        hold(house, lot.id, reason)
    visit = session(house, patient(house, "hyaluronic-acid"))
    finish(house, visit)

    answer = recorded(house, visit, line(lot))

    expected = {Rule.RECALLED, Rule.ALLERGY, Rule.EXPIRED, Rule.HELD, Rule.NO_PRESCRIBER, Rule.SESSION_CLOSED}
    assert set(answer.rules) == {rule.value for rule in expected}
    deviations = rows(house.store, Deviation)
    assert {each.rule for each in deviations} == {rule.value for rule in expected}
    assert {(each.was_asked, each.signed_at, each.lot_id) for each in deviations} == {(False, None, lot.id)}
    assert {each.uid for each in deviations} == set(answer.deviations)
    alert = rows(house.store, Alert)[0]
    assert (alert.kind, alert.subject_uid) == ("deviation_unsigned", answer.movement_uid)
    assert "hyaluronic" not in alert.facts
    assert house.clinic.on_hand(lot) == 2


def hold(house: House, lot_id: int, reason: HoldReason) -> None:
    def body(work: Work) -> None:
        work.connection.execute(
            insert(ClinicHold).values(
                uid=new_uid(work.now),
                clinic_id=house.clinic.id,
                lot_id=lot_id,
                reason=reason,
                note="test",
                placed_at=THEN - timedelta(minutes=5),
                placed_by_id=work.actor.person_id,
            )
        )

    house.clinic.act("test.hold", body)


def test_a_rule_is_judged_at_the_time_at_which_it_happened(small: House) -> None:
    lot = small.clinic.lot_on_shelf(small.needle(), "N1", presentations=3, expires_on=date(2026, 3, 1))
    visit = session(small)

    assert recorded(small, visit, line(lot), occurred_at=NOW - timedelta(days=1)).rules == ()
    assert recorded(small, visit, line(lot)).rules == ("expired",)


@pytest.mark.parametrize(("second_area", "rules"), [("face", ("leftovers_pooled",)), ("neck", ())])
def test_leftovers_put_together_into_one_dose_are_a_deviation(
    small: House, second_area: str, rules: tuple[str, ...]
) -> None:
    filler = small.product("Filler")
    lot = small.clinic.lot_on_shelf(filler, "A1", presentations=2)
    before = THEN - timedelta(hours=1)
    vials = [opened(small, lot, now=before) for _ in range(2)]
    for vial in vials:
        used(small, session(small), line(vial, 4_500), now=before)
    into = [AreaUse(area=area, quantity=500) for area in ("face", second_area)]

    answer = recorded(
        small,
        session(small),
        *(line(vial, 500, areas=(area,)) for vial, area in zip(vials, into, strict=True)),
    )

    assert answer.rules == rules


def test_another_patients_vial_is_recorded_with_a_deviation(house: House) -> None:
    dose = house.product("Dose", container_type=ContainerType.SINGLE_DOSE)
    vial = opened(house, house.clinic.lot_on_shelf(dose, "D1"), now=NOW - timedelta(hours=5))
    first = session(house)
    used(house, first, line(vial, 500))

    answer = recorded(house, session(house), line(vial, 300))

    assert answer.rules == ("other_patient",)
    owner = rows(house.store, Container)[0].patient_id
    recorded(house, first, line(vial, 100))
    assert rows(house.store, Container)[0].patient_id == owner


def test_what_was_promised_and_is_gone_is_lost_with_an_alert(house: House) -> None:
    needles = house.clinic.lot_on_shelf(house.needle(), "N1", presentations=5)
    later = session(house, planned_at=NOW + timedelta(hours=4))
    keep = Allocate(session_uid=later, thing=ThingName(lot_uid=needles.uid), quantity=4)
    allocate(house.store, keep, actor=house.nurse, key=key("keep"), now=NOW)

    recorded(house, session(house), line(needles, 3))

    states = {(each.state, each.quantity) for each in rows(house.store, Allocation)}
    assert states == {("lost", 4), ("active", 2)}
    assert [(each.quantity, each.allocated) for each in rows(house.store, Balance)] == [(2, 2)]
    lost = rows(house.store, Allocation, state="lost")[0]
    alert = rows(house.store, Alert)[0]
    assert (alert.kind, alert.subject_uid) == ("allocation_lost", lost.uid)
    assert lost.ended_by_id is not None


def test_a_closed_period_takes_it_as_late_with_a_deviation(house: House) -> None:
    needles = house.clinic.lot_on_shelf(house.needle(), "N1", presentations=5)
    close(house)

    answer = recorded(house, session(house), line(needles))

    assert answer.rules == ("period_closed",)
    assert rows(house.store, Movement, uid=answer.movement_uid)[0].is_late


def close(house: House) -> None:
    def body(work: Work) -> None:
        work.connection.execute(
            insert(ClosedPeriod).values(
                uid=new_uid(work.now),
                clinic_id=house.clinic.id,
                through_at=NOW - timedelta(hours=1),
                through_seq=1,
                balances_digest="",
                closed_by_id=work.actor.person_id,
                closed_at=work.now,
            )
        )

    house.clinic.act("test.close", body)


def test_more_than_the_books_have_says_what_makes_it_recordable(house: House) -> None:
    needles = house.clinic.lot_on_shelf(house.needle(), "N1", presentations=2)
    visit = session(house)
    before = books(house.store)

    with pytest.raises(NotInTheBooks) as refused:
        recorded(house, visit, line(needles, 3))

    assert (refused.value.on_hand, refused.value.used, refused.value.place) == (2, 3, "Fridge")
    assert "count lot N1 at Fridge" in str(refused.value)
    assert books(house.store) == before


def test_an_unknown_lot_and_another_clinics_lot_are_not_found(house: House) -> None:
    needle = house.needle()
    theirs = house.another_clinic().lot_on_shelf(needle, "N1", presentations=2)
    visit = session(house)

    with pytest.raises(ThingNotFound):
        recorded(house, visit, line(theirs))
    with pytest.raises(ThingNotFound):
        recorded(house, visit, line(ThingName(scan=f"(01){needle.gtin}(10)N1")))


@pytest.mark.parametrize(
    ("values", "error"),
    [
        ({"reason": " "}, InvalidValue),
        ({"occurred_at": NOW + timedelta(seconds=1)}, OccursInFuture),
    ],
)
def test_a_reason_and_a_time_that_has_come_are_asked_for(
    small: House, values: dict[str, Any], error: type[Exception]
) -> None:
    needles = small.clinic.lot_on_shelf(small.needle(), "N1", presentations=2)
    visit = session(small)

    with pytest.raises(error):
        recorded(small, visit, line(needles), **values)

    assert small.clinic.on_hand(needles) == 2


def test_a_drawing_too_many_within_one_record_is_a_deviation(small: House) -> None:
    vial = opened(small, small.clinic.lot_on_shelf(small.product("Filler", punctures_max=1), "A1"), now=THEN)
    visit = session(small)

    answer = recorded(small, visit, line(vial, 100), line(vial, 100))

    assert answer.rules == (Rule.PUNCTURES_SPENT,)
    assert rows(small.store, Container)[0].punctures == 2


def test_nothing_is_picked_for_what_has_happened_already(small: House) -> None:
    needle = small.needle()
    small.clinic.lot_on_shelf(needle, "N1", presentations=2)

    with pytest.raises(InvalidValue):
        recorded(small, session(small), line(needle))


def test_an_auditor_records_nothing_and_the_same_key_records_once(house: House) -> None:
    needles = house.clinic.lot_on_shelf(house.needle(), "N1", presentations=3)
    visit = session(house)

    with pytest.raises(ActionForbidden):
        recorded(house, visit, line(needles), actor=house.clinic.auditor)
    first = recorded(house, visit, line(needles), request="late-1")
    second = recorded(house, visit, line(needles), request="late-1")

    assert first == second
    assert house.clinic.on_hand(needles) == 2
