"""Pictures of every page at three widths and in both themes: `dev.py screenshots [FOLDER]`."""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from tests.browser.pages import PageToSee, screens
from tests.browser.shop import Shop, loaded
from tests.browser.visiting import Visit

WIDTHS = {390: 844, 1024: 768, 1440: 900}
SCHEMES = ("light", "dark")
DAYS = 60
_BY_PREFERENCE = ("nurse", "manager", "auditor", "administrator", "practitioner")
_ROLE_FIRST = {"trace": "auditor", "journal": "auditor"}


def take(folder: Path, *, days: int = DAYS, wanted: str = "") -> int:
    """Write the pictures of every page whose name holds `wanted` into `folder`, and give how many they are."""
    program = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if program is None:
        sys.exit("There is no Chromium on this machine. Install it, then run this again.")
    folder.mkdir(parents=True, exist_ok=True)
    count = 0
    with (
        tempfile.TemporaryDirectory() as instance,
        loaded(Path(instance), days=days) as shop,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        for width, height in WIDTHS.items():
            for scheme in SCHEMES:
                count += _round(browser, shop, folder, width, height, scheme, wanted)
        browser.close()
    return count


def _round(
    browser: Browser, shop: Shop, folder: Path, width: int, height: int, scheme: str, wanted: str
) -> int:
    taken = 0
    for role in _BY_PREFERENCE:
        pages = [page for page in screens(shop.store) if _shown_to(page) == role and wanted in page.name]
        if not pages:
            continue
        context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)  # type: ignore[arg-type]
        visit = Visit(context.new_page(), shop, role)
        visit.log_in()
        for page in pages:
            visit.page.goto(shop.address + page.path)
            visit.page.screenshot(path=folder / f"{page.name}-{width}-{scheme}.png", full_page=True)
            taken += 1
        context.close()
    return taken


def _shown_to(page: PageToSee) -> str:
    for begins, role in _ROLE_FIRST.items():
        if page.name.startswith(begins) and role in page.roles:
            return role
    return next(role for role in _BY_PREFERENCE if role in page.roles)


if __name__ == "__main__":
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else Path("instance") / "screenshots"
    wanted = sys.argv[2] if len(sys.argv) > 2 else ""
    print(f"{take(target, wanted=wanted)} pictures in {target}")
