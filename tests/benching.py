"""A clinic that receives at the bench, and what it received there."""

from __future__ import annotations

from typing import Any

from stockroom.ledger.receipts import Booked
from stockroom.operations.bench_receive import BenchReceive, bench_receive
from stockroom.operations.set_settings import SetSettings, set_settings
from stockroom.reads.arrivals import ArrivingLine
from stockroom.reads.settings import settings_with_version
from tests.builders import NOW, Clinic, House, key


def allow_bench_receipts(clinic: Clinic, allowed: bool = True) -> None:
    """Set the clinic's setting."""
    with clinic.store.reading() as connection:
        _, version = settings_with_version(connection, clinic.id)
    command = SetSettings(values={"bench_receipt_allowed": allowed}, version=version)
    set_settings(clinic.store, command, actor=clinic.manager, key=key("settings"), now=NOW)


def at_bench(house: House, scan: str, **more: Any) -> Booked:
    """Receive one scanned pack at the bench, in the fridge."""
    pack = ArrivingLine(location_uid=house.clinic.fridge.uid, scan=scan, **more)
    return bench_receive(house.store, BenchReceive(pack=pack), actor=house.nurse, key=key("bench"), now=NOW)
