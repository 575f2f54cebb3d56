"""A manager's Monday: what is low is chosen, comes onto orders, is sent on paper, and the supplier puts a line off."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta

import pytest

from stockroom import clock
from tests.browser.at_bench import one
from tests.browser.shop import Shop
from tests.browser.visiting import Visit

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(300)]


def test_a_monday_of_orders(visit: Callable[..., Visit], shop: Shop) -> None:
    manager = visit("manager", width=1440, height=900)
    page = manager.page
    manager.go("reorder?part=order")
    row = page.get_by_role("row").filter(has_text="Demo Deoxy")
    assert "Target 80" in row.inner_text() and "in packs of 4" in row.inner_text()
    everything = page.get_by_label("All lines")
    everything.check()
    everything.uncheck()
    assert page.locator("input[name=taken]:checked").count() == 0
    manager.taps = 0
    began = time.monotonic()

    manager.press(row.get_by_role("checkbox"))
    manager.type_into(row.get_by_label("Packs of Demo Deoxy"), "12")
    manager.press(page.get_by_role("button", name="Put the chosen lines on orders"), times=2)
    page.wait_for_url("**/orders/*")
    page.get_by_text("Nothing was sent yet").wait_for()
    draft = page.url
    manager.type_into(page.get_by_label("Reference, as the supplier knows it"), "PO-MONDAY")
    manager.tap("Ordered", exact=True)
    page.get_by_text("counts as on order").wait_for()
    manager.press(
        page.get_by_role("row").filter(has_text="Demo Deoxy").get_by_role("link", name="Supplier says")
    )
    until = clock.now().date() + timedelta(days=20)
    manager.type_into(page.get_by_label("Supplier has none until"), until.isoformat())
    manager.tap("Keep", exact=True)
    page.get_by_text("supplier has none until").first.wait_for()
    seconds = time.monotonic() - began

    paper = page.request.get(f"{draft}/order.pdf")
    assert paper.ok and paper.body().startswith(b"%PDF")
    ordered = one(
        shop,
        "SELECT count(*) AS orders, sum(line.packs_ordered) AS packs FROM purchase_order o"
        " JOIN purchase_order_line line ON line.purchase_order_id = o.id WHERE o.reference = 'PO-MONDAY'"
        " AND o.ordered_at IS NOT NULL AND line.removed_at IS NULL",
    )
    assert (ordered.orders, ordered.packs) == (1, 12)
    manager.go("reorder?q=deoxy")
    assert "48" in page.get_by_role("row").filter(has_text="Demo Deoxy").inner_text()
    print(f"\nmanager, order: {manager.taps} taps, {seconds:.1f} s")


def test_a_late_order_is_marked_and_a_part_of_another_has_come(visit: Callable[..., Visit]) -> None:
    manager = visit("manager", width=1024, height=768)

    manager.go("orders?part=late")
    late = manager.page.get_by_role("row").filter(has_text="Demo Needle Trade East")

    assert "ordered" in late.inner_text() and "late" in late.inner_text()
    manager.go("orders")
    part = manager.page.get_by_role("row").filter(has_text="part received")
    part.get_by_role("link", name="Demo Supply South").click()
    manager.page.get_by_text("5 of Demo PDRN came").wait_for()
