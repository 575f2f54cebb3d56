"""Does a question cost what it returns?  Query plans say so without a clock."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select, text

from bench.cases import cases
from bench.data import fill
from bench.databases import Database
from bench.measuring import Calls, Case
from bench.plan import Plan, this_month
from bench.plans import walked
from bench.workplace import Workplace
from stockroom import clock
from stockroom.db.store import Store
from stockroom.models import Lot

COSTS_WHAT_IT_RETURNS = (
    "receive 1 lot",
    "use",
    "use, hot product",
    "trace 10",
    "trace 100",
    "trace 1,000",
)


@pytest.fixture
def place(sqlite_store: Store, tmp_path: Any) -> Any:
    plan = Plan(line_count=2_000, ends_at=this_month(clock.now().date()))
    fill(sqlite_store, plan)
    url = str(sqlite_store.engine.url)
    workplace = Workplace(Database(kind="sqlite", url=url, folder=tmp_path, plan=plan, store=sqlite_store))
    yield workplace
    workplace.close()


def _case(place: Workplace, name: str) -> Case:
    return next(case for case in cases(place) if case.name == name)


@pytest.mark.parametrize("name", COSTS_WHAT_IT_RETURNS)
def test_a_scan_a_post_a_pick_and_a_trace_walk_no_table_that_grows(place: Workplace, name: str) -> None:
    assert walked(_case(place, name), place.store, Calls()) == ()


def _asking(place: Workplace, statement: Any) -> Case:
    def ask(_: Any) -> Any:
        with place.store.reading() as connection:
            return connection.execute(statement).all()

    return replace(_case(place, "use"), by_stockroom=ask)


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        (text("SELECT count(*) FROM line WHERE quantity = 7"), ("line",)),
        (text("SELECT number FROM lot a WHERE a.number LIKE '%X%'"), ("lot",)),
        (select(Lot.uid).where(Lot.clinic_id == 1, Lot.number_is_ours), ("lot",)),
        (select(Lot.uid).where(Lot.clinic_id == 1, Lot.number == "X"), ()),
        (text("SELECT name FROM clinic"), ()),
    ],
)
def test_a_walk_through_a_table_that_grows_is_named(
    place: Workplace, statement: Any, found: tuple[str, ...]
) -> None:
    assert walked(_asking(place, statement), place.store, Calls()) == found
