"""A client of the API that acts as one person, and what every write must refuse before it does anything."""

from __future__ import annotations

import re
from typing import Any

from stockroom.actor import Actor
from tests.api.calling import Caller
from tests.builders import key
from tests.serving import Served

NOBODYS_UID = "01a20116-1800-752d-9691-926cd9ec78cb"
_UID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class Asking:
    """Requests of one person; every write gets a fresh key unless one is given."""

    def __init__(self, served: Served, actor: Actor) -> None:
        self.caller = Caller(served, actor)

    def get(self, path: str, **query: Any) -> Any:
        return self._as_described("get", self.caller.client.get(f"/api/v1/{path}", query_string=query))

    def _as_described(self, method: str, answer: Any) -> Any:
        """The answer, once it has passed the schema that its route documents for its status."""
        self.caller._checked(answer, method, answer.status_code)
        return answer

    def write(
        self,
        method: str,
        path: str,
        body: dict[str, Any] | None = None,
        *,
        with_key: str | None = "",
        etag: str | None = None,
    ) -> Any:
        """Send a write; without any key when `with_key` is None."""
        headers = {} if with_key is None else {"Idempotency-Key": with_key or key("api")}
        if etag is not None:
            headers["If-Match"] = etag
        answer = self.caller.client.open(f"/api/v1/{path}", method=method, json=body, headers=headers)
        return self._as_described(method.lower(), answer)

    def post(self, path: str, body: dict[str, Any] | None = None, **more: Any) -> Any:
        return self.write("POST", path, body, **more)

    def put(self, path: str, body: dict[str, Any] | None = None, **more: Any) -> Any:
        return self.write("PUT", path, body, **more)

    def delete(self, path: str, **more: Any) -> Any:
        return self.write("DELETE", path, **more)

    def items(self, path: str, **query: Any) -> list[dict[str, Any]]:
        """The rows of a list's first page."""
        answer = self.get(path, **query)
        assert answer.status_code == 200, answer.get_json()
        shows_no_id(answer.get_json())
        return answer.get_json()["items"]


def accepted(
    may: Asking,
    may_not: Asking,
    method: str,
    path: str,
    body: dict[str, Any] | None = None,
    *,
    status: int = 200,
    etag: str | None = None,
) -> dict[str, Any]:
    """Send a write that must be accepted, after everything about it that must be refused; give its answer.

    Refused: without a key, with an unknown field, by somebody whose role does not permit it.  Repeated
    under its key it gives the same answer.
    """
    keyless = may.write(method, path, body, with_key=None, etag=etag)
    forbidden = may_not.write(method, path, body, etag=etag)
    assert (keyless.status_code, keyless.get_json()["code"]) == (400, "key_missing")
    assert (forbidden.status_code, forbidden.get_json()["code"]) == (403, "action_forbidden")
    if body is not None:
        unknown = may.write(method, path, {**body, "unheard_of": 1}, etag=etag)
        assert (unknown.status_code, unknown.get_json()["code"]) == (422, "invalid_fields")
    same_key = key("replay")
    first = may.write(method, path, body, with_key=same_key, etag=etag)
    second = may.write(method, path, body, with_key=same_key, etag=etag)
    assert first.status_code == status, first.get_json()
    assert (second.status_code, second.get_json()) == (status, first.get_json())
    shows_no_id(first.get_json())
    return first.get_json()


def refused(answer: Any, status: int, code: str) -> None:
    """Assert that this is that problem."""
    assert (answer.status_code, answer.get_json()["code"]) == (status, code), answer.get_json()


def not_found_as_if_random(asking: Asking, path: str, uid: str) -> None:
    """Assert that another clinic's uid gets the answer of one that nobody has."""
    theirs, nobodys = asking.get(path.format(uid)), asking.get(path.format(NOBODYS_UID))
    assert theirs.status_code == nobodys.status_code == 404
    assert _masked(theirs) == _masked(nobodys)


def shows_no_id(body: object) -> None:
    """Assert that no number in an answer is a row's key, and that what is called a uid is one."""
    if isinstance(body, list):
        for item in body:
            shows_no_id(item)
    if not isinstance(body, dict):
        return
    for name, value in body.items():
        assert name != "id" and not name.endswith("_id"), name
        if name == "uid" or name.endswith("_uid"):
            assert value is None or _UID.fullmatch(value), (name, value)
        shows_no_id(value)


def _masked(answer: Any) -> dict[str, Any]:
    problem = {name: value for name, value in answer.get_json().items() if name != "request_id"}
    return {name: _UID.sub("", value) if isinstance(value, str) else value for name, value in problem.items()}
