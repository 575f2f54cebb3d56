"""Where did this go, and where did that come from?  One box that takes anything; a picture, a table and files."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext, ngettext

from stockroom.access.acting import acting, installation, present
from stockroom.access.disclosing import disclose_trace
from stockroom.errors import ThingNotFound
from stockroom.queries import traces
from stockroom.queries.clinics import clinics_where
from stockroom.queries.finding_by_text import FoundThing
from stockroom.queries.trace_beginnings import (
    LEADS_TO_LOTS,
    LEADS_TO_SESSIONS,
    lots_to_trace,
    sessions_to_trace,
)
from stockroom.queries.trace_origins import origins_of
from stockroom.queries.trace_patients import PatientReached, patients_reached
from stockroom.queries.trace_rows import BackTrace, ForwardTrace, Origin, Use
from stockroom.vocabulary import Action
from stockroom.web.csv_file import csv_file
from stockroom.web.flow_picture import FlowPicture
from stockroom.web.formats import show_amount
from stockroom.web.forms import Refusal
from stockroom.web.listing import ROWS, Listing, asked_listing
from stockroom.web.scan_text import as_meant
from stockroom.web.trace_file import plain
from stockroom.web.trace_finding import found_by
from stockroom.web.trace_picture import picture_of

blp = Blueprint("trace_page", __name__, url_prefix="/c/<clinic_uid>/trace")

MADE_OF = "made_of"
"""The trace of a lot back to what went into it."""
_FORWARD: dict[str, tuple[Any, str]] = {
    "lot": (traces.forward_from_lot, "lot_uid"),
    "container": (traces.forward_from_container, "container_uid"),
    "preparation": (traces.forward_from_preparation, "preparation_uid"),
}
_LEADS_TO = {
    "product": lazy_gettext("Lots of this product"),
    "supplier": lazy_gettext("Lots of this supplier"),
    "receipt": lazy_gettext("Lots of this delivery"),
    "movement": lazy_gettext("Lots that were moved"),
    "location": lazy_gettext("What lies here"),
    "room": lazy_gettext("Sessions in this room"),
    "person": lazy_gettext("Sessions with this person"),
}
_BACK: dict[str, tuple[Any, str]] = {
    MADE_OF: (traces.back_from_lot, "lot_uid"),
    "session": (traces.back_from_session, "session_uid"),
    "patient": (traces.back_from_patient, "patient_uid"),
}


@dataclass(frozen=True, kw_only=True)
class Shown:
    """A trace with the people and receipts that its rows name."""

    trace: ForwardTrace | BackTrace
    origins: tuple[Origin, ...]
    patients: dict[str, PatientReached]

    @property
    def is_forward(self) -> bool:
        return isinstance(self.trace, ForwardTrace)


@dataclass(frozen=True, kw_only=True)
class Table:
    """Rows of one table of a trace that stand on this page, and how many there are."""

    rows: Sequence[Any]
    count: int
    is_alone: bool = False

    @property
    def has_more(self) -> bool:
        return self.count > len(self.rows)


@blp.get("")
def ask(clinic_uid: str) -> ResponseReturnValue:
    """The box."""
    return render_template("trace/ask.html", text="", refusal=None, note="", found=())


@blp.post("")
def find(clinic_uid: str) -> ResponseReturnValue:
    """Take whatever was scanned or typed to its trace; several things of one name are offered."""
    text = as_meant(request.form.get("scan", "").strip(" "))
    found = found_by(text)
    if isinstance(found, Refusal):
        kept = text.replace("\0", "")  # which no page may hold
        drawn = render_template("trace/ask.html", text=kept, refusal=found, note="", found=())
        return drawn, found.status
    if found.only is not None:
        return redirect(_address(found.only, clinic_uid), code=303)
    offered = [(thing, _address(thing, clinic_uid)) for thing in found.things]
    return render_template("trace/ask.html", text=text, refusal=None, note=found.note, found=offered)


@blp.get("/of/<kind>/<thing_uid>")
def beginnings(clinic_uid: str, kind: str, thing_uid: str) -> ResponseReturnValue:
    """The lots or sessions that a thing leads to, page by page; the only one at once."""
    listing = asked_listing(columns=("newest",), usual="newest")
    read = sessions_to_trace if kind in LEADS_TO_SESSIONS else lots_to_trace
    with installation().reading() as connection:
        shown = read(
            connection,
            acting().clinic_id,
            kind=kind,
            uid=thing_uid,
            text=listing.q,
            offset=listing.offset,
            limit=ROWS,
        )
    if len(shown.lots) == 1 == shown.count and not listing.q:
        only = FoundThing(kind="lot", uid=shown.lots[0].uid, name="", detail="")
        return redirect(_address(only, clinic_uid), code=303)
    return render_template("trace/beginnings.html", shown=shown, listing=listing, leads_to=_LEADS_TO[kind])


@blp.get("/<kind>/<thing_uid>")
def trace(clinic_uid: str, kind: str, thing_uid: str) -> ResponseReturnValue:
    """The trace of one thing: what it says in a sentence, the picture, the tables.

    A table that is longer than a page shows its first rows; `?part=` shows it alone, page by page.
    """
    shown = _shown(kind, thing_uid)
    listing = asked_listing(columns=("when",), usual="when", filters=("part",))
    return render_template(
        "trace/trace.html",
        shown=shown,
        trace=shown.trace,
        tables=_tables(shown, listing),
        listing=listing,
        picture=None if "part" in listing.narrowed else _picture(shown, clinic_uid),
        sentence=_sentence(shown),
        kind=kind,
        thing_uid=thing_uid,
        numbers={each.lot.uid: each.lot.number for each in shown.trace.lots},
        units={each.lot.uid: each.lot.base_unit for each in shown.trace.lots},
    )


@blp.get("/<kind>/<thing_uid>/uses.csv")
def as_csv(clinic_uid: str, kind: str, thing_uid: str) -> ResponseReturnValue:
    """Its uses, a row each, for a spreadsheet."""
    shown = _shown(kind, thing_uid)
    if kind == MADE_OF:
        of_lots = ("lot", "product", "kind", "expires_on", "went_into", "clinic")
        return csv_file("trace", of_lots, _lot_rows(shown))
    heads = (
        "used_at", "patient", "session_uid", "product", "lot", "quantity", "through_cocktails", "areas",
        "technique", "practitioner", "prescriber", "identified_by", "clinic", "journal_entry",
        "late",
    )  # fmt: skip
    return csv_file("trace", heads, _rows(shown))


@blp.get("/<kind>/<thing_uid>/trace.json")
def as_json(clinic_uid: str, kind: str, thing_uid: str) -> ResponseReturnValue:
    """All of it, for a program."""
    shown = _shown(kind, thing_uid)
    words = plain(shown.trace) | {
        "origins": [plain(origin) for origin in shown.origins],
        "patients": [plain(patient) for patient in shown.patients.values()],
    }
    answer = Response(json.dumps(words, ensure_ascii=False, indent=1), mimetype="application/json")
    answer.headers["Content-Disposition"] = 'attachment; filename="trace.json"'
    return answer


def _address(thing: FoundThing, clinic_uid: str) -> str:
    leads_on = thing.kind in LEADS_TO_LOTS | LEADS_TO_SESSIONS
    page = "trace_page.beginnings" if leads_on else "trace_page.trace"
    return url_for(page, clinic_uid=clinic_uid, kind=thing.kind, thing_uid=thing.uid)


def _tables(shown: Shown, listing: Listing) -> dict[str, Table]:
    """The tables that have rows, by name: each with its first rows, or the one that is asked for with its page."""
    found = shown.trace
    rows: dict[str, Sequence[Any]] = (
        {"accounts": found.accounts, "lying": found.lying}
        if isinstance(found, ForwardTrace)
        else {"lots": found.lots}
    )
    rows |= {"origins": shown.origins, "uses": found.uses}
    part = listing.narrowed.get("part")
    if part in rows:
        page = rows[part][listing.offset : listing.offset + ROWS]
        return {part: Table(rows=page, count=len(rows[part]), is_alone=True)}
    return {name: Table(rows=every[:ROWS], count=len(every)) for name, every in rows.items() if every}


def _shown(kind: str, uid: str) -> Shown:
    """Walk, write down who is shown whom, then read the people.  Raises ThingNotFound, TraceTooLarge."""
    store, actor = installation(), acting()
    if kind not in _FORWARD | _BACK:
        raise ThingNotFound(thing=kind[:40], uid=uid[:40])
    walk, called = (_FORWARD | _BACK)[kind]
    with store.reading() as connection:
        seen = clinics_where(connection, actor.user_id, Action.READ_TRACE)
        begins = {} if kind == "patient" else {"begins_in": {actor.clinic_id}}
        found: ForwardTrace | BackTrace = walk(connection, seen, **{called: uid}, **begins)
        if isinstance(found, ForwardTrace):
            origins = origins_of(connection, seen, [each.lot.lot_id for each in found.lots])
        else:
            origins = found.origins
    pairs = ((use.lot.clinic_id, use.patient_uid) for use in found.uses)
    uids = disclose_trace(store, actor, pairs, purpose="trace", now=present())
    with store.reading() as connection:
        people = patients_reached(connection, store.keyring, uids)
    return Shown(trace=found, origins=origins, patients={person.uid: person for person in people})


def _picture(shown: Shown, clinic_uid: str) -> FlowPicture:
    return picture_of(shown.trace, shown.origins, shown.patients, clinic_uid=clinic_uid)


def _sentence(shown: Shown) -> str:
    if isinstance(shown.trace, BackTrace) and not shown.trace.uses:
        receipts = len({origin.receipt_uid for origin in shown.origins})
        return gettext(
            "%(lots)s from %(receipts)s",
            lots=ngettext("%(num)s lot", "%(num)s lots", len(shown.trace.lots)),
            receipts=ngettext("%(num)s delivery", "%(num)s deliveries", receipts),
        )
    sessions = len({use.session_uid for use in shown.trace.uses})
    people = len(shown.patients)
    said = ngettext("%(num)s patient", "%(num)s patients", people)
    return gettext(
        "%(people)s in %(sessions)s",
        people=said,
        sessions=ngettext("%(num)s session", "%(num)s sessions", sessions),
    )


def _rows(shown: Shown) -> Iterator[tuple[Any, ...]]:
    numbers = {each.lot.uid: each.lot.number for each in shown.trace.lots}
    for use in shown.trace.uses:
        yield (
            use.occurred_at, _patient(shown, use), use.session_uid,
            f"{use.lot.product_name} {use.lot.strength}".strip(), use.lot.number,
            show_amount(use.quantity, use.lot.base_unit),
            " > ".join(numbers.get(uid, uid) for uid in use.via),
            "; ".join(f"{part.area} {show_amount(part.quantity, use.lot.base_unit)}" for part in use.areas),
            use.technique, use.practitioner, use.prescriber, use.identified_by, use.lot.clinic_name, use.seq,
            "yes" if use.is_late else "",
        )  # fmt: skip


def _lot_rows(shown: Shown) -> Iterator[tuple[Any, ...]]:
    numbers = {each.lot.uid: each.lot.number for each in shown.trace.lots}
    for each in shown.trace.lots:
        lot = each.lot
        yield (
            lot.number, f"{lot.product_name} {lot.strength}".strip(), lot.kind, lot.expires_on,
            " > ".join(numbers.get(uid, uid) for uid in reversed(each.via)), lot.clinic_name,
        )  # fmt: skip


def _patient(shown: Shown, use: Use) -> str:
    person = shown.patients[use.patient_uid]
    return person.reference or person.short_code or gettext("erased")
