"""Does a device stop when it is held, overdue or not cleaned, and is every act with it kept?"""

from __future__ import annotations

from datetime import timedelta

import pytest

from stockroom.db.store import Store
from stockroom.errors import StockroomError, ThingNotFound
from stockroom.models import DeviceAct
from stockroom.operations.keep_device import (
    CleanDevice,
    clean_device,
)
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
from stockroom.rules.permissions import ActionForbidden, NotYoursToReverse
from stockroom.vocabulary import Role
from tests.builders import NOW, House, key
from tests.devices import device
from tests.sessions import finish, patient, rows, session

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


def used(house: House, visit: str, uid: str, **more: object) -> DeviceUsed:
    values = {"actor": house.nurse, "key": key("device"), "now": NOW, **more}
    return use_device(house.store, UseDevice(session_uid=visit, device_uid=uid), **values)  # type: ignore[arg-type]


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
