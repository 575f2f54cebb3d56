"""How is a form of a page filled in?  As it was sent to the browser, with its hidden fields."""

from __future__ import annotations

from typing import Any

from tests.page_inspection import elements_in, page_of
from tests.serving import Browser


def hidden_of(browser: Browser, page: str, *, action: str = "") -> dict[str, str]:
    """The hidden fields of the form on `page` that goes to `action`; of the page's own form where that is empty."""
    for form in page_of(browser.get(page).text).named("form"):
        goes_to = form.attrs.get("action") or ""
        if (form.attrs.get("method") or "get") == "post" and goes_to == action:
            fields = [each for each in elements_in(form) if each.attrs.get("type") == "hidden"]
            return {field.attrs["name"]: field.attrs.get("value") or "" for field in fields}
    raise AssertionError(f"no form on {page} goes to {action or 'the page itself'}")


def fill_in(browser: Browser, page: str, *, action: str = "", **typed: Any) -> Any:
    """Send the form on `page` that goes to `action`, with what is typed."""
    hidden = hidden_of(browser, page, action=action)
    return post(browser, action or page, {**hidden, **typed})


def post(browser: Browser, action: str, form: dict[str, Any]) -> Any:
    """Send a form whose hidden fields are known, once more perhaps."""
    return browser.client.post(action, data=form)
