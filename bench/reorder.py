"""How long does it take to reckon what to order?  `python -m bench.reorder [--products N] [--uses N] [--postgres]`.

A clinic is set up from tables with N products, their suppliers, minimums and lots; some of each are used, some
products are on order and some on a draft.  Printed is the time of all suggestions at once, as the page and the API
ask for them.
"""

from __future__ import annotations

import argparse
import csv
import io
import statistics
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from itertools import chain, repeat
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy import insert, select

from bench.imports import clinic_actor, opened, tables
from bench.measuring import counted
from stockroom import clock
from stockroom.actor import Actor
from stockroom.barcodes.short_code import short_code
from stockroom.db.identifiers import new_uid, random_bytes
from stockroom.db.store import Store
from stockroom.db.transaction import Work
from stockroom.ledger.acts import Act, perform
from stockroom.ledger.post import post
from stockroom.models import Balance, Location, Patient, Product, TreatmentSession
from stockroom.operations.gather_orders import GatherOrders, OrdersGathered, Wanted, gather_orders
from stockroom.operations.place_order import PlaceOrder, place_order
from stockroom.operations.revise_product import ConfirmProduct, confirm_product
from stockroom.queries.reorder_suggestions import Reorder, reorder_suggestions
from stockroom.rules.posting import Draft, Line
from stockroom.tables.kinds import read_file
from stockroom.tables.words import TableKind
from stockroom.vocabulary import Action, LocationKind, MovementKind, ProductKind, SessionState
from stockroom.web.import_work import bring_in
from tests.postgres_cluster import PostgresCluster

ROUNDS = 9
_LINES_AN_ACT = 50
_KNOWN = ("regulatory class", "authorised in", "ingredients")
_SAID = ("consumable", "*", "none")
_ON_ORDER, _ON_DRAFT = 10, 15
"""Every so-and-so-many-th product that is low."""


def main(passed: Sequence[str] | None = None) -> None:
    """Set a clinic up, and print how long its suggestions take."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--products", type=int, default=1_000)
    asked.add_argument("--uses", type=int, default=10, help="uses of each product, at most 12")
    asked.add_argument("--postgres", action="store_true", help="on a throw-away PostgreSQL instead of SQLite")
    given = asked.parse_args(passed)
    with installation(postgres=given.postgres) as store:
        fill(store, products=given.products, uses=given.uses)
        print(tell(store, "PostgreSQL" if given.postgres else "SQLite"))


def tell(store: Store, label: str) -> str:
    """Give the times of ROUNDS rounds as one line."""
    actor = clinic_actor(store)
    seconds, rows = [], tuple[Reorder, ...]()
    for _ in range(ROUNDS):
        begins = time.perf_counter()
        with store.reading() as connection:
            rows = reorder_suggestions(connection, actor.clinic_id, now=clock.now())
        seconds.append(time.perf_counter() - begins)
    with counted(store.engine) as statements, store.reading() as connection:
        reorder_suggestions(connection, actor.clinic_id, now=clock.now())
    to_order = sum(1 for row in rows if row.suggestion.suggested_count)
    on_order = sum(1 for row in rows if row.suggestion.on_order_count)
    return (
        f"{label}: {len(rows)} products, {to_order} to order, {on_order} on order: suggestions in "
        f"{statistics.median(seconds) * 1000:.0f} ms (median of {ROUNDS}; from {min(seconds) * 1000:.0f} to "
        f"{max(seconds) * 1000:.0f} ms, the first {seconds[0] * 1000:.0f} ms), {len(statements)} statements"
    )


def fill(store: Store, *, products: int, uses: int) -> None:
    """Bring products, lots and a patient in, use `uses` presentations of each, order some."""
    for kind, heads, rows in tables(products):
        written = [heads, *(rows[:1] if kind is TableKind.PATIENTS else rows)]
        if kind is TableKind.PRODUCTS:
            written = [
                [*line, *more] for line, more in zip(written, chain([_KNOWN], repeat(_SAID)), strict=False)
            ]
        text = io.StringIO()
        csv.writer(text, delimiter=";").writerows(written)
        at = clock.now()
        reading = read_file(text.getvalue().encode(), kind, today=at.date())
        bring_in(
            store, reading, actor=clinic_actor(store), key=new_uid(at), now=at, note="bench", tell=lambda *_: None
        )  # fmt: skip
    _confirm(store)
    _use(store, uses)
    _order(store)
    with store.engine.connect() as connection:
        connection.exec_driver_sql("ANALYZE")  # as the database's own housekeeping does within a minute
        connection.commit()


def _confirm(store: Store) -> None:
    """What nobody has confirmed is not usable, and would all be low."""
    actor = clinic_actor(store)
    with store.reading() as connection:
        rows = connection.execute(
            select(Product.uid, Product.version).where(Product.kind == ProductKind.MANUFACTURED)
        ).all()
    for row in rows:
        at = clock.now()
        command = ConfirmProduct(product_uid=row.uid, version=row.version)
        confirm_product(store, command, actor=actor, key=new_uid(at), now=at)


def _use(store: Store, uses: int) -> None:
    """Use the n-th product n modulo (uses + 1) times, so that some are low and some are not."""
    actor = clinic_actor(store)
    with store.reading() as connection:
        patient_account = connection.execute(
            select(Location.id).where(
                Location.clinic_id == actor.clinic_id, Location.kind == LocationKind.PATIENT
            )
        ).scalar_one()
        patient_id = connection.execute(select(Patient.id)).scalars().first()
        lots = connection.execute(
            select(Balance.lot_id, Balance.location_id, Product.content_quantity)
            .join(Product, Product.id == Balance.product_id)
            .where(Balance.clinic_id == actor.clinic_id)
            .order_by(Balance.lot_id)
        ).all()
    parts = [lot for n, lot in enumerate(lots) for _ in range(n % (uses + 1))]
    session_id: list[int] = []

    def visit(work: Work) -> None:
        row = {
            "uid": new_uid(work.now), "clinic_id": actor.clinic_id, "patient_id": patient_id,
            "state": SessionState.IN_TREATMENT, "short_code": short_code(random_bytes(32)),
            "planned_at": work.now, "created_at": work.now, "updated_at": work.now,
        }  # fmt: skip
        added = insert(TreatmentSession).values(row).returning(TreatmentSession.id)
        session_id.append(work.connection.execute(added).scalar_one())

    def used(work: Work, lines: Sequence[Any]) -> None:
        drawn = tuple(
            Line(
                lot_id=each.lot_id,
                from_id=each.location_id,
                to_id=patient_account,
                quantity=each.content_quantity,
                session_id=session_id[0],
            )
            for each in lines
        )
        post(
            work,
            Draft(kind=MovementKind.USE, lines=drawn, occurred_at=work.now, document_kind="session"),
        )

    _do(store, actor, visit)
    for start in range(0, len(parts), _LINES_AN_ACT):
        _do(store, actor, lambda work, start=start: used(work, parts[start : start + _LINES_AN_ACT]))


def _do(store: Store, actor: Actor, body: Any) -> None:
    at = clock.now()
    perform(
        store,
        Act(kind="bench", action=Action.RECEIVE),
        command=None,
        body=lambda work: body(work) and None,
        answer=type(None),
        actor=actor,
        key=new_uid(at),
        now=at,
    )


def _order(store: Store) -> None:
    """Order some of what is low, and leave some on drafts."""
    actor = clinic_actor(store)
    with store.reading() as connection:
        rows = reorder_suggestions(connection, actor.clinic_id, now=clock.now())
    low = [row for row in rows if row.suggestion.suggested_count]
    for order in _gathered(store, actor, low[::_ON_ORDER]).orders:
        at = clock.now()
        command = PlaceOrder(
            order_uid=order.order_uid, version=order.version, expected_on=at.date() + timedelta(days=5)
        )
        place_order(store, command, actor=actor, key=new_uid(at), now=at)
    _gathered(store, actor, low[1::_ON_DRAFT])


def _gathered(store: Store, actor: Actor, rows: Sequence[Reorder]) -> OrdersGathered:
    wanted = tuple(
        Wanted(product_uid=row.product_uid, supplier_uid=row.offer.supplier_uid, packs=1)
        for row in rows
        if row.offer is not None
    )
    at = clock.now()
    return gather_orders(store, GatherOrders(wanted=wanted), actor=actor, key=new_uid(at), now=at)


@contextmanager
def installation(*, postgres: bool) -> Iterator[Store]:
    """A new installation with one clinic, on a file or on a throw-away PostgreSQL."""
    with TemporaryDirectory(prefix="stockroom-bench-") as name:
        folder = Path(name)
        if not postgres:
            with opened(f"sqlite:///{folder / 'stockroom.sqlite'}", folder) as store:
                yield store
            return
        with PostgresCluster() as cluster, opened(cluster.create_database("bench_reorder"), folder) as store:
            yield store


if __name__ == "__main__":
    main()
