"""Does it matter in which time zone the machine is?  Not for what is written, nor for what a page or a file says."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest

from stockroom.ledger.verify import verify
from stockroom.models import Movement
from tests.builders import NOW
from tests.receiving import rows_of
from tests.serving import Served
from tests.sessions import line, patient, session, used

ZONES = ("UTC", "Pacific/Kiritimati", "America/St_Johns", "Etc/GMT+12")
_OF_THE_MOMENT = re.compile(r'name="(?:csrf_token|key)"[^>]*|Printed by [^<]*|nonce="[^"]*"')


@pytest.fixture
def machine_zone(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    yield monkeypatch
    monkeypatch.undo()
    time.tzset()


def test_the_zone_of_the_machine_changes_nothing_that_is_written_or_said(
    served: Served, machine_zone: pytest.MonkeyPatch
) -> None:
    house, clinic = served.house, served.clinic
    needle = house.needle()
    lot = clinic.lot_on_shelf(needle, "Z1", presentations=9, expires_on=date(2026, 3, 31), now=NOW)
    visit = session(house, patient(house))
    browser = served.logged_in(clinic.auditor)
    pages = (
        f"lots/{lot.uid}",
        f"lots/{lot.uid}/inspection",
        f"trace/lot/{lot.uid}",
        f"trace/lot/{lot.uid}/uses.csv",
    )
    said, written = [], []
    for zone in ZONES:
        machine_zone.setenv("TZ", zone)
        time.tzset()
        used(house, visit, line(lot, 1), now=NOW + timedelta(minutes=len(written)))
        written.append(rows_of(served.store, Movement)[-1].recorded_at)
    for zone in ZONES:
        machine_zone.setenv("TZ", zone)
        time.tzset()
        told = [browser.get(f"/c/{clinic.uid}/{page}").text for page in pages]
        said.append([_OF_THE_MOMENT.sub("", text) for text in told])

    assert datetime.now(UTC).astimezone().utcoffset() == timedelta(hours=-12), (
        "the machine is where it is told to be"
    )
    assert written == [NOW + timedelta(minutes=n) for n in range(len(ZONES))]
    assert "31 Mar 2026" in said[0][0] and said == [said[0]] * len(ZONES)
    assert verify(served.store).ok
