"""The screens' entrance: pages for people, drawn on the server."""

from __future__ import annotations

from flask import Flask

from stockroom.web import codes_page, navigation, scan_page, stock, tokens
from stockroom.web.formats import register_formats
from stockroom.web.icons import register_icons
from stockroom.web.marks import register_marks

SCREENS = (codes_page, navigation, scan_page, stock, tokens)
"""The pages, a file each."""


def register_web(app: Flask) -> None:
    """Serve every screen; their routes stand in `access/guards.py`."""
    register_formats(app)
    register_icons(app)
    register_marks(app)
    for screen in SCREENS:
        app.register_blueprint(screen.blp)
    app.context_processor(navigation.of_page)
    app.url_build_error_handlers.append(lambda _error, _endpoint, _values: "#")  # until every page stands
