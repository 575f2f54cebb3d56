"""The four pictures of the README, made anew: `python -m tests.browser.readme_pictures [FOLDER]`."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from tests.browser.at_bench import a_session, one, pack_of, shown
from tests.browser.conftest import chromium_program
from tests.browser.screenshots import DAYS
from tests.browser.shop import Shop, loaded
from tests.browser.visiting import Visit

_TABLET, _DESK = (1024, 768), (1440, 900)
_MIXED_LOT = """
    SELECT lot.uid FROM lot JOIN line ON line.clinic_id = lot.clinic_id AND line.lot_id = lot.id
    JOIN location ON location.id = line.to_id AND location.kind = 'compounding'
    JOIN product ON product.id = lot.product_id
    WHERE lot.clinic_id = (SELECT min(id) FROM clinic) AND product.kind = 'manufactured'
    GROUP BY lot.id, lot.uid ORDER BY abs(count(DISTINCT line.movement_id) - 6), lot.id LIMIT 1
"""
"""A lot that went into about six cocktails: the picture of its trace can be read."""


def take(folder: Path) -> None:
    """Write today.png, session.png, stock.png and trace.png into `folder`."""
    program = chromium_program()
    if program is None:
        sys.exit("There is no Chromium on this machine. Install it, then run this again.")
    folder.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as instance,
        loaded(Path(instance), days=DAYS) as shop,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        _page(browser, shop, "nurse", _TABLET, "today").page.screenshot(path=folder / "today.png")
        _session(browser, shop).page.screenshot(path=folder / "session.png")
        _page(browser, shop, "manager", _DESK, "stock/expiry").page.screenshot(path=folder / "stock.png")
        lot = shown(one(shop, _MIXED_LOT).uid)
        _page(browser, shop, "auditor", _DESK, f"trace/lot/{lot}").page.screenshot(path=folder / "trace.png")
        browser.close()


def _page(browser: Browser, shop: Shop, role: str, size: tuple[int, int], path: str) -> Visit:
    width, height = size
    context = browser.new_context(viewport={"width": width, "height": height}, color_scheme="light")
    visit = Visit(context.new_page(), shop, role)
    visit.log_in()
    visit.go(path)
    return visit


def _session(browser: Browser, shop: Shop) -> Visit:
    """A session in which two of its three needs were just scanned."""
    needle, booster, vial = (
        pack_of(shop, name) for name in ("Demo Needle 30G 4 mm", "Demo Hydra Booster", "Demo HA Solution")
    )
    session_uid = a_session(shop, (needle, 5), (booster, 2000), (vial, 2000))
    nurse = _page(browser, shop, "nurse", _TABLET, f"sessions/{session_uid}")
    for pack in (needle, booster):
        nurse.scan(pack.scan)
        nurse.page.locator("#bench .act-used", has_text=pack.product_name).wait_for()
    return nurse


if __name__ == "__main__":
    take(Path(sys.argv[1]) if len(sys.argv) > 1 else Path("docs") / "pictures")
