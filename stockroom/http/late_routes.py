"""Which routes are there before what answers them is imported?  Those of a table; a module comes with its first request.

`tests/house/write_routes.py` writes the tables from the real routes, and a test compares both.  The routes, their
guards and `url_for` are whole from the start; only the view, and what its blueprint asks before it, come later.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from threading import RLock

from flask import Flask, request

Register = Callable[[Flask, str], None]
"""Registers the module of that name on an application."""
_EXTENSION = "stockroom_late"


@dataclass(frozen=True, kw_only=True)
class LateRoute:
    module: str
    endpoint: str
    methods: tuple[str, ...]
    rule: str

    def __str__(self) -> str:
        return f"{self.module} {self.endpoint} {','.join(self.methods)} {self.rule}"


def read_routes(table: Path) -> list[LateRoute]:
    """Give the routes of a table, in the order in which they are served."""
    rows = [line.split(" ") for line in table.read_text(encoding="utf-8").splitlines()]
    return [
        LateRoute(module=module, endpoint=endpoint, methods=tuple(methods.split(",")), rule=rule)
        for module, endpoint, methods, rule in rows
    ]


class _Late:
    """What an application has still to import, by endpoint."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._waiting: dict[str, tuple[Register, str]] = {}
        self._loading = RLock()
        app.before_request(self._load_asked)  # after the guard, and before what a blueprint asks itself

    def serve(self, route: LateRoute, register: Register) -> None:
        self._waiting[route.endpoint] = (register, route.module)
        self._app.add_url_rule(route.rule, route.endpoint, methods=route.methods, defaults={})

    def _load_asked(self) -> None:
        if request.endpoint in self._waiting:
            self.load(request.endpoint)

    def load(self, endpoint: str) -> None:
        """Import what answers an endpoint; whoever asks meanwhile waits, and finds it done."""
        with self._loading:
            if endpoint not in self._waiting:
                return
            register, module = self._waiting[endpoint]
            made = Flask(self._app.import_name, static_folder=None)
            register(made, module)
            self._app.view_functions.update(made.view_functions)
            for name in made.blueprints:
                self._app.before_request_funcs[name] = made.before_request_funcs[name]
                self._app.template_context_processors[name] = made.template_context_processors[name]
            for each in made.view_functions:
                self._waiting.pop(each, None)

    def load_all(self) -> None:
        for endpoint in [*self._waiting]:
            self.load(endpoint)


def serve_late(app: Flask, table: Path, register: Register) -> None:
    """Serve the routes of a table, each module of which `register` registers when it is first asked for."""
    late = app.extensions.setdefault(_EXTENSION, None) or _Late(app)
    app.extensions[_EXTENSION] = late
    for route in read_routes(table):
        late.serve(route, register)


def load_all(app: Flask) -> None:
    """Import what was not asked for yet; other requests are answered between one module and the next."""
    app.extensions[_EXTENSION].load_all()
