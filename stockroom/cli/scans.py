"""What does a scan say?  One JSON object for each line."""

from __future__ import annotations

import json
from datetime import datetime

import click

from stockroom import clock
from stockroom.barcodes.keyboards import Layout


@click.group()
def scan() -> None:
    """Barcodes."""


def _said_separator(context: click.Context, option: click.Parameter, said: str) -> str:
    from stockroom.barcodes.scanner_habits import is_separator

    if said and not is_separator(said):
        raise click.BadParameter(
            "one to eight characters; it begins with a character that no code holds, such as #"
        )
    return said


@scan.command("parse")
@click.option("--today", type=click.DateTime(["%Y-%m-%d"]), help="For two-digit years; the real today else.")
@click.option(
    "--separator",
    default="",
    callback=_said_separator,
    metavar="TEXT",
    help="What the scanners send in the place of the group separator, such as # or {GS}.",
)
@click.option(
    "--keyboard",
    type=click.Choice([each.value for each in Layout]),
    help="The keyboard of the computer, where the scanners type for a United States one.",
)
def parse(today: datetime | None, separator: str, keyboard: str | None) -> None:
    """Read one scan a line from standard input; write one JSON object a line.

    `\\x1d` stands for the group separator, or send the real character.  What a clinic found on its scanner
    set-up page is said with --separator and --keyboard; a text is put right only where one thing can be meant.
    """
    from stockroom.barcodes.scan_rows import line_as_row
    from stockroom.barcodes.scanner_habits import habits_of

    day = today.date() if today else clock.civil_date(clock.now(), "UTC")
    habits = habits_of(separator, keyboard or "")
    for line in click.open_file("-", encoding="utf-8", errors="surrogateescape"):
        if line.strip("\r\n"):
            click.echo(json.dumps(line_as_row(line, today=day, habits=habits)))
