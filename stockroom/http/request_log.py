"""What is logged of a request?  One event when it ends: route, status, time, who; never a value that was sent."""

from __future__ import annotations

import logging

from flask import Flask, Response, g, request
from structlog import is_configured
from structlog.stdlib import get_logger

from stockroom.clock import now
from stockroom.db.identifiers import new_uid

_log = get_logger("stockroom.requests")
_listened = logging.getLogger("stockroom.requests")


def log_requests(app: Flask) -> None:
    """Give every request an id, and log its end.  The path is logged as its route, without ids or queries."""

    @app.before_request
    def _begin() -> None:
        g.request_began_at = now()
        g.request_id = new_uid(g.request_began_at)

    @app.after_request
    def _end(response: Response) -> Response:
        if is_configured() and not _listened.isEnabledFor(logging.INFO):
            return response  # before anything is put together that nobody writes down
        actor = g.get("actor")
        spent = now() - g.request_began_at
        _log.info(
            "request",
            request_id=g.request_id,
            method=request.method if request.method.isalpha() else "?",
            route=request.url_rule.rule if request.url_rule else None,
            status=response.status_code,
            milliseconds=round(spent.total_seconds() * 1000, 1),
            actor=actor.person_uid if actor else None,
            clinic=actor.clinic_uid if actor else None,
        )
        return response
