"""How does a failure look on a screen?  A page that says what happened and what to do next, and nothing else."""

from __future__ import annotations

import logging
from typing import Any

from flask import render_template
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from markupsafe import Markup
from werkzeug.exceptions import HTTPException

from stockroom.http.problems import problem_of

_log = logging.getLogger(__name__)
_STALE_FORM = (
    "This page had been open for too long, or in another log-in. Open it again and repeat the last step."
)


def error_page(error: Exception) -> ResponseReturnValue:
    """Give the page of an error with its status; a form without its anti-forgery token is forbidden."""
    problem = problem_of(error)
    if isinstance(error, CSRFError):
        problem |= {"status": 403, "title": "Not sent", "detail": _STALE_FORM}
    headers = {}
    if isinstance(error, HTTPException):
        headers = {name: value for name, value in error.get_headers() if name in ("Allow", "Retry-After")}
    return _drawn(problem), problem["status"], headers


def _drawn(problem: dict[str, Any]) -> str:
    """The page, or when even the frame cannot be drawn (no database) its sentence alone."""
    try:
        return render_template("error.html", problem=problem)
    except Exception:
        _log.exception("the error page could not be drawn")
        sentence = Markup('<!doctype html><html lang="en"><title>{0}</title><h1>{0}</h1><p>{1}</p><p>{2}</p>')
        return sentence.format(problem["title"], problem["detail"], problem["request_id"])
