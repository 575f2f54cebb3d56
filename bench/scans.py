"""How long does the server take for a scan?  `python -m bench.scans`, on the bench's history.

The whole application answers in this process, without a network.  A scan in a session books a use: permission,
judgement, books and journal are in its time.  A scan is answered within 100 ms for 95 of 100; processor time
stands beside the wall's, because on a machine that does other things too the wall's says little.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from itertools import islice
from time import perf_counter, thread_time
from uuid import uuid4

import click
from flask import Flask

from bench.catalogue_rows import token_of
from bench.databases import INSTALLATION_KEY, sqlite_database
from bench.measuring import Times
from bench.pages_filled import EMAIL, PASSWORD, fill_pages
from bench.plan import LINES_MIN, Plan, this_month
from bench.workplace import Workplace
from stockroom import clock
from stockroom.app import configure_logging, create_app
from stockroom.barcodes.scan import parse_scan
from stockroom.outside.photos import read_photo
from stockroom.vocabulary import Role
from tests.outside.test_photos import CODE, photo, sent
from tests.serving import Browser, settings_for

GOAL_MS = 100
WARMING = 10
_TIMES = 300
_HEADS = ("scan", "times", "p50 ms", "p95 ms", "p99 ms", "processor p95 ms", "answers")


@dataclass(frozen=True, kw_only=True)
class ScanFigures:
    """What scans of one kind took, in milliseconds, and how they were answered."""

    name: str
    times: int
    p50_ms: float
    p95_ms: float
    p99_ms: float
    processor_p95_ms: float
    answers: dict[str, int]

    def cells(self) -> tuple[str, ...]:
        said = ", ".join(f"{count} × {answer}" for answer, count in self.answers.items())
        numbers = (f"{each:.2f}" for each in (self.p50_ms, self.p95_ms, self.p99_ms, self.processor_p95_ms))
        return (self.name, str(self.times), *numbers, said)


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--lines", type=click.IntRange(min=LINES_MIN), default=100_000, show_default=True)
@click.option("--times", type=click.IntRange(min=20), default=_TIMES, show_default=True)
@click.option("--json", "as_object", is_flag=True, help="One JSON object instead of a table.")
def main(lines: int, times: int, as_object: bool) -> None:
    """Measure scans as the API, the bench, the bar and the camera send them.  Exits 1 beyond the goal."""
    configure_logging()
    with sqlite_database(Plan(line_count=lines, ends_at=this_month(clock.now().date()))) as database:
        fill_pages(database.store)
        place = Workplace(database)
        app = create_app(settings_for(database.url, database.folder, installation_key=INSTALLATION_KEY))
        found = [_measured(name, do, times) for name, do in _ways(app, place)]
    if as_object:
        click.echo(
            json.dumps({"lines": lines, "goal_ms": GOAL_MS, "scans": [asdict(each) for each in found]})
        )
    else:
        click.echo(_table(found))
    sys.exit(0 if all(each.p95_ms < GOAL_MS for each in found) else 1)


def _measured(name: str, do: Callable[[int], str], times: int) -> ScanFigures:
    for n in range(WARMING):
        do(n)
    took, worked, answers = Times(), Times(), Counter[str]()
    for n in range(WARMING, WARMING + times):
        began, busy = perf_counter(), thread_time()
        answer = do(n)
        took.seconds.append(perf_counter() - began)
        worked.seconds.append(thread_time() - busy)
        answers[answer] += 1
    return ScanFigures(
        name=name, times=times, p50_ms=1000 * took.p50, p95_ms=1000 * took.percentile(95),
        p99_ms=1000 * took.percentile(99), processor_p95_ms=1000 * worked.percentile(95), answers=dict(answers),
    )  # fmt: skip


def _ways(app: Flask, place: Workplace) -> Iterator[tuple[str, Callable[[int], str]]]:
    """Every way in which a scan comes in."""
    browser = Browser(app.test_client())
    if browser.log_in(EMAIL, PASSWORD).status_code != 302:
        raise RuntimeError("the log-in was refused")
    clinic = f"/c/{place.clinic_uid}"
    token = {"csrf_token": browser.anti_forgery_token(f"{clinic}/stock")}
    bearer = {"Authorization": f"Bearer {token_of(Role.NURSE)}"}
    api = app.test_client()
    sessions = list(islice(place.sessions, 50))
    picture = sent(photo(CODE, angle=9))
    today = clock.now().date()

    def text(n: int) -> str:
        lot = place.lots[n * 7919 % len(place.lots)]
        return f"]d201{lot.gtin}10{lot.number}"

    def post(path: str, **form: str) -> str:
        return str(browser.client.post(f"{clinic}/{path}", data={**token, **form}).status_code)

    def look_up(n: int) -> str:
        return str(api.post("/api/v1/scans", json={"scan": text(n)}, headers=bearer).status_code)

    def use(n: int) -> str:
        _, session_uid = sessions[n % len(sessions)]
        return post(f"sessions/{session_uid}/scan", key=uuid4().hex, scan=text(n), extra="yes")

    yield "looked up by the API", look_up
    yield "in a session", use
    yield "in the bar", lambda n: post("scan", scan=text(n))
    yield "a photo, decoded", lambda _: f"{len(read_photo(picture))} code"
    yield "a text, read", lambda n: parse_scan(text(n), today=today).scheme


def _table(found: list[ScanFigures]) -> str:
    rows = [_HEADS, *(each.cells() for each in found)]
    widths = [max(len(row[n]) for row in rows) for n in range(len(_HEADS))]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if n in (0, len(_HEADS) - 1) else cell.rjust(width)
            for n, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    )


if __name__ == "__main__":
    main()
