"""A manager takes a parcel in, puts aside what has expired, and holds a mock recall; each by scans."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta

import pytest
from pypdfium2 import PdfDocument

from stockroom import clock
from stockroom.barcodes.gtin import check_digit
from tests.browser.at_bench import one, pack_of
from tests.browser.shop import Shop
from tests.browser.visiting import ALL_SENT, Visit

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(300)]
_UNKNOWN = "0952000077777"


def _arriving(gtin: str, number: str) -> str:
    """A pack that keeps for a year and a half, with a separator behind its lot."""
    expires = clock.now().date() + timedelta(days=550)
    return f"]d201{gtin}10{number}\x1d17{expires:%y%m%d}"


def test_a_parcel_with_an_unknown_code_is_taken_in_whole(visit: Callable[..., Visit], shop: Shop) -> None:
    known = [pack_of(shop, name) for name in ("Demo Hydra Booster", "Demo PolyMeso 3 mL")]
    unknown = _UNKNOWN + str(check_digit(_UNKNOWN))
    manager = visit("manager", width=1440, height=900)
    manager.go("receive")
    manager.taps = 0
    began = time.monotonic()

    manager.tap("Unpack a delivery")
    manager.page.wait_for_url("**/receive/*")
    manager.scan(_arriving(known[0].gtin, "MAN1"))
    manager.scan(_arriving(known[1].gtin, "MAN2"))
    manager.scan(_arriving(unknown, "MAN3"))
    manager.page.wait_for_function(ALL_SENT)
    manager.page.get_by_role("heading", name="3 lines").wait_for()
    on_table = manager.page.url

    manager.press(manager.page.locator(".last-line").get_by_role("link", name="Complete"))
    manager.page.get_by_role("heading", name="Which product is this?").wait_for()
    manager.type_into(manager.page.get_by_label("Product", exact=True), "Silica")
    manager.page.keyboard.press("Enter")
    manager.press(manager.page.locator("a.choice", has_text="Demo Organic Silica").last)
    manager.type_into(manager.page.get_by_label("The code is on a"), "box")
    manager.type_into(manager.page.get_by_label("How many are in it"), "10")
    manager.tap("Add the code to this product")
    manager.page.wait_for_url(on_table.split("?")[0] + "**")
    assert (
        manager.page.get_by_role("row").filter(has_text="Demo Organic Silica").filter(has_text="MAN3").count()
    )
    assert manager.scans == 3, "the unknown pack is not scanned again"

    manager.press(manager.page.get_by_role("link", name="Fill in"))
    manager.choose(manager.page.get_by_label("Supplier"), "Demo Supply North")
    manager.type_into(manager.page.get_by_label("Delivery note"), "NOTE-MAN")
    manager.tap("Keep")
    while manager.page.locator("table .btn-primary").count():
        manager.press(manager.page.locator("table .btn-primary").first)
        manager.places_the_line(into="Cupboard")
    manager.tap("Book the delivery")
    manager.page.wait_for_url("**/receive/receipts/**")
    seconds = time.monotonic() - began

    booked = one(
        shop,
        "SELECT count(DISTINCT lot.id) AS lots, sum(balance.quantity) AS quantity FROM lot"
        " JOIN balance ON balance.lot_id = lot.id WHERE lot.number IN ('MAN1', 'MAN2', 'MAN3')",
    )
    assert (booked.lots, booked.quantity) == (3, 2_000 + 3_000 + 50_000)
    print(f"\nmanager, receive: 3 lines, {manager.scans} scans, {manager.taps} taps, {seconds:.1f} s")


def test_what_is_low_leads_to_the_product(visit: Callable[..., Visit]) -> None:
    manager = visit("manager", width=1440, height=900)

    manager.go("low")
    row = manager.page.get_by_role("row").filter(has_text="Demo Deoxy")
    row.get_by_role("link", name="Demo Deoxy").first.click()

    manager.page.wait_for_url("**/products/**")
    assert "Demo Deoxy" in manager.page.get_by_role("heading", level=1).inner_text()


def test_an_expired_box_is_put_into_quarantine_by_a_scan(visit: Callable[..., Visit], shop: Shop) -> None:
    lot = one(
        shop,
        "SELECT lot.number, lot.expires_on, trade_item.code FROM lot JOIN trade_item ON"
        " trade_item.product_id = lot.product_id AND trade_item.pack_level = 'box' WHERE lot.number = 'OVER1'",
    )
    manager = visit("manager", width=1440, height=900)
    manager.go("separation")
    manager.taps = 0
    began = time.monotonic()

    manager.scan(f"]d201{lot.code}10{lot.number}\x1d17{str(lot.expires_on).replace('-', '')[2:]}")
    manager.page.get_by_text("OVER1 of Demo Zinc was put aside.").wait_for()
    seconds = time.monotonic() - began

    place = one(
        shop,
        "SELECT location.kind FROM balance JOIN lot ON lot.id = balance.lot_id JOIN location ON"
        " location.id = balance.location_id WHERE lot.number = 'OVER1' AND balance.quantity > 0"
        " AND location.kind NOT IN ('supplier')",
    )
    assert place.kind == "quarantine"
    assert (
        manager.page.get_by_role("row")
        .filter(has_text="OVER1")
        .get_by_role("link", name="Throw away")
        .count()
    )
    print(f"\nmanager, put aside: {manager.scans} scan, {manager.taps} taps, {seconds:.1f} s")


_MIXED_MOST = """
    SELECT lot.id, lot.number, trade_item.code, count(DISTINCT line.session_id) AS sessions,
      count(DISTINCT treatment_session.patient_id) AS patients, count(DISTINCT recipe_version.recipe_id) AS recipes
    FROM lot
    JOIN trade_item ON trade_item.product_id = lot.product_id AND trade_item.pack_level = 'each'
    JOIN preparation_ingredient AS part ON part.clinic_id = lot.clinic_id AND part.lot_id = lot.id
      AND part.removed_at IS NULL
    JOIN preparation ON preparation.clinic_id = part.clinic_id AND preparation.id = part.preparation_id
    JOIN recipe_version ON recipe_version.id = preparation.recipe_version_id
    JOIN line ON line.clinic_id = preparation.clinic_id AND line.lot_id = preparation.lot_id
    JOIN treatment_session ON treatment_session.clinic_id = line.clinic_id
      AND treatment_session.id = line.session_id
    WHERE lot.clinic_id = (SELECT min(id) FROM clinic) AND lot.kind = 'manufactured'
      AND NOT EXISTS (SELECT 1 FROM line AS back WHERE back.clinic_id = line.clinic_id
        AND back.reverses_line_id = line.id)
    GROUP BY lot.id, lot.number, trade_item.code
    HAVING count(DISTINCT recipe_version.recipe_id) > 1 ORDER BY sessions DESC LIMIT 1
"""
"""The lot of which two kinds of cocktails took the most often, and whom they reached."""


def test_a_mock_recall_goes_from_a_scan_to_everybody_and_to_a_signed_pack(
    visit: Callable[..., Visit], shop: Shop
) -> None:
    lot = one(shop, _MIXED_MOST)
    manager = visit("manager", width=1440, height=900)
    manager.go("mock-recalls")
    manager.taps = 0
    began = time.monotonic()

    manager.scan(f"]d201{lot.code}10{lot.number}\x1d17300101")
    manager.page.get_by_text("The watch runs since").wait_for()
    manager.tap("These: name everybody")
    watch = manager.page.locator(".recall-watch")
    watch.wait_for()
    to_list, seconds = time.monotonic() - began, watch.inner_text()
    listed = manager.page.get_by_role("row").filter(has=manager.page.locator("[data-label=Treated]"))
    names, page = listed.get_by_role("rowheader").all_inner_texts(), manager.page.locator("main").inner_text()

    manager.tap("Evidence")
    manager.type_into(manager.page.get_by_label("What you looked at"), "Compared with the diary.")
    manager.tap("Sign", exact=True)
    pack = manager.page.get_by_role("link", name="PDF")
    pack.wait_for()
    answer = manager.page.request.get(f"{shop.address}{pack.get_attribute('href')}")
    paper = " ".join(
        " ".join(each.get_textpage().get_text_range().split()) for each in PdfDocument(answer.body())
    )
    manager.go("mock-recalls")
    kept = manager.page.get_by_role("row").filter(has_text=lot.number).first.inner_text()

    counted = f"{lot.patients} patients in {lot.sessions} sessions."
    assert lot.recipes > 1 and len(names) == lot.patients
    assert "complete" in page and "not complete" not in page
    for said in (
        counted,
        "Statement of completeness",
        "Compared with the diary.",
        "what was signed: its digest",
    ):
        assert said in paper, said
    assert "This is an exercise" in paper and lot.number in paper and all(name in paper for name in names)
    assert str(lot.patients) in kept and str(lot.sessions) in kept and "complete" in kept
    print(
        f"\nmanager, mock recall: {lot.patients} patients in {lot.sessions} sessions through {lot.recipes} recipes, "
        f"{manager.scans} scan, {manager.taps} taps; {to_list:.1f} s from the scan to the list, "
        f"by the server's watch {seconds}"
    )
