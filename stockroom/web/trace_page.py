"""Where did this go, and where did that come from?  One box that takes anything; a picture and tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext

from stockroom.access.acting import acting, installation
from stockroom.queries.finding_by_text import FoundThing
from stockroom.queries.trace_beginnings import (
    LEADS_TO_LOTS,
    LEADS_TO_SESSIONS,
    lots_to_trace,
    sessions_to_trace,
)
from stockroom.queries.trace_namesakes import namesakes_of
from stockroom.queries.trace_rows import ForwardTrace
from stockroom.web.counted import packs_of
from stockroom.web.flow_picture import FlowPicture
from stockroom.web.forms import Refusal
from stockroom.web.listing import ROWS, Listing, asked_listing
from stockroom.web.scan_text import as_meant
from stockroom.web.trace_finding import found_by
from stockroom.web.trace_picture import picture_of, summary_of
from stockroom.web.trace_shown import Shown, asked_of, sentence_of, shown, through_of

blp = Blueprint("trace_page", __name__, url_prefix="/c/<clinic_uid>/trace")

LEADS_TO = {
    "product": lazy_gettext("Lots of this product"),
    "supplier": lazy_gettext("Lots of this supplier"),
    "receipt": lazy_gettext("Lots of this delivery"),
    "movement": lazy_gettext("Lots that were moved"),
    "location": lazy_gettext("What lies here"),
    "room": lazy_gettext("Sessions in this room"),
    "person": lazy_gettext("Sessions with this person"),
}
_BACK_FROM = {
    "session": lazy_gettext("Back from a session"),
    "patient": lazy_gettext("Back from a patient"),
    "device": lazy_gettext("Where a device was used"),
    "person": lazy_gettext("Sessions and lots of this person"),
}


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
        found = read(
            connection,
            acting().clinic_id,
            kind=kind,
            uid=thing_uid,
            text=listing.q,
            offset=listing.offset,
            limit=ROWS,
        )
    if len(found.lots) == 1 == found.count and not listing.q:
        only = FoundThing(kind="lot", uid=found.lots[0].uid, name="", detail="")
        return redirect(_address(only, clinic_uid), code=303)
    return render_template(
        "trace/beginnings.html",
        shown=found,
        listing=listing,
        leads_to=LEADS_TO[kind],
        packs=packs_of(found.lots),
    )


@blp.get("/<kind>/<thing_uid>")
def trace(clinic_uid: str, kind: str, thing_uid: str) -> ResponseReturnValue:
    """The trace of one thing: what it says in a sentence, the picture, the tables.

    A table that is longer than a page shows its first rows; `?part=` shows it alone, page by page; `?as_of=` shows
    what the books said at an instant.
    """
    asked = asked_of(kind, thing_uid)
    listing = asked_listing(columns=("when",), usual="when", filters=("part", "as_of"))
    part = listing.narrowed.get("part")
    shows_uses = part in (None, "uses")
    found = shown(asked, offset=listing.offset if part else 0, limit=ROWS if shows_uses else 0)
    first = found.trace.lots[0].lot if found.trace.lots else None
    with installation().reading() as connection:
        alike = namesakes_of(connection, acting().clinic_id, first) if first and kind == "lot" else ()
    return render_template(
        "trace/trace.html",
        shown=found,
        trace=found.trace,
        asked=asked,
        alike=alike,
        tables=_tables(found, listing),
        listing=listing,
        picture=None if part else _picture(found, clinic_uid),
        sentence=sentence_of(found),
        through=through_of,
        of_many=_BACK_FROM.get(kind) or LEADS_TO.get(kind),
        kind=kind,
        thing_uid=thing_uid,
        as_of=None if asked.is_of_now else asked.as_of.isoformat(),
        numbers={each.lot.uid: each.lot.number for each in found.trace.lots},
        lots={each.lot.uid: each.lot for each in found.trace.lots},
        packs=packs_of(each.lot for each in found.trace.lots),
    )


def _address(thing: FoundThing, clinic_uid: str) -> str:
    leads_on = thing.kind in LEADS_TO_LOTS | LEADS_TO_SESSIONS
    page = "trace_page.beginnings" if leads_on else "trace_page.trace"
    return url_for(page, clinic_uid=clinic_uid, kind=thing.kind, thing_uid=thing.uid)


def _tables(found: Shown, listing: Listing) -> dict[str, Table]:
    """The tables that have rows, by name: each with its first rows, or the one that is asked for with its page."""
    told = found.trace
    rows: dict[str, Sequence[Any]] = (
        {"accounts": told.accounts, "lying": told.lying}
        if isinstance(told, ForwardTrace)
        else {"lots": told.lots, "devices": told.devices}
    )
    rows["origins"] = found.origins
    part = listing.narrowed.get("part")
    if part in rows:
        page = rows[part][listing.offset : listing.offset + ROWS]
        return {part: Table(rows=page, count=len(rows[part]), is_alone=True)}
    is_alone = part == "uses"
    uses = found.uses[:ROWS]
    if is_alone and not found.is_summary:
        uses = found.uses[listing.offset : listing.offset + ROWS]
    used = {"uses": Table(rows=uses, count=found.counted.uses, is_alone=is_alone)}
    if is_alone:
        return used
    tables = {name: Table(rows=every[:ROWS], count=len(every)) for name, every in rows.items() if every}
    return tables | (used if uses else {})


def _picture(found: Shown, clinic_uid: str) -> FlowPicture:
    if found.is_summary:
        return summary_of(found.traced, found.origins, clinic_uid=clinic_uid)
    return picture_of(found.trace, found.origins, found.patients, clinic_uid=clinic_uid)
