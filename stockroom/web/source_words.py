"""What is a source text called?  The reference data names its texts by keys; people read their titles."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache

from flask import Flask
from flask_babel import gettext

from stockroom.reference import load as load_texts

_KEY_IN_TEXT = re.compile(r"(?<![\w.,-])0\d\d(?![\w-]|[.,]\d)")


@cache
def _titles() -> dict[str, str]:
    """The titles by key; a text of one's own stays as it was written."""
    return {each.key: each.title.rstrip(".") for each in load_texts().sources}


def show_sources(sources: str | Iterable[str]) -> str:
    """The titles of the texts that these keys name, as a list or in a line with spaces between.

    What a person typed, a book or who taught it, stands as it is.
    """
    keys = sources.split() if isinstance(sources, str) else tuple(sources)
    titles = _titles()
    if not all(key in titles for key in keys):
        return sources if isinstance(sources, str) else "; ".join(titles.get(key, key) for key in keys)
    return "; ".join(titles[key] for key in keys)


def show_note(note: str) -> str:
    """A note of the reference data, with the title of each text that it speaks of by its key."""
    titles = _titles()
    return _KEY_IN_TEXT.sub(
        lambda found: (
            gettext("“%(title)s”", title=titles[found.group()]) if found.group() in titles else found.group()
        ),
        note,
    )


def register_sources(app: Flask) -> None:
    """Make both filters of every template."""
    app.jinja_env.filters.update(sources=show_sources, source_note=show_note)
