"""How does a command reach the database?  From --database-url or the environment, opened only when it is needed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from config import Settings
    from stockroom.actor import Actor
    from stockroom.db.store import Store


def on_database(command: Callable[..., None]) -> Callable[..., None]:
    return click.option(
        "--database-url", metavar="URL", help="Instead of STOCKROOM_DATABASE_URL or the instance folder."
    )(command)


def asked_settings(database_url: str | None) -> Settings:
    from config import load_settings

    return load_settings(database_url=database_url)


def bring_up_to_date(settings: Settings) -> None:
    """Create and migrate the database where that is due, and bring a clinic's reference data up to this version."""
    from sqlalchemy import select

    from stockroom.db.engine import open_engine
    from stockroom.db.migrating import upgrade
    from stockroom.db.sealing import KeyRing
    from stockroom.db.store import open_store
    from stockroom.models import Clinic

    engine = open_engine(settings.database_url)
    try:
        upgrade(engine)
        with engine.connect() as connection:
            has_clinic = connection.execute(select(Clinic.id).limit(1)).first() is not None
        if has_clinic:  # without one nothing is chosen from them yet, and the demo clinic brings its own
            keyring = KeyRing(settings.installation_key)
            bring_reference_up_to_date(
                open_store(
                    engine,
                    keyring=keyring,
                    anchor_file=settings.anchor_file,
                    anchor_keeping=settings.anchor_keeping,
                )
            )
    finally:
        engine.dispose()


def bring_reference_up_to_date(store: Store) -> None:
    """Load the ingredients, areas, techniques and the like that this version ships, unless they are there."""
    from stockroom.clock import now
    from stockroom.operations.draft_patterns import are_patterns_drafted, draft_patterns
    from stockroom.operations.load_reference import is_loaded, load_reference
    from stockroom.operations.write_protocol import are_protocols_taken, take_protocols
    from stockroom.reference import load

    shipped = load()
    with store.reading() as connection:
        there = is_loaded(connection, shipped)
    if not there:
        at = now()
        load_reference(store, shipped, actor=terminal(store), key=new_key(at), now=at)
    with store.reading() as connection:
        drafted = are_patterns_drafted(connection, shipped)
    if not drafted:
        at = now()
        draft_patterns(store, shipped, actor=terminal(store), key=new_key(at), now=at)
    with store.reading() as connection:
        taken = are_protocols_taken(connection, shipped)
    if not taken:
        at = now()
        take_protocols(store, shipped, actor=terminal(store), key=new_key(at), now=at)


@contextmanager
def opened(database_url: str | None) -> Iterator[Store]:
    """The installation of an existing, migrated database."""
    from stockroom.db.engine import open_engine
    from stockroom.db.migrating import refuse_other_revision
    from stockroom.db.sealing import KeyRing
    from stockroom.db.store import open_store

    settings = asked_settings(database_url)
    engine = open_engine(settings.database_url)
    try:
        refuse_other_revision(engine)
        yield open_store(
            engine,
            keyring=KeyRing(settings.installation_key),
            anchor_file=settings.anchor_file,
            anchor_keeping=settings.anchor_keeping,
        )
    finally:
        engine.dispose()


def terminal(store: Store, clinic_name: str | None = None) -> Actor:
    """The installation's own principal, in the clinic of this name."""
    from sqlalchemy import select

    from stockroom.models import Clinic
    from stockroom.reads.actors import system_actor

    with store.reading() as connection:
        if clinic_name is None:
            return system_actor(connection, device="terminal")
        row = connection.execute(select(Clinic.id, Clinic.uid).where(Clinic.name == clinic_name)).first()
        if row is None:
            raise click.BadParameter(f"there is no clinic called {clinic_name}", param_hint="--clinic")
        return system_actor(connection, device="terminal", clinic_id=row.id, clinic_uid=row.uid)


def new_key(at: datetime) -> str:
    """A key that no act carried before: a command typed twice is meant twice."""
    from stockroom.db.identifiers import new_uid

    return f"terminal-{new_uid(at)}"
