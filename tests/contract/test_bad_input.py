"""Is what cannot be meant refused by every write, told apart by a stable code, and without a trace in the books?"""

from __future__ import annotations

import re
from random import Random
from typing import Any

import pytest
from hypothesis import given

from stockroom.clock import now
from stockroom.db.identifiers import new_uid
from stockroom.vocabulary import Role
from tests.api.asking import NOBODYS_UID
from tests.builders import key
from tests.contract.generating import ROUTES, bounded, operation_of, roles_of
from tests.contract.populated import Populated
from tests.contract.real_names import RealNames, table_of
from tests.house.test_routes import WRITES_NOTHING

WRITES = [route for route in ROUTES if not route.startswith("GET ")]
BODIES = {
    "nothing at all": b"",
    "no JSON": b"stock: 5",
    "a list": b"[]",
    "a number": b"5",
    "not a number": b'{"quantity": NaN}',
    "infinity": b'{"quantity": -Infinity}',
    "beyond every float": b'{"quantity": 1e400}',
    "a float": b'{"quantity": 2.5}',
    "2 to the 63rd": b'{"quantity": 9223372036854775808}',
    "2 to the 53rd": b'{"quantity": 9007199254740992}',
    "a name twice": b'{"reason": "one", "reason": "two"}',
    "a name twice, deeper": b'{"lines": [{"n": 1, "n": 2}]}',
    "nested too deep": b'{"a":' * 25 + b"1" + b"}" * 25,
    "deep enough to end a stack": b"[" * 100_000,
    "NUL": b'{"reason": "a\\u0000b"}',
    "half a character": b'{"reason": "\\ud800"}',
    "not UTF-8": b'{"reason": "\xff\xfe"}',
}
KEYS = {
    "none": [],
    "empty": [("Idempotency-Key", "")],
    "with a space": [("Idempotency-Key", "two words")],
    "too long": [("Idempotency-Key", "k" * 201)],
    "two": [("Idempotency-Key", "one"), ("Idempotency-Key", "two")],
}


class Careless:
    """Sends one route what it must not accept, and looks afterwards whether anything changed."""

    def __init__(self, populated: Populated, route: str) -> None:
        self.populated, self.method = populated, route.split(" ")[0]
        may, _ = roles_of(ROUTES[route])
        self.client, self.role = populated.api(may[0]), may[0]
        names, path = (
            RealNames(populated, Random(route)),
            route.split(" ")[1].replace("<", "{").replace(">", "}"),
        )
        given = dict.fromkeys(re.findall(r"{(\w+)}", path), NOBODYS_UID)
        self.path = path.format(**names.in_path(path, given))
        operation = populated.description["paths"][path][self.method.lower()]
        self.has_body = "requestBody" in operation

    def send(self, body: bytes = b"{}", **options: Any) -> Any:
        options.setdefault("headers", [("Idempotency-Key", key("careless"))])
        options.setdefault("content_type", "application/json")
        return self.client.open(self.path, method=self.method, data=body, **options)


def _code(answer: Any) -> tuple[int, str]:
    assert answer.content_type == "application/problem+json", answer.text
    return answer.status_code, answer.get_json()["code"]


@pytest.mark.parametrize("route", [route for route in WRITES if route not in WRITES_NOTHING])
def test_a_write_without_one_good_key_is_not_looked_at(populated: Populated, route: str) -> None:
    careless, before = Careless(populated, route), populated.fingerprint()

    answers = {name: _code(careless.send(headers=headers)) for name, headers in KEYS.items()}

    assert answers == dict.fromkeys(KEYS, (400, "key_missing"))
    assert populated.fingerprint() == before


@pytest.mark.parametrize("route", WRITES)
def test_a_body_that_two_readers_would_read_differently_is_refused(populated: Populated, route: str) -> None:
    careless, before = Careless(populated, route), populated.fingerprint()
    if not careless.has_body:
        return

    answers = {name: _code(careless.send(body)) for name, body in BODIES.items()}

    assert answers == dict.fromkeys(BODIES, (400, "body_unreadable"))
    assert populated.fingerprint() == before


@pytest.mark.parametrize("route", WRITES)
def test_an_unknown_field_and_another_content_type_are_refused(populated: Populated, route: str) -> None:
    careless, before = Careless(populated, route), populated.fingerprint()
    if not careless.has_body:
        return

    unknown = careless.send(b'{"colour_of_the_sky": "blue"}')
    others = [
        _code(careless.send(content_type=other))
        for other in ("text/plain", "application/x-www-form-urlencoded", "application/json-patch+json", None)
    ]

    assert _code(unknown) == (422, "invalid_fields")
    assert "colour_of_the_sky" in unknown.get_json()["errors"]["json"]
    assert others == [(415, "unsupported_media_type")] * 4
    assert populated.fingerprint() == before


def test_a_refusal_tells_several_things_one_after_the_other(populated: Populated) -> None:
    refused = populated.api(Role.AUDITOR).post("/api/v1/recalls", json={}, headers={"Idempotency-Key": key()})

    assert _code(refused) == (403, "action_forbidden")
    assert refused.get_json()["may"] == ["manager", "practitioner"]
    assert refused.get_json()["detail"].endswith("Ask somebody who is: manager, practitioner.")


@pytest.mark.parametrize("route", [route for route in ROUTES if "<uid>" in route])
def test_another_clinics_thing_is_answered_like_one_that_nobody_has(
    populated: Populated, described_api: Any, route: str
) -> None:
    noun = re.search(r"/([a-z-]+)/<uid>", route)
    assert noun is not None
    theirs = populated.theirs.get(table_of(noun[1]))
    if not theirs:
        return  # of the whole organisation, or the other clinic has none
    careless = Careless(populated, route)
    names = RealNames(populated, Random(route))
    bearer = f"Bearer {populated.tokens[careless.role]}"

    @bounded(3)
    @given(case=operation_of(described_api, route).as_strategy())
    def alike(case: Any) -> None:
        before = populated.fingerprint()
        if isinstance(case.body, dict):
            case.body = names.in_body(case.body)
        told = []
        for uid in (theirs[0], new_uid(now())):
            case.path_parameters = {**case.path_parameters, "uid": uid}
            headers = {"Authorization": bearer, "Idempotency-Key": key("alike"), "If-Match": '"1"'}
            answer = case.call(app=populated.app, headers=headers)
            assert 400 <= answer.status_code < 500, answer.text
            assert careless.method != "GET" or answer.status_code in (404, 422)
            told.append(_masked(answer.json(), uid))
        assert told[0] == told[1]
        assert populated.fingerprint() == before

    alike()


def _masked(problem: dict[str, Any], uid: str) -> dict[str, Any]:
    return {
        name: value.replace(uid, "…") if isinstance(value, str) else value
        for name, value in problem.items()
        if name != "request_id"
    }


def test_an_accepted_write_is_seen_in_the_comparison_of_the_tables(populated: Populated) -> None:
    manager, before = populated.api(Role.MANAGER), populated.fingerprint()

    added = manager.post("/api/v1/suppliers", json={"name": "Seen"}, headers={"Idempotency-Key": key("seen")})

    assert added.status_code == 201
    assert {name for name, digest in populated.fingerprint().items() if digest != before[name]} == {
        "supplier"
    }
