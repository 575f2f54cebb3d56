"""Does an application whose pages come in with their first request serve exactly what the whole one serves?"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from stockroom.app import create_app, store_of
from stockroom.http.keys import KeyMissing
from stockroom.http.late_routes import load_all
from tests.house.write_routes import TABLES, table
from tests.serving import Served, settings_for

Make = Callable[..., Flask]


@pytest.fixture
def make(sqlite_url: str, tmp_path: Path) -> Iterator[Make]:
    made: list[Flask] = []

    def application(*, late: bool) -> Flask:
        made.append(create_app(settings_for(sqlite_url, tmp_path), late=late))
        return made[-1]

    yield application
    for app in made:
        store_of(app).engine.dispose()


def _routes(app: Flask) -> list[tuple[Any, ...]]:
    return [
        (
            rule.rule,
            rule.endpoint,
            rule.methods,
            rule.defaults or {},
            rule.strict_slashes,
            rule.subdomain,
            vars(rule)["provide_automatic_options"],  # Flask's own, which werkzeug does not type
        )
        for rule in app.url_map.iter_rules()
    ]


def _named(told: Any) -> Any:
    """What is registered, by name: closures are made anew for each application."""
    if isinstance(told, dict):
        named = {key: _named(value) for key, value in told.items()}
        return {key: value for key, value in named.items() if value}
    if isinstance(told, list | tuple):
        return [_named(each) for each in told]
    return f"{told.__module__}.{told.__qualname__}" if hasattr(told, "__qualname__") else type(told).__name__


def _registered(app: Flask) -> dict[str, Any]:
    """Everything that a blueprint can give an application, but for its routes."""
    return {
        "views": _named(app.view_functions),
        "asked before": _named(app.before_request_funcs),
        "asked after": _named(app.after_request_funcs),
        "at the end": _named(app.teardown_request_funcs),
        "context": _named(app.template_context_processors),
        "values": _named(app.url_value_preprocessors),
        "defaults": _named(app.url_default_functions),
        "errors": _named(app.error_handler_spec),
        "filters": sorted(app.jinja_env.filters),
        "tests": sorted(app.jinja_env.tests),
        "globals": sorted(app.jinja_env.globals),
        "extensions": sorted(app.extensions),
        "resources": sorted(app.extensions["flask-smorest"]["blp_name_to_api"]),
    }


@pytest.mark.parametrize(("file", "package", "names"), TABLES, ids=["web", "api"])
def test_the_table_says_what_the_modules_serve(file: Path, package: str, names: Sequence[str]) -> None:
    assert file.read_text(encoding="utf-8") == table(package, names), (
        "run: python -m tests.house.write_routes"
    )


def test_the_routes_are_whole_from_the_start_and_the_rest_when_all_is_loaded(make: Make) -> None:
    whole, late = make(late=False), make(late=True)
    assert _routes(late) == _routes(whole)
    assert len(late.view_functions) < len(whole.view_functions)

    load_all(late)

    had, got = _registered(whole), _registered(late)
    got["extensions"].remove("stockroom_late")
    own = got["asked before"][None].pop()
    assert own == "stockroom.http.late_routes._Late._load_asked"
    assert got == had


def test_a_module_comes_with_the_first_request_that_is_let_in(make: Make) -> None:
    served = Served(make(late=True))
    manager, views = served.house.manager, served.app.view_functions
    late = {"account_page.password", "stock.lots", "stock.lots_csv_xlsx", "allocations.Allocations"}

    assert served.browser().client.get("/account/password").status_code == 302
    assert served.api().post("/api/v1/allocations").status_code == 401
    assert not late & views.keys()

    assert served.logged_in(manager).get("/account/password").status_code == 200
    assert late & views.keys() == {"account_page.password"}
    answer = served.api(served.token(manager)).post("/api/v1/allocations", json={})
    assert answer.json["code"] == KeyMissing.code


def test_the_description_tells_of_modules_that_nobody_has_asked_for(make: Make) -> None:
    late, whole = make(late=True), make(late=False)

    assert _description(late) == _description(whole)


def _description(app: Flask) -> str:
    with app.test_request_context():
        told: str = app.extensions["flask-smorest"]["apis"][""]["ext_obj"].describe()
    return told
