"""Is the API described as it is, and can the description be read without the internet?"""

from __future__ import annotations

import json

from openapi_spec_validator import validate

from tests.house.test_routes import WRITES_NOTHING
from tests.serving import Served


def test_the_description_is_valid_openapi_and_holds_every_resource(served: Served) -> None:
    answer = served.api(served.token(served.clinic.nurse)).get("/api/v1/openapi.json")
    description = json.loads(answer.text)

    validate(description)

    served_paths = {
        rule.rule.replace("<", "{").replace(">", "}")
        for rule in served.app.url_map.iter_rules()
        if rule.rule.startswith("/api/v1/") and "/docs" not in rule.rule and "openapi" not in rule.rule
    }
    assert description["openapi"].startswith("3.1")
    assert set(description["paths"]) == served_paths
    assert description["security"] == [{"token": []}]


def test_every_write_documents_its_key_and_every_error_is_a_problem(served: Served) -> None:
    description = served.api(served.token(served.clinic.nurse)).get("/api/v1/openapi.json").get_json()

    for path, methods in description["paths"].items():
        for method, operation in methods.items():
            if method in ("post", "put", "patch", "delete"):
                names = {parameter.get("name") for parameter in operation.get("parameters", ())}
                asks_only = f"{method.upper()} {path}" in WRITES_NOTHING
                assert ("Idempotency-Key" in names) is not asks_only, f"{method} {path}"
    error = description["components"]["responses"]["DEFAULT_ERROR"]
    assert set(error["content"]) == {"application/problem+json"}


def test_the_page_draws_it_with_files_of_our_own(served: Served) -> None:
    browser = served.logged_in(served.clinic.nurse)

    page = browser.get("/api/v1/docs")

    first = browser.client.get("/", follow_redirects=True)
    assert 'href="/api/v1/docs"' in first.text and "Stock" in first.text, "one click from the first page"
    assert 'data-description="/api/v1/openapi.json"' in page.text
    for path in ("/api/v1/docs/files/swagger-ui-bundle.js", "/static/apidocs.js"):
        assert path in page.text
        assert browser.get(path).status_code == 200
    assert browser.get("/api/v1/docs/files/../__init__.py").status_code == 404
    assert served.app.test_client().get("/api/v1/docs").status_code == 302


def test_an_id_in_a_path_is_described_as_one(served: Served) -> None:
    description = served.api(served.token(served.clinic.nurse)).get("/api/v1/openapi.json").get_json()

    for path, methods in description["paths"].items():
        for parameter in methods.get("parameters", ()):
            if parameter["in"] == "path" and parameter["name"].endswith("uid"):
                assert parameter["schema"]["format"] == "uuid", path
    assert description["paths"]["/api/v1/lots/{uid}"]["parameters"][0]["schema"]["format"] == "uuid"


def test_a_word_that_a_route_refuses_is_not_in_its_description(served: Served) -> None:
    description = served.api(served.token(served.clinic.nurse)).get("/api/v1/openapi.json").get_json()
    schemas = description["components"]["schemas"]

    for fields, name, refused in (
        ("HoldFields", "reason", "recall"),
        ("LotHoldFields", "reason", "recall"),
        ("StateFields", "state", "planned"),
    ):
        words = schemas[fields]["properties"][name]["enum"]
        assert refused not in words and len(words) > 2, fields
