"""What does `python -m bench` do?  Opens each database, measures in process and over HTTP, prints the tables."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, replace

import click

from bench import contention
from bench.books import true_books
from bench.cases import cases
from bench.client import Client
from bench.databases import Database, postgres_database, sqlite_database
from bench.http_cases import served_cases
from bench.measuring import Calls, Case, Measured, measure
from bench.plan import LINES_MIN, Plan, this_month
from bench.plans import walked
from bench.report import Fact, Row, as_json, as_table, row_of
from bench.served import ServedCase, crowd_case, one_client_case, row_of_one, start_row
from bench.serving import Servers, serving
from bench.workplace import Workplace
from stockroom import clock

ROUNDS = 6
SECONDS = 1.5
"""How long one operation is measured on one side in one setting."""
GROWTH_FROM, GROWTH_TO = 10_000, 1_000_000


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What somebody asked to have measured."""

    line_count: int
    postgres: bool = False
    http: bool = False
    growth: bool = False
    only: str = ""
    seconds: float = SECONDS

    def wants(self, case: Case) -> bool:
        return self.only in case.name


_Opener = Callable[[Plan], AbstractContextManager[Database]]


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--lines", type=click.IntRange(min=LINES_MIN), default=100_000, show_default=True)
@click.option("--postgres", is_flag=True, help="The same on a throw-away PostgreSQL.")
@click.option("--http", is_flag=True, help="Over HTTP as well, as it is served; these figures have goals.")
@click.option("--growth", is_flag=True, help=f"How times grow from {GROWTH_FROM:,} to {GROWTH_TO:,} lines.")
@click.option("--only", default="", metavar="WORDS", help="Only operations whose name holds these words.")
@click.option("--seconds", type=float, default=SECONDS, show_default=True, help="For one operation and side.")
@click.option("--json", "as_object", is_flag=True, help="One JSON object instead of tables.")
def main(
    lines: int, postgres: bool, http: bool, growth: bool, only: str, seconds: float, as_object: bool
) -> None:
    """Measure Stockroom beside hand-written SQL on the same rows, in the same run.

    Exits 1 when an answer differs or the books are not exact after a run.
    """
    wish = Wish(
        line_count=lines, postgres=postgres, http=http, growth=growth, only=only, seconds=seconds
    )  # fmt: skip
    rows, facts = run(wish)
    click.echo(as_json(rows, facts) if as_object else as_table(rows, facts))
    sys.exit(0 if all(fact.holds for fact in facts) else 1)


def run(wish: Wish) -> tuple[list[Row], list[Fact]]:
    """Measure what was asked for."""
    rows: list[Row] = []
    facts: list[Fact] = []
    openers: list[_Opener] = [sqlite_database, *([postgres_database] if wish.postgres else [])]
    for opener in openers:
        grown = _growth(opener, wish) if wish.growth else {}
        with opener(_plan(wish.line_count)) as database:
            if wish.http:
                served, said = over_http(database, wish)
                rows, facts = rows + served, facts + said
            crowded, said = contended(database, wish)
            rows += [*(_with_growth(row, grown) for row in in_process(database, wish)), *crowded]
            facts += said
    return rows, facts


def contended(database: Database, wish: Wish) -> tuple[list[Row], list[Fact]]:
    """Let several threads use one product at once, and see whether the books are exact."""
    if wish.only not in contention.NAME:
        return [], []
    place = Workplace(database)
    try:
        setting = _in_process(database)
        row, facts = contention.contend(place, setting, seconds=2 * wish.seconds)
        return [row], [*facts, true_books(place, setting)]
    finally:
        place.close()


def _in_process(database: Database) -> str:
    return f"{database.label}, in process, {database.plan.line_count:,} lines"


def _plan(line_count: int) -> Plan:
    return Plan(line_count=line_count, ends_at=this_month(clock.now().date()))


def in_process(database: Database, wish: Wish) -> list[Row]:
    """Measure every operation without a server."""
    setting = _in_process(database)
    return [row for each in _measured(database, wish) for row in _rows(each, setting)]


def over_http(database: Database, wish: Wish) -> tuple[list[Row], list[Fact]]:
    """Serve a database and measure what is served."""
    with serving(database) as servers:
        return served_by(servers, database, wish)


def served_by(servers: Servers, database: Database, wish: Wish) -> tuple[list[Row], list[Fact]]:
    """Measure servers, one client first, then several at once; then let verify judge the books."""
    place = Workplace(database)
    try:
        wanted = [case for case in served_cases(place) if wish.only in case.name]
        setting = f"{database.label}, {servers.label}, {database.plan.line_count:,} lines"
        rows = [start_row(servers, setting), *_one_by_one(wanted, servers, setting, wish)]
        facts: list[Fact] = []
        for case in (each for each in wanted if each.clients > 1):
            row, said = crowd_case(case, servers, place, setting, seconds=4 * wish.seconds)
            rows.append(row)
            facts += said
        return rows, [*facts, true_books(place, setting)]
    finally:
        place.close()


def _one_by_one(wanted: list[ServedCase], servers: Servers, setting: str, wish: Wish) -> list[Row]:
    alone = [case for case in wanted if case.clients == 1]
    with Client(servers.stockroom) as client, Client(servers.limit) as limit:
        asked = [one_client_case(case, client, limit) for case in alone]
        measured = measure(asked, None, rounds=ROUNDS, seconds=wish.seconds)
    return [row_of_one(each, case, setting) for each, case in zip(measured, alone, strict=True)]


def _measured(database: Database, wish: Wish) -> list[Measured]:
    place = Workplace(database)
    try:
        wanted = [case for case in cases(place) if wish.wants(case)]
        measured = measure(wanted, place.store.engine, rounds=ROUNDS, seconds=wish.seconds)
        if place.store.is_sqlite:
            for case, each in zip(wanted, measured, strict=True):
                each.walks = walked(case, place.store, Calls())
        return measured
    finally:
        place.close()


def _rows(measured: Measured, setting: str) -> list[Row]:
    rows = [row_of(measured, setting)]
    if measured.bare.seconds:
        bare = Row(
            setting=setting, operation="  (bare four statements)", limit_p50_ms=1000 * measured.bare.p50
        )
        rows.append(bare)
    return rows


def _growth(opener: _Opener, wish: Wish) -> dict[str, tuple[float, float]]:
    """Give by operation how Stockroom's and the limit's medians grow from the smallest to the largest ledger.

    Both ledgers are open at once and measured in the same rounds.
    """
    with ExitStack() as stack:
        asked: list[list[Case]] = []
        for line_count in (GROWTH_FROM, GROWTH_TO):
            place = Workplace(stack.enter_context(opener(_plan(line_count))))
            stack.callback(place.close)
            asked.append([case for case in cases(place) if wish.wants(case)])
        measured = measure([*asked[0], *asked[1]], None, rounds=ROUNDS, seconds=wish.seconds)
    pairs = zip(measured[: len(asked[0])], measured[len(asked[0]) :], strict=True)
    return {
        small.name: (
            large.by_stockroom.p50 / small.by_stockroom.p50,
            large.by_hand.p50 / small.by_hand.p50,
        )
        for small, large in pairs
    }


def _with_growth(row: Row, grown: dict[str, tuple[float, float]]) -> Row:
    if row.operation not in grown:
        return row
    growth, limit_growth = grown[row.operation]
    return replace(row, growth=growth, limit_growth=limit_growth)
