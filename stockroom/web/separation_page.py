"""What must not be used, where do the books say that it lies, and how is it put aside?  A list to be worked."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from stockroom.access.acting import acting, installation, present
from stockroom.barcodes.own_labels import LabelKind
from stockroom.barcodes.scan import parse_scan
from stockroom.barcodes.unreadable import ScanUnreadable
from stockroom.db.identifiers import new_uid
from stockroom.errors import InvalidValue
from stockroom.operations.move_goods import (
    MoveGoods,
    MoveLine,
    PlaceContainer,
    move_goods,
    place_container,
)
from stockroom.queries.separation import SeparatedThing, separation
from stockroom.rules.valuing import total
from stockroom.vocabulary import DisposalReason, Rule
from stockroom.web.counted import packs_of
from stockroom.web.csv_file import Cell, csv_file
from stockroom.web.formats import today_here
from stockroom.web.forms import KeyedForm, Refusal, refused, say, send
from stockroom.web.goods_here import quarantines
from stockroom.web.listing import ROWS, asked_listing
from stockroom.web.scan_text import as_meant

blp = Blueprint("separation_page", __name__, url_prefix="/c/<clinic_uid>/separation")


@blp.get("")
def report(clinic_uid: str) -> ResponseReturnValue:
    """Everything on hand that must not be used; what still lies among usable things first."""
    return _page()


@blp.get("/separation.csv")
def report_csv(clinic_uid: str) -> ResponseReturnValue:
    """The separation report for a spreadsheet."""
    heads = (
        "why", "hold_reasons", "product", "strength", "lot", "place", "container", "is_separated", "quantity",
        "base_unit", "worth_minor", "currency",
    )  # fmt: skip
    return csv_file("separation", heads, map(_cells, _things()))


@blp.post("")
def scanned(clinic_uid: str) -> ResponseReturnValue:
    """Put what was scanned into quarantine; what lies at several places is asked about."""
    found = _scanned(as_meant(request.form.get("scan", "")), _things())
    if isinstance(found, Refusal):
        return _page(refusal=found), found.status
    if len(found) > 1:
        return _page(asked=found, to_uid=request.form.get("to", ""))
    return _put_aside(found[0], clinic_uid)


@blp.post("/moves")
def put_aside(clinic_uid: str) -> ResponseReturnValue:
    """Put what a row of the list names into quarantine."""
    lot_uid, location_uid = request.form.get("lot_uid"), request.form.get("location_uid")
    found = [thing for thing in _things() if (thing.lot_uid, thing.location_uid) == (lot_uid, location_uid)]
    if not found or found[0].is_separated:
        say(gettext("It was put aside meanwhile."), loudness="info")
        return redirect(url_for("separation_page.report", clinic_uid=clinic_uid), code=303)
    return _put_aside(found[0], clinic_uid)


def _put_aside(thing: SeparatedThing, clinic_uid: str) -> ResponseReturnValue:
    form = KeyedForm()
    done = send(form, lambda: _moved(thing, request.form.get("to", ""), form.key.data or ""))
    if isinstance(done, Refusal):
        return _page(refusal=done), done.status
    what = thing.container_code or thing.lot_number
    say(gettext("%(what)s of %(product)s was put aside.", what=what, product=thing.product_name))
    return redirect(url_for("separation_page.report", clinic_uid=clinic_uid), code=303)


def _moved(thing: SeparatedThing, to_uid: str, key: str) -> object:
    """Everything of the lot at its place, or the opened container itself."""
    who: dict[str, Any] = {"actor": acting(), "key": key, "now": present()}
    if thing.container_code is not None:
        placed = PlaceContainer(container_uid=thing.location_uid, to_uid=to_uid)
        return place_container(installation(), placed, **who)
    line = MoveLine(lot_uid=thing.lot_uid, from_uid=thing.location_uid, quantity=thing.quantity)
    return move_goods(installation(), MoveGoods(to_uid=to_uid, lines=(line,)), **who)


def _scanned(text: str, things: tuple[SeparatedThing, ...]) -> list[SeparatedThing] | Refusal:
    """What of the list a scan means, among what is not put aside yet."""
    try:
        scan = parse_scan(text, today=today_here())
    except ScanUnreadable as error:
        return refused(error)
    code = scan.label.code if scan.label and scan.label.kind is LabelKind.CONTAINER else text.strip().upper()
    numbers = {scan.lot_number, text.strip()}
    meant = [thing for thing in things if thing.container_code == code or thing.lot_number in numbers]
    waiting = [thing for thing in meant if not thing.is_separated]
    if waiting:
        return waiting
    problem = gettext("it lies apart already") if meant else gettext("it is not on this list; it may be used")
    return refused(
        InvalidValue(field=scan.lot_number or text.strip()[:40] or gettext("scan"), problem=problem)
    )


def _things() -> tuple[SeparatedThing, ...]:
    with installation().reading() as connection:
        return separation(connection, acting().clinic_id, now=present())


def _page(
    *, refusal: Refusal | None = None, asked: list[SeparatedThing] | None = None, to_uid: str = ""
) -> str:
    listing = asked_listing(columns=("place",), usual="place", endpoint="separation_page.report")
    every = _things()
    found = [thing for thing in every if _goes_by(thing, listing.q.casefold())]
    rows = found[listing.offset : listing.offset + ROWS]
    shown = [*rows, *(asked or ())]
    return render_template(
        "separation/report.html",
        listing=listing,
        count=len(found),
        is_empty=not every,
        waiting=[thing for thing in rows if not thing.is_separated],
        waiting_count=sum(1 for thing in found if not thing.is_separated),
        apart=[thing for thing in rows if thing.is_separated],
        worth=total(thing.worth for thing in found),
        quarantines=quarantines(),
        asked=asked,
        to_uid=to_uid,
        refusal=refusal,
        form=KeyedForm(formdata=None),
        packs=packs_of(shown),
        keys={(thing.lot_uid, thing.location_uid): new_uid(present()) for thing in shown},
        why_thrown=_why_thrown,
    )


def _goes_by(thing: SeparatedThing, text: str) -> bool:
    """Whether a row has this text in its product, lot, code or place."""
    said = (thing.product_name, thing.strength, thing.lot_number, thing.container_code or "", thing.place)
    return text in " ".join(said).casefold()


_THROWN = {
    Rule.RECALLED: DisposalReason.RECALLED,
    Rule.EXPIRED: DisposalReason.EXPIRED,
    Rule.BEYOND_USE: DisposalReason.BEYOND_USE,
}


def _why_thrown(thing: SeparatedThing) -> str | None:
    """The reason for which it would be thrown away; None where a hold has to be decided on first."""
    return next((_THROWN[rule].value for rule in thing.whys if rule in _THROWN), None)


def _cells(row: SeparatedThing) -> tuple[Cell, ...]:
    return (
        "; ".join(row.whys), "; ".join(row.hold_reasons), row.product_name, row.strength, row.lot_number,
        row.place, row.container_code, "yes" if row.is_separated else "no", row.quantity, row.base_unit,
        row.worth.minor if row.worth else None, row.worth.currency if row.worth else None,
    )  # fmt: skip
