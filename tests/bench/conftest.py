"""A small history on each database, and the workplace of the benchmarks in it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import make_url

from bench.data import fill
from bench.databases import INSTALLATION_KEY, Database
from bench.plan import Plan, this_month
from bench.workplace import Workplace
from stockroom import clock
from stockroom.db.sealing import KeyRing
from stockroom.db.store import Store


@pytest.fixture
def database(store: Store, tmp_path: Path) -> Database:
    """Sealed with the key that the benchmarks' own servers are started with."""
    store = replace(store, keyring=KeyRing(INSTALLATION_KEY))
    plan = Plan(line_count=2_000, ends_at=this_month(clock.now().date()))
    fill(store, plan)
    url = store.engine.url.render_as_string(hide_password=False)
    return Database(kind=make_url(url).get_backend_name(), url=url, folder=tmp_path, plan=plan, store=store)


@pytest.fixture
def place(database: Database) -> Iterator[Workplace]:
    workplace = Workplace(database)
    yield workplace
    workplace.close()
