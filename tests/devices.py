"""Devices of a house, for tests."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from stockroom import clock
from stockroom.operations.register_device import DeviceFacts, RegisterDevice, register_device
from tests.builders import NOW, House, key


def device(house: House, name: str = "Pen", *, serial: str = "SN-1", **more: Any) -> str:
    """A handpiece in the clinic's room, serviced for a year; its uid."""
    now = more.pop("now", NOW)
    until = more.pop(
        "serviced_until", clock.now().date() + timedelta(days=365)
    )  # of today, whatever day `NOW` is
    facts = DeviceFacts(
        kind=more.pop("kind", "mesogun"),
        name=name,
        manufacturer="Demo Devices",
        udi_di=more.pop("udi_di", "09520000000998"),
        serial=serial,
        room_uid=house.clinic.room.uid,
        **more,
    )
    command = RegisterDevice(facts=facts, serviced_until=until)
    saved = register_device(house.store, command, actor=house.manager, key=key("device"), now=now)
    return saved.device_uid
