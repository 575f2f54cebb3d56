"""How is the API described?  OpenAPI 3.1 from the code itself, with problems as RFC 9457, shown offline."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from importlib.resources import as_file, files
from threading import Lock
from typing import Any

from flask import Flask, Response, json, send_from_directory
from flask_smorest import Api, Blueprint

from stockroom import __version__
from stockroom.http import fields
from stockroom.http.celsius import CELSIUS_PATTERN, Celsius
from stockroom.http.problems import CONTENT_TYPE, ProblemSchema

PREFIX = "/api/v1"
_FILES_PATH = f"{PREFIX}/docs/files/"

SETTINGS: dict[str, Any] = {
    "API_TITLE": "Stockroom",
    "API_VERSION": __version__,
    "OPENAPI_VERSION": "3.1.0",
    "OPENAPI_URL_PREFIX": PREFIX,
    "OPENAPI_JSON_PATH": "openapi.json",
    "OPENAPI_SWAGGER_UI_PATH": "docs",
    "OPENAPI_SWAGGER_UI_URL": _FILES_PATH,
    "API_SPEC_OPTIONS": {
        "info": {
            "description": "Stock of mesotherapy clinics. A bearer token acts in one clinic. Every write "
            "carries an Idempotency-Key; quantities are text with a unit; errors are problem+json whose "
            "`code` is stable."
        },
        "components": {"securitySchemes": {"token": {"type": "http", "scheme": "bearer"}}},
        "security": [{"token": []}],
    },
}


class StockroomApi(Api):
    """flask-smorest whose documented errors are problems, and whose error handling is the application's.

    Describing costs as much as all the rest of a start, so that it is done for whoever asks first.
    """

    ERROR_SCHEMA = ProblemSchema

    def __init__(self, app: Flask, resources: Callable[[], Iterable[Blueprint]]) -> None:
        self._resources = resources
        self._description = ""
        self._describing = Lock()
        super().__init__(app)

    def init_app(self, app: Flask, **options: Any) -> None:
        """Describe our own fields to OpenAPI, then do as flask-smorest does."""
        super().init_app(app, **options)
        self.register_field(fields.Quantity, "object", None)
        self.register_field(fields.Instant, "string", "date-time")
        self.register_field(fields.Uid, "string", "uuid")
        self.ma_plugin.converter.add_attribute_function(_describe_quantity)
        self.ma_plugin.converter.add_attribute_function(_describe_celsius)
        app.add_url_rule(f"{_FILES_PATH}<path:filename>", "api_docs_files", _docs_file)

    def serve(self, blp: Blueprint, app: Flask) -> None:
        """Register a resource on `app`; it takes its place in the description when that is written."""
        self._app.extensions["flask-smorest"]["blp_name_to_api"][blp.name] = self
        app.register_blueprint(blp)

    def describe(self) -> str:
        """The description as JSON, written once."""
        with self._describing:
            if not self._description:
                for blueprint in self._resources():
                    blueprint.register_views_in_doc(
                        self, self._app, self.spec, name=blueprint.name, parameters=None
                    )
                    self.spec.tag({"name": blueprint.name, "description": blueprint.description})
                self._description = json.dumps(self.spec.to_dict(), indent=2, sort_keys=False)
            return self._description

    def _openapi_json(self) -> Response:
        return self._app.response_class(self.describe(), mimetype="application/json")

    def _register_responses(self) -> None:
        usual: str = Api.DEFAULT_RESPONSE_CONTENT_TYPE
        self.DEFAULT_RESPONSE_CONTENT_TYPE = CONTENT_TYPE
        try:
            super()._register_responses()
        finally:
            self.DEFAULT_RESPONSE_CONTENT_TYPE = usual

    def _register_error_handlers(self) -> None:
        """The application answers every error, the API's and the screens', in one place."""


def _describe_celsius(_converter: object, field: object, **_: Any) -> dict[str, Any]:
    return {"pattern": CELSIUS_PATTERN, "examples": ["4.2"]} if isinstance(field, Celsius) else {}


def _describe_quantity(_converter: object, field: object, **_: Any) -> dict[str, Any]:
    if not isinstance(field, fields.Quantity):
        return {}
    return {
        "type": ["object", "null"] if field.allow_none else "object",
        "required": ["quantity", "unit"],
        "additionalProperties": False,
        "properties": {
            "quantity": {"type": "string", "pattern": fields.QUANTITY_PATTERN, "examples": ["2.5"]},
            "unit": {"type": "string", "minLength": 1, "maxLength": 8, "examples": ["mL"]},
        },
    }


def _docs_file(filename: str) -> Response:
    with as_file(files("flask_swagger_ui") / "dist") as folder:
        return send_from_directory(folder, filename)
