"""Rewrites the tables of the routes from the screens and the resources: `python -m tests.house.write_routes`."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module

from flask import Flask

from stockroom import api, web
from stockroom.http.late_routes import LateRoute
from stockroom.web.csv_file import offer_spreadsheets

TABLES = ((web.ROUTES, "stockroom.web", web.SCREENS), (api.ROUTES, "stockroom.api", api.RESOURCES))


def table(package: str, names: Sequence[str]) -> str:
    """The routes of a package as its table must tell them."""
    app = Flask(package, static_folder=None)
    app.config["PROVIDE_AUTOMATIC_OPTIONS"] = False
    module_of: dict[str, str] = {}
    for name in names:
        blueprint = import_module(f"{package}.{name}").blp
        module_of[blueprint.name] = name
        app.register_blueprint(blueprint)
    offer_spreadsheets(app)
    routes = [
        LateRoute(
            module=module_of[rule.endpoint.partition(".")[0]],
            endpoint=rule.endpoint,
            methods=tuple(sorted((rule.methods or set()) - {"HEAD"})),
            rule=rule.rule,
        )
        for rule in app.url_map.iter_rules()
    ]
    return "".join(f"{route}\n" for route in routes)


def main() -> None:
    """Write both tables."""
    for file, package, names in TABLES:
        file.write_text(table(package, names), encoding="utf-8")
        print(f"{package}: {len(file.read_text(encoding='utf-8').splitlines())} routes")


if __name__ == "__main__":
    main()
