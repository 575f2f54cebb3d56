"""Does a photo of a code lead where a scan of it would, and does each picture that cannot be read say why?"""

from __future__ import annotations

import io
from typing import Any

import pytest

from tests.outside.test_photos import fifty_megapixels, photo, sent
from tests.serving import Browser, Served
from tests.web.sending import hidden_of


def _send(browser: Browser, clinic_uid: str, data: bytes, *, accept: str = "text/html") -> Any:
    page, action = f"/c/{clinic_uid}/stock", f"/c/{clinic_uid}/scan"
    token = hidden_of(browser, page, action=action)["csrf_token"]
    form = {"csrf_token": token, "picture": (io.BytesIO(data), "picture.jpg")}
    return browser.client.post(
        f"{action}/picture", data=form, content_type="multipart/form-data", headers={"Accept": accept}
    )


def test_a_photo_of_a_pack_leads_to_its_lot_and_tells_a_script_its_text(served: Served) -> None:
    house, clinic = served.house, served.clinic
    filler = house.product("Filler")
    lot = clinic.lot_on_shelf(filler, "A1")
    browser = served.logged_in(clinic.nurse)
    picture = sent(photo(f"(01){filler.gtin}(10)A1"))

    led = _send(browser, clinic.uid, picture)
    told = _send(browser, clinic.uid, picture, accept="application/json")

    assert led.status_code == 303 and lot.uid in led.headers["Location"]
    assert told.get_json() == {"text": f"01{filler.gtin}10A1", "printed": f"(01){filler.gtin}(10)A1"}


def test_two_packs_in_one_photo_are_asked_about(served: Served) -> None:
    clinic = served.clinic
    browser = served.logged_in(clinic.nurse)
    picture = sent(photo("(01)09520123456788(10)A1", "(01)09520000000011(10)B1"))

    asked = _send(browser, clinic.uid, picture)
    told = _send(browser, clinic.uid, picture, accept="application/json").get_json()

    assert "Which code?" in asked.text and "(10)A1" in asked.text and "(10)B1" in asked.text
    assert sorted(each["printed"] for each in told["choices"]) == [
        "(01)09520000000011(10)B1", "(01)09520123456788(10)A1",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"%PDF-1.7\n", "picture_unreadable"),
        (b"", "picture_unreadable"),
        (fifty_megapixels(), "picture_too_large"),
    ],
)
def test_what_is_no_photo_says_so_on_the_page_and_to_a_script(served: Served, data: bytes, code: str) -> None:
    clinic = served.clinic
    browser = served.logged_in(clinic.nurse)

    page = _send(browser, clinic.uid, data)
    told = _send(browser, clinic.uid, data, accept="application/json")

    assert (page.status_code, told.status_code, told.get_json()["code"]) == (400, 400, code)
    assert "picture" in page.text and "<form" in page.text


def test_a_picture_without_a_code_offers_another_photo(served: Served) -> None:
    from PIL import Image

    answer = _send(
        served.logged_in(served.clinic.nurse), served.clinic.uid, sent(Image.new("L", (300, 300), 9))
    )

    assert "No code was found" in answer.text and 'type="file"' in answer.text


def test_a_form_without_a_picture_is_answered(served: Served) -> None:
    browser = served.logged_in(served.clinic.nurse)
    clinic_uid = served.clinic.uid
    token = hidden_of(browser, f"/c/{clinic_uid}/stock", action=f"/c/{clinic_uid}/scan")["csrf_token"]

    answer = browser.client.post(f"/c/{clinic_uid}/scan/picture", data={"csrf_token": token})

    assert answer.status_code == 400
