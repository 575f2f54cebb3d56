"""What do all resources have in common?  Strict bodies and queries, a key on every write, and its description."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import marshmallow as ma
from flask import Request
from flask_smorest import Blueprint
from webargs.flaskparser import FlaskParser
from werkzeug.exceptions import UnsupportedMediaType

from stockroom.access.acting import acting, installation, present
from stockroom.http import keys, strict_json

_WRITES = frozenset({"post", "put", "patch", "delete"})
_KEY_PARAMETER = {
    "in": "header",
    "name": keys.HEADER,
    "required": True,
    "description": "The same again when a request is repeated: the answer is then the same too.",
    "schema": {"type": "string", "pattern": f"^{keys.PATTERN}$", "maxLength": 200},
}


ETAG_HEADERS = {"ETag": {"schema": {"type": "string"}, "description": "its version, for If-Match"}}
"""Headers of an answer that shows an editable thing."""
_IF_MATCH_PARAMETER = {
    "in": "header",
    "name": "If-Match",
    "description": "The ETag of the thing as it was read; another version is refused with 412.",
    "schema": {"type": "string", "maxLength": 20},
}
View = TypeVar("View", bound=Callable[..., Any])


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

    def __init__(self, noun: str, import_name: str, *, description: str, under: str | None = None) -> None:
        """`under` names another noun when the routes hang on a thing of that noun."""
        super().__init__(noun, import_name, url_prefix=f"/api/v1/{under or noun}", description=description)
        self._prepare_doc_cbks += [_describe_key, _describe_version]
        self.before_request(keys.require_key)


def _describe_key(doc: dict[str, Any], _doc_info: object, *, method: str, **_: Any) -> dict[str, Any]:
    if method in _WRITES:
        doc.setdefault("parameters", []).append(_KEY_PARAMETER)
    return doc


def _describe_version(doc: dict[str, Any], doc_info: dict[str, Any], **_: Any) -> dict[str, Any]:
    if "if_match_required" in doc_info:
        asked = {**_IF_MATCH_PARAMETER, "required": doc_info["if_match_required"]}
        doc.setdefault("parameters", []).append(asked)
    return doc


def if_match(*, required: bool = True) -> Callable[[View], View]:
    """Say in the description that a route takes If-Match; the route itself asks `http/etags`."""

    def described(view: View) -> View:
        known = getattr(view, "_apidoc", {})
        setattr(view, "_apidoc", {**known, "if_match_required": required})  # noqa: B010 - smorest's own name
        return view

    return described


def act(operation: Any, command: object) -> Any:
    """Do an operation as whoever sent this request, under the request's key, now."""
    return operation(installation(), command, actor=acting(), key=keys.asked_key(), now=present())
