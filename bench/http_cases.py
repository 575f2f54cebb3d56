"""Which requests are sent to Stockroom's API and to the bare limit, and how quick should the answers be?"""

from __future__ import annotations

from urllib.parse import urlencode

from bench.catalogue_rows import token_of
from bench.client import Request
from bench.served import CLIENTS, Goal, Pair, ServedCase
from bench.workplace import Workplace
from stockroom.vocabulary import Role

API = "/api/v1"


def served_cases(place: Workplace) -> list[ServedCase]:
    """Every operation that is served, in the order of speed.md section 4."""
    return [admitting(place, 1), admitting(place, CLIENTS)]


def admitting(place: Workplace, clients: int) -> ServedCase:
    """What every request costs before it does anything: the token, its clinic, one small read."""
    pair = Pair(
        stockroom=get(f"/clinics/{place.clinic_uid}", Role.NURSE),
        limit=Request(method="GET", path="/hello"),
    )
    return ServedCase(
        name=_named("admitted request", clients), goal=Goal(), prepare=lambda _: pair, clients=clients
    )


def get(path: str, role: Role, **query: str) -> Request:
    """A question to the API by whoever holds a role."""
    asked = f"?{urlencode(query)}" if query else ""
    return Request(method="GET", path=f"{API}{path}{asked}", headers=_headers(role))


def post(path: str, role: Role, body: object, *, key: str) -> Request:
    """An act through the API by whoever holds a role."""
    headers = {**_headers(role), "Idempotency-Key": key}
    return Request(method="POST", path=f"{API}{path}", body=body, headers=headers)


def read_limit(what: str, **query: str) -> Request:
    """A question to the bare limit."""
    return Request(method="GET", path=f"/read/{what}?{urlencode(query)}")


def _headers(role: Role) -> dict[str, str]:
    return {"Authorization": f"Bearer {token_of(role)}"}


def _named(name: str, clients: int) -> str:
    return name if clients == 1 else f"{name}, {clients} clients"
