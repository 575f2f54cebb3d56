"""Does the scan field of every page know where to go, and write nothing?"""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import func, select

from stockroom.clock import now
from stockroom.models import Location, Movement, TreatmentSession
from tests.receiving import gs1, rows_of
from tests.serving import Browser, Served
from tests.sessions import opened, session


@pytest.fixture
def browser(served: Served) -> Browser:
    return served.logged_in(served.clinic.nurse)


def follow(served: Served, browser: Browser, text: str) -> Any:
    page = f"/c/{served.clinic.uid}/stock"
    return browser.send(page, f"/c/{served.clinic.uid}/scan", scan=text)


def test_whatever_is_scanned_or_typed_leads_to_its_page(served: Served, browser: Browser) -> None:
    clinic, house = served.clinic, served.house
    filler = house.product("Filler", content_quantity=5000)
    lot = clinic.lot_on_shelf(filler, "A1")
    vial = opened(house, lot, now=now())
    visit = session(house, planned_at=now())
    (visited,) = rows_of(served.store, TreatmentSession, TreatmentSession.uid == visit)
    (fridge,) = rows_of(served.store, Location, Location.uid == clinic.fridge.uid)
    before = _movements(served)

    for text, leads_to in (
        (gs1(filler.gtin, "A1"), f"/lots/{lot.uid}"),
        ("A1", f"/lots/{lot.uid}"),
        ("a1", f"/lots/{lot.uid}"),
        (vial.short_code.lower(), f"/containers/{vial.container_uid}"),
        (f"SRC:{vial.short_code}", f"/containers/{vial.container_uid}"),
        (fridge.short_code, f"/locations/{fridge.uid}"),
        (visited.short_code, f"/sessions/{visit}"),
        ("fill", f"/products/{filler.uid}"),
    ):
        answer = follow(served, browser, text)
        assert answer.status_code == 303, (text, answer.text)
        assert answer.headers["Location"].endswith(leads_to), text

    assert _movements(served) == before


def test_who_reads_no_patient_is_led_to_no_session(served: Served) -> None:
    visit = session(served.house, planned_at=now())
    (visited,) = rows_of(served.store, TreatmentSession, TreatmentSession.uid == visit)

    answer = follow(served, served.logged_in(served.clinic.administrator), visited.short_code)

    assert answer.status_code == 200 and "Nothing here goes by this" in answer.text


def test_several_things_of_one_name_are_offered(served: Served, browser: Browser) -> None:
    for name in ("Filler <b>", "Filler two"):
        served.house.product(name)

    answer = follow(served, browser, "filler")

    assert answer.status_code == 200
    assert "Filler &lt;b&gt;" in answer.text and "Filler two" in answer.text and "<b>" not in answer.text


def test_another_clinics_lot_leads_nowhere(served: Served, browser: Browser) -> None:
    other = served.house.another_clinic()
    other.lot_on_shelf(served.house.product("Filler"), "THEIRS")

    answer = follow(served, browser, "THEIRS")

    assert answer.status_code == 200 and "Nothing here goes by this" in answer.text


@pytest.mark.parametrize("text", ["x" * 5000, "\x00", "]d2"])
def test_what_cannot_be_read_is_said_and_kept(served: Served, browser: Browser, text: str) -> None:
    answer = follow(served, browser, text)

    assert answer.status_code == 400 and "cannot be read" in answer.text


def test_an_empty_field_leads_to_the_first_page(served: Served, browser: Browser) -> None:
    assert follow(served, browser, "  ").headers["Location"].endswith(f"/c/{served.clinic.uid}/")


def _movements(served: Served) -> int:
    with served.store.reading() as connection:
        return int(connection.execute(select(func.count()).select_from(Movement)).scalar_one())
