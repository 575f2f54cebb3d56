"""Does what was opened, made or put away get a label that scans back, and say when it is printed again?"""

from __future__ import annotations

import io
import re

import pytest
from PIL import Image

from tests.decoding import needs_decoder, read_squares
from tests.serving import Browser, Served
from tests.sessions import opened
from tests.web.sending import fill_in, hidden_of, post


def _printed(browser: Browser, path: str, **fields: object) -> str:
    """Print the label of a page's thing, and give the address of the printing."""
    answer = fill_in(browser, path, action=path, **{"start": 1, "part_count": 1, **fields})
    assert answer.status_code == 303, answer.text
    return str(answer.headers["Location"])


def _decoded(browser: Browser, printing: str) -> list[str]:
    answer = browser.get(f"{printing}/labels.png")
    assert answer.mimetype == "image/png"
    return read_squares(Image.open(io.BytesIO(answer.data)))


@needs_decoder
def test_an_opened_vial_gets_a_label_that_scans_back_and_a_second_one_is_a_reprint(served: Served) -> None:
    house, clinic = served.house, served.clinic
    vial = opened(house, clinic.lot_on_shelf(house.product("Filler", content_quantity=2000), "A1"))
    browser = served.logged_in(clinic.nurse)
    path = f"/c/{clinic.uid}/labels/container/{vial.container_uid}"

    seen = browser.get(path)
    first = _printed(browser, path, paper="roll-57-32")
    again = _printed(browser, path, paper="roll-57-32")

    assert vial.short_code in seen.text and "A1" in seen.text and "Reprint" not in seen.text
    assert _decoded(browser, first) == _decoded(browser, again) == [f"SRC:{vial.short_code}"]
    assert "Reprint" not in browser.get(first).text and "Reprint" in browser.get(again).text
    assert "it is a reprint" in browser.get(path).text


def test_a_double_press_prints_once(served: Served) -> None:
    clinic = served.clinic
    browser = served.logged_in(clinic.nurse)
    path = f"/c/{clinic.uid}/labels/location/{clinic.fridge.uid}"
    sent = {**hidden_of(browser, path, action=path), "paper": "a4-21", "start": 1, "part_count": 1}

    answers = [post(browser, path, sent).headers["Location"] for _ in range(2)]

    assert answers[0] == answers[1]
    assert "Printed 1 time" in browser.get(path).text


@pytest.mark.parametrize("file_kind", ["pdf", "png", "svg", "zpl"])
def test_a_printing_is_the_same_file_each_time_it_is_opened(served: Served, file_kind: str) -> None:
    clinic = served.clinic
    browser = served.logged_in(clinic.nurse)
    printing = _printed(
        browser, f"/c/{clinic.uid}/labels/location/{clinic.fridge.uid}", paper="a4-21", start=5
    )

    first, second = (browser.get(f"{printing}/labels.{file_kind}") for _ in range(2))

    assert first.status_code == 200 and first.data == second.data and len(first.data) > 300


def test_what_was_drawn_into_four_syringes_gets_four_labels(served: Served) -> None:
    house, clinic = served.house, served.clinic
    vial = opened(house, clinic.lot_on_shelf(house.product("Filler", content_quantity=2000), "A1"))
    browser = served.logged_in(clinic.nurse)

    path = f"/c/{clinic.uid}/labels/container/{vial.container_uid}"
    printing = _printed(browser, path, paper="roll-57-32", part_count=4)

    shown = browser.get(printing).text
    assert re.findall(r"[1-4] of 4", re.sub(r'aria-label="[^"]*"', "", shown)) == [
        "1 of 4", "2 of 4", "3 of 4", "4 of 4",
    ]  # fmt: skip
    assert browser.get(f"{printing}/labels.zpl").data.count(b"^XA") == 4


@needs_decoder
def test_a_lot_whose_packs_bear_no_code_gets_one_of_the_house_and_is_then_looked_up_by_it(
    served: Served,
) -> None:
    house, clinic = served.house, served.clinic
    plain = house.product("Plain", coded=False)
    lot = clinic.lot_on_shelf(plain, "B/7")
    browser = served.logged_in(clinic.nurse)
    path = f"/c/{clinic.uid}/labels/lot/{lot.uid}"

    asked = browser.get(path)
    given = fill_in(browser, path, action=f"{path}/code-of-the-house")
    printing = _printed(browser, path, paper="roll-57-32")

    assert "bear no code" in asked.text and given.status_code == 303
    (text,) = _decoded(browser, printing)
    assert text.startswith("0100400000000015") and text.endswith("10B/7")
    told = fill_in(browser, path, action=f"/c/{clinic.uid}/scan", scan="]d2" + text)
    assert told.status_code == 303 and lot.uid in told.headers["Location"]


def test_a_label_that_does_not_fit_its_paper_is_refused_before_anything_is_written_down(
    served: Served,
) -> None:
    house, clinic = served.house, served.clinic
    vial = opened(house, clinic.lot_on_shelf(house.product("Filler", content_quantity=2000), "A1"))
    browser = served.logged_in(clinic.nurse)
    path = f"/c/{clinic.uid}/labels/container/{vial.container_uid}"

    answer = fill_in(browser, path, action=path, paper="letter-80", start=1, part_count=1)

    assert answer.status_code == 422 and "choose a larger label" in answer.text
    assert "Printed" not in browser.get(path).text


@pytest.mark.parametrize("fields", [{"start": 22}, {"start": 0}, {"part_count": 0}, {"part_count": 51}])
def test_a_place_on_the_sheet_or_a_number_that_cannot_be_is_refused(
    served: Served, fields: dict[str, int]
) -> None:
    clinic = served.clinic
    browser = served.logged_in(clinic.nurse)
    path = f"/c/{clinic.uid}/labels/location/{clinic.fridge.uid}"

    answer = fill_in(browser, path, action=path, **{"paper": "a4-21", "start": 1, "part_count": 1, **fields})

    assert answer.status_code == 422


def test_things_of_nobody_and_of_another_clinic_have_no_label(served: Served) -> None:
    clinic = served.clinic
    other = served.house.another_clinic()
    browser = served.logged_in(clinic.nurse)
    paths = [f"container/{clinic.fridge.uid}", "location/nonsense", "patient/x", f"lot/{clinic.fridge.uid}"]
    paths.append(f"location/{other.fridge.uid}")

    for path in paths:
        assert browser.get(f"/c/{clinic.uid}/labels/{path}").status_code == 404


def test_an_auditor_prints_no_label(served: Served) -> None:
    clinic = served.clinic
    browser = served.logged_in(clinic.auditor)

    assert browser.get(f"/c/{clinic.uid}/labels/location/{clinic.fridge.uid}").status_code == 403
    assert "labels/location" not in browser.get(f"/c/{clinic.uid}/locations/{clinic.fridge.uid}").text


def test_a_lot_number_that_no_code_can_hold_gets_no_label_and_says_why(served: Served) -> None:
    lot = served.clinic.lot_on_shelf(served.house.product("Filler"), "Партида №7")
    browser = served.logged_in(served.clinic.nurse)
    path = f"/c/{served.clinic.uid}/labels/lot/{lot.uid}"

    asked = browser.get(path)

    assert asked.status_code == 422
    assert "No code can hold lot number Партида №7" in asked.text
