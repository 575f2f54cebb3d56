"""A manager takes a parcel in, reads what is low, and puts aside what has expired; each by scans."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta

import pytest

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
