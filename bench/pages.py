"""How heavy is each page, and how long does the server take for it?  `python -m bench.pages`, on the bench's history.

Weights count what is ours: HTML, style sheet and scripts, without Bootstrap, plain and by gzip.  Times are
of the whole application in this process, without a network; processor time stands beside them because on a
machine that does other things too the wall's time says little.
"""

from __future__ import annotations

import gzip
import json
import re
from dataclasses import asdict, dataclass
from functools import cache
from time import perf_counter, thread_time

import click
from flask import Flask
from flask.testing import FlaskClient

from bench.databases import INSTALLATION_KEY, Database, postgres_database, sqlite_database
from bench.measuring import Times, counted
from bench.pages_filled import EMAIL, PASSWORD, fill_pages
from bench.plan import LINES_MIN, Plan, this_month
from stockroom import clock
from stockroom.app import configure_logging, create_app, store_of
from stockroom.db.store import Store
from tests.browser.pages import PageToSee, screens, unresolved
from tests.serving import Browser, settings_for

_TIMES = 25
_OF_OURS = re.compile(r'(?:src|href)="(/static/[^"]+\.(?:css|js))(?:\?[^"]*)?"')
_HEADS = ("page", "status", "KB", "gzip KB", "statements", "p50 ms", "p95 ms", "processor p50 ms")


@dataclass(frozen=True, kw_only=True)
class PageFigures:
    """What one page weighs and takes."""

    page: str
    status: int
    weight_bytes: int
    gzip_bytes: int
    statements: int
    p50_ms: float
    p95_ms: float
    processor_p50_ms: float

    def cells(self) -> tuple[str, ...]:
        return (
            self.page, str(self.status), f"{self.weight_bytes / 1024:.1f}", f"{self.gzip_bytes / 1024:.1f}",
            str(self.statements), f"{self.p50_ms:.1f}", f"{self.p95_ms:.1f}", f"{self.processor_p50_ms:.1f}",
        )  # fmt: skip


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--lines", type=click.IntRange(min=LINES_MIN), default=100_000, show_default=True)
@click.option("--postgres", is_flag=True, help="On a throw-away PostgreSQL instead.")
@click.option("--only", default="", metavar="WORDS", help="Only pages whose name holds these words.")
@click.option("--json", "as_object", is_flag=True, help="One JSON object instead of a table.")
def main(lines: int, postgres: bool, only: str, as_object: bool) -> None:
    """Measure every page that answers GET, as somebody sees it who holds every role."""
    configure_logging()
    plan = Plan(line_count=lines, ends_at=this_month(clock.now().date()))
    with (postgres_database if postgres else sqlite_database)(plan) as database:
        fill_pages(database.store)
        app = application(database)
        found = [_figures(app, page) for page in screens(database.store) if only in page.name]
        empty = sorted(path.split("/", 3)[3] for path in unresolved(database.store))
    if as_object:
        click.echo(json.dumps({"lines": lines, "pages": [asdict(each) for each in found], "empty": empty}))
        return
    click.echo(_table(found))
    for path in empty:
        click.echo(f"not measured: {path}")


def application(database: Database) -> Flask:
    settings = settings_for(database.url, database.folder, installation_key=INSTALLATION_KEY)
    return create_app(settings)


def _figures(app: Flask, page: PageToSee) -> PageFigures:
    client = client_of(app)
    answer = client.get(page.path, buffered=True)  # what is built once is built now
    store: Store = store_of(app)
    with counted(store.engine) as statements:
        client.get(page.path, buffered=True)
    wall, processor = Times(), Times()
    for _ in range(_TIMES):
        began, busy = perf_counter(), thread_time()
        client.get(page.path, buffered=True)
        wall.seconds.append(perf_counter() - began)
        processor.seconds.append(thread_time() - busy)
    parts = [answer.get_data(), *(_own(client, path) for path in set(_OF_OURS.findall(answer.text)))]
    return PageFigures(
        page=page.name,
        status=answer.status_code,
        weight_bytes=sum(map(len, parts)),
        gzip_bytes=sum(len(gzip.compress(part)) for part in parts),
        statements=len(statements),
        p50_ms=1000 * wall.p50,
        p95_ms=1000 * wall.percentile(95),
        processor_p50_ms=1000 * processor.p50,
    )


@cache
def client_of(app: Flask) -> FlaskClient:
    """A client that is logged in."""
    browser = Browser(app.test_client())
    answer = browser.log_in(EMAIL, PASSWORD)
    if answer.status_code != 302:
        raise RuntimeError(f"the log-in answered {answer.status_code}")
    return browser.client


def _own(client: FlaskClient, path: str) -> bytes:
    """A style sheet or script of ours; nothing for one of a library."""
    if "bootstrap" in path:
        return b""
    with client.get(path) as answer:
        return answer.get_data()


def _table(found: list[PageFigures]) -> str:
    rows = [_HEADS, *(each.cells() for each in sorted(found, key=lambda each: -each.p50_ms))]
    widths = [max(len(row[n]) for row in rows) for n in range(len(_HEADS))]
    return "\n".join(_line(row, widths) for row in rows)


def _line(row: tuple[str, ...], widths: list[int]) -> str:
    first, *others = (
        cell.ljust(width) if n == 0 else cell.rjust(width)
        for n, (cell, width) in enumerate(zip(row, widths, strict=True))
    )
    return "  ".join((first, *others))


if __name__ == "__main__":
    main()
