"""A person at a browser: logs in, goes to pages, scans at scanner speed; what the console says is kept."""

from __future__ import annotations

import time

from playwright.sync_api import ConsoleMessage, Locator, Page

from tests.browser.shop import Shop

SCANNER_MILLISECONDS = 2
"""Between two characters of a hand scanner that acts as a keyboard."""
GUARD_SECONDS = 1.1
"""The same code sooner than this is one scan; a person who means a second one takes longer."""
ALL_SENT = """() => Object.entries(sessionStorage)
  .every(([name, queue]) => !name.startsWith("bench-queue") || queue === "[]")"""
"""Whether nothing waits to be sent."""


class Visit:
    """A role's log-in at the served demo."""

    def __init__(self, page: Page, shop: Shop, role: str) -> None:
        self.page, self.shop, self.role = page, shop, role
        self.faults: list[str] = []
        self.expects_refusals = False
        self.scans = self.taps = 0
        self._last_scan, self._scanned_at = "", 0.0
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self.faults.append(f"{page.url}: {error}"))

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type != "error":
            return
        is_refusal = "the server responded with a status of 4" in message.text
        if not (self.expects_refusals and is_refusal):
            self.faults.append(f"{self.page.url}: {message.text}")

    def log_in(self) -> None:
        log_in = self.shop.log_in_of(self.role)
        self.page.goto(f"{self.shop.address}/login")
        self.page.get_by_label("E-mail address").fill(log_in.email)
        self.page.get_by_label("Password").fill(log_in.password)
        self.page.get_by_role("button", name="Log in").click()
        self.page.wait_for_url(lambda url: "/login" not in url)

    def go(self, path: str) -> None:
        """Go to a page of the clinic, such as "stock"."""
        self.page.goto(f"{self.shop.address}/c/{self.shop.clinic_uid()}/{path}")

    def scan(self, text: str, *, at_once: bool = False) -> None:
        """Type what a scanner types into the focused field; it sends the group separator as Ctrl+].

        The same code again comes as a person scans another pack, `at_once` as a scanner that read it twice.
        """
        if text == self._last_scan and not at_once:
            self.page.wait_for_timeout(max(0.0, 1000 * (self._scanned_at + GUARD_SECONDS - time.monotonic())))
        for part, separated in zip(text.split("\x1d"), [False] + [True] * text.count("\x1d"), strict=True):
            if separated:
                self.page.keyboard.press("Control+]")
            self.page.keyboard.type(part, delay=SCANNER_MILLISECONDS)
        self.page.keyboard.press("Enter")
        self._last_scan, self._scanned_at = text, time.monotonic()
        self.scans += 1

    def tap(self, name: str, **more: object) -> None:
        """Press the button or link of this name."""
        button = self.page.get_by_role("button", name=name, **more)  # type: ignore[arg-type]
        (button if button.count() else self.page.get_by_role("link", name=name, **more)).first.click()  # type: ignore[arg-type]
        self.taps += 1

    def press(self, what: Locator, *, times: int = 1) -> None:
        """Press this."""
        what.click(click_count=times)
        self.taps += times

    def choose(self, what: Locator, label: str) -> None:
        """Press this list, and in it what goes by `label`."""
        what.select_option(label=label)
        self.taps += 2

    def type_into(self, field: Locator, text: str) -> None:
        """Press this field and type into it; what is typed is no tap."""
        self.press(field)
        field.fill(text)

    def tick(self, box: Locator) -> None:
        """Press this box, so that it is ticked."""
        box.check()
        self.taps += 1

    def choose_file(self, field: Locator, name: str, content: bytes) -> None:
        """Press this field, and in the window that opens the file."""
        with self.page.expect_file_chooser() as window:
            self.press(field)
        window.value.set_files({"name": name, "mimeType": "application/octet-stream", "buffer": content})
        self.taps += 1

    def places_the_line(self, *, into: str = "") -> None:
        """On the page of a delivery's line: put it into a place, and keep it although nobody ordered it."""
        place = self.page.get_by_label("Put into", exact=True)
        self.choose(place, into or place.locator("option").nth(1).inner_text())
        orders = self.page.get_by_label("For the orders")
        if orders.is_visible():
            self.choose(orders, orders.locator("option[value=keep]").inner_text())
        self.tap("Keep", exact=True)
