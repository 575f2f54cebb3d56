"""What every page owes its reader: is this HTML valid, titled, labelled and free of inline script and style?"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from justhtml import JustHTML

_NEEDS_NO_LABEL = {"hidden", "submit", "button", "reset", "image"}


class Page:
    """A page whose elements were gone through once, in their order; a query of its parser takes as long as this."""

    def __init__(self, html: str) -> None:
        read = JustHTML(html, collect_errors=True, sanitize=False)
        self.errors = read.errors
        self.elements = list(elements_in(read.root))
        self._named: dict[str, list[Any]] = defaultdict(list)
        self._with: dict[str, list[Any]] = defaultdict(list)
        for element in self.elements:
            self._named[element.name].append(element)
            for attribute in element.attrs or {}:
                self._with[attribute].append(element)

    def named(self, *names: str) -> list[Any]:
        """The elements of these names."""
        return [element for name in names for element in self._named.get(name, ())]

    def having(self, attribute: str) -> list[Any]:
        """The elements with this attribute."""
        return self._with.get(attribute, [])


@lru_cache(maxsize=8)
def page_of(html: str) -> Page:
    """Read a page; the same one is often asked for again at once."""
    return Page(html)


def elements_in(root: Any) -> Iterator[Any]:
    """Every element below `root`, in the order in which they begin."""
    waiting = list(reversed(root.children or ()))
    while waiting:
        node = waiting.pop()
        if not node.name.startswith(("#", "!")):
            yield node
        waiting.extend(reversed(node.children or ()))
        if node.name == "template" and node.template_content:
            waiting.append(node.template_content)


def faults_of(html: str) -> list[str]:
    """Say everything that is wrong with a page; an empty list for a good one."""
    page = page_of(html)
    return [
        *(f"line {error.line}: {error.code}" for error in page.errors),
        *_heading_faults(page),
        *_id_faults(page),
        *_field_faults(page),
        *_form_faults(page),
        *_inline_faults(page),
        *_link_faults(page),
    ]


def _heading_faults(page: Page) -> Iterator[str]:
    titles, heads = page.named("title"), page.named("h1")
    if not any(_words(title) for title in titles):
        yield "the page has no title"
    if len(heads) != 1:
        yield f"the page has {len(heads)} h1"
    elif not _words(heads[0]):
        yield "the h1 is empty"
    if not any(html.attrs.get("lang") for html in page.named("html")):
        yield "the page names no language"


def _id_faults(page: Page) -> Iterator[str]:
    ids = Counter(element.attrs["id"] for element in page.having("id"))
    yield from (f"the id {name} stands {times} times" for name, times in ids.items() if times > 1)
    for attribute in ("for", "aria-describedby", "aria-labelledby", "aria-controls"):
        for element in page.having(attribute):
            missing = set((element.attrs[attribute] or "").split()) - ids.keys()
            yield from (f"{attribute} names {name}, which is not there" for name in missing)


def _field_faults(page: Page) -> Iterator[str]:
    labelled = {label.attrs.get("for") for label in page.named("label")}
    for field in page.named("input", "select", "textarea"):
        if field.attrs.get("type", "text") in _NEEDS_NO_LABEL:
            continue
        named = field.attrs.get("aria-label") or field.attrs.get("aria-labelledby")
        if not named and field.attrs.get("id") not in labelled and not _inside(field, "label"):
            yield f"the field {field.attrs.get('name')} has no label"
    for button in page.named("button"):
        if not (_words(button) or button.attrs.get("aria-label")):
            yield "a button has no name"


def _form_faults(page: Page) -> Iterator[str]:
    for form in page.named("form"):
        if (form.attrs.get("method") or "get").lower() == "post" and not _has_token(form):
            yield f"the form to {form.attrs.get('action')} has no anti-forgery token"
        if _inside(form, "form"):
            yield "a form lies in a form"


def _inline_faults(page: Page) -> Iterator[str]:
    if page.having("style"):
        yield "a style attribute, which the content security policy forbids"
    if page.named("style"):
        yield "a style element, which the content security policy forbids"
    if any(not script.attrs.get("src") for script in page.named("script")):
        yield "an inline script, which the content security policy forbids"
    for element in page.elements:
        handlers = [name for name in (element.attrs or {}) if name.startswith("on")]
        if handlers:
            yield f"an inline handler {handlers[0]}"


def _link_faults(page: Page) -> Iterator[str]:
    for link in page.named("a"):
        if not (_words(link) or link.attrs.get("aria-label")):
            yield f"the link to {link.attrs.get('href')} has no name"
        if link.attrs.get("href", "") in ("", None, "#"):
            yield f"the link {_words(link)!r} leads nowhere"
    if any("<" in (link.attrs.get("href") or "") for link in page.named("a")):
        yield "an address holds a <"


def _words(element: Any) -> str:
    return str(element.to_text()).strip()


def _inside(element: Any, name: str) -> bool:
    above = element.parent
    while above is not None:
        if above.name == name:
            return True
        above = above.parent
    return False


def _has_token(form: Any) -> bool:
    return any((element.attrs or {}).get("name") == "csrf_token" for element in elements_in(form))
