"""How does a failure look over HTTP?  One table of families, one shape (RFC 9457), no word about our insides."""

from __future__ import annotations

import logging
from datetime import date
from http import HTTPStatus
from typing import Any

from flask import Response, g, json, request
from marshmallow import INCLUDE, Schema, fields
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolExhausted
from werkzeug.exceptions import HTTPException

from stockroom import errors

STATUS: dict[type[errors.StockroomError], int] = {
    errors.NotFound: 404,
    errors.Refused: 422,
    errors.NeedsOverride: 422,
    errors.Conflict: 409,
    errors.Stale: 412,
    errors.Forbidden: 403,
    errors.Unreadable: 400,
    errors.Unavailable: 503,
}
"""Design section 5.  A family that is not here is our own mistake: 500, without its words."""

CONTENT_TYPE = "application/problem+json"
OWN_MEMBERS = frozenset({"type", "title", "status", "detail", "code", "instance", "request_id", "errors"})
"""Members of a problem that no fact of an error may be called."""
UNAVAILABLE_RETRY_SECONDS = 2
DATABASE_SILENT = (OperationalError, InterfaceError, PoolExhausted)
"""What SQLAlchemy raises when the database did not answer, as against refused."""

_WORDS: dict[int, str] = {
    401: "Log in, or send a valid token.",
    403: "You may not do this here.",
    404: "There is nothing at this address.",
    405: "This address does not answer to this method.",
    413: "The request is too large.",
    415: "Send the body as application/json.",
    500: "Something went wrong on our side; nothing was recorded. Tell the administrator the request id.",
    503: "Stockroom cannot answer right now. Nothing was recorded: send it again in a moment.",
}
_log = logging.getLogger(__name__)


class ProblemSchema(Schema):
    """A failure as RFC 9457 describes it; the facts of the error are further members."""

    class Meta:
        unknown = INCLUDE

    type = fields.String(required=True, metadata={"description": "a URN that names the code"})
    title = fields.String(required=True)
    status = fields.Integer(required=True)
    detail = fields.String(required=True, metadata={"description": "what happened and what to do next"})
    code = fields.String(required=True, metadata={"description": "stable; programs decide by it"})
    instance = fields.String(required=True, metadata={"description": "the path that was asked"})
    request_id = fields.String(required=True, metadata={"description": "names this request in the log"})
    errors = fields.Dict(metadata={"description": "for a body or query: what is wrong, by field"})


def status_of(error: errors.StockroomError) -> int:
    """Give the status of an error by its family; 500 for one without."""
    return next((status for family, status in STATUS.items() if isinstance(error, family)), 500)


def problem_of(error: Exception) -> dict[str, Any]:
    """Give the members of the problem that `error` is; only foreseen errors are told in their own words."""
    if isinstance(error, errors.StockroomError) and status_of(error) != 500:
        facts = {name: _plain(fact) for name, fact in error.facts.items()}
        return facts | _members(status_of(error), code=error.code, title=error.title, detail=str(error))
    if isinstance(error, HTTPException) and error.code is not None:
        return _framework_problem(error, error.code)
    status = 503 if isinstance(error, DATABASE_SILENT) else 500
    return _members(status)


def _framework_problem(error: HTTPException, status: int) -> dict[str, Any]:
    data = getattr(error, "data", None) or {}
    faults = data.get("errors") or data.get("messages")
    if faults:
        detail = "Some of what was sent cannot be accepted; `errors` says which fields and why."
        return _members(status, code="invalid_fields", detail=detail) | {"errors": faults}
    in_our_words = isinstance(error.description, str) and error.description != type(error).description
    return _members(status, detail=error.description if in_our_words else None)


def _members(
    status: int, *, code: str | None = None, title: str | None = None, detail: str | None = None
) -> dict[str, Any]:
    phrase = HTTPStatus(status).phrase
    code = code or phrase.lower().replace(" ", "_").replace("-", "_")
    return {
        "type": f"urn:stockroom:problem:{code}",
        "title": title or phrase,
        "status": status,
        "detail": detail or _WORDS.get(status, f"{phrase}."),
        "code": code,
        "instance": request.path,
        "request_id": g.get("request_id", ""),
    }


def _plain(fact: errors.Fact) -> object:
    if isinstance(fact, date):  # an instant too
        return fact.isoformat()
    return list(fact) if isinstance(fact, tuple) else fact


def problem_response(error: Exception) -> Response:
    """Give the problem of an error as an answer of the API, with the headers its status asks for."""
    problem = problem_of(error)
    response = Response(
        json.dumps(problem, ensure_ascii=False), status=problem["status"], content_type=CONTENT_TYPE
    )
    if isinstance(error, HTTPException):
        for name, value in error.get_headers():
            if name.lower() not in ("content-type", "content-length"):
                response.headers[name] = value
    if problem["status"] == 503:
        response.headers["Retry-After"] = str(UNAVAILABLE_RETRY_SECONDS)
    return response


def note_unforeseen(error: Exception) -> None:
    """Log an error that nobody foresaw, with its stack: the answer itself says nothing of it."""
    if problem_of(error)["status"] in (500, 503) and not isinstance(error, HTTPException):
        _log.error("request failed", exc_info=error, extra={"request_id": g.get("request_id", "")})
