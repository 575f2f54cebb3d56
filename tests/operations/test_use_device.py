"""Does a device stop when it is held, overdue or not cleaned, and is every act with it kept?"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from stockroom.db.store import Store
from stockroom.errors import StockroomError, ThingNotFound
from stockroom.models import CautionAnswer, DeviceAct
from stockroom.operations.keep_device import (
    CleanDevice,
    clean_device,
)
from stockroom.operations.merge_patients import MergePatients, merge_patients
from stockroom.operations.use_device import (
    DeviceInUse,
    DeviceUsed,
    TakeBackDevice,
    TakenBackAlready,
    UseDevice,
    take_back_device,
    use_device,
)
from stockroom.reads.closed_sessions import SessionClosed
from stockroom.rules.device_suitability import (
    DeviceCautionAsked,
    DeviceContraindicated,
    DeviceOverrideForbidden,
    DeviceSecondPersonMayNot,
    DeviceSecondPersonMissing,
)
from stockroom.rules.devices import (
    DeviceNotCleaned,
    DeviceOnHold,
    DeviceRetired,
    DeviceState,
    DeviceStopped,
    ServiceNotKnown,
    ServiceOverdue,
    stop_of,
)
from stockroom.rules.overriding import Override
from stockroom.rules.permissions import ActionForbidden, NotYoursToReverse
from stockroom.vocabulary import Role, Rule
from tests.builders import NOW, House, key
from tests.devices import device
from tests.operations.test_second_person import payloads, want
from tests.patients import flag, journalled
from tests.sessions import finish, over, patient, rows, session

TODAY = NOW.date()


def state(**changed: object) -> DeviceState:
    usual: dict[str, object] = {
        "uid": "u", "name": "Pen", "is_retired": False, "hold_reason": "", "needs_service": True,
        "serviced_until": TODAY, "used_at": None, "used_on_patient_id": None, "today": TODAY,
    }  # fmt: skip
    return DeviceState(**{**usual, **changed})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("known", "stop"),
    [
        ({}, None),
        ({"serviced_until": TODAY - timedelta(days=1)}, ServiceOverdue),
        ({"serviced_until": None}, ServiceNotKnown),
        ({"serviced_until": None, "needs_service": False}, None),
        ({"hold_reason": "noise"}, DeviceOnHold),
        ({"is_retired": True, "hold_reason": "noise"}, DeviceRetired),
        ({"used_at": NOW, "used_on_patient_id": 2}, DeviceNotCleaned),
        ({"used_at": NOW, "used_on_patient_id": 1}, None),
    ],
)
def test_what_stops_a_device(known: dict[str, object], stop: type[DeviceStopped] | None) -> None:
    found = stop_of(state(**known), patient_id=1)

    assert (None if found is None else type(found)) is stop


def used(
    house: House, visit: str, uid: str, *, override: Override | None = None, **more: object
) -> DeviceUsed:
    values = {"actor": house.nurse, "key": key("device"), "now": NOW, **more}
    return use_device(house.store, UseDevice(session_uid=visit, device_uid=uid, override=override), **values)  # type: ignore[arg-type]


def test_between_patients_it_is_cleaned_and_a_mistaken_use_needs_no_cleaning(store: Store) -> None:
    house = House(store)
    pen, ana = device(house), patient(house)
    first, again, other = session(house, ana), session(house, ana), session(house)
    taken = used(house, first, pen)
    used(house, again, pen)

    with pytest.raises(DeviceInUse):
        used(house, first, pen)
    with pytest.raises(DeviceNotCleaned):
        used(house, other, pen)
    clean_device(store, CleanDevice(device_uid=pen), actor=house.nurse, key=key(), now=NOW)
    mistaken = used(house, other, pen)
    back = TakeBackDevice(act_uid=mistaken.act_uid)
    take_back_device(store, back, actor=house.nurse, key=key(), now=NOW)
    with pytest.raises(TakenBackAlready):
        take_back_device(store, back, actor=house.nurse, key=key(), now=NOW)
    used(house, session(house), pen)

    assert [row.kind for row in rows(store, DeviceAct)] == [
        "used", "used", "cleaned", "used", "taken_back", "used",
    ]  # fmt: skip
    assert taken.device_uid == pen


def test_what_is_over_elsewhere_or_somebody_else_s_is_refused(store: Store) -> None:
    house = House(store)
    pen, visit, over = device(house), session(house), session(house)
    finish(house, over)
    taken = used(house, visit, pen)

    refused: list[tuple[type[StockroomError], str, dict[str, object]]] = [
        (SessionClosed, over, {}),
        (ThingNotFound, visit, {"actor": house.another_clinic().nurse}),
        (ActionForbidden, visit, {"actor": house.manager}),
    ]
    for error, where, more in refused:
        with pytest.raises(error):
            used(house, where, pen, **more)
    with pytest.raises(NotYoursToReverse):
        take_back_device(
            store,
            TakeBackDevice(act_uid=taken.act_uid),
            actor=house.clinic.employ(Role.NURSE),
            key=key(),
            now=NOW,
        )
    assert len(rows(store, DeviceAct)) == 1


def test_a_flag_speaks_against_a_device_and_its_technique_and_the_answer_stands_in_the_session(
    store: Store,
) -> None:
    house = House(store)
    pen = device(house, kind="microneedling-handpiece")
    ana, bea = patient(house), patient(house)
    flag(house, ana, "skin-cancer")
    flag(house, bea, "anticoagulants")
    visit, other = session(house, ana), session(house, bea)
    want(house, Rule.CONTRAINDICATED)
    second = house.clinic.employ(Role.PRACTITIONER).person_uid
    plain = over(Rule.CONTRAINDICATED)

    with pytest.raises(DeviceContraindicated) as stop:
        used(house, visit, pen)
    with pytest.raises(DeviceOverrideForbidden):
        used(house, visit, pen, override=plain)
    with pytest.raises(DeviceSecondPersonMissing) as alone:
        used(house, visit, pen, override=plain, actor=house.practitioner)
    herself = replace(plain, second_person_uid=house.practitioner.person_uid)
    with pytest.raises(DeviceSecondPersonMayNot):
        used(house, visit, pen, override=herself, actor=house.practitioner)
    assert "lot" not in str(alone.value).split() and alone.value.device_uid == pen
    assert stop.value.rules == ("contraindicated",) and rows(store, DeviceAct) == []
    agreed = replace(plain, second_person_uid=second)
    used(house, visit, pen, override=agreed, actor=house.practitioner)
    clean_device(store, CleanDevice(device_uid=pen), actor=house.nurse, key=key(), now=NOW)
    with pytest.raises(DeviceCautionAsked):
        used(house, other, pen)
    used(house, other, pen, override=over(Rule.CAUTION))
    gun = device(house, "Gun", serial="SN-2")
    used(house, other, gun)

    answered = [(row.word, row.reason) for row in rows(store, CautionAnswer)]
    assert {word for word, _ in answered} == {"contraindicated", "caution"} and all(
        why for _, why in answered
    )
    assert [each.get("overridden") for each in payloads(store, "device.use")] == [
        ["contraindicated"], ["caution"], None,
    ]  # fmt: skip
    assert payloads(store, "device.use")[0]["agreed_by"] == second
    assert "skin-cancer" not in journalled(store)


def test_it_is_clean_for_the_same_person_under_either_record(sqlite_store: Store) -> None:
    house = House(sqlite_store)
    pen, ana, bea = device(house), patient(house), patient(house)
    used(house, session(house, ana), pen)
    merge = MergePatients(into_uid=bea, merged_uid=ana)
    merge_patients(sqlite_store, merge, actor=house.nurse, key=key(), now=NOW)

    assert used(house, session(house, bea), pen).device_uid == pen
