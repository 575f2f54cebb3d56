"""How is Stockroom served on this machine?  One process: the server, the schedule, the embedded database."""

from __future__ import annotations

import gc
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from stockroom.cli.demo_staging import load_whole_demo
from stockroom.cli.installation import asked_settings, bring_up_to_date, on_database, opened
from stockroom.vocabulary import Role

if TYPE_CHECKING:
    from flask import Flask

    from config import Settings
    from stockroom.db.store import Store
    from stockroom.demo.log_ins import LogIn

THREADS = 8
HEAD_START_SECONDS = 1
"""The first page is answered before the other pages are imported."""
HOST = "127.0.0.1"
GARBAGE_SEARCHED_AFTER = (20_000, 20, 20)
"""A request makes some thousand things that go with it: looking among them every 700 took a twentieth of its time."""


@click.command()
@click.option("--port", type=click.IntRange(0, 65535), default=8000, show_default=True)
@click.option("--demo", is_flag=True, help="Load the demo clinic when the database is empty.")
@click.option("--verbose", is_flag=True, help="Log every request.")
@on_database
def run(port: int, demo: bool, verbose: bool, database_url: str | None) -> None:
    """Serve on this machine, with the schedule; creates and migrates the database."""
    with _all_stays():
        from stockroom.app import claim_single_process, configure_logging, create_app, release_single_process

    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    configure_logging(verbose=verbose)
    settings = asked_settings(database_url)
    lock = claim_single_process(settings)
    try:
        with _all_stays():
            bring_up_to_date(settings)
        log_ins = _demo_log_ins(settings, database_url) if demo else ()
        with _all_stays():
            app = create_app(settings, late=True)
        _serve(app, port=port, settings=settings, log_ins=log_ins)
    finally:
        release_single_process(lock)


@contextmanager
def _all_stays() -> Iterator[None]:
    """Make what lives as long as the process: no garbage is looked for meanwhile, nor among it ever again.

    Looking took a third of the time of a start, and found next to nothing.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.set_threshold(*GARBAGE_SEARCHED_AFTER)
        gc.enable()


def _serve(app: Flask, *, port: int, settings: Settings, log_ins: tuple[LogIn, ...]) -> None:
    """Answer requests until Ctrl-C or SIGTERM, then let those in hand finish."""
    from waitress.server import create_server

    from stockroom.app import store_of
    from stockroom.cli.framing import refuse_ambiguous
    from stockroom.jobs import schedule
    from stockroom.jobs.mailing import postman_of
    from stockroom.jobs.runner import Workshop

    store = store_of(app)
    try:
        server = create_server(
            app,
            host=HOST,
            port=port,
            threads=THREADS,
            ident=None,
            clear_untrusted_proxy_headers=not settings.trusted_proxies,
        )
    except OSError as taken:
        raise click.ClickException(f"Port {port} cannot be used: {taken.strerror}. Try --port 0.") from None
    refuse_ambiguous(server)
    rest = threading.Timer(HEAD_START_SECONDS, _load_rest, (app,))
    rest.daemon = True
    rest.start()
    scheduler = schedule.start(Workshop(store=store, postman=postman_of(settings)))
    try:
        _greet(store, port=server.effective_port, log_ins=log_ins)
        server.run()  # returns on SystemExit and KeyboardInterrupt
    finally:
        rest.cancel()
        scheduler.shutdown(wait=True)
        server.close()
        store.engine.dispose()
        click.echo("Stockroom has stopped.")


def _load_rest(app: Flask) -> None:
    """Import the pages that nobody has asked for yet, so that nobody waits for them."""
    from stockroom.http.late_routes import load_all

    with _all_stays():
        load_all(app)


def _greet(store: Store, *, port: int, log_ins: tuple[LogIn, ...]) -> None:
    click.echo(f"Stockroom is ready at http://{HOST}:{port}/ (stop it with Ctrl-C)")
    _tell(log_ins)
    if not log_ins and not _addresses(store):
        click.echo("Nobody can log in yet. Make a clinic and its first user in another terminal:")
        click.echo("  .venv/bin/python -m stockroom clinic found --help")
        click.echo("  .venv/bin/python -m stockroom user add --help")


@click.command()
@on_database
def demo(database_url: str | None) -> None:
    """Load the demo clinic into an empty database, and exit."""
    settings = asked_settings(database_url)
    bring_up_to_date(settings)
    _tell(load_whole_demo(settings))


def _demo_log_ins(settings: Settings, database_url: str | None) -> tuple[LogIn, ...]:
    """Load the demo clinic where there is no clinic yet; give its log-ins, none in a database of one's own."""
    with opened(database_url) as store:
        addresses = _addresses(store)
    if not addresses:
        return load_whole_demo(settings)
    from stockroom.demo.log_ins import log_in_of

    return tuple(log_in for log_in in map(log_in_of, Role) if log_in.email in addresses)


def _addresses(store: Store) -> frozenset[str]:
    """The addresses with which people log in."""
    from sqlalchemy import select

    from stockroom.models import User

    with store.reading() as connection:
        return frozenset(connection.execute(select(User.email)).scalars())


def _tell(log_ins: tuple[LogIn, ...]) -> None:
    for log_in in log_ins:
        click.echo(f"  {log_in.role:<14}{log_in.email:<42}{log_in.password}")
