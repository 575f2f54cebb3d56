"""An auditor traces a lot to its patients and a patient back to the lots, in a real Chromium."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.browser.at_bench import one
from tests.browser.shop import Shop
from tests.browser.visiting import Visit

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(300)]


def test_a_lot_is_traced_forward_and_a_patient_back(visit: Callable[..., Visit], shop: Shop) -> None:
    lot = one(
        shop,
        "SELECT lot.number, trade_item.code, count(DISTINCT line.to_id) AS patients FROM lot"
        " JOIN trade_item ON trade_item.product_id = lot.product_id AND trade_item.pack_level = 'each'"
        " JOIN line ON line.clinic_id = lot.clinic_id AND line.lot_id = lot.id"
        " JOIN location ON location.id = line.to_id AND location.kind = 'patient'"
        " WHERE lot.clinic_id = (SELECT min(id) FROM clinic) GROUP BY lot.id, lot.number, trade_item.code"
        " ORDER BY count(*) DESC LIMIT 1",
    )
    auditor = visit("auditor", width=1440, height=900)
    auditor.go("trace")
    auditor.taps = 0
    began = time.monotonic()

    auditor.scan(f"]d201{lot.code}10{lot.number}\x1d17300101")
    auditor.page.wait_for_url("**/trace/lot/**")
    patients = auditor.page.locator('main table a[href*="/patient"]')
    forward = time.monotonic() - began
    with auditor.page.expect_download() as download:
        auditor.page.get_by_role("link", name="JSON").click()
    answer = json.loads(Path(download.value.path()).read_text(encoding="utf-8"))
    auditor.press(patients.first)
    auditor.page.wait_for_url("**/patient**")
    seconds = time.monotonic() - began

    assert lot.number in json.dumps(answer)
    assert lot.number in auditor.page.locator("main").inner_text()
    print(
        f"\nauditor: {auditor.scans} scan, {forward:.1f} s to every patient; with JSON, and one back: {seconds:.1f} s"
    )
