"""Where did something go, and where did it come from?  The trace of anything that is typed or scanned."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import click

from stockroom.cli.installation import on_database, opened, terminal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stockroom.access.traced import Told
    from stockroom.actor import Actor
    from stockroom.db.store import Store
    from stockroom.queries.finding_by_text import FoundThing
    from stockroom.queries.trace_patients import PatientReached
    from stockroom.queries.trace_rows import Account, Use

EXIT_AMBIGUOUS = 2


@click.command("trace")
@click.argument("what", nargs=-1, required=True, metavar="[KIND] TEXT")
@click.option("--clinic", "clinic_name", help="The clinic's name; needed where there are several.")
@click.option("--back", is_flag=True, help="Of a lot: what went into it, and where it came from.")
@click.option(
    "--as-of",
    "as_of",
    metavar="INSTANT",
    help="What the books said then, such as 2026-03-02T14:05:00+02:00.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object, for a program.")
@on_database
def trace(
    what: tuple[str, ...],
    clinic_name: str | None,
    back: bool,
    as_of: str | None,
    as_json: bool,
    database_url: str | None,
) -> None:
    """Trace a lot number, code and number, serial, container, cocktail, delivery, supplier, patient reference,
    session, device, member of staff or room: forward to every patient, or back to every lot and supplier.

    A KIND before the text (lot, patient, session, device …) says which is meant where several things go by it.
    Patients are shown by reference, and it is written down that they were.
    """
    at = _instant(as_of)
    with opened(database_url) as store:
        actor = in_clinic(store, clinic_name)
        thing = _meant(store, actor, what)
        for piece in _told(store, actor, thing, back=back, as_of=at, as_json=as_json):
            click.echo(piece, nl=False)


def _instant(said: str | None) -> datetime:
    from stockroom.clock import now
    from stockroom.ledger.trace_lines import NEWEST

    if said is None:
        return NEWEST
    try:
        at = datetime.fromisoformat(said)
    except ValueError:
        raise click.BadParameter(
            "an instant such as 2026-03-02T14:05:00+02:00", param_hint="--as-of"
        ) from None
    if at.tzinfo is None or at > now():
        raise click.BadParameter("an instant that has passed, with its offset", param_hint="--as-of")
    return at


def in_clinic(store: Store, name: str | None) -> Actor:
    """The terminal in the clinic of this name; without one, in the only clinic."""
    from sqlalchemy import select

    from stockroom.models import Clinic

    if name is None:
        with store.reading() as connection:
            names = list(connection.execute(select(Clinic.name).order_by(Clinic.name)).scalars())
        if len(names) != 1:
            raise click.UsageError(
                f"Name the clinic with --clinic: {', '.join(names) or 'there is none yet'}."
            )
        (name,) = names
    return terminal(store, name)


def _meant(store: Store, actor: Actor, what: tuple[str, ...]) -> FoundThing:
    """The one thing that goes by the text; several are told, and none is chosen."""
    from stockroom.clock import civil_date, now
    from stockroom.queries.trace_naming import meant_by
    from stockroom.queries.trace_starts import OF_LOTS, OF_SESSIONS

    kinds = OF_LOTS | OF_SESSIONS
    kind = what[0] if len(what) > 1 and what[0] in kinds else None
    text = " ".join(what[1:] if kind else what).replace("\\x1d", "\x1d")
    today = civil_date(now(), "UTC")
    with store.reading() as connection:
        meant = meant_by(connection, store.keyring, actor.clinic_id, text=text, today=today)
    things = [each for each in meant.things if kind in (None, each.kind)]
    if len(things) == 1 and (kind is not None or meant.only is not None):
        return things[0]
    click.echo(
        "Which one? Name its kind before the text, or type its uid." if things else "Nothing goes by it.",
        err=True,
    )
    for each in things:
        click.echo(f"{each.kind}\t{each.name}\t{each.detail}\t{each.uid}", err=True)
    raise click.exceptions.Exit(EXIT_AMBIGUOUS)


def _told(
    store: Store, actor: Actor, thing: FoundThing, *, back: bool, as_of: datetime, as_json: bool
) -> Iterator[str]:
    """What tells a trace, piece by piece; who was met on it is written down before the first."""
    from sqlalchemy import Connection, select

    from stockroom.access.traced import Walked, tell
    from stockroom.clock import now
    from stockroom.models import Clinic
    from stockroom.queries import traces
    from stockroom.queries.trace_origins import origins_of
    from stockroom.queries.trace_starts import OF_SESSIONS, start_of

    def walk(connection: Connection) -> Walked:
        seen = frozenset(connection.execute(select(Clinic.id)).scalars())
        here = {actor.clinic_id}
        start = start_of(connection, seen, kind=thing.kind, uid=thing.uid, begins_in=here, as_of=as_of)
        traced = traces.traced_back if back or thing.kind in OF_SESSIONS else traces.traced_forward
        found = traced(connection, seen, start, as_of=as_of)
        lot_ids = [each.lot.lot_id for each in found.trace.lots]
        return Walked(traced=found, origins=origins_of(connection, seen, lot_ids, as_of=as_of))

    told = tell(store, actor, walk, as_of=as_of, now=now())
    try:
        if as_json:
            yield from _json(told)
        else:
            yield from (f"{line}\n" for line in _lines(told))
    finally:
        told.close()


def _json(told: Told) -> Iterator[str]:
    from stockroom.queries.trace_plain import json_of, plain

    more = {
        "origins": [plain(each) for each in told.origins],
        "patients": [plain(each) for each in told.patients.values()],
    }
    return json_of(told.trace, told.uses, more)


def _lines(told: Told) -> Iterator[str]:
    found, people = told.trace, told.patients
    lots = {each.lot.uid: each.lot for each in found.lots}
    counted = told.traced.counted
    yield f"{counted.patients} patients in {counted.sessions} sessions, {len(lots)} lots"
    if found.unseen_clinics:
        yield f"The trail goes on in {found.unseen_clinics} clinics that are not seen."
    for each in found.lots:
        lot = each.lot
        via = " > ".join(lots[uid].number for uid in each.via if uid in lots)
        name = f"{lot.product_name} {lot.strength}".strip()
        yield f"lot\t{lot.number}\t{name}\t{lot.clinic_name}\t{via}".rstrip()
    for account in getattr(found, "accounts", ()):
        if account.is_moved:
            yield f"account\t{lots[account.lot_uid].number}\t{_account(account, lots[account.lot_uid].base_unit)}"
    for origin in told.origins:
        came = origin.supplier_name or "opening stock"
        yield f"received\t{origin.lot_number}\t{origin.arrived_at.isoformat()}\t{came}\t{origin.delivery_note}"
    for use in told.uses:
        amount = _amount(use.quantity, use.lot.base_unit)
        known = _known(people[use.patient_uid])
        what = f"{known}\t{use.session_uid}\t{use.lot.number}\t{amount}\t#{use.seq}"
        yield f"used\t{use.occurred_at.isoformat()}\t{what}{_changed(use)}"
    for met in getattr(found, "devices", ()):
        known = _known(people[met.patient_uid])
        yield f"device\t{met.occurred_at.isoformat()}\t{known}\t{met.session_uid}\t{met.name}\t{met.serial}"


def _changed(use: Use) -> str:
    """What became of a use since it was entered, in a field of its own; nothing where it stands as it was entered."""
    said = []
    if use.in_place is not None:
        said.append(f"corrected by {use.in_place.by}: {use.in_place.reason}")
    if use.taken_back is not None:
        gone = use.taken_back
        said.append(f"taken back {gone.at.isoformat()} by {gone.by}: {gone.reason}")
    words = " ".join("; ".join(said).split())
    return f"\tchanged since entry: {words}" if words else ""


def _known(person: PatientReached) -> str:
    return person.reference or person.short_code or "erased"


def _account(each: Account, unit: str) -> str:
    went = {
        "on hand": each.on_hand, "used": each.used, "in cocktails": each.compounded, "disposed": each.disposed,
        "returned": each.returned, "sent on": each.dispatched, "corrected": each.adjusted_out,
    }  # fmt: skip
    told = (
        " + ".join(f"{_amount(amount, unit)} {what}" for what, amount in went.items() if amount) or "nothing"
    )
    sign = "=" if each.is_complete else "≠"
    return f"{_amount(each.came_in, unit)} came in {sign} {told}"


def _amount(quantity: int, unit: str) -> str:
    from stockroom.units import show_quantity
    from stockroom.vocabulary import BaseUnit

    shown = show_quantity(quantity, BaseUnit(unit))
    return f"{shown.quantity} {shown.unit}".strip()
