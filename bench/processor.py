"""How much processor time does a served answer cost?  Asked through WSGI in one process, beside the bare limit.

Waiting does not count here, so that the figures hold on a machine that others use as well.
"""

from __future__ import annotations

import gc
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import click
from werkzeug.datastructures import Headers
from werkzeug.test import EnvironBuilder

from bench import limit_server
from bench.client import Answer, Request
from bench.databases import INSTALLATION_KEY, Database, sqlite_database
from bench.http_cases import served_cases
from bench.plan import LINES_MIN, Plan, this_month
from bench.served import Pair, ServedCase, accepted, next_page
from bench.workplace import Workplace
from config import Settings
from stockroom import clock
from stockroom.app import configure_logging, create_app

_ROUNDS_MAX = 200
_Ask = Callable[[Request], tuple[float, Answer]]


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--lines", type=click.IntRange(min=LINES_MIN), default=10_000, show_default=True)
@click.option("--only", default="", metavar="WORDS", help="Only operations whose name holds these words.")
@click.option("--seconds", type=float, default=2.0, show_default=True, help="For one operation, both sides.")
@click.option("--profile", is_flag=True, help="Print where Stockroom's time goes instead.")
def main(lines: int, only: str, seconds: float, profile: bool) -> None:
    """Print the median processor time of each operation that is served, and of its limit."""
    plan = Plan(line_count=lines, ends_at=this_month(clock.now().date()))
    with sqlite_database(plan) as database:
        place = Workplace(database)
        ours, limit = _asked_through_wsgi(database)
        wanted = [case for case in served_cases(place) if only in case.name and case.clients == 1]
        wanted.sort(key=lambda case: case.books)  # what is booked by the way is not among what is listed
        for case in wanted:
            if profile:
                _print_profile(case, ours)
            else:
                click.echo(_row(case, ours, limit, seconds))
        place.close()


def _asked_through_wsgi(database: Database) -> tuple[_Ask, _Ask]:
    configure_logging()
    settings = Settings(
        database_url=database.url,
        instance=database.folder,
        anchor_file=database.folder / "anchors.jsonl",
        secret_key=INSTALLATION_KEY.hex(),
        password_salt=INSTALLATION_KEY.hex(),
        installation_key=INSTALLATION_KEY,
    )
    ours, limit = create_app(settings), limit_server.create(database.url, str(database.folder))
    gc.collect()
    gc.freeze()  # as a server does
    return lambda request: _timed(ours, request), lambda request: _timed(limit, request)


def _timed(app: Any, request: Request) -> tuple[float, Answer]:
    environ = EnvironBuilder(
        path=request.path, method=request.method, json=request.body, headers=Headers(request.headers)
    ).get_environ()
    status: list[str] = []
    began = time.thread_time()
    found = app(environ, lambda line, *_: status.append(line))
    body = b"".join(found)
    if hasattr(found, "close"):
        found.close()
    spent = time.thread_time() - began
    return spent, accepted(request, Answer(status=int(status[0].split()[0]), body=body))


def _whole(ask: _Ask, request: Request) -> float:
    """Ask page after page; give the time of all."""
    spent, answer = ask(request)
    while cursor := next_page(answer):
        more, answer = ask(replace(request, path=f"{request.path}&cursor={cursor.decode()}"))
        spent += more
    return spent


def _pairs(case: ServedCase, seconds: float) -> Iterator[Pair]:
    ends = time.perf_counter() + seconds
    for n in range(_ROUNDS_MAX):
        if n > 2 and time.perf_counter() > ends:
            return
        yield case.prepare(n)


def _row(case: ServedCase, ours: _Ask, limit: _Ask, seconds: float) -> str:
    asked = [(_whole(ours, pair.stockroom), _whole(limit, pair.limit)) for pair in _pairs(case, seconds)]
    by_us, by_limit = (1000 * statistics.median(times) for times in zip(*asked[1:], strict=True))
    return f"{case.name:<24}{by_us:9.2f} ms {by_limit:9.2f} ms {by_us / by_limit:7.1f}x  n={len(asked) - 1}"


def _print_profile(case: ServedCase, ours: _Ask) -> None:
    import cProfile
    import pstats

    pairs = list(_pairs(case, 30))[:50]
    _whole(ours, pairs[0].stockroom)
    with cProfile.Profile(time.thread_time) as profile:
        for pair in pairs[1:]:
            _whole(ours, pair.stockroom)
    click.echo(f"{case.name}: {len(pairs) - 1} asked")
    pstats.Stats(profile, stream=sys.stdout).sort_stats("cumulative").print_stats(70)


if __name__ == "__main__":
    main()
