"""What can be done from the terminal?  Every command takes the database from --database-url or the environment."""

from __future__ import annotations

from typing import Any

import click

from stockroom import __version__
from stockroom.cli.backups import backup, restore
from stockroom.cli.database import db, verify
from stockroom.cli.exports import exports
from stockroom.cli.imports import imports
from stockroom.cli.people import clinic, token, user
from stockroom.cli.proofs import prove
from stockroom.cli.recalls import recall
from stockroom.cli.scans import scan
from stockroom.cli.schedules import jobs, scheduler
from stockroom.cli.serving import demo, run
from stockroom.cli.traces import trace
from stockroom.errors import StockroomError

EXIT_REFUSED = 1
EXIT_SETTINGS = 78
"""sysexits.h EX_CONFIG: something in the configuration is not fit to start with."""


class _Commands(click.Group):
    """Tells a foreseen error in its own words, without a stack."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except StockroomError as error:
            click.echo(str(error), err=True)
            ctx.exit(EXIT_SETTINGS if error.code == "settings_unfit" else EXIT_REFUSED)


@click.group(cls=_Commands)
@click.version_option(__version__, prog_name="stockroom")
def main() -> None:
    """Stock control for mesotherapy clinics."""


for _command in (
    run,
    demo,
    scheduler,
    jobs,
    db,
    verify,
    backup,
    restore,
    clinic,
    user,
    token,
    imports,
    exports,
    prove,
    scan,
    trace,
    recall,
):
    main.add_command(_command)
