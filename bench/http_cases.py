"""Which requests are sent to Stockroom's API and to the bare limit, and how quick should the answers be?"""

from __future__ import annotations

from urllib.parse import urlencode

from bench.cases import PIECES, element_string
from bench.catalogue_rows import token_of
from bench.client import Request
from bench.limit_writes import Arriving
from bench.read_cases import EXPIRING_DAYS
from bench.served import CLIENTS, Goal, Pair, ServedCase
from bench.workplace import Workplace
from stockroom.clock import now
from stockroom.http.paging import FLAT_LIMIT_MAX
from stockroom.vocabulary import ArrivalState, Role

API = "/api/v1"
_TRACES = {
    10: Goal(p50_ms=3, times_limit=3),
    100: Goal(p50_ms=6, times_limit=3),
    1_000: Goal(p50_ms=20, times_limit=3),
}
"""What a trace may take, by the uses that it returns."""
_USE = Goal(p50_ms=6, p95_ms=15, times_limit=2.9)


def served_cases(place: Workplace) -> list[ServedCase]:
    """Every operation that is served, in the order of speed.md section 4."""
    return [
        admitting(place, 1),
        admitting(place, CLIENTS),
        receiving(place, "receive 1 lot", 1, Goal(p50_ms=6, times_limit=2.6)),
        receiving(place, "receive 1,000 lots", 1_000, Goal(p50_ms=500)),
        using(place, "use", place.ordinary, 1, _USE),
        using(place, "use, hot product", [place.hot_uid], 1, _USE),
        using(place, "use, hot product", [place.hot_uid], CLIENTS, _crowd_goal(place)),
        looking_up(place, 1, Goal(p50_ms=2.5, p95_ms=8, times_limit=2.6)),
        looking_up(place, CLIENTS, Goal(per_second=1_000, part_of_limit=0.29)),
        *(tracing(place, uses, goal) for uses, goal in _TRACES.items()),
        reversing(place, Goal(p50_ms=5, times_limit=3)),
        *listings(place),
    ]


def admitting(place: Workplace, clients: int) -> ServedCase:
    """What every request costs before it does anything: the token, its clinic, one small read."""
    pair = Pair(
        stockroom=get(f"/clinics/{place.clinic_uid}", Role.NURSE),
        limit=Request(method="GET", path="/hello"),
    )
    return ServedCase(
        name=_named("admitted request", clients), goal=Goal(), prepare=lambda _: pair, clients=clients
    )


def receiving(place: Workplace, name: str, line_count: int, goal: Goal) -> ServedCase:
    """A delivery of new lots, by scans."""

    def prepare(n: int) -> Pair:
        keys = (place.new_key(), place.new_key())
        lines = [
            [Arriving(*place.arriving(n * line_count + line), PIECES) for line in range(line_count)]
            for _ in keys
        ]
        body = {
            "supplier_uid": place.supplier_uid,
            "delivery_note": keys[0],
            "arrived_at": now().isoformat(),
            "state_on_arrival": ArrivalState.GOOD.value,
            "lines": [
                {"location_uid": place.store_uid, "scan": element_string(line), "pack_count": PIECES}
                for line in lines[0]
            ],
        }
        asked = {"key": keys[1], "lines": [[*each[:2], each[2].isoformat(), each[3]] for each in lines[1]]}
        return Pair(
            stockroom=post("/receipts", Role.NURSE, body, key=keys[0]),
            limit=Request(method="POST", path="/receive", body=asked),
        )

    return ServedCase(name=name, goal=goal, prepare=prepare, books=True)


def using(place: Workplace, name: str, products: list[str], clients: int, goal: Goal) -> ServedCase:
    """One piece of a product for a session, first expired first out."""

    def prepare(n: int) -> Pair:
        product_uid = products[n % len(products)]
        _, session_uid = place.sessions[n % len(place.sessions)]
        line = {"thing": {"product_uid": product_uid}, "quantity": {"quantity": "1", "unit": "piece"}}
        path = f"/sessions/{session_uid}/usages"
        asked = {"product_uid": product_uid, "session_uid": session_uid, "key": place.new_key()}
        return Pair(
            stockroom=post(path, Role.NURSE, {"lines": [line]}, key=place.new_key()),
            limit=Request(method="POST", path="/use", body=asked),
        )

    return ServedCase(
        name=_named(name, clients),
        goal=goal,
        prepare=prepare,
        clients=clients,
        books=True,
        takes_hot_pieces=clients > 1,
    )


def _crowd_goal(place: Workplace) -> Goal:
    if place.store.is_sqlite:
        return Goal(per_second=400, p95_ms=50, p99_ms=120, part_of_limit=0.4)
    return Goal(of_limit=0.5)


def looking_up(place: Workplace, clients: int, goal: Goal) -> ServedCase:
    """A scan: what the pack is and where its lot lies."""

    def prepare(n: int) -> Pair:
        lot = place.lots[n * 7919 % len(place.lots)]
        body = {"scan": f"]d201{lot.gtin}10{lot.number}"}
        return Pair(
            stockroom=post("/scans", Role.NURSE, body, key=place.new_key()),
            limit=read_limit("look-up", gtin=lot.gtin, number=lot.number),
        )

    return ServedCase(name=_named("look-up", clients), goal=goal, prepare=prepare, clients=clients)


def tracing(place: Workplace, uses: int, goal: Goal) -> ServedCase:
    """Every use of one lot, as an auditor, with the disclosure written."""
    uid = place.traced[uses]
    pair = Pair(stockroom=get("/traces", Role.AUDITOR, lot=uid), limit=read_limit("trace", uid=uid))
    return ServedCase(name=f"trace {uses:,}", goal=goal, prepare=lambda _: pair)


def reversing(place: Workplace, goal: Goal) -> ServedCase:
    """Everything that one patient got, as an auditor, with the disclosure written."""

    def prepare(n: int) -> Pair:
        uid = place.patients[n % len(place.patients)]
        return Pair(stockroom=get("/traces", Role.AUDITOR, patient=uid), limit=read_limit("reverse", uid=uid))

    return ServedCase(name="reverse", goal=goal, prepare=prepare)


def listings(place: Workplace) -> list[ServedCase]:
    """What lies in Room 1 (page after page until all has come), what expires, and what is low."""
    room = Pair(
        stockroom=get("/lots", Role.NURSE, location_uid=place.room_uid, limit=str(FLAT_LIMIT_MAX)),
        limit=read_limit("on-hand"),
    )
    expiring = Pair(
        stockroom=get("/stock/expiring", Role.NURSE, days=str(EXPIRING_DAYS)), limit=read_limit("expiring")
    )
    low = Pair(
        stockroom=get("/stock/below-minimum", Role.NURSE, limit=str(FLAT_LIMIT_MAX)),
        limit=read_limit("below"),
    )
    return [
        ServedCase(name="on hand in Room 1", goal=Goal(p50_ms=20, times_limit=4.3), prepare=lambda _: room),
        ServedCase(
            name="expiring in 30 days", goal=Goal(p50_ms=10, times_limit=3.5), prepare=lambda _: expiring
        ),
        ServedCase(name="below minimum", goal=Goal(p50_ms=20, times_limit=3.5), prepare=lambda _: low),
    ]


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
