"""How is the database brought up to date and verified?"""

from __future__ import annotations

import sys

import click

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
