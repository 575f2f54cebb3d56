"""How long does it take to verify a journal of a million entries, and how much memory (I-22: below ten seconds)?

`python -m bench.long_journal [--entries 1000000] [--postgres]`: a small history in a scratch database, whose journal of
changes is lengthened by raw rows with the hashes that acts would have given them.  Then the time, by the clock and of
the processor, of the check of the journals as `stockroom verify` makes it, of all that `stockroom verify` does, of the
stretch that a page recomputes, of the export, and of the script that an auditor runs on the export; and the most memory
that the process has held by the end of each, what it maps of a SQLite file (256 MiB at most) included.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import click
from sqlalchemy import select, update

import stockroom.web
from bench.bulk import write
from bench.catalogue_rows import CLINIC
from bench.databases import Database, postgres_database, sqlite_database
from bench.plan import LINES_MIN, Plan
from stockroom.db.transaction import CHANGES
from stockroom.ledger.encoding import canonical, instant_text, sha256
from stockroom.ledger.journal import anchor_heads
from stockroom.ledger.verify import verify
from stockroom.ledger.verify.anchors import read
from stockroom.ledger.verify.intact import intact_through_anchor
from stockroom.ledger.verify.journals import check
from stockroom.ledger.verify.notes import Notes
from stockroom.models import JournalEntry, JournalHead
from stockroom.queries.journal_export import clinic_journal
from tests.ledger.planting import unguarded

_AT_ONCE = 10_000
_SCRIPT = Path(stockroom.web.__file__).parent / "static" / "check_journal.py"


@click.command()
@click.option("--entries", type=click.IntRange(min=LINES_MIN), default=1_000_000, show_default=True)
@click.option("--postgres", is_flag=True, help="On a throw-away PostgreSQL instead.")
def main(entries: int, postgres: bool) -> None:
    """Build a long journal and verify it; exits 1 when anything is found."""
    with (postgres_database if postgres else sqlite_database)(Plan(line_count=LINES_MIN)) as database:
        _said("built", lambda: _lengthen(database, entries))
        wrong = _verified(database)
        whole = _said("everything that `stockroom verify` recomputes", lambda: verify(database.store))
        wrong += len(whole.findings)
        _said("the newest stretch, as a page recomputes it", lambda: _stretch(database))
        wrong += _proven(database)
    sys.exit(1 if wrong else 0)


def _said(what: str, act: Callable[[], Any]) -> Any:
    began, worked = time.perf_counter(), time.process_time()
    given = act()
    seconds, processor = time.perf_counter() - began, time.process_time() - worked
    held = _mebibytes(resource.RUSAGE_SELF)
    click.echo(f"{what}: {seconds:.1f} s, {processor:.1f} s of the processor, at most {held} MiB so far")
    return given


def _mebibytes(whose: int) -> int:
    return resource.getrusage(whose).ru_maxrss // 1024


def _lengthen(database: Database, entries: int) -> None:
    """Go on from the newest entry, chunk after chunk, and set the head."""
    entry = JournalEntry.__table__
    with unguarded(database.store) as connection:  # whose guards let a head go up by one alone
        of_clinic = (entry.c.clinic_id == CLINIC) & (entry.c.stream == CHANGES)
        row = connection.execute(select(entry).where(of_clinic).order_by(entry.c.seq.desc()).limit(1)).one()
        newest = dict(row._mapping)
        for first in range(newest["seq"] + 1, entries + 1, _AT_ONCE):
            chunk = list(_after(newest, min(_AT_ONCE, entries + 1 - first)))
            write(connection, JournalEntry, chunk)
            newest = chunk[-1]
        connection.execute(
            update(JournalHead)
            .where(JournalHead.clinic_id == CLINIC, JournalHead.stream == CHANGES)
            .values({name: newest[name] for name in ("seq", "hash", "recorded_at")})
        )
    anchor_heads(database.store, now=newest["recorded_at"])


def _after(entry: dict[str, Any], count: int) -> Iterator[dict[str, Any]]:
    """Entries of a refusal's size, each chained to the one before."""
    for _ in range(count):
        seq = entry["seq"] + 1
        said = {
            "seq": seq,
            "recorded_at": entry["recorded_at"] + timedelta(seconds=7),
            "actor_uid": entry["actor_uid"],
            "roles": entry["roles"],
            "device": "bench",
            "kind": "refusal",
            "key": f"bench-{seq}",
            "request_digest": sha256(f"request {seq}"),
            "payload": canonical({"code": "lot_expired", "lot": entry["actor_uid"], "number": seq}),
            "answer": "",
            "previous_hash": entry["hash"],
        }
        hashed = [instant_text(value) if name == "recorded_at" else value for name, value in said.items()]
        entry = {**said, "hash": sha256(canonical(hashed)), "clinic_id": CLINIC, "stream": CHANGES}
        yield entry


def _verified(database: Database) -> int:
    notes = Notes()
    anchored = read(database.store.anchor_file, notes)

    def checked() -> None:
        with database.store.reading() as connection:
            check(connection, notes, anchored)

    _said("every journal verified, entry by entry", checked)
    report = notes.report()
    click.echo(f"{report.counts['journal_entry']:,} entries, findings: {len(report.findings)}")
    return len(report.findings)


def _stretch(database: Database) -> None:
    with database.store.reading() as connection:
        found = intact_through_anchor(connection, CLINIC, anchor_file=database.store.anchor_file)
    assert found.is_intact


def _proven(database: Database) -> int:
    """The script of an auditor on a whole export, as a process of its own."""
    with tempfile.NamedTemporaryFile("w", suffix=".jsonl", encoding="utf-8") as out:

        def export() -> None:
            with database.store.reading() as connection:
                out.writelines(clinic_journal(connection, CLINIC, stream=CHANGES))
            out.flush()

        _said("exported", export)
        anchors = ("--anchors", str(database.store.anchor_file))
        command = [sys.executable, "-I", "-S", str(_SCRIPT), out.name, *anchors]
        began = time.perf_counter()
        ended = subprocess.run(command, check=False, capture_output=True, text=True)
        seconds = time.perf_counter() - began
    click.echo(f"by the stand-alone script: {seconds:.1f} s, {_mebibytes(resource.RUSAGE_CHILDREN)} MiB")
    click.echo(ended.stdout.strip() + ended.stderr.strip())
    return ended.returncode


if __name__ == "__main__":
    main()
