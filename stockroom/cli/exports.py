"""What leaves from the terminal as a file?"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from stockroom.cli.installation import on_database, opened, terminal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

    from stockroom.db.store import Store


@click.group(name="export")
def exports() -> None:
    """Write files for people and programs outside."""


@exports.command("journal")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option(
    "--clinic", "clinic_name", help="The clinic's name; without it, the organisation's own journal."
)
@click.option(
    "--disclosures", is_flag=True, help="Who was shown which patients, instead of what was changed."
)
@on_database
def journal(file: Path, clinic_name: str | None, disclosures: bool, database_url: str | None) -> None:
    """Write a whole journal to FILE, an entry a line, as it was hashed.

    check_journal.py, which the Journal page offers, proves such a file without Stockroom.
    """
    if disclosures and clinic_name is None:
        raise click.UsageError("Disclosures are a clinic's: name it with --clinic.")
    with (
        opened(database_url) as store,
        store.reading() as connection,
        file.open("w", encoding="utf-8") as out,
    ):
        count = sum(1 for line in _lines(store, connection, clinic_name, disclosures) if out.write(line)) - 1
    click.echo(f"{file} holds {count:,} entries.")


def _lines(store: Store, connection: Connection, clinic_name: str | None, disclosures: bool) -> Iterator[str]:
    from stockroom.db.transaction import CHANGES, DISCLOSURES
    from stockroom.queries.journal_export import clinic_journal, organisation_journal

    if clinic_name is None:
        return organisation_journal(connection)
    clinic_id = terminal(store, clinic_name).clinic_id
    assert clinic_id is not None
    return clinic_journal(connection, clinic_id, stream=DISCLOSURES if disclosures else CHANGES)
