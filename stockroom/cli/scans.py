"""What does a scan say?  One JSON object for each line."""

from __future__ import annotations

import json
from datetime import datetime

import click

from stockroom import clock


@click.group()
def scan() -> None:
    """Barcodes."""


@scan.command("parse")
@click.option("--today", type=click.DateTime(["%Y-%m-%d"]), help="For two-digit years; the real today else.")
def parse(today: datetime | None) -> None:
    """Read one scan a line from standard input; write one JSON object a line.

    `\\x1d` stands for the group separator, or send the real character.
    """
    from stockroom.barcodes.scan_rows import line_as_row

    day = today.date() if today else clock.civil_date(clock.now(), "UTC")
    for line in click.open_file("-", encoding="utf-8", errors="surrogateescape"):
        if line.strip("\r\n"):
            click.echo(json.dumps(line_as_row(line, today=day)))
