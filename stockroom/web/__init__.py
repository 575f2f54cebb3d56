"""The screens' entrance: pages for people, drawn on the server."""

from __future__ import annotations

from flask import Flask

from stockroom.web import navigation, stock, tokens


def register_web(app: Flask) -> None:
    """Serve every screen; their routes stand in `access/guards.py`."""
    for screen in (navigation, stock, tokens):
        app.register_blueprint(screen.blp)
    app.context_processor(navigation.of_page)
