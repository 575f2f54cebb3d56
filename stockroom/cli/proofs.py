"""What does an auditor get who is to see one entry of a journal and no other, or that it only grew?"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from stockroom.cli.installation import on_database, opened, terminal

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from stockroom.db.store import Store
    from stockroom.queries.journal_proofs import JournalTree


@click.group()
def prove() -> None:
    """Merkle proofs (RFC 9162) from a journal, as JSON, which check_proof.py checks without Stockroom."""


def _of_journal(command: Callable[..., None]) -> Callable[..., None]:
    of_clinic = click.option(
        "--clinic", "clinic_name", help="The clinic's name; without, the organisation's."
    )
    of_reading = click.option("--disclosures", is_flag=True, help="Who was shown which patients.")
    return of_clinic(of_reading(on_database(command)))


@prove.command("root")
@_of_journal
def root(clinic_name: str | None, disclosures: bool, database_url: str | None) -> None:
    """The root over all entries of today, signed where this installation signs: for the auditor to keep."""
    from stockroom.outside.anchor_file import stated

    with _tree(clinic_name, disclosures, database_url) as (store, _, tree):
        click.echo(json.dumps(stated(tree.stated, store.anchor_keeping.key), sort_keys=True))


@prove.command("entry")
@click.argument("seq", type=click.IntRange(min=1))
@_of_journal
def entry(seq: int, clinic_name: str | None, disclosures: bool, database_url: str | None) -> None:
    """Entry SEQ alone, and that it stands in the journal."""
    from stockroom.queries.journal_proofs import proof_of_entry

    with _tree(clinic_name, disclosures, database_url) as (_, connection, tree):
        click.echo(json.dumps(proof_of_entry(connection, tree, seq), ensure_ascii=False))


@prove.command("growth")
@click.argument("first", type=click.IntRange(min=1))
@_of_journal
def growth(first: int, clinic_name: str | None, disclosures: bool, database_url: str | None) -> None:
    """That the journal's first FIRST entries, whose root the auditor holds, are the beginning of it still."""
    from stockroom.queries.journal_proofs import proof_of_growth

    with _tree(clinic_name, disclosures, database_url) as (_, _, tree):
        click.echo(json.dumps(proof_of_growth(tree, first)))


@contextmanager
def _tree(
    clinic_name: str | None, disclosures: bool, database_url: str | None
) -> Iterator[tuple[Store, Connection, JournalTree]]:
    from stockroom.db.transaction import CHANGES, DISCLOSURES
    from stockroom.queries.journal_proofs import journal_tree

    if disclosures and clinic_name is None:
        raise click.UsageError("Disclosures are a clinic's: name it with --clinic.")
    with opened(database_url) as store, store.reading() as connection:
        clinic_id = None if clinic_name is None else terminal(store, clinic_name).clinic_id
        stream = DISCLOSURES if disclosures else CHANGES
        yield store, connection, journal_tree(connection, clinic_id, stream=stream)
