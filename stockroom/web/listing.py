"""How is a long list sorted, narrowed and paged on a screen?  By the address, which can be kept and sent on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import request, url_for

ROWS = 50
_TEXT_LONGEST = 100


@dataclass(frozen=True, kw_only=True)
class Listing:
    """What the address of a list asks for; whatever it may not ask is as if it were not there."""

    sort: str
    is_descending: bool
    page: int
    """From 1."""
    q: str
    narrowed: Mapping[str, str]
    """The filters that are set, by name."""
    endpoint: str | None = None
    """Of the list's page, where the page that is drawn is another one's answer."""

    @property
    def offset(self) -> int:
        return (self.page - 1) * ROWS

    def address(self, **changed: Any) -> str:
        """The address of this list with something changed; a changed order or filter begins at page 1."""
        asked: dict[str, Any] = {
            **self.narrowed, "q": self.q or None, "sort": f"-{self.sort}" if self.is_descending else self.sort,
        }  # fmt: skip
        asked |= {"page": None, **changed}
        return url_for(self.endpoint or str(request.endpoint), **(request.view_args or {}), **asked)

    def by(self, column: str) -> str:
        """The address of this list sorted by `column`; once more by the same turns the order round."""
        again = column == self.sort and not self.is_descending
        return self.address(sort=f"-{column}" if again else column)

    def direction(self, column: str) -> str:
        """What `aria-sort` says of a column."""
        if column != self.sort:
            return "none"
        return "descending" if self.is_descending else "ascending"


def asked_listing(
    *, columns: tuple[str, ...], usual: str, filters: tuple[str, ...] = (), endpoint: str | None = None
) -> Listing:
    """Read from the address what a list is asked for.

    `columns` may be sorted by, `usual` (with a leading minus: descending) is what is sorted by without
    being asked, `filters` are the names that may narrow it.
    """
    asked = request.args.get("sort", usual)
    if asked.removeprefix("-") not in columns:
        asked = usual
    number = request.args.get("page", "1")
    narrowed = {name: _text(name) for name in filters}
    return Listing(
        sort=asked.removeprefix("-"),
        is_descending=asked.startswith("-"),
        page=int(number)
        if number.isascii() and number.isdecimal() and 0 < len(number) < 6 and int(number)
        else 1,
        q=_text("q"),
        narrowed={name: text for name, text in narrowed.items() if text},
        endpoint=endpoint,
    )


def _text(name: str) -> str:
    """A text of the address; a NUL, which no database takes, is as if it were not there."""
    return request.args.get(name, "").replace("\0", "").strip()[:_TEXT_LONGEST]
