"""Which small pictures stand beside words?  Those of Bootstrap Icons, taken from its package and drawn in the page."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import flask_bootstrap
from flask import Flask
from markupsafe import Markup

_SPRITE = Path(flask_bootstrap.__file__).parent / "static" / "bootstrap5" / "icons" / "bootstrap-icons.svg"
_SYMBOL = re.compile(r'<symbol\b[^>]*\bid="([^"]+)"[^>]*>(.*?)</symbol>', re.DOTALL)


@cache
def _shapes() -> dict[str, str]:
    return dict(_SYMBOL.findall(_SPRITE.read_text(encoding="utf-8")))


@cache
def icon(name: str) -> Markup:
    """Draw an icon by its name in Bootstrap Icons; it is decoration, so a reader of the page skips it.

    Raises KeyError for a name that the package does not have.
    """
    drawn = " ".join(_shapes()[name].split())
    return Markup(  # noqa: S704 - the package's own drawing, no word of a user's
        '<svg class="icon" width="16" height="16" viewBox="0 0 16 16" fill="currentColor" '
        f'aria-hidden="true" focusable="false">{drawn}</svg>'
    )


def register_icons(app: Flask) -> None:
    """Make `icon("name")` a function of every template."""
    app.jinja_env.globals["icon"] = icon
