"""An auditor's and a manager's tasks, played with a scanner's typing in a real Chromium."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect
from sqlalchemy import text

from tests.browser.shop import Shop
from tests.browser.visiting import Visit

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def _pack(shop: Shop) -> tuple[str, str, str]:
    """GTIN, number and product name of a manufactured lot of the first clinic that was used on somebody."""
    statement = text(
        "SELECT trade_item.code, lot.number, product.name FROM lot JOIN product ON product.id = lot.product_id"
        " JOIN trade_item ON trade_item.product_id = product.id AND trade_item.scheme = 'gtin'"
        " JOIN line ON line.lot_id = lot.id JOIN location ON location.id = line.to_id"
        " WHERE lot.clinic_id = (SELECT min(id) FROM clinic) AND location.kind = 'patient'"
        " GROUP BY lot.id, trade_item.code, lot.number, product.name ORDER BY count(*) DESC LIMIT 1"
    )
    with shop.store.reading() as connection:
        row = connection.execute(statement).one()
    return str(row.code), str(row.number), str(row.name)


def test_a_scan_into_the_bar_of_any_page_leads_to_the_lot(visit: Callable[..., Visit], shop: Shop) -> None:
    gtin, number, product = _pack(shop)
    nurse = visit("nurse")
    nurse.go("stock")

    nurse.page.keyboard.press("/")
    nurse.scan(f"]d201{gtin}10{number}\x1d17300101")

    nurse.page.wait_for_url("**/lots/**")
    heading = nurse.page.get_by_role("heading", level=1).inner_text()
    assert number in heading or product in heading


def test_a_scan_while_no_field_has_the_focus_is_not_lost(visit: Callable[..., Visit], shop: Shop) -> None:
    gtin, number, product = _pack(shop)
    nurse = visit("nurse")
    nurse.go("stock")
    nurse.page.evaluate("document.activeElement.blur()")

    nurse.scan(f"]d201{gtin}10{number}\x1d17300101")

    nurse.page.wait_for_url("**/lots/**")
    heading = nurse.page.get_by_role("heading", level=1).inner_text()
    assert number in heading or product in heading


def test_a_scan_whose_separator_was_dropped_is_asked_about_and_not_guessed(
    visit: Callable[..., Visit], shop: Shop
) -> None:
    gtin, number, _ = _pack(shop)
    nurse = visit("nurse")
    nurse.expects_refusals = True
    nurse.go("stock")

    nurse.scan(f"]d201{gtin}10{number}17300101")

    page = nurse.page.locator("main")
    expect(page).to_contain_text("lost a separator")
    expect(page).to_contain_text(f"(10){number}17300101")
    expect(page).to_contain_text(f"(17)300101(10){number}")
    assert "/lots/" not in nurse.page.url


def test_a_table_wider_than_its_box_takes_the_focus_and_a_narrow_one_does_not(
    visit: Callable[..., Visit],
) -> None:
    manager = visit("manager", width=1440, height=900)
    manager.go("stock")
    box = manager.page.locator(".table-box").first
    assert box.get_attribute("tabindex") is None

    manager.page.evaluate("document.querySelector('.table-box .table').style.minWidth = '2000px'")
    manager.page.evaluate("document.querySelector('.table-box').style.width = '600px'")

    expect(box).to_have_attribute("tabindex", "0")
    box.focus()
    expect(box).to_be_focused()


def test_an_auditor_names_every_patient_of_a_scanned_lot_in_one_scan(
    visit: Callable[..., Visit], shop: Shop
) -> None:
    gtin, number, _ = _pack(shop)
    auditor = visit("auditor", width=1440, height=900)
    auditor.go("trace")

    auditor.scan(f"01{gtin}10{number}")

    auditor.page.wait_for_url("**/trace/lot/**")
    assert "patient" in auditor.page.locator(".page-below").inner_text()
    assert auditor.page.locator("svg.flow").count() == 1
    with auditor.page.expect_download() as download:
        auditor.page.get_by_role("link", name="CSV").first.click()
    assert download.value.suggested_filename == "trace.csv"
    assert auditor.scans == 1


def test_a_manager_reads_what_is_low_and_answers_an_alert(visit: Callable[..., Visit], shop: Shop) -> None:
    manager = visit("manager", width=1440, height=900)

    manager.go("low")
    manager.page.get_by_role("heading", name="Low", exact=True).wait_for()
    manager.go("alerts")

    assert manager.page.get_by_role("heading", level=1).inner_text() == "Alerts"


def test_the_menu_of_a_small_screen_opens_by_keyboard_and_closes_by_escape(
    visit: Callable[..., Visit],
) -> None:
    nurse = visit("nurse", width=390, height=844)
    nurse.go("stock")
    button = nurse.page.locator("summary.menu-button")

    button.focus()
    nurse.page.keyboard.press("Enter")
    assert nurse.page.locator(".menu-sheet").is_visible()
    nurse.page.keyboard.press("Escape")

    assert not nurse.page.locator(".menu-sheet").is_visible()


def test_a_page_works_without_any_script(visit: Callable[..., Visit], shop: Shop) -> None:
    gtin, number, _ = _pack(shop)
    auditor = visit("auditor", java_script_enabled=False)
    auditor.go("trace")

    auditor.page.get_by_label("Scan or type anything").fill(f"01{gtin}10{number}")
    auditor.tap("Trace", exact=True)

    assert auditor.page.locator("svg.flow").count() == 1
