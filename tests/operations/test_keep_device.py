"""Is a device stopped by a hold, a run-out service and its end, freed by a release and a service, and once only?"""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from stockroom.db.store import Store
from stockroom.errors import InvalidValue, ThingNotFound
from stockroom.models import DeviceAct
from stockroom.operations.keep_device import (
    CleanDevice,
    DeviceHeldAlready,
    DeviceNotHeld,
    HoldDevice,
    OutOfUse,
    ReleaseDevice,
    RetireDevice,
    ServiceDevice,
    clean_device,
    hold_device,
    release_device,
    retire_device,
    service_device,
)
from stockroom.operations.use_device import UseDevice, use_device
from stockroom.rules.devices import DeviceOnHold, DeviceRetired, ServiceOverdue
from stockroom.rules.permissions import ActionForbidden
from tests.builders import NOW, House, key
from tests.devices import device
from tests.sessions import rows, session

TODAY = NOW.date()


def used(house: House, uid: str, *, now: datetime = NOW) -> None:
    command = UseDevice(session_uid=session(house), device_uid=uid)
    use_device(house.store, command, actor=house.nurse, key=key("device"), now=now)


def test_a_hold_a_run_out_service_and_a_retirement_stop_it_and_a_release_and_a_service_free_it(
    store: Store,
) -> None:
    house = House(store)
    pen = device(house, serviced_until=TODAY)
    later = NOW + timedelta(days=2)
    hold_device(store, HoldDevice(device_uid=pen, reason="noise"), actor=house.nurse, key=key(), now=NOW)

    with pytest.raises(DeviceOnHold):
        used(house, pen)
    with pytest.raises(ActionForbidden):
        release_device(
            store, ReleaseDevice(device_uid=pen, reason="ok"), actor=house.nurse, key=key(), now=NOW
        )
    release_device(
        store, ReleaseDevice(device_uid=pen, reason="ok"), actor=house.practitioner, key=key(), now=NOW
    )
    with pytest.raises(ServiceOverdue):
        used(house, pen, now=later)
    service = ServiceDevice(device_uid=pen, serviced_until=date(2027, 1, 1))
    service_device(store, service, actor=house.manager, key=key(), now=NOW)
    used(house, pen, now=later)
    retire_device(store, RetireDevice(device_uid=pen, reason="sold"), actor=house.manager, key=key(), now=NOW)
    with pytest.raises(DeviceRetired):
        used(house, pen)


def test_nothing_is_done_twice_without_a_reason_or_by_another_clinic(store: Store) -> None:
    house = House(store)
    pen, nurse = device(house), house.nurse
    hold = HoldDevice(device_uid=pen, reason="noise")

    with pytest.raises(DeviceNotHeld):
        release_device(
            store, ReleaseDevice(device_uid=pen, reason="ok"), actor=house.manager, key=key(), now=NOW
        )
    with pytest.raises(InvalidValue):
        hold_device(store, HoldDevice(device_uid=pen, reason=" "), actor=nurse, key=key(), now=NOW)
    hold_device(store, hold, actor=nurse, key="once", now=NOW)
    hold_device(store, hold, actor=nurse, key="once", now=NOW)
    with pytest.raises(DeviceHeldAlready):
        hold_device(store, hold, actor=nurse, key=key(), now=NOW)
    with pytest.raises(ThingNotFound):
        clean_device(
            store, CleanDevice(device_uid=pen), actor=house.another_clinic().nurse, key=key(), now=NOW
        )
    retire_device(store, RetireDevice(device_uid=pen, reason="sold"), actor=house.manager, key=key(), now=NOW)
    with pytest.raises(OutOfUse):
        clean_device(store, CleanDevice(device_uid=pen), actor=nurse, key=key(), now=NOW)
    assert [row.kind for row in rows(store, DeviceAct)] == ["held", "held"]
