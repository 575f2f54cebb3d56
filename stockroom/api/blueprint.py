"""What do all resources have in common?  Strict bodies and queries, a key on every write, and its description."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache, cached_property
from typing import Any, TypeVar

import marshmallow as ma
from flask import Request, current_app, request
from flask_smorest import Blueprint
from webargs.flaskparser import FlaskParser
from werkzeug.exceptions import UnsupportedMediaType

from stockroom.access.acting import acting, installation, present
from stockroom.actor import Actor
from stockroom.http import keys, strict_json
from stockroom.http.showing import Dumper
from stockroom.http.taking import Taker

_PATH_PART = re.compile(r"<(?:[^:<>]+:)?([^<>]+)>")
_UID = {"type": "string", "format": "uuid"}
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

    def _get_schema(self, argmap: Any, req: Request) -> ma.Schema:
        """Give a schema that is made for its first request, and kept."""
        return _made(argmap) if isinstance(argmap, type) else super()._get_schema(argmap, req)

    def _process_location_data(
        self, location_data: Any, schema: ma.Schema, req: Request, location: str, *more: Any
    ) -> Any:
        """Give a body as its schema loads it, in the steps that were made of the schema."""
        if location == "json" and isinstance(location_data, dict):
            return _taker(schema)(location_data)
        return super()._process_location_data(location_data, schema, req, location, *more)

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


@cache
def _made(schema: type[ma.Schema]) -> ma.Schema:
    return schema()


@cache
def _taker(schema: ma.Schema) -> Taker:
    return Taker(schema)


class _Shown:
    """A schema, or its class, that is turned into steps when it first shows something."""

    def __init__(self, described: Any) -> None:
        self.described = described

    @cached_property
    def dump(self) -> Dumper:
        return Dumper(self.described() if isinstance(self.described, type) else self.described)


class ResourceBlueprint(Blueprint):
    """The routes of one noun under /api/v1; a guard for each stands in `access/guards.py`."""

    ARGUMENTS_PARSER = StrictParser()

    def __init__(self, noun: str, import_name: str, *, description: str, under: str | None = None) -> None:
        """`under` names another noun when the routes hang on a thing of that noun."""
        super().__init__(noun, import_name, url_prefix=f"/api/v1/{under or noun}", description=description)
        self._untold: list[tuple[tuple[Any, ...], dict[str, Any]]] = []
        self._prepare_doc_cbks += [_describe_key, _describe_version]
        self.before_request(_require_key)

    def response(self, status_code: Any, schema: Any = None, **more: Any) -> Any:
        """Describe an answer by its schema, as flask-smorest does, and dump it by steps made of that schema."""
        return super().response(status_code, None if schema is None else _Shown(schema), **more)

    @staticmethod
    def _make_doc_response_schema(shown: Any) -> Any:
        return shown.described if isinstance(shown, _Shown) else shown

    def add_url_rule(
        self,
        rule: str,
        endpoint: str | None = None,
        view_func: Any = None,
        provide_automatic_options: bool | None = None,
        *,
        parameters: list[dict[str, Any]] | None = None,
        **more: Any,
    ) -> None:
        """Serve a route, and say which parts of its path are ids."""
        uids = [name for name in _PATH_PART.findall(rule) if name.endswith("uid")]
        told = [*(parameters or []), *({"in": "path", "name": uid, "schema": _UID} for uid in uids)]
        super().add_url_rule(rule, endpoint, view_func, provide_automatic_options, parameters=told, **more)

    def _store_endpoint_docs(self, *told: Any, **options: Any) -> None:
        """Keep what a description says of a route until one is written."""
        self._untold.append((told, options))

    def register_views_in_doc(self, *described: Any, **options: Any) -> None:
        """Describe the routes, as flask-smorest does when it registers them."""
        while self._untold:
            told, more = self._untold.pop(0)
            super()._store_endpoint_docs(*told, **more)
        super().register_views_in_doc(*described, **options)


def _require_key() -> None:
    view = getattr(current_app.view_functions[request.endpoint or ""], "view_class", None)
    asked = getattr(view, request.method.lower(), None)
    if "writes_nothing" not in getattr(asked, "_apidoc", {}):
        keys.require_key()


def _describe_key(doc: dict[str, Any], doc_info: dict[str, Any], *, method: str, **_: Any) -> dict[str, Any]:
    if method in _WRITES and "writes_nothing" not in doc_info:
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
        return _told_of(view, if_match_required=required)

    return described


def writes_nothing(view: View) -> View:
    """Say that a route only looks something up, although it is no GET: it asks for no key."""
    return _told_of(view, writes_nothing=True)


def _told_of(view: View, **facts: object) -> View:
    setattr(view, "_apidoc", {**getattr(view, "_apidoc", {}), **facts})  # noqa: B010 - smorest's own name
    return view


def act(operation: Any, command: object, *, by: Actor | None = None) -> Any:
    """Do an operation as whoever sent this request, or as who signed it, under the request's key, now."""
    return operation(installation(), command, actor=by or acting(), key=keys.asked_key(), now=present())
