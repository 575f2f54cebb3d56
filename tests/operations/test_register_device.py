"""Is a device known once by its UDI and serial number, in a room, and put right under the version that was read?"""

from __future__ import annotations

from dataclasses import replace

import pytest

from stockroom.db.store import Store
from stockroom.errors import InvalidValue, ThingNotFound
from stockroom.models import Device
from stockroom.operations.register_device import (
    ChangeDevice,
    DeviceChanged,
    DeviceFacts,
    DeviceKnown,
    RegisterDevice,
    change_device,
    register_device,
)
from stockroom.rules.permissions import ActionForbidden
from tests.builders import NOW, House, key
from tests.devices import device
from tests.sessions import rows

FACTS = DeviceFacts(kind="mesogun", name="Gun", serial="G-1")


def test_what_is_no_device_stands_in_no_room_or_is_known_is_refused(store: Store) -> None:
    house = House(store)
    device(house, serial="SN-1")

    def register(facts: DeviceFacts) -> None:
        register_device(store, RegisterDevice(facts=facts), actor=house.manager, key=key("device"), now=NOW)

    for wrong in (
        replace(FACTS, kind="numbing-cream"),
        replace(FACTS, kind="nothing"),
        replace(FACTS, serial=" "),
        replace(FACTS, name="x" * 101),
        replace(FACTS, room_uid=house.clinic.fridge.uid),
    ):
        with pytest.raises(InvalidValue):
            register(wrong)
    with pytest.raises(ThingNotFound):
        register(replace(FACTS, room_uid=house.another_clinic().room.uid))
    with pytest.raises(DeviceKnown):
        register(replace(FACTS, udi_di="09520000000998", serial="SN-1"))
    with pytest.raises(ActionForbidden):
        register_device(store, RegisterDevice(facts=FACTS), actor=house.nurse, key=key(), now=NOW)
    assert len(rows(store, Device)) == 1


def test_it_is_put_right_under_the_version_that_was_read(store: Store) -> None:
    house = House(store)
    uid = device(house)
    change = ChangeDevice(device_uid=uid, version=1, facts=replace(FACTS, name="Gun 2"))

    saved = change_device(store, change, actor=house.manager, key=key(), now=NOW)

    assert saved.version == 2 and rows(store, Device)[0].name == "Gun 2"
    with pytest.raises(DeviceChanged):
        change_device(store, change, actor=house.manager, key=key(), now=NOW)
