"""What is on hold in this clinic, since when and why, and who lifts it?"""

from __future__ import annotations

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext
from wtforms import TextAreaField
from wtforms.validators import InputRequired, Length

from stockroom.access.acting import acting, installation, present
from stockroom.errors import ThingNotFound
from stockroom.operations.release_hold import (
    HoldReleased,
    ReleaseHold,
    ReleaseRecall,
    release_hold,
    release_recall,
)
from stockroom.queries.holds import HoldRow, holds
from stockroom.web.csv_file import csv_file
from stockroom.web.forms import AnsweringForm, Refusal, say, send
from stockroom.web.listing import ROWS, asked_listing

blp = Blueprint("holds_page", __name__, url_prefix="/c/<clinic_uid>/holds")


class ReleaseForm(AnsweringForm):
    note = TextAreaField(
        lazy_gettext("Why it may be used again"),
        validators=[InputRequired(message=lazy_gettext("Say why.")), Length(max=2000)],
    )


def _holds(*, released: bool) -> tuple[HoldRow, ...]:
    """The open holds, or those that were released."""
    with installation().reading() as connection:
        found = holds(connection, acting().clinic_id, with_released=released)
    return tuple(hold for hold in found if (hold.released_at is not None) is released)


def _matching(rows: tuple[HoldRow, ...], text: str) -> list[HoldRow]:
    """Those of which product, lot, place or note holds the text."""
    wanted = text.casefold()
    return [row for row in rows if wanted in " ".join(_words(row)).casefold()]


def _words(row: HoldRow) -> tuple[str, ...]:
    places = tuple(f"{place.lot_number} {place.location_name}" for place in row.places)
    return (row.product_name or "", row.lot_number or "", row.note, *places)


@blp.get("", endpoint="holds")
def holds_here(clinic_uid: str) -> ResponseReturnValue:
    """The holds that count here, recalls included, the newest first; or those that were released."""
    listing = asked_listing(columns=("placed",), usual="-placed", filters=("released",))
    is_past = listing.narrowed.get("released") == "1"
    found = _matching(_holds(released=is_past), listing.q)
    if not listing.is_descending:
        found.reverse()
    shown = found[listing.offset : listing.offset + ROWS]
    return render_template("hold/list.html", rows=shown, count=len(found), listing=listing, is_past=is_past)


@blp.get("/holds.csv")
def holds_csv(clinic_uid: str) -> Response:
    """The same as a file."""
    heads = (
        "reason", "note", "reaches", "product", "lot", "places",
        "placed_at", "placed_by", "released_at", "released_by", "release_note",
    )  # fmt: skip
    rows = _holds(released=request.args.get("released") == "1")
    return csv_file(
        "holds",
        heads,
        (
            (
                row.reason, row.note, "every clinic" if row.is_everywhere else "this clinic",
                row.product_name, row.lot_number,
                "; ".join(f"{place.location_name} {place.lot_number}" for place in row.places),
                row.placed_at, row.placed_by, row.released_at, row.released_by, row.release_note,
            )
            for row in rows
        ),
    )  # fmt: skip


@blp.route("/<hold_uid>/release", methods=["GET", "POST"])
def release(clinic_uid: str, hold_uid: str) -> ResponseReturnValue:
    """Lift a hold of this clinic, or end a recall everywhere."""
    row, form = _hold(hold_uid), ReleaseForm()
    if not form.is_submitted():
        return render_template("hold/release.html", hold=row, form=form, refusal=None)
    done = send(form, lambda: _released(form, row))
    if isinstance(done, Refusal):
        return render_template("hold/release.html", hold=row, form=form, refusal=done), done.status
    say(
        gettext("The recall has ended in every clinic.")
        if row.is_everywhere
        else gettext("The hold is lifted.")
    )
    return redirect(url_for("holds_page.holds", clinic_uid=clinic_uid), code=303)


def _hold(uid: str) -> HoldRow:
    with installation().reading() as connection:
        found = holds(connection, acting().clinic_id, with_released=True)
    for row in found:
        if row.uid == uid:
            return row
    raise ThingNotFound(thing="hold", uid=uid[:40])


def _released(form: ReleaseForm, row: HoldRow) -> HoldReleased:
    note, key = form.note.data or "", form.key.data or ""
    if row.is_everywhere:
        ended = ReleaseRecall(hold_uid=row.uid, note=note, override=form.answer())
        return release_recall(installation(), ended, actor=acting(), key=key, now=present())
    lifted = ReleaseHold(hold_uid=row.uid, note=note, override=form.answer())
    return release_hold(installation(), lifted, actor=acting(), key=key, now=present())
