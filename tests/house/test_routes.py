"""Is every route guarded, every write keyed, and every operation within reach of an entrance?"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from stockroom.access.guards import GUARDS as GUARDED
from stockroom.access.guards import Door, routes, unguarded, without_route
from stockroom.api import RESOURCES
from stockroom.app import create_app
from stockroom.http.keys import KeyMissing
from stockroom.rules.permissions import READ_ACTIONS
from tests.house.sources import modules, name, tree
from tests.serving import settings_for

ELSEWHERE = {
    "accept_proof": "a second person shows a badge or PIN at a page; a program has the password's proof alone",
    "change_address": "who gets hold of an address gets hold of a log-in: the person's page alone changes it",
    "end_colleagues_log_ins": "a log-in is a browser's: an administrator ends one on the person's page",
    "end_log_ins": "a log-in is a browser's; its page ends it, and a token opens no page",
    "give_first_password": "a password never travels through the API; the person's page hands it over",
    "give_log_in": "its password is handed over, and never travels through the API",
    "import_opening_stock": "a table is a file: its page and the terminal check it and bring it in",
    "import_products": "a table is a file: its page and the terminal check it and bring it in",
    "issue_badge": "a badge's code is printed from the person's page, this once, and never travels through the API",
    "draft_patterns": "the patterns come with the release; the demo and the terminal draft them",
    "take_protocols": "the protocols of the source texts come with the release; the demo and the terminal take them",
    "load_reference": "the reference data come with the release; the demo and the terminal load them",
    "mint_token": "asks for a log-in: the tokens page and the terminal mint, no token mints another",
    "note_backup": "the terminal makes backups and puts them back; a page only shows the last one",
    "note_log_in": "the log-in page itself, which has no token yet",
    "note_proof": "the entrance itself asks it, when a second person confirms with a password",
    "raise_alert": "a job raises alerts; nobody does by hand",
    "register_tablet": "the device registers itself: its cookie is set by the page, and the API sets none",
    "remove_pin": "who gets hold of a PIN gets hold of a log-in: the person's page alone takes it away",
    "resolve_alert": "a job resolves alerts when their cause is gone",
    "revoke_badge": "as a badge is given: the person's page alone revokes it",
    "revoke_tablet": "the page that lists the tablets revokes one; a program has no tablets",
    "set_password": "the log-in renews a hash by it; a password never travels through the API",
    "set_pin": "asks for the password, which never travels through the API",
    "sign_on": "the tablet's own page, which has no token",
    "sign_evidence": "its signer reads the page that is signed; a token is nobody's signature",
    "sign_session": "its signer shows badge, PIN or password at the page; a token is nobody's signature",
    "try_log_in": "the log-in page itself, which has no token yet",
    "try_sign_on": "the tablet's own page, which has no token",
    "write_digest": "a job writes the day's mail",
    "mail_heads": "a job sends the heads of the journals",
}
"""Operations that no API route does, each with the reason."""
ASKED_BY_POST = {
    "POST /api/v1/patients/searches": "a look-up; a name never stands in an address",
    "POST /api/v1/scans": "a look-up; a scan holds control characters, which an address cannot",
}
"""Routes that change no books and yet are no GET, each with the reason."""
WRITES_NOTHING = {"POST /api/v1/scans"}
"""Of these the ones that leave no entry either; a search for patients is a disclosure."""
_ACT_KEYWORDS = {"actor", "key", "now"}
_API = "/api/v1/"


@pytest.fixture
def app(sqlite_url: str, tmp_path: Path) -> Iterator[Flask]:
    made = create_app(settings_for(sqlite_url, tmp_path))
    yield made
    made.extensions["stockroom"].engine.dispose()


def _operations() -> dict[str, str]:
    """The public functions that are an act, with the file of each."""
    return {
        node.name: path.stem
        for path in modules("stockroom/operations")
        for node in tree(path).body
        if isinstance(node, ast.FunctionDef)
        and not node.name.startswith("_")
        and {argument.arg for argument in node.args.kwonlyargs} >= _ACT_KEYWORDS
    }


def _done_by_the_api() -> set[str]:
    """What the files of the API hand to `act`, whole or as one of several by a name of their own."""
    told: set[str] = set()
    for path in modules("stockroom/api"):
        imported = {
            alias.name
            for node in ast.walk(tree(path))
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("stockroom.operations")
            for alias in node.names
        }
        read = {node.id for node in ast.walk(tree(path)) if isinstance(node, ast.Name)}
        told |= imported & read
    return told


def test_every_route_has_its_guard_and_every_guard_its_route(app: Flask) -> None:
    assert unguarded(app.url_map) == frozenset()
    assert without_route(app.url_map) == frozenset()


def test_every_file_of_the_api_that_has_routes_is_served() -> None:
    with_routes = {
        path.stem
        for path in modules("stockroom/api")
        if any(
            isinstance(node, ast.Assign)
            and any(getattr(target, "id", "") == "blp" for target in node.targets)
            for node in tree(path).body
        )
    }

    assert with_routes == set(RESOURCES)
    assert list(RESOURCES) == sorted(RESOURCES)


def test_no_write_of_the_api_is_open_or_guarded_by_a_right_to_read(app: Flask) -> None:
    lax = [
        route
        for route in routes(app.url_map) - ASKED_BY_POST.keys()
        if f" {_API}" in route
        and not route.startswith("GET ")
        and (isinstance(GUARDED[route], Door) or GUARDED[route] in READ_ACTIONS)
    ]

    assert lax == []


def test_every_write_of_the_api_asks_for_a_key(app: Flask) -> None:
    keyless = []
    for rule in app.url_map.iter_rules():
        for method in (rule.methods or set()) & {"POST", "PUT", "PATCH", "DELETE"}:
            if not rule.rule.startswith(_API):
                continue
            blueprint = app.before_request_funcs.get(rule.endpoint.rpartition(".")[0], [])
            with app.test_request_context(rule.rule, method=method):
                if not any(_asks_for_a_key(function) for function in blueprint):
                    keyless.append(f"{method} {rule.rule}")

    assert set(keyless) == WRITES_NOTHING


def _asks_for_a_key(before_request: object) -> bool:
    assert callable(before_request)
    try:
        before_request()
    except KeyMissing:
        return True
    return False


def test_every_operation_is_within_reach_of_the_api_or_says_why_not() -> None:
    operations = _operations()

    assert len(operations) > 40
    assert ELSEWHERE.keys() <= operations.keys()
    assert operations.keys() - _done_by_the_api() - ELSEWHERE.keys() == set()
    assert ELSEWHERE.keys() & _done_by_the_api() == set()


@pytest.mark.parametrize("path", modules("stockroom/api", "stockroom/web"), ids=name)
def test_entrances_date_what_they_do_by_the_clock_of_their_application(path: Path) -> None:
    """By `access.acting.present`, which a test can set; a second way to ask would not be set with it."""
    asked = [
        alias.name
        for node in ast.walk(tree(path))
        if isinstance(node, ast.ImportFrom) and node.module == "stockroom.clock"
        for alias in node.names
    ]

    assert "now" not in asked
