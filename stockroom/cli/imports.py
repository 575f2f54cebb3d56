"""How does a list that is kept in a spreadsheet come in from the terminal?  Checked first, then whole or not at all."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from stockroom import clock
from stockroom.cli.installation import new_key, on_database, opened, terminal
from stockroom.tables.words import TableKind

if TYPE_CHECKING:
    from stockroom.actor import Actor
    from stockroom.db.store import Store
    from stockroom.queries.table_imports import Judged
    from stockroom.tables.kinds import Reading
    from stockroom.tables.reading import Tell

EXIT_FAULTS = 1
FAULTS_SHOWN = 200
_FILE = click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
_CLINIC = click.option(
    "--clinic", "clinic_name", help="The clinic's name; the only clinic when there is one."
)
_DRY_RUN = click.option("--dry-run", is_flag=True, help="Only check it; nothing is changed.")
_JSON = click.option("--json", "as_json", is_flag=True, help="One JSON object instead of sentences.")


@click.group(name="import")
def imports() -> None:
    """Bring in lists from CSV or XLSX files."""


def _command(kind: TableKind, says: str) -> Callable[..., None]:
    @imports.command(kind.value, help=says)
    @_FILE
    @_CLINIC
    @_DRY_RUN
    @_JSON
    @on_database
    def run(
        file: Path, clinic_name: str | None, dry_run: bool, as_json: bool, database_url: str | None
    ) -> None:
        with opened(database_url) as store:
            actor = terminal(store, clinic_name or _only_clinic(store))
            judged = _bring_in(store, actor, file, kind, dry_run=dry_run)
        if as_json:
            _tell_machine(judged, dry_run=dry_run)
        else:
            _tell(judged, dry_run=dry_run)
        if not judged.is_good:
            raise click.exceptions.Exit(EXIT_FAULTS)

    return run


_command(TableKind.PRODUCTS, "Products with codes, makers, suppliers, prices and minimums.")
_command(TableKind.STOCK, "Opening stock, lot by lot, before anything else is booked.")
_command(TableKind.PATIENTS, "Patients, each sealed with a key of her own.")
_command(TableKind.SESSIONS, "Planned sessions and their courses, by their numbers in your own software.")


@imports.command("template")
@click.argument("kind", type=click.Choice([kind.value for kind in TableKind]))
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def template(kind: str, file: Path) -> None:
    """Write the table to be filled in: XLSX with an explanation, or CSV, by FILE's ending."""
    from stockroom.tables.templates import template_csv, template_xlsx

    which = TableKind(kind)
    if file.suffix.casefold() == ".xlsx":
        with template_xlsx(which) as written:
            file.write_bytes(written.read())
    else:
        file.write_text("".join(template_csv(which)), encoding="utf-8", newline="")
    click.echo(f"{file} is ready to be filled in.")


def _only_clinic(store: Store) -> str:
    from sqlalchemy import select

    from stockroom.models import Clinic

    with store.reading() as connection:
        names = connection.execute(select(Clinic.name).limit(2)).scalars().all()
    if len(names) != 1:
        raise click.BadParameter("say which clinic it is for", param_hint="--clinic")
    return names[0]


def _bring_in(store: Store, actor: Actor, file: Path, kind: TableKind, *, dry_run: bool) -> Judged:
    """Check a file and, unless something is wrong, nothing is new or it is only tried, bring it in."""
    from stockroom.queries.table_imports import Judged as Done
    from stockroom.queries.table_imports import judge
    from stockroom.tables.kinds import read_file
    from stockroom.web.import_work import bring_in, last_birthday

    at = clock.now()
    with _bar(f"Reading {file.name}") as tell:
        reading: Reading = read_file(file.read_bytes(), kind, today=last_birthday(at), tell=tell)
    with store.reading() as connection:
        judged = judge(connection, store.keyring, reading, actor, now=at)
    if dry_run or not judged.is_good or not judged.has_news:
        return judged
    with _bar("Bringing it in") as tell:
        done: Any = bring_in(
            store, reading, actor=actor, key=new_key(at), now=at, note=file.name[:100], tell=tell
        )
    return Done(
        line_count=reading.line_count,
        added=done.added,
        changed=getattr(done, "changed", 0),
        unchanged=done.unchanged,
    )


@contextmanager
def _bar(label: str) -> Iterator[Tell]:
    """A progress bar on standard error, in hundredths of whatever it is told."""
    with click.progressbar(length=100, label=label, file=sys.stderr) as bar:

        def tell(done: int, whole: int) -> None:
            step: int = min(100, 100 * done // max(whole, 1)) - bar.pos
            if step > 0:
                bar.update(step)

        yield tell
        bar.update(100 - bar.pos)


def _tell(judged: Judged, *, dry_run: bool) -> None:
    if not judged.is_good:
        _tell_faults(judged)
        return
    counts = f"{judged.added} new, {judged.changed} changed, {judged.unchanged} known already"
    if not judged.has_news:
        click.echo(f"Nothing new: {counts}. Nothing was changed.")
    elif dry_run:
        click.echo(f"No faults in {judged.line_count} lines: {counts}. Nothing was changed yet.")
    else:
        click.echo(f"Brought in, whole: {counts}.")


def _tell_faults(judged: Judged) -> None:
    shown = judged.faults[:FAULTS_SHOWN]
    column = max(len("column"), *(len(fault.column) for fault in shown))
    click.echo(f"{'line':>6}  {'column':<{column}}  what is wrong → what to write instead")
    for fault in shown:
        advice = f" → {fault.advice}" if fault.advice else ""
        click.echo(f"{fault.line:>6}  {fault.column:<{column}}  {fault.sentence}{advice}")
    lines = f"{judged.bad_line_count} of {judged.line_count} lines"
    click.echo(f"{judged.fault_count} faults in {lines}. Nothing was brought in.", err=True)


def _tell_machine(judged: Judged, *, dry_run: bool) -> None:
    import msgspec

    is_brought_in = judged.is_good and judged.has_news and not dry_run
    told = msgspec.to_builtins(judged) | {"is_brought_in": is_brought_in}
    click.echo(msgspec.json.encode(told).decode())
