"""Are labels printed through the API the same that a page prints, in every kind of file?"""

from __future__ import annotations

import io

import pypdfium2
import pytest
from PIL import Image

from tests.api.calling import Caller, nurse
from tests.builders import key
from tests.decoding import needs_decoder, read_squares
from tests.serving import Served
from tests.sessions import opened

__all__ = ["nurse"]


@pytest.fixture
def vial(served: Served) -> tuple[str, str]:
    filler = served.house.product("Filler", content_quantity=2000)
    made = opened(served.house, served.clinic.lot_on_shelf(filler, "A1"))
    return made.container_uid, made.short_code


def _asked(uid: str, **more: object) -> dict[str, object]:
    return {"kind": "container", "thing_uid": uid, "paper": "roll-57-32", **more}


@needs_decoder
def test_a_label_is_printed_and_its_files_scan_back(
    served: Served, nurse: Caller, vial: tuple[str, str]
) -> None:
    uid, code = vial

    printed = nurse.post("/labels", _asked(uid), 201)
    files = {
        kind: nurse.client.get(f"/api/v1/labels/{printed['print_uid']}/file", query_string={"format": kind})
        for kind in ("pdf", "png", "svg", "zpl")
    }

    assert printed["n"] == 1
    assert [files[kind].mimetype for kind in files] == [
        "application/pdf", "image/png", "image/svg+xml", "application/zpl",
    ]  # fmt: skip
    (page,) = pypdfium2.PdfDocument(files["pdf"].data)
    for picture in (page.render(scale=8).to_pil(), Image.open(io.BytesIO(files["png"].data))):
        assert read_squares(picture) == [f"SRC:{code}"]
    assert code in files["svg"].text
    assert files["zpl"].data.startswith(b"^XA")
    shown = nurse.get(f"/labels/{printed['print_uid']}", 200)
    assert (shown["thing_uid"], shown["paper"], shown["n"]) == (uid, "roll-57-32", 1)


def test_a_second_printing_is_a_reprint_and_the_same_key_prints_once(
    nurse: Caller, vial: tuple[str, str]
) -> None:
    path, body, same = "/api/v1/labels", _asked(vial[0]), {"Idempotency-Key": key("label")}

    first = nurse.client.post(path, json=body, headers=same).get_json()
    again = nurse.client.post(path, json=body, headers=same).get_json()

    assert again == first
    assert nurse.post("/labels", body, 201)["n"] == 2


@pytest.mark.parametrize(
    ("more", "status"),
    [
        ({"paper": "wallpaper"}, 422),
        ({"paper": "a4-21", "start": 22}, 422),
        ({"part_count": 0}, 422),
        ({"x": 1}, 422),
    ],
)
def test_what_cannot_be_printed_is_refused(
    nurse: Caller, vial: tuple[str, str], more: dict[str, object], status: int
) -> None:
    nurse.post("/labels", _asked(vial[0], **more), status)


def test_a_sharps_box_of_a_room_is_a_new_box_with_each_label(served: Served, nurse: Caller) -> None:
    room = served.clinic.room
    body = {"kind": "sharps_box", "thing_uid": room.uid, "paper": "roll-57-32"}

    first, second = (nurse.post("/labels", body, 201)["print_uid"] for _ in range(2))
    texts = [
        nurse.client.get(f"/api/v1/labels/{uid}/file", query_string={"format": "svg"}).text
        for uid in (first, second)
    ]

    assert "Box 1" in texts[0] and "Box 2" in texts[1] and "Reprint" not in texts[1]
    for said in ("SHARPS", "Opened", "¾ full"):
        assert said in texts[0]


def test_nobodys_thing_and_another_clinics_printing_are_not_found(
    served: Served, nurse: Caller, vial: tuple[str, str]
) -> None:
    printed = nurse.post("/labels", _asked(vial[0]), 201)["print_uid"]
    stranger = Caller(served, served.house.another_clinic().nurse)

    stranger.get(f"/labels/{printed}", 404)
    stranger.get(f"/labels/{printed}/file", 404)
    stranger.post("/labels", _asked(vial[0]), 404)
