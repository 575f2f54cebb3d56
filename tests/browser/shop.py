"""A demo clinic served on loopback in this process, for what a real browser looks at."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select

from stockroom.app import create_app, store_of
from stockroom.cli.demo_staging import flag
from stockroom.db.engine import open_engine
from stockroom.db.migrating import upgrade
from stockroom.db.store import Store
from stockroom.demo.loading import load_demo
from stockroom.demo.log_ins import LogIn
from stockroom.models import Clinic
from tests.loopback import HOST, on_loopback
from tests.serving import SALT, settings_for

THREADS = 8


@dataclass(frozen=True, kw_only=True)
class Shop:
    """Where the demo is served, and who may log in."""

    address: str
    store: Store
    log_ins: tuple[LogIn, ...]

    def log_in_of(self, role: str) -> LogIn:
        """Give the demo log-in of a role."""
        return next(log_in for log_in in self.log_ins if log_in.role.value == role)

    def clinic_uid(self) -> str:
        """Give the clinic in which every demo person works."""
        with self.store.reading() as connection:
            return str(connection.execute(select(Clinic.uid).order_by(Clinic.id).limit(1)).scalar_one())


def load(folder: Path, *, days: int) -> tuple[LogIn, ...]:
    """Load a demo of `days` days into `folder` and give its log-ins."""
    url = _database(folder)
    engine = open_engine(url)
    upgrade(engine)
    engine.dispose()
    settings = settings_for(url, folder)
    store = store_of(create_app(settings))
    log_ins = load_demo(store, password_salt=SALT, days=days)
    flag(store, settings)
    store.engine.dispose()
    return log_ins


@contextmanager
def loaded(folder: Path, *, days: int) -> Iterator[Shop]:
    """Load a demo of `days` days into `folder` and serve it until the block is left."""
    with serving(folder, log_ins=load(folder, days=days)) as shop:
        yield shop


@contextmanager
def serving(folder: Path, *, log_ins: tuple[LogIn, ...]) -> Iterator[Shop]:
    """Serve the demo that lies in `folder` until the block is left."""
    app = create_app(settings_for(_database(folder), folder))
    store = store_of(app)
    try:
        with on_loopback(app, threads=THREADS) as port:
            yield Shop(address=f"http://{HOST}:{port}", store=store, log_ins=log_ins)
    finally:
        store.engine.dispose()


def _database(folder: Path) -> str:
    return f"sqlite:///{folder / 'demo.sqlite'}"
