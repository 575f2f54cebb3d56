"""What do all resources have in common?  Strict bodies and queries, a key on every write, and its description."""

from __future__ import annotations

from typing import Any

import marshmallow as ma
from flask import Request
from flask_smorest import Blueprint
from webargs.flaskparser import FlaskParser
from werkzeug.exceptions import UnsupportedMediaType

from stockroom.access.acting import acting, installation
from stockroom.clock import now
from stockroom.http import keys, strict_json

_WRITES = frozenset({"post", "put", "patch", "delete"})
_KEY_PARAMETER = {
    "in": "header",
    "name": keys.HEADER,
    "required": True,
    "description": "The same again when a request is repeated: the answer is then the same too.",
    "schema": {"type": "string", "pattern": f"^{keys.PATTERN}$", "maxLength": 200},
}


class StrictParser(FlaskParser):
    """Bodies through `http/strict_json`, and no query parameter that is unknown or stands twice."""

    DEFAULT_UNKNOWN_BY_LOCATION = {**FlaskParser.DEFAULT_UNKNOWN_BY_LOCATION, "query": ma.RAISE}

    def load_json(self, req: Request, schema: ma.Schema) -> Any:
        """Give the body's object.  Raises UnsupportedMediaType, BodyUnreadable."""
        if req.mimetype != "application/json":
            raise UnsupportedMediaType("Send the body as application/json.")
        return strict_json.decode(req.get_data(cache=True))

    def load_querystring(self, req: Request, schema: ma.Schema) -> Any:
        """Give the query's parameters.  Raises ValidationError for one that stands twice."""
        twice = {name: ["Once only."] for name, values in req.args.lists() if len(values) > 1}
        if twice:
            raise ma.ValidationError(twice)
        return super().load_querystring(req, schema)


class ResourceBlueprint(Blueprint):
    """The routes of one noun under /api/v1; a guard for each stands in `access/guards.py`."""

    ARGUMENTS_PARSER = StrictParser()

    def __init__(self, noun: str, import_name: str, *, description: str) -> None:
        super().__init__(noun, import_name, url_prefix=f"/api/v1/{noun}", description=description)
        self._prepare_doc_cbks.append(_describe_key)
        self.before_request(keys.require_key)


def _describe_key(doc: dict[str, Any], _doc_info: object, *, method: str, **_: Any) -> dict[str, Any]:
    if method in _WRITES:
        doc.setdefault("parameters", []).append(_KEY_PARAMETER)
    return doc


def act(operation: Any, command: object) -> Any:
    """Do an operation as whoever sent this request, under the request's key, now."""
    return operation(installation(), command, actor=acting(), key=keys.asked_key(), now=now())
