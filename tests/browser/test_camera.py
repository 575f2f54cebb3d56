"""Does a code reach the scan field from a camera's frames, and from a photo where no camera may be used?"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, expect

from tests.browser.at_bench import a_session, pack_of
from tests.browser.conftest import chromium_program
from tests.browser.shop import Shop
from tests.browser.visiting import Visit
from tests.outside.test_photos import photo, sent

FRAMES = 5


def _pack(nurse: Visit) -> re.Match[str]:
    """What is printed on a pack that lies in the demo clinic: its code, and its lot as the first group."""
    nurse.go("codes")
    found = re.search(r"\(01\)\d{14}(?:\(17\)\d{6})?\(10\)([\w-]+)", nurse.page.content())
    assert found
    return found


def test_a_photo_is_read_where_the_camera_may_not_be_used(
    visit: Callable[..., Visit], tmp_path: Path
) -> None:
    nurse = visit("nurse", width=390, height=844)
    pack = _pack(nurse)
    picture = tmp_path / "pack.jpg"
    picture.write_bytes(sent(photo(pack[0], angle=9)))

    with nurse.page.expect_file_chooser() as chosen:
        nurse.page.locator(".camera-button").first.click()
    chosen.value.set_files(picture)

    expect(nurse.page.locator("h1")).to_contain_text(pack[1])
    assert nurse.faults == []


def test_what_a_camera_read_in_a_session_stands_so_in_the_books(
    visit: Callable[..., Visit], shop: Shop, tmp_path: Path
) -> None:
    needle = pack_of(shop, "Demo Needle 30G 4 mm")
    nurse = visit("nurse", width=390, height=844)
    session_uid = a_session(shop, (needle, 5))
    nurse.go(f"sessions/{session_uid}")
    picture = tmp_path / "pack.jpg"
    picture.write_bytes(sent(photo(f"(01){needle.gtin}(17){needle.expires}(10){needle.number}")))

    with nurse.page.expect_file_chooser() as chosen:
        nurse.page.locator(".camera-button").first.click()
    chosen.value.set_files(picture)
    nurse.page.locator('#bench[data-outcome="used"]').wait_for()
    nurse.scan(needle.scan)
    nurse.page.locator(".bench-list li", has_text=needle.product_name).nth(1).wait_for()

    said = nurse.page.locator(".bench-list li", has_text=needle.product_name).all_inner_texts()
    assert sorted(("by camera" in each, "scanned" in each) for each in said) == [(False, True), (True, False)]


def test_a_picture_without_a_code_says_so_and_leaves_the_page_as_it_was(
    visit: Callable[..., Visit], tmp_path: Path
) -> None:
    nurse = visit("nurse")
    nurse.expects_refusals = True
    nurse.go("codes")
    picture = tmp_path / "table.jpg"
    picture.write_bytes(sent(Image.new("L", (640, 480), 120)))

    with nurse.page.expect_file_chooser() as chosen:
        nurse.page.locator(".camera-button").first.click()
    chosen.value.set_files(picture)

    expect(nurse.page.locator("dialog.camera")).to_contain_text("No code was found")
    nurse.page.get_by_role("button", name="Close").click()
    expect(nurse.page.locator("dialog.camera")).to_have_count(0)
    expect(nurse.page.locator("h1")).to_contain_text("Codes to scan")


def test_a_code_held_before_the_camera_is_read_from_its_frames(
    chromium: Browser, shop: Shop, visit: Callable[..., Visit], tmp_path: Path
) -> None:
    pack = _pack(visit("nurse"))
    film = tmp_path / "film.mjpeg"
    film.write_bytes(sent(photo(pack[0]), quality=90) * FRAMES)
    filming = chromium.browser_type.launch(
        executable_path=chromium_program(),
        args=[
            "--no-sandbox", "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream",
            f"--use-file-for-fake-video-capture={film}",
        ],
    )  # fmt: skip
    try:
        page = filming.new_context(permissions=["camera"]).new_page()
        nurse = Visit(page, shop, "nurse")
        nurse.expects_refusals = True
        nurse.log_in()
        nurse.go("stock")

        page.locator(".camera-button").first.click()

        expect(page.locator("h1")).to_contain_text(pack[1], timeout=15_000)
        assert nurse.faults == []
    finally:
        filming.close()
