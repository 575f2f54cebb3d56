"""How long does it take from a lot to everybody who got something of it?  An exercise from the terminal."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from stockroom.cli.installation import new_key, on_database, opened
from stockroom.cli.traces import EXIT_AMBIGUOUS, in_clinic

if TYPE_CHECKING:
    from stockroom.actor import Actor
    from stockroom.db.store import Store
    from stockroom.queries.recall_lots_named import LotNamedSo


@click.group()
def recall() -> None:
    """Recalls."""


@recall.command("mock")
@click.argument("number", metavar="LOT")
@click.option("--product", "product_uid", metavar="UID", help="Whose lot, where several products have one.")
@click.option(
    "--clinic", "clinic_name", help="Where the exercise is held; the trail is followed into every one."
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object, for a program.")
@on_database
def mock(
    number: str,
    product_uid: str | None,
    clinic_name: str | None,
    as_json: bool,
    database_url: str | None,
) -> None:
    """Hold an exercise: from a lot to the complete list of its patients, by the clock, and keep the result.

    Nothing is held, and nobody is told anything.  Patients are counted and not shown.
    """
    with opened(database_url) as store:
        actor = in_clinic(store, clinic_name)
        lot = _meant(store, number, product_uid)
        told = _exercise(store, actor, lot)
    if as_json:
        click.echo(json.dumps(told))
        return
    click.echo(
        f"{told['seconds']:.3f} seconds: {told['lots']} lots, {told['cocktails']} cocktails, "
        f"{told['sessions']} sessions, {told['patients']} patients, {told['clinics']} clinics"
    )
    click.echo("The list is complete." if told["is_complete"] else "The list is NOT complete.")


def _meant(store: Store, number: str, product_uid: str | None) -> LotNamedSo:
    """The one lot of this number as printed; several are told, and none is chosen."""
    from stockroom.queries.recall_lots_named import lots_called

    with store.reading() as connection:
        lots = lots_called(connection, number)
    lots = tuple(each for each in lots if product_uid in (None, each.product_uid))
    if len(lots) == 1 and lots[0].number == number:
        return lots[0]
    click.echo("Which one? Type its number as printed." if lots else "No lot goes by it.", err=True)
    for each in lots:
        name = f"{each.product_name} {each.strength}".strip()
        click.echo(f"lot\t{each.number}\t{name}\t--product {each.product_uid}", err=True)
    raise click.exceptions.Exit(EXIT_AMBIGUOUS)


def _exercise(store: Store, actor: Actor, lot: LotNamedSo) -> dict[str, float | int | bool | str]:
    """Start the watch, list everybody, stop the watch."""
    from sqlalchemy import select

    from stockroom.access.exercising import list_exercise
    from stockroom.clock import now
    from stockroom.models import Clinic
    from stockroom.operations.finish_mock_recall import FinishMockRecall, finish_mock_recall
    from stockroom.operations.open_recall import OpenRecall, open_recall
    from stockroom.reads.recall_lines import ConfirmedLine
    from stockroom.vocabulary import ScopeKind

    at = now()
    line = ConfirmedLine(product_uid=lot.product_uid, kind=ScopeKind.LOT, first=lot.number)
    command = OpenRecall(title=lot.number, notice=None, lines=(line,), is_mock=True)
    case_uid = open_recall(store, command, actor=actor, key=new_key(at), now=at).case_uid
    with store.reading() as connection:
        seen = frozenset(connection.execute(select(Clinic.id)).scalars())
    found = list_exercise(store, actor, case_uid, seen=seen, now=now()).counted
    at = now()
    result = FinishMockRecall(case_uid=case_uid, **asdict(found))
    finished = finish_mock_recall(store, result, actor=actor, key=new_key(at), now=at)
    return {"seconds": finished.listed_after_ms / 1000, **asdict(found), "case_uid": case_uid}
