"""How fast can a served answer be?  Bare Flask over the hand-written SQL: nobody is admitted, nobody is refused."""

from __future__ import annotations

import threading
from datetime import date
from pathlib import Path
from typing import Any

import click
from flask import Flask, Response, request

from bench import limit_reads, limit_writes
from bench.catalogue_rows import ROOM_1, STORE, SUPPLIER, TIME_ZONE
from bench.databases import open_database
from bench.hand import Hand
from bench.limit_writes import Arriving
from stockroom.clock import civil_date, now
from stockroom.db.identifiers import new_uid

THREADS = 8


def create(database_url: str, folder: str) -> Flask:
    """Make the application on the database of a benchmark."""
    store = open_database(database_url, Path(folder))
    app = Flask("limit")
    local = threading.local()

    def hand() -> Hand:
        if not hasattr(local, "hand"):
            local.hand = Hand(store)
        found: Hand = local.hand
        return found

    @app.get("/hello")
    def hello() -> Any:
        return {}

    @app.post("/use")
    def use() -> Any:
        asked = request.get_json()
        taken = limit_writes.use_by_hand(hand(), **asked, now=now())
        return taken._asdict()

    @app.post("/receive")
    def receive() -> Any:
        asked = request.get_json()
        lines = [
            Arriving(code, number, date.fromisoformat(on), packs)
            for code, number, on, packs in asked["lines"]
        ]
        return limit_writes.receive_by_hand(
            hand(), lines, supplier_id=SUPPLIER, location_id=STORE, key=asked["key"], now=now()
        )  # fmt: skip

    @app.get("/read/<what>")
    def read(what: str) -> Any:
        rows = _read(hand(), what, request.args.to_dict())
        if what in ("trace", "reverse"):
            at = now()
            uses = rows.uses if isinstance(rows, limit_reads.Reverse) else rows
            rows = [rows, limit_reads.shown_by_hand(hand(), uses, key=new_uid(at), now=at)]
        return Response(limit_reads.as_json(rows), mimetype="application/json")

    return app


def _read(hand: Hand, what: str, asked: dict[str, str]) -> list[Any] | limit_reads.Reverse:
    today = civil_date(now(), TIME_ZONE)
    reads = {
        "look-up": lambda: limit_reads.look_up_by_hand(hand, asked["gtin"], asked["number"]),
        "trace": lambda: limit_reads.trace_by_hand(hand, asked["uid"]),
        "reverse": lambda: limit_reads.reverse_by_hand(hand, asked["uid"]),
        "on-hand": lambda: limit_reads.on_hand_by_hand(hand, ROOM_1),
        "expiring": lambda: limit_reads.expiring_by_hand(hand, today, 30),
        "below": lambda: limit_reads.below_by_hand(hand, today),
    }
    return reads[what]()


@click.command()
@click.option("--database-url", required=True)
@click.option("--folder", required=True)
@click.option("--port", type=int, required=True)
def main(database_url: str, folder: str, port: int) -> None:
    """Serve with waitress in this one process."""
    from waitress import serve

    serve(create(database_url, folder), host="127.0.0.1", port=port, threads=THREADS, ident=None)


if __name__ == "__main__":
    main()
