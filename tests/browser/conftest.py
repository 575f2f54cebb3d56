"""One Chromium for all of these tests, and a demo clinic for each file; without a browser one clear skip."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from stockroom.demo.log_ins import LogIn
from tests.browser.shop import Shop, load, serving
from tests.browser.visiting import Visit

DEMO_DAYS = 30
_PATIENCE_MS = 20_000  # two cores carry a browser, a server and another worker of the suite
_NAMES = ("chromium", "chromium-browser", "google-chrome")


def chromium_program() -> str | None:
    """The Chromium of this machine, where it has one."""
    return next(filter(None, map(shutil.which, _NAMES)), None)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """A running Chromium; its absence fails the build in CI."""
    program = chromium_program()
    if program is None:
        if os.environ.get("CI") == "true":
            pytest.fail("no Chromium: .ci/run installs it")
        pytest.skip("no Chromium on this machine")
    expect.set_options(timeout=_PATIENCE_MS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield browser
        browser.close()


@dataclass(frozen=True)
class Stocked:
    """A demo clinic that nobody has worked in yet."""

    folder: Path
    log_ins: tuple[LogIn, ...]


@pytest.fixture(scope="session")
def stocked(tmp_path_factory: pytest.TempPathFactory) -> Stocked:
    """The demo clinic that every file of tests copies."""
    folder = tmp_path_factory.mktemp("stocked")
    return Stocked(folder, load(folder, days=DEMO_DAYS))


@pytest.fixture(scope="module")
def shop(stocked: Stocked, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """The demo clinic, served on loopback; what the tests of another file used up is there again."""
    folder = tmp_path_factory.mktemp("shop")
    shutil.copytree(stocked.folder, folder, dirs_exist_ok=True)
    with serving(folder, log_ins=stocked.log_ins) as running:
        yield running


@pytest.fixture
def visit(chromium: Browser, shop: Shop) -> Iterator[Callable[..., Visit]]:
    """Start a visit of a role: `visit("nurse", width=390)`; every fault that the browser met fails the test."""
    contexts: list[BrowserContext] = []
    visits: list[Visit] = []

    def begin(
        role: str, *, width: int = 1024, height: int = 768, scheme: str = "light", **more: object
    ) -> Visit:
        context = chromium.new_context(
            viewport={"width": width, "height": height},
            color_scheme=scheme,
            **more,  # type: ignore[arg-type]
        )
        contexts.append(context)
        page: Page = context.new_page()
        visits.append(Visit(page, shop, role))
        visits[-1].log_in()
        return visits[-1]

    yield begin
    faults = [fault for each in visits for fault in each.faults]
    for context in contexts:
        context.close()
    assert not faults, "; ".join(faults)
