"""Does the bench of suggestions reckon with something: what is low, on order and used?"""

from __future__ import annotations

from bench import reorder
from bench.imports import clinic_actor
from stockroom import clock
from stockroom.db.store import Store
from stockroom.queries.reorder_suggestions import reorder_suggestions


def test_it_times_products_of_which_some_are_low_and_some_on_order() -> None:
    with reorder.installation(postgres=False) as store:
        reorder.fill(store, products=40, uses=10)
        told = reorder.tell(store, "SQLite")
        used = _used(store)

    assert told.startswith("SQLite: 40 products, ")
    assert " to order, 1 on order: suggestions in " in told
    assert max(used) == 10 and min(used) == 0


def _used(store: Store) -> list[int]:
    with store.reading() as connection:
        rows = reorder_suggestions(connection, clinic_actor(store).clinic_id, now=clock.now())
    return [row.suggestion.shelf.used_count for row in rows]
