"""Where do the benchmarks run?  On a throw-away copy of a history, on either database, kept as safely as in a clinic."""

from __future__ import annotations

import hashlib
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.data import fill
from bench.plan import Plan
from stockroom.db.engine import open_engine
from stockroom.db.migrating import MIGRATIONS, newest_revision, upgrade
from stockroom.db.sealing import KeyRing
from stockroom.db.store import Store, open_store
from tests.postgres_cluster import PostgresCluster

INSTALLATION_KEY = hashlib.sha256(b"bench").digest()
CACHE = Path(tempfile.gettempdir()) / "stockroom-bench"
_DURABLE = ("fsync", "synchronous_commit", "full_page_writes")


@dataclass(frozen=True, kw_only=True)
class Database:
    """A database that holds the history of a plan, with what a server needs to open it."""

    kind: str
    """sqlite or postgresql."""
    url: str
    folder: Path
    plan: Plan
    store: Store

    @property
    def label(self) -> str:
        return {"sqlite": "SQLite", "postgresql": "PostgreSQL"}[self.kind]


@contextmanager
def sqlite_database(plan: Plan) -> Iterator[Database]:
    """Give a SQLite file with the history; generated once, copied for each run."""
    kept = _kept(plan)
    with tempfile.TemporaryDirectory(prefix="stockroom-bench-") as name:
        folder = Path(name)
        for path in kept.iterdir():
            shutil.copy(path, folder)
        url = f"sqlite:///{folder / 'stockroom.sqlite'}"
        store = open_database(url, folder)
        try:
            yield Database(kind="sqlite", url=url, folder=folder, plan=plan, store=store)
        finally:
            store.engine.dispose()


@contextmanager
def postgres_database(plan: Plan) -> Iterator[Database]:
    """Give a database of a throw-away cluster with the history; what is measured on it is durable."""
    with (
        tempfile.TemporaryDirectory(prefix="stockroom-bench-") as name,
        PostgresCluster() as cluster,
    ):
        url = cluster.create_database("bench")
        folder = Path(name)
        store = open_database(url, folder)
        try:
            upgrade(store.engine)
            fill(store, plan, on_step=_progress(plan))
            _make_durable(store)
            yield Database(kind="postgresql", url=url, folder=folder, plan=plan, store=store)
        finally:
            store.engine.dispose()


def open_database(url: str, folder: Path) -> Store:
    """Open a benchmark's database, whose anchor file lies in `folder`."""
    keyring = KeyRing(INSTALLATION_KEY)
    return open_store(open_engine(url), keyring=keyring, anchor_file=folder / "anchors.jsonl")


def _kept(plan: Plan) -> Path:
    """The folder of a generated SQLite history; a half-written one never gets its name."""
    name = f"{_fingerprint()}-{plan.line_count}-{plan.seed}-{plan.ends_at:%Y%m%d}"
    kept = CACHE / name
    if kept.exists():
        return kept
    CACHE.mkdir(parents=True, exist_ok=True)
    for outdated in CACHE.glob("0*"):
        if not outdated.name.startswith(_fingerprint()):
            shutil.rmtree(outdated, ignore_errors=True)
    with tempfile.TemporaryDirectory(dir=CACHE, prefix=".making-") as making:
        folder = Path(making) / "history"
        folder.mkdir()
        store = open_database(f"sqlite:///{folder / 'stockroom.sqlite'}", folder)
        upgrade(store.engine)
        fill(store, plan, on_step=_progress(plan))
        with store.engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        store.engine.dispose()
        for beside in ("-wal", "-shm", ".writers"):
            (folder / f"stockroom.sqlite{beside}").unlink(missing_ok=True)
        folder.rename(kept)
    return kept


def _fingerprint() -> str:
    """What a generated history depends on: the schema and the code that writes it."""
    ours = (f"{name}.py" for name in ("bulk", "catalogue_rows", "data", "history", "names", "plan"))
    files = [*sorted(MIGRATIONS.rglob("0*.*")), *(Path(__file__).parent / name for name in ours)]
    digest = hashlib.sha256()
    for path in files:
        digest.update(path.read_bytes())
    return f"{newest_revision()}-{digest.hexdigest()[:12]}"


def _make_durable(store: Store) -> None:
    with store.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for setting in _DURABLE:
            connection.exec_driver_sql(f"ALTER SYSTEM SET {setting} = on")
        connection.exec_driver_sql("SELECT pg_reload_conf()")
        connection.exec_driver_sql("CHECKPOINT")


def _progress(plan: Plan) -> Callable[[int], None]:
    """Say on standard error how far a history is written."""

    def say(written: int) -> None:
        done = written >= plan.line_count
        if done or written % 50_000 == 0:
            part = f"writing {plan.line_count:,} lines: {100 * written // plan.line_count} %"
            print(f"\r{part}", end="\n" if done else "", file=sys.stderr, flush=True)

    return say
