"""How does the demo get into the database whole or not at all?  On SQLite it is loaded beside it and put in place."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from config import Settings
    from stockroom.db.store import Store
    from stockroom.demo.log_ins import LogIn

_ASIDE = ".demo-loading"


def load_whole_demo(settings: Settings) -> tuple[LogIn, ...]:
    """Load the demo clinic into the empty, migrated database of `settings` and give its log-ins.

    On a SQLite file a start that is cut off leaves the database empty: nothing is synced while it is
    loaded beside it, and all of it before it takes its place.  Raises DatabaseNotEmpty.
    """
    from sqlalchemy import make_url

    from stockroom.db.backups import put_in_place

    url = make_url(settings.database_url)
    if url.get_backend_name() != "sqlite" or url.database in (None, "", ":memory:"):
        return _load(settings)
    database, aside = Path(str(url.database)), Path(f"{url.database}{_ASIDE}")
    _refuse_unless_empty(settings)
    _remove(aside)
    staged = url.set(database=str(aside)).render_as_string(hide_password=False)
    log_ins = _load(replace(settings, database_url=staged), is_private=True)
    put_in_place(aside, database)
    _remove(aside)
    return log_ins


def _load(settings: Settings, *, is_private: bool = False) -> tuple[LogIn, ...]:
    from stockroom.db.engine import open_engine, open_private_engine
    from stockroom.db.migrating import upgrade
    from stockroom.db.sealing import KeyRing
    from stockroom.db.store import open_store
    from stockroom.demo.loading import load_demo

    engine = (open_private_engine if is_private else open_engine)(settings.database_url)
    try:
        upgrade(engine)
        store = open_store(
            engine, keyring=KeyRing(settings.installation_key), anchor_file=settings.anchor_file
        )
        log_ins = load_demo(store, password_salt=settings.password_salt)
        flag(store, settings)
        return log_ins
    finally:
        engine.dispose()  # the last connection that closes writes the log back into the file


def flag(store: Store, settings: Settings) -> None:
    """Raise the alerts that the schedule would have raised by now; mail is left to the schedule."""
    from stockroom.jobs.mailing import postman_of
    from stockroom.jobs.runner import Workshop, run

    shop = Workshop(store=store, postman=postman_of(settings))
    for job in ("low-stock", "expiring", "expired", "beyond-use", "unsuitable"):
        run(shop, job)


def _refuse_unless_empty(settings: Settings) -> None:
    from stockroom.db.engine import open_engine
    from stockroom.db.sealing import KeyRing
    from stockroom.db.store import open_store
    from stockroom.demo.loading import refuse_unless_empty

    engine = open_engine(settings.database_url)
    try:
        store = open_store(
            engine, keyring=KeyRing(settings.installation_key), anchor_file=settings.anchor_file
        )
        refuse_unless_empty(store)
    finally:
        engine.dispose()


def _beside(database: Path) -> tuple[Path, ...]:
    return tuple(Path(f"{database}{ending}") for ending in ("-wal", "-shm", "-journal"))


def _remove(database: Path) -> None:
    for path in (database, *_beside(database), Path(f"{database}.writers")):
        path.unlink(missing_ok=True)
