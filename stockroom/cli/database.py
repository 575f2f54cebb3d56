"""How is the database brought up to date, verified, copied and put back?"""

from __future__ import annotations

import sys
from pathlib import Path

import click

from stockroom import clock
from stockroom.cli.installation import asked_settings, bring_up_to_date, on_database, opened


@click.group()
def db() -> None:
    """The database's schema."""


@db.command("upgrade")
@on_database
def upgrade_database(database_url: str | None) -> None:
    """Create the database, or bring it to this version's schema."""
    bring_up_to_date(asked_settings(database_url))
    click.echo("The database is up to date.")


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of sentences.")
@on_database
def verify(as_json: bool, database_url: str | None) -> None:
    """Recompute every invariant of the books; exit 1 and name the first wrong row of each."""
    from stockroom.ledger.verify import verify as recompute

    with opened(database_url) as store:
        report = recompute(store)
    if as_json:
        click.echo(report.to_json())
    else:
        for found in report.findings:
            click.echo(
                f"{found.invariant}: {found.table} {found.row} {found.what} ({found.total} in all)", err=True
            )
        looked_at = ", ".join(f"{count} {name}" for name, count in report.counts.items() if count)
        click.echo(f"{'The books are true' if report.ok else 'The books are WRONG'}: {looked_at}.")
    sys.exit(0 if report.ok else 1)


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@on_database
def backup(file: Path, database_url: str | None) -> None:
    """Copy the SQLite database into FILE while it runs.  The keys in the instance folder are kept apart."""
    from stockroom.db.backups import copy_database, file_of

    copy_database(file_of(asked_settings(database_url).database_url), file)
    click.echo(f"{file} holds the whole database. Keep the keys of the instance folder somewhere else.")


@click.command()
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@on_database
def restore(file: Path, database_url: str | None) -> None:
    """Put the SQLite backup FILE in the place of the database, after it was verified.

    The database and the anchor file that were there are kept beside it under another name.
    """
    from stockroom.app import claim_single_process, release_single_process
    from stockroom.db.backups import copy_database, file_of, put_in_place
    from stockroom.ledger.journal import anchor_heads

    settings = asked_settings(database_url)
    lock = claim_single_process(settings)
    place = file_of(settings.database_url)
    candidate = place.with_name(f"{place.name}.restoring")
    candidate.unlink(missing_ok=True)
    try:
        copy_database(file, candidate)
        _refuse_untrue(candidate)
        stamp = clock.now().strftime("before-%Y%m%dT%H%M%S")
        if place.exists():
            copy_database(place, place.with_name(f"{place.name}.{stamp}"))
        put_in_place(candidate, place)
        with opened(database_url) as store:
            if store.anchor_file.exists():
                store.anchor_file.rename(store.anchor_file.with_suffix(f".{stamp}.jsonl"))
            anchor_heads(store, now=clock.now())
    finally:
        candidate.unlink(missing_ok=True)
        release_single_process(lock)
    click.echo("Restored and verified. What was there before lies beside it.")


def _refuse_untrue(candidate: Path) -> None:
    """Raise when the books in a backup are not true; it is brought to this version's schema first."""
    from stockroom.ledger.verify import verify as recompute

    address = f"sqlite:///{candidate}"
    bring_up_to_date(asked_settings(address))
    with opened(address) as store:
        report = recompute(store, anchors=False)
    if not report.ok:
        first = report.findings[0]
        raise click.ClickException(f"Not restored: {first.invariant} {first.table} {first.row} {first.what}")
