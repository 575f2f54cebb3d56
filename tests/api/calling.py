"""A caller of the API for tests: keys on its own, and every answer compared with the API's description."""

from __future__ import annotations

from typing import Any

import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]
from werkzeug.test import TestResponse

from stockroom.actor import Actor
from tests.builders import key
from tests.serving import Served


class Caller:
    """Somebody with a token.  Answers are JSON that has passed its documented schema."""

    def __init__(self, served: Served, actor: Actor) -> None:
        self.served = served
        self.client = served.api(served.token(actor))
        self.description: dict[str, Any] = self.client.get("/api/v1/openapi.json").get_json()

    def get(self, path: str, status: int = 200, **query: Any) -> Any:
        asked = {name: value for name, value in query.items() if value is not None}
        return self._checked(self.client.get(f"/api/v1{path}", query_string=asked), "get", status)

    def post(self, path: str, body: Any = None, status: int = 201, **options: Any) -> Any:
        return self.send("post", path, body, status, **options)

    def put(self, path: str, body: Any, status: int = 200, **options: Any) -> Any:
        return self.send("put", path, body, status, **options)

    def send(
        self, method: str, path: str, body: Any, status: int, *, request: str | None = None, **headers: str
    ) -> Any:
        given = {"Idempotency-Key": request or key("api")}
        given |= {name.replace("_", "-"): value for name, value in headers.items()}
        more: dict[str, Any] = {} if body is None else {"json": body}
        answer = self.client.open(f"/api/v1{path}", method=method.upper(), headers=given, **more)
        return self._checked(answer, method, status)

    def _checked(self, answer: TestResponse, method: str, status: int) -> Any:
        assert answer.status_code == status, answer.text
        told = answer.get_json()
        route, _ = self.served.app.url_map.bind("localhost").match(answer.request.path, method=method.upper())
        rule = next(self.served.app.url_map.iter_rules(route)).rule.replace("<", "{").replace(">", "}")
        responses = self.description["paths"][rule][method]["responses"]
        found = responses.get(str(status), responses["default"])
        if "$ref" in found:
            found = self.description["components"]["responses"][found["$ref"].rsplit("/", 1)[1]]
        (content,) = found["content"].values()
        schema = {**content["schema"], "components": self.description["components"]}
        Draft202012Validator(schema).validate(told)
        assert not internal_names(told), f"{method} {rule} shows an internal id"
        return told


def internal_names(told: Any) -> list[str]:
    """Names in an answer that stand for a number of the database."""
    if isinstance(told, list):
        return [name for each in told for name in internal_names(each)]
    if not isinstance(told, dict):
        return []
    here = [name for name in told if name == "id" or (name.endswith("_id") and name != "request_id")]
    return here + [name for each in told.values() for name in internal_names(each)]


def amount(quantity: str, unit: str = "mL") -> dict[str, str]:
    """A quantity as it is written in a body."""
    return {"quantity": quantity, "unit": unit}


@pytest.fixture
def nurse(served: Served) -> Caller:
    return Caller(served, served.clinic.nurse)


@pytest.fixture
def manager(served: Served) -> Caller:
    return Caller(served, served.clinic.manager)


@pytest.fixture
def practitioner(served: Served) -> Caller:
    return Caller(served, served.clinic.practitioner)


@pytest.fixture
def administrator(served: Served) -> Caller:
    return Caller(served, served.clinic.administrator)


@pytest.fixture
def stranger(served: Served) -> Caller:
    """A nurse of another clinic."""
    return Caller(served, served.house.another_clinic("Rila").nurse)
