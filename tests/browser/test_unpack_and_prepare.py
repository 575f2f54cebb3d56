"""A delivery is unpacked and a cocktail made in a real Chromium, with a scanner that does not wait for pages."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import text

from tests.browser.shop import Shop
from tests.browser.visiting import ALL_SENT, Visit

pytestmark = [pytest.mark.browser, pytest.mark.slow]


_ANSWERED_AND_KEPT = "lacking => document.querySelectorAll('.want-take').length < lacking"
_ANSWERED = f"{_ANSWERED_AND_KEPT} || document.querySelector('[data-stop]')"


def _rows(shop: Shop, statement: str, **values: Any) -> list[Any]:
    with shop.store.reading() as connection:
        return list(connection.execute(text(statement), values).all())


def _codes(shop: Shop) -> list[str]:
    """GTINs of single presentations."""
    rows = _rows(
        shop,
        "SELECT code FROM trade_item WHERE scheme = 'gtin' AND presentation_count = 1 ORDER BY id LIMIT 6",
    )
    return [row.code for row in rows]


def _pack(gtin: str, number: str) -> str:
    return f"]d201{gtin}1729123110{number}"


def _unpacks(nurse: Visit) -> str:
    nurse.go("receive")
    nurse.tap("Unpack a delivery")
    nurse.page.wait_for_url("**/receive/*")
    return nurse.page.url


def _on_table(shop: Shop, address: str) -> dict[str, int]:
    """Packs by lot number on the delivery of this address."""
    uid = address.rsplit("/", 1)[1].partition("?")[0].replace("-", "")
    rows = _rows(
        shop,
        "SELECT lot_number, pack_count FROM delivery_line JOIN delivery ON delivery.id = delivery_line.delivery_id"
        " WHERE delivery.uid = :uid AND removed_at IS NULL",
        uid=uid,
    )
    return {row.lot_number: row.pack_count for row in rows}


def test_a_parcel_is_unpacked_at_scanner_speed_and_booked(visit: Callable[..., Visit], shop: Shop) -> None:
    nurse, codes = visit("nurse"), _codes(shop)
    address = _unpacks(nurse)

    for _ in range(3):
        for n, code in enumerate(codes[:4]):
            nurse.scan(_pack(code, f"BR{n}"))
    nurse.page.get_by_role("heading", name="4 lines").wait_for()
    nurse.page.wait_for_function(ALL_SENT)
    assert _on_table(shop, address) == {f"BR{n}": 3 for n in range(4)}

    nurse.page.get_by_role("link", name="Fill in").click()
    nurse.page.get_by_label("Supplier").select_option(index=1)
    nurse.page.get_by_label("Delivery note").fill("BROWSER-1")
    nurse.tap("Keep")
    for _ in range(nurse.page.locator("table .btn-primary").count()):
        nurse.page.locator("table .btn-primary").first.click()
        nurse.places_the_line()
    nurse.tap("Book the delivery")

    nurse.page.wait_for_url("**/receive/receipts/**")
    assert "BROWSER-1" in nurse.page.locator("main").inner_text()
    assert nurse.scans == 12


def test_a_scan_on_a_lost_connection_is_kept_and_sent_once(visit: Callable[..., Visit], shop: Shop) -> None:
    nurse, codes = visit("nurse"), _codes(shop)
    address = _unpacks(nurse)

    nurse.page.context.set_offline(True)
    nurse.scan(_pack(codes[0], "LOST1"))
    nurse.page.get_by_text("NOT RECORDED").wait_for()
    before = _on_table(shop, address)
    nurse.page.context.set_offline(False)
    nurse.tap("Send it again")
    nurse.page.get_by_role("heading", name="1 line").wait_for()

    assert before == {}
    assert _on_table(shop, address) == {"LOST1": 1}
    nurse.faults = [fault for fault in nurse.faults if "ERR_INTERNET_DISCONNECTED" not in fault]


def test_a_code_that_cannot_be_read_stops_the_line_until_it_is_answered(
    visit: Callable[..., Visit], shop: Shop
) -> None:
    nurse, codes = visit("nurse", width=390, height=844), _codes(shop)
    nurse.expects_refusals = True
    address = _unpacks(nurse)

    nurse.scan("0109529999999991")
    nurse.scan(_pack(codes[0], "BEHIND"))
    nurse.page.get_by_role("link", name="Understood, go on").wait_for()
    stopped = _on_table(shop, address)
    nurse.tap("Understood, go on")
    nurse.page.get_by_role("heading", name="1 line").wait_for()

    assert stopped == {}
    assert _on_table(shop, address) == {"BEHIND": 1}


def test_another_person_goes_on_with_a_delivery_on_another_device(
    visit: Callable[..., Visit], shop: Shop
) -> None:
    nurse, codes = visit("nurse"), _codes(shop)
    address = _unpacks(nurse)
    nurse.scan(_pack(codes[0], "SHARED1"))
    nurse.page.get_by_role("heading", name="1 line").wait_for()

    manager = visit("manager", width=390, height=844)
    manager.go("receive")
    manager.page.locator(f'a.on-table[href$="{address.rsplit("/", 1)[1]}"]').click()
    manager.page.wait_for_url("**/receive/*")
    manager.scan(_pack(codes[1], "SHARED2"))
    manager.page.get_by_role("heading", name="2 lines").wait_for()
    nurse.scan(_pack(codes[0], "SHARED1"))
    nurse.page.get_by_role("heading", name="2 lines").wait_for()

    assert _on_table(shop, address) == {"SHARED1": 2, "SHARED2": 1}


def test_a_delivery_is_unpacked_without_any_script(visit: Callable[..., Visit], shop: Shop) -> None:
    nurse, codes = visit("nurse", java_script_enabled=False), _codes(shop)
    address = _unpacks(nurse)

    for _ in range(2):
        nurse.page.get_by_label("Scan a pack").fill(_pack(codes[0], "PLAIN"))
        nurse.tap("Add", exact=True)

    assert _on_table(shop, address) == {"PLAIN": 2}


def test_a_cocktail_is_made_by_following_the_advice(visit: Callable[..., Visit], shop: Shop) -> None:
    nurse = visit("nurse", width=1024)
    _begin_what_is_there(nurse)
    its_page = nurse.page.url

    advice = nurse.page.locator(".want-take")
    while (lacking := advice.count()) > 0:
        nurse.scan(_advised(shop, advice.first.inner_text()))
        nurse.page.wait_for_function(_ANSWERED, arg=lacking)
        refused = nurse.page.locator("[data-stop=refused]")
        assert refused.count() == 0, refused.inner_text()
        if nurse.page.locator("[data-stop=which]").count():
            nurse.page.locator("[data-stop=which] button.choice").first.click()
            nurse.page.wait_for_function(_ANSWERED_AND_KEPT, arg=lacking)
    with nurse.page.expect_navigation():
        nurse.tap("It is made")

    nurse.page.goto(its_page)  # whose patient is being treated now leads on to her session
    nurse.page.get_by_text("use before").first.wait_for()
    assert nurse.page.locator(".cocktail-until strong").inner_text()


def _begin_what_is_there(nurse: Visit) -> None:
    """Begin the first recipe of which everything lies here and that needs no override."""
    nurse.go("prepare")
    recipes = nurse.page.get_by_label("Recipe", exact=True).locator("option").count()
    for n in range(1, recipes):
        nurse.go("prepare")
        nurse.page.get_by_label("Recipe", exact=True).select_option(index=n)
        nurse.page.locator("input[name=session_uids]").first.check()
        nurse.tap("Begin")
        nurse.page.wait_for_url("**/prepare/*")
        wanted = nurse.page.locator(".want-take")
        if wanted.count() <= 3 and "nothing usable" not in " ".join(wanted.all_inner_texts()):
            return
    raise AssertionError("the demo has no recipe of which everything lies there")


def _advised(shop: Shop, advice: str) -> str:
    """What is scanned when one does what the page says: the vial's label, or the pack of the lot."""
    words = advice.split()
    if "open," in words:
        return f"SRC:{words[words.index('open,') - 1]}"
    number = words[words.index("lot") + 1]
    (row,) = _rows(
        shop,
        "SELECT DISTINCT t.code FROM lot JOIN trade_item t ON t.product_id = lot.product_id"
        " WHERE lot.number = :number AND lot.clinic_id = (SELECT min(id) FROM clinic)"
        " AND t.presentation_count = 1",
        number=number,
    )[:1]
    return f"01{row.code}10{number}"
