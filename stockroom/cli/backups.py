"""How is an installation copied while it runs, proven to come back, and put back?  On SQLite and on PostgreSQL."""

from __future__ import annotations

import json
import os
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from stockroom import clock
from stockroom.cli.installation import (
    asked_settings,
    bring_up_to_date,
    new_key,
    on_database,
    opened,
    terminal,
)

if TYPE_CHECKING:
    from sqlalchemy import URL

    from config import Settings
    from stockroom.db.store import Store
    from stockroom.operations.note_backup import NoteBackup

_NAME = re.compile(r"stockroom-\d{8}T\d{6}Z\.backup")
_TAILS = ("", "-wal", "-shm", "-journal", ".writers")


@dataclass(frozen=True, kw_only=True)
class _Proof:
    """A backup that came back: where it lies, and how long each part took."""

    file: Path
    note: NoteBackup
    copy_seconds: float
    restore_seconds: float


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--keep",
    type=click.IntRange(min=1),
    help="In a folder: keep so many of the newest backups that were made there, and delete older ones.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of sentences.")
@on_database
def backup(file: Path, keep: int | None, as_json: bool, database_url: str | None) -> None:
    """Copy the database into FILE while it runs, and prove the copy: restore it beside and verify its books.

    FILE may be a folder: the backup then goes by the time at which it is made.  On PostgreSQL pg_dump and pg_restore
    are used, and the account may create a database.  The keys in the instance folder are kept apart.
    """
    settings = asked_settings(database_url)
    target = file / f"stockroom-{clock.now():%Y%m%dT%H%M%SZ}.backup" if file.is_dir() else file
    proof = _made(settings, target)
    with opened(database_url) as store:
        _note(store, proof.note)
    if keep is not None and file.is_dir():
        _forget_old(file, keep)
    if as_json:
        click.echo(json.dumps(_as_row(proof)))
        return
    click.echo(
        f"{proof.file} holds the whole database ({proof.note.size_bytes:,} bytes, copied in "
        f"{proof.copy_seconds:.1f} s). Restored beside and verified in {proof.restore_seconds:.1f} s: the books are "
        "true. Keep the keys of the instance folder somewhere else."
    )


@click.command()
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of sentences.")
@on_database
def restore(file: Path, as_json: bool, database_url: str | None) -> None:
    """Put the backup FILE in the place of the database, after it was restored beside and its books were verified.

    The database and the anchor file that were there are kept beside it under another name.
    """
    from stockroom.app import claim_single_process, release_single_process
    from stockroom.ledger.journal import anchor_heads

    settings = asked_settings(database_url)
    lock = claim_single_process(settings)
    began = time.monotonic()
    try:
        stamp = clock.now().strftime("before-%Y%m%dT%H%M%S")
        known = _known_backups(settings)
        _put_back(settings, file, stamp)
        with opened(database_url) as store:
            if store.anchor_file.exists():
                store.anchor_file.rename(store.anchor_file.with_suffix(f".{stamp}.jsonl"))
            _note_again(store, known, file)
            anchor_heads(store, now=clock.now())
    finally:
        release_single_process(lock)
    seconds = time.monotonic() - began
    if as_json:
        click.echo(json.dumps({"file": str(file), "restore_seconds": round(seconds, 3), "verified": True}))
    else:
        click.echo(f"Restored and verified in {seconds:.1f} s. What was there before lies beside it.")


def _made(settings: Settings, target: Path) -> _Proof:
    """Make a backup and prove it; one that is not proven keeps another name, so that nobody relies on it."""
    from stockroom.db.identifiers import new_uid
    from stockroom.operations.note_backup import NoteBackup

    made_at, began = clock.now(), time.monotonic()
    _copy(settings, target)
    copied = time.monotonic()
    try:
        with _beside(settings, target) as candidate:
            _refuse_untrue(candidate, "Not proven")
    except BaseException:
        target.replace(target.with_name(f"{target.name}.unproven"))
        raise
    note = NoteBackup(
        backup_uid=new_uid(made_at),
        made_at=made_at,
        verified_at=max(clock.now(), made_at),
        file_name=target.name,
        size_bytes=target.stat().st_size,
    )
    return _Proof(
        file=target,
        note=note,
        copy_seconds=copied - began,
        restore_seconds=time.monotonic() - copied,
    )


def _copy(settings: Settings, target: Path) -> None:
    from stockroom.db.backups import FileInTheWay, copy_database, file_of
    from stockroom.db.dumps import dump_database

    url = _url(settings)
    if url.get_backend_name() == "sqlite":
        copy_database(file_of(url), target)
        return
    if target.exists():
        raise FileInTheWay(path=str(target))
    part = target.with_name(f".{target.name}.part")
    part.unlink(missing_ok=True)
    dump_database(url, part)
    part.replace(target)


@contextmanager
def _beside(settings: Settings, file: Path) -> Iterator[Settings]:
    """Restore a backup beside the live database; give the settings of what came back, gone afterwards.

    Its heads go to an anchor file of its own.
    """
    from stockroom.db.backups import copy_database
    from stockroom.db.dumps import restored_beside

    url = _url(settings)
    anchors = file.with_name(f".{file.name}.anchors")
    apart = replace(settings, anchor_file=anchors, anchor_keeping=replace(settings.anchor_keeping, copy=None))
    if url.get_backend_name() == "sqlite":
        scratch = _scratch(settings)
        _remove(scratch)
        try:
            copy_database(file, scratch)
            yield replace(apart, database_url=f"sqlite:///{scratch}")
        finally:
            _remove(scratch)
            _remove_anchors(anchors)
        return
    try:
        with restored_beside(file, url, f"{url.database}_restoring_{os.getpid()}") as beside:
            yield replace(apart, database_url=_written(beside))
    finally:
        _remove_anchors(anchors)


def _scratch(settings: Settings) -> Path:
    """Beside the database, on the same disk, so that it can take its place at one stroke."""
    from stockroom.db.backups import file_of

    place = file_of(settings.database_url)
    return place.with_name(f"{place.name}.restoring-{os.getpid()}")


def _put_back(settings: Settings, file: Path, stamp: str) -> None:
    from stockroom.db.backups import copy_database, file_of, put_in_place
    from stockroom.db.dumps import take_place

    url = _url(settings)
    with _beside(settings, file) as candidate:
        _refuse_untrue(candidate, "Not restored")
        if url.get_backend_name() == "sqlite":
            place = file_of(url)
            if place.exists():
                copy_database(place, place.with_name(f"{place.name}.{stamp}"))
            put_in_place(_scratch(settings), place)
        else:
            take_place(_url(candidate), url, aside=f"{url.database}_{stamp.replace('-', '_').lower()}")


def _refuse_untrue(candidate: Settings, what: str) -> None:
    """Raise when the books in a backup are not true; it is brought to this version's schema first."""
    from stockroom.db.engine import open_engine
    from stockroom.db.sealing import KeyRing
    from stockroom.db.store import open_store
    from stockroom.ledger.verify import verify as recompute

    bring_up_to_date(candidate)
    engine = open_engine(candidate.database_url)
    try:
        keyring = KeyRing(candidate.installation_key)
        report = recompute(
            open_store(engine, keyring=keyring, anchor_file=candidate.anchor_file), anchors=False
        )
    finally:
        engine.dispose()
    if not report.ok:
        first = report.findings[0]
        raise click.ClickException(f"{what}: {first.invariant} {first.table} {first.row} {first.what}")


def _known_backups(settings: Settings) -> tuple[NoteBackup, ...]:
    """The backups that the database to be replaced knows; none where it cannot say."""
    from sqlalchemy import inspect
    from sqlalchemy.exc import SQLAlchemyError

    from stockroom.db.backups import file_of
    from stockroom.db.dumps import is_there
    from stockroom.db.engine import open_engine
    from stockroom.operations.note_backup import NoteBackup
    from stockroom.queries.backups import backups

    url = _url(settings)
    is_sqlite = url.get_backend_name() == "sqlite"
    if not (file_of(url).is_file() if is_sqlite else is_there(url)):
        return ()
    engine = open_engine(settings.database_url)
    try:
        with engine.connect() as connection:
            if not inspect(connection).has_table("backup_made"):
                return ()
            rows = backups(connection)
    except (SQLAlchemyError, OSError):
        return ()
    finally:
        engine.dispose()
    return tuple(
        NoteBackup(
            backup_uid=row.backup_uid,
            made_at=row.made_at,
            verified_at=row.verified_at,
            file_name=row.file_name,
            size_bytes=row.size_bytes,
        )
        for row in reversed(rows)
    )


def _note_again(store: Store, known: tuple[NoteBackup, ...], file: Path) -> None:
    """Keep in the restored database what was known of backups, and that this one came back."""
    from stockroom.db.identifiers import new_uid
    from stockroom.operations.note_backup import NoteBackup
    from stockroom.queries.backups import backups, newest_entry_at

    with store.reading() as connection:
        there = {row.backup_uid for row in backups(connection)}
        holds_until = newest_entry_at(connection)
    size, now = file.stat().st_size, clock.now()
    for note in known:
        if note.backup_uid not in there:
            _note(store, note)
    if holds_until is not None and (file.name, size) not in {
        (each.file_name, each.size_bytes) for each in known
    }:
        _note(
            store,
            NoteBackup(
                backup_uid=new_uid(now),
                made_at=min(holds_until, now),
                verified_at=now,
                file_name=file.name,
                size_bytes=size,
            ),
        )


def _note(store: Store, note: NoteBackup) -> None:
    from stockroom.operations.note_backup import note_backup

    at = clock.now()
    note_backup(store, note, actor=terminal(store), key=new_key(at), now=at)


def _forget_old(folder: Path, keep: int) -> None:
    """Delete all but the newest backups that `backup` made in this folder; their names begin with their time."""
    made = sorted(path for path in folder.iterdir() if _NAME.fullmatch(path.name))
    for path in made[:-keep]:
        path.unlink()


def _as_row(proof: _Proof) -> dict[str, object]:
    def told(at: datetime) -> str:
        return at.isoformat()

    return {
        "file": str(proof.file),
        "size_bytes": proof.note.size_bytes,
        "made_at": told(proof.note.made_at),
        "verified_at": told(proof.note.verified_at),
        "copy_seconds": round(proof.copy_seconds, 3),
        "restore_seconds": round(proof.restore_seconds, 3),
    }


def _url(settings: Settings) -> URL:
    from sqlalchemy import make_url

    return make_url(settings.database_url)


def _written(url: URL) -> str:
    return url.render_as_string(hide_password=False)


def _remove(database: Path) -> None:
    for tail in _TAILS:
        Path(f"{database}{tail}").unlink(missing_ok=True)


def _remove_anchors(anchors: Path) -> None:
    for path in anchors.parent.glob(f"{anchors.stem}-*"):
        path.unlink(missing_ok=True)
    anchors.unlink(missing_ok=True)
