"""Do the codes of what lies here stand on a page and on paper, and read back as what they are?"""

from __future__ import annotations

from datetime import timedelta

import pytest

from stockroom.clock import civil_date, now
from stockroom.web import codes_page
from tests.serving import Served


def test_the_page_shows_a_code_of_what_lies_here_and_says_what_is_not_usable(served: Served) -> None:
    house, clinic = served.house, served.clinic
    today = civil_date(now(), clinic.zone)
    filler = house.product("Filler")
    clinic.lot_on_shelf(filler, "GOOD", expires_on=today + timedelta(days=300))
    clinic.lot_on_shelf(filler, "OLD", expires_on=today - timedelta(days=1))

    page = served.logged_in(clinic.nurse).get(f"/c/{clinic.uid}/codes")

    assert "(10)GOOD" in page.text and "(10)OLD" in page.text
    assert page.text.count("not usable") == 1
    assert "<svg" in page.text


def test_an_empty_clinic_is_told_how_codes_come_about(served: Served) -> None:
    page = served.logged_in(served.clinic.nurse).get(f"/c/{served.clinic.uid}/codes")

    assert "Nothing with a code lies here yet" in page.text


def test_the_sheet_is_a_pdf_and_the_same_codes_give_the_same_bytes(served: Served) -> None:
    clinic = served.clinic
    clinic.lot_on_shelf(served.house.product("Filler Ω"), "GOOD")
    browser = served.logged_in(clinic.nurse)

    first, second = (browser.get(f"/c/{clinic.uid}/codes/sheet.pdf") for _ in range(2))

    assert first.mimetype == "application/pdf"
    assert first.data.startswith(b"%PDF-") and first.data == second.data


def test_many_codes_come_page_by_page_and_are_found_by_lot(served: Served) -> None:
    house, clinic = served.house, served.clinic
    for n in range(52):
        clinic.lot_on_shelf(house.product(f"Filler {n:02d}"), f"LOT{n:02d}")
    browser, path = served.logged_in(clinic.nurse), f"/c/{clinic.uid}/codes"

    first, second, found = browser.get(path), browser.get(f"{path}?page=2"), browser.get(f"{path}?q=lot51")

    assert first.text.count("code-card") == 50 and "Page 1 of 2" in first.text
    assert second.text.count("code-card") == 2 and "(10)LOT51" in second.text
    assert found.text.count("code-card") == 1 and "(10)LOT51" in found.text


def test_more_codes_than_fit_one_sheet_come_on_several(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(codes_page, "SHEET_CODES", 4)
    for n in range(6):
        served.clinic.lot_on_shelf(served.house.product(f"Filler {n}"), f"L{n}")
    nurse = served.logged_in(served.clinic.nurse)
    path = f"/c/{served.clinic.uid}/codes"

    page = nurse.get(path).text
    first, second = nurse.get(f"{path}/sheet.pdf").data, nurse.get(f"{path}/sheet.pdf?page=2").data

    assert "PDF from code 1 on" in page and "PDF from code 5 on" in page and "PDF from code 9 on" not in page
    assert first != second and len(second) < len(first)


@pytest.mark.parametrize("number", ["Партида №7", "L" * 21, "two words"])
def test_a_lot_number_that_no_code_can_hold_gives_way_to_the_next_one(served: Served, number: str) -> None:
    filler, clinic = served.house.product("Filler"), served.clinic
    soon = civil_date(now(), clinic.zone) + timedelta(days=30)
    clinic.lot_on_shelf(filler, number, expires_on=soon)
    clinic.lot_on_shelf(filler, "A(1", expires_on=soon + timedelta(days=30))
    browser = served.logged_in(clinic.nurse)

    page, sheet = (browser.get(f"/c/{clinic.uid}/codes{below}") for below in ("", "/sheet.pdf"))

    assert (page.status_code, sheet.status_code) == (200, 200)
    assert "[10]A(1" in page.text and number not in page.text
