"""How long does the trace of one lot with 100,000 uses take, and how much memory (I-14: below two seconds)?

`python -m bench.large_trace [--uses 100000] [--postgres] [--only WAY]…`: the trace at once; read use by use; and as it
is shown and leaves: the page, the CSV, XLSX and JSON files, the API's answer, a signed pack of evidence and its annex,
the inspector's page and paper, and, last, the recall of that lot: its pages, its pack and its annex.  Each is taken bit
by bit as a server sends it.  The time to its end, and the most memory that Python held meanwhile.
"""

from __future__ import annotations

import re
import tempfile
import time
import tracemalloc
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import click
from flask.testing import FlaskClient
from sqlalchemy import select

from bench.catalogue_rows import token_of
from bench.data import fill
from bench.databases import Database, open_database
from bench.pages import application, client_of
from bench.pages_filled import fill_pages
from bench.plan import HOT_LOT_COUNT, LINES_MIN, TRACED_USES, Plan
from stockroom.app import configure_logging
from stockroom.clock import now
from stockroom.db.migrating import upgrade
from stockroom.db.store import Store
from stockroom.models import Clinic, Lot, Product
from stockroom.queries.trace_starts import start_of
from stockroom.queries.traces import forward_from_lot, traced_forward
from stockroom.vocabulary import Role
from tests.postgres_cluster import PostgresCluster

ROUNDS = 2


def plan_with(uses: int) -> Plan:
    """A small history in which one lot has so many uses."""
    plan = Plan(line_count=LINES_MIN)
    at = HOT_LOT_COUNT + len(TRACED_USES) - 1
    lot = plan.lots[at]
    larger = replace(lot, use_count=uses, quantity=uses + lot.left)
    object.__setattr__(plan, "lots", (*plan.lots[:at], larger, *plan.lots[at + 1 :]))
    object.__setattr__(plan, "line_count", plan.line_count - lot.use_count + uses)
    return plan


@click.command()
@click.option("--uses", type=click.IntRange(min=1_000), default=100_000, show_default=True)
@click.option("--postgres", is_flag=True, help="On a throw-away PostgreSQL.")
@click.option("--only", multiple=True, help="A way by its name; all of them where none is named.")
def main(uses: int, postgres: bool, only: tuple[str, ...]) -> None:
    """Trace one lot with many uses."""
    configure_logging()
    plan = plan_with(uses)
    with tempfile.TemporaryDirectory(prefix="stockroom-bench-") as name:
        folder = Path(name)
        if postgres:
            with PostgresCluster() as cluster:
                _tell("postgresql", cluster.create_database("large"), folder, plan, only)
        else:
            _tell("sqlite", f"sqlite:///{folder / 'stockroom.sqlite'}", folder, plan, only)


def _tell(kind: str, url: str, folder: Path, plan: Plan, only: tuple[str, ...]) -> None:
    store = open_database(url, folder)
    upgrade(store.engine)
    fill(store, plan)
    fill_pages(store)
    database = Database(kind=kind, url=url, folder=folder, plan=plan, store=store)
    uses = plan.lots[HOT_LOT_COUNT + len(TRACED_USES) - 1].use_count
    for word, take in _ways(database).items():
        if only and word not in only:
            continue
        seconds, peak = _fastest(take), _peak(take)
        print(f"{database.label}, {uses:,} uses, {word}: {seconds:.2f} s, at most {peak / 2**20:.1f} MiB")
    store.engine.dispose()


def _ways(database: Database) -> dict[str, Callable[[], object]]:
    """What is measured, by what it is called."""
    store = database.store
    with store.reading() as connection:
        clinics = {row.id: row.uid for row in connection.execute(select(Clinic.id, Clinic.uid))}
        lot = connection.execute(
            select(Lot.uid, Lot.number, Lot.clinic_id, Product.uid.label("product_uid"))
            .join(Product, Product.id == Lot.product_id)
            .where(Lot.id == database.plan.traced_lot(TRACED_USES[-1]).number)
        ).one()
    client = client_of(application(database))
    page = f"/c/{clinics[lot.clinic_id]}/trace/lot/{lot.uid}"
    visit = f"/c/{clinics[lot.clinic_id]}/lots/{lot.uid}/inspection"
    pack = cache(lambda: _pack(client, f"{page}/evidence"))
    case = cache(lambda: f"/c/{clinics[lot.clinic_id]}/recalls/{_recalled(client, lot)}")
    recall_pack = cache(lambda: _pack(client, f"{case()}/evidence"))
    bearer = {"Authorization": f"Bearer {token_of(Role.NURSE)}"}
    return {
        "at once": lambda: _at_once(store, tuple(clinics), lot.uid),
        "use by use": lambda: _use_by_use(store, tuple(clinics), lot.uid),
        "the page": lambda: _answer(client, page),
        "a page of uses": lambda: _answer(client, f"{page}?part=uses&page=100"),
        "CSV": lambda: _answer(client, f"{page}/uses.csv"),
        "XLSX": lambda: _answer(client, f"{page}/uses.xlsx"),
        "JSON": lambda: _answer(client, f"{page}/trace.json"),
        "API": lambda: _answer(client, f"/api/v1/traces?lot={lot.uid}", headers=bearer),
        "to be signed": lambda: _answer(client, f"{page}/evidence"),
        "pack": lambda: _answer(client, f"{pack()}.pdf"),
        "annex": lambda: _answer(client, f"{pack()}/rows.csv"),
        "inspection": lambda: _answer(client, visit),
        "inspection on paper": lambda: _answer(client, f"{visit}.pdf"),
        "recall": lambda: _answer(client, case()),
        "its sessions": lambda: _answer(client, f"{case()}/sessions"),
        "its sessions, CSV": lambda: _answer(client, f"{case()}/sessions.csv"),
        "its contacts": lambda: _answer(client, f"{case()}/contacts"),
        "its pack": lambda: _answer(client, f"{recall_pack()}.pdf"),
        "its annex": lambda: _answer(client, f"{recall_pack()}/rows.csv"),
    }


def _pack(client: FlaskClient, page: str) -> str:
    """Sign the evidence of the trace; the address of its pack, without what it ends in."""
    with client.get(page) as answer:
        fields = dict(re.findall(r'type="hidden" [^>]*name="(\w+)" [^>]*value="([^"]*)"', answer.text))
        fields |= dict(re.findall(r'name="(\w+)" type="hidden" value="([^"]*)"', answer.text))
    with client.post(page, data={**fields, "comment": "Looked at."}) as answer:
        if answer.status_code != 303:
            raise SystemExit(f"{page}: {answer.status_code} {answer.text[:2000]}")
    with client.get(page) as answer:
        return re.findall(r'href="([^"]*/evidence/[^"]*)\.pdf"', answer.text)[0]


def _recalled(client: FlaskClient, lot: Any) -> str:
    """Recall the lot; the uid of the case."""
    said = {
        "title": f"Lot {lot.number}",
        "notice": {
            "issuer": "Maker",
            "reference": "FSN large",
            "received_at": now().isoformat(),
            "received_how": "email",
        },
        "lines": [{"product_uid": lot.product_uid, "kind": "lot", "first": lot.number}],
    }
    headers = {"Authorization": f"Bearer {token_of(Role.MANAGER)}", "Idempotency-Key": "large-recall"}
    with client.post("/api/v1/recalls", json=said, headers=headers) as answer:
        if answer.status_code != 201:
            raise SystemExit(f"the recall: {answer.status_code} {answer.text[:500]}")
        return str(answer.get_json()["case_uid"])


def _at_once(store: Store, clinics: tuple[int, ...], uid: str) -> int:
    with store.reading() as connection:
        return len(forward_from_lot(connection, clinics, lot_uid=uid).uses)


def _use_by_use(store: Store, clinics: tuple[int, ...], uid: str) -> int:
    with store.reading() as connection:
        start = start_of(connection, clinics, kind="lot", uid=uid)
        traced = traced_forward(connection, clinics, start)
        return sum(1 for _ in traced.uses(connection))


def _answer(client: FlaskClient, path: str, **more: dict[str, str]) -> int:
    """Take an answer to its end, bit by bit, and keep nothing of it."""
    with client.get(path, **more) as answer:
        if answer.status_code != 200:
            raise SystemExit(f"{path}: {answer.status_code} {answer.get_data(as_text=True)[:500]}")
        return sum(map(len, answer.iter_encoded()))


def _fastest(take: Callable[[], object]) -> float:
    best = float("inf")
    for _ in range(ROUNDS):
        begun = time.perf_counter()
        take()
        best = min(best, time.perf_counter() - begun)
    return best


def _peak(take: Callable[[], object]) -> int:
    tracemalloc.start()
    take()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak


if __name__ == "__main__":
    main()
