"""How does the demo get into the database whole or not at all?  On SQLite it is loaded beside it and put in place."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import make_url

if TYPE_CHECKING:
    from config import Settings
    from stockroom.demo import LogIn

_ASIDE = ".demo-loading"


def load_whole_demo(settings: Settings) -> tuple[LogIn, ...]:
    """Load the demo clinic into the empty, migrated database of `settings` and give its log-ins.

    On a SQLite file a start that is cut off leaves the database empty.  Raises DatabaseNotEmpty.
    """
    url = make_url(settings.database_url)
    if url.get_backend_name() != "sqlite" or url.database in (None, "", ":memory:"):
        return _load(settings)
    database, aside = Path(str(url.database)), Path(f"{url.database}{_ASIDE}")
    anchors_aside = settings.anchor_file.with_name(settings.anchor_file.name + _ASIDE)
    _remove(aside, anchors_aside)
    staged = replace(
        settings,
        database_url=url.set(database=str(aside)).render_as_string(hide_password=False),
        anchor_file=anchors_aside,
    )
    _refuse_unless_empty(settings)
    log_ins = _load(staged)
    for leftover in _beside(database):
        leftover.unlink(missing_ok=True)
    aside.replace(database)
    if anchors_aside.exists():
        with settings.anchor_file.open("ab") as file:
            file.write(anchors_aside.read_bytes())
            file.flush()
            os.fsync(file.fileno())
    _remove(aside, anchors_aside)
    return log_ins


def _load(settings: Settings) -> tuple[LogIn, ...]:
    from stockroom.db.engine import open_engine
    from stockroom.db.migrating import upgrade
    from stockroom.db.sealing import KeyRing
    from stockroom.db.store import open_store
    from stockroom.demo import load_demo

    engine = open_engine(settings.database_url)
    try:
        upgrade(engine)
        store = open_store(
            engine, keyring=KeyRing(settings.installation_key), anchor_file=settings.anchor_file
        )
        return load_demo(store, password_salt=settings.password_salt)
    finally:
        engine.dispose()  # the last connection that closes writes the log back into the file


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


def _remove(database: Path, anchors: Path) -> None:
    for path in (database, *_beside(database), Path(f"{database}.writers"), anchors):
        with suppress(FileNotFoundError):
            path.unlink()
