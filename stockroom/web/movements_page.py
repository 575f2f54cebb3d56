"""What was booked: which lots, from where to where, by whom and why, and how is it taken back?"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext
from wtforms import TextAreaField
from wtforms.validators import InputRequired, Length

from stockroom.access.acting import acting, installation, present
from stockroom.operations.reverse import Reverse, Reversed, reverse
from stockroom.queries.changed_since import Changes
from stockroom.queries.movements import LineRow, MovementShown, answers_to, movement_shown
from stockroom.queries.signatures import signatures_of_entry
from stockroom.units import show_quantity
from stockroom.vocabulary import BaseUnit, LocationKind, MovementKind
from stockroom.web.changed_since import CHANGED, changed_here, mark_of_line
from stockroom.web.counted import packs_of
from stockroom.web.csv_file import csv_file
from stockroom.web.forms import KeyedForm, Refusal, say, send

blp = Blueprint("movements_page", __name__, url_prefix="/c/<clinic_uid>/movements/<movement_uid>")
STAYS = frozenset({MovementKind.REVERSE, MovementKind.DISPATCH, MovementKind.ARRIVE})
"""Kinds that are answered by another act; the operation says which."""
DOCUMENT_PAGES = {
    "receipt": ("receive_page.receipt", "receipt_uid"),
    "transfer": ("transfers_page.transfer", "transfer_uid"),
    "supplier_return": ("returns_page.shown", "return_uid"),
    "container": ("container_page.container", "container_uid"),
    "session": ("session_page.session", "session_uid"),
    "preparation": ("prepare_page.preparation", "preparation_uid"),
}
"""The page of each kind of document: its endpoint, and what its uid is called there."""


class ReversalForm(KeyedForm):
    reason = TextAreaField(
        lazy_gettext("Why it is taken back"),
        validators=[InputRequired(message=lazy_gettext("Say why.")), Length(max=2000)],
    )


@blp.get("")
def movement(clinic_uid: str, movement_uid: str) -> ResponseReturnValue:
    """One movement with its lines, what takes it back, and its number in the journal."""
    return _page(_shown(movement_uid), ReversalForm())


@blp.get("/lines.csv")
def lines_csv(clinic_uid: str, movement_uid: str) -> Response:
    """Its lines as a file."""
    heads = ("n", "product", "lot", "from", "to", "quantity", "unit", "session", "reversed", CHANGED)
    lines, changes = _shown(movement_uid).lines, changed_here([movement_uid])
    return csv_file("movement", heads, (_cells(line, changes) for line in lines))


def _cells(line: LineRow, changes: Changes) -> tuple[str | int, ...]:
    shown = show_quantity(line.quantity, BaseUnit(line.base_unit))
    return (
        line.n, line.product_name, line.lot_number, line.source_name, line.target_name,
        shown.quantity, shown.unit, line.session_uid or "", "yes" if line.is_reversed else "no",
        mark_of_line(changes, line.movement_uid, line.n),
    )  # fmt: skip


@blp.post("/reversal")
def take_back(clinic_uid: str, movement_uid: str) -> ResponseReturnValue:
    """Take it back, or those of its whole lines that are ticked."""
    shown, form = _shown(movement_uid), ReversalForm()
    done = send(form, lambda: _reversed(form, shown))
    if isinstance(done, Refusal):
        return _page(shown, form, done)
    say(gettext("Taken back: the books stand as before it."))
    if done.lost_allocation_uids:
        say(gettext("What sessions were promised of it is lost: look at the alerts."), loudness="warning")
    there = url_for("movements_page.movement", clinic_uid=clinic_uid, movement_uid=movement_uid)
    return redirect(there, code=303)


def _shown(uid: str) -> MovementShown:
    with installation().reading() as connection:
        return movement_shown(connection, acting().clinic_id, uid=uid)


def _ticked(shown: MovementShown) -> tuple[int, ...]:
    """The numbers of the lines that are ticked; none means every line that still stands."""
    asked = set(request.form.getlist("line"))
    return tuple(line.n for line in shown.lines if str(line.n) in asked)


def _reversed(form: ReversalForm, shown: MovementShown) -> Reversed:
    command = Reverse(
        movement_uid=shown.movement.uid, reason=form.reason.data or "", line_numbers=_ticked(shown)
    )
    return reverse(installation(), command, actor=acting(), key=form.key.data or "", now=present())


def _page(shown: MovementShown, form: ReversalForm, refusal: Refusal | None = None) -> ResponseReturnValue:
    with installation().reading() as connection:
        answers = answers_to(connection, acting().clinic_id, uid=shown.movement.uid)
        signatures = signatures_of_entry(connection, acting().clinic_id, shown.movement.seq)
    standing = [line.n for line in shown.lines if not line.is_reversed]
    drawn = render_template(
        "movement/movement.html",
        movement=shown.movement,
        lines=shown.lines,
        packs=packs_of(shown.lines),
        answers=answers,
        signatures=signatures,
        document=_document(shown),
        is_standing_use=any(
            line.target_kind == LocationKind.PATIENT and not line.is_reversed and not line.is_reversal
            for line in shown.lines
        ),
        can_be_reversed=bool(standing) and MovementKind(shown.movement.kind) not in STAYS,
        has_choice=len(standing) > 1,
        ticked=_ticked(shown) if form.is_submitted() else (),
        form=form,
        refusal=refusal,
    )
    return (drawn, refusal.status) if refusal is not None else drawn


def _document(shown: MovementShown) -> str | None:
    """The address of the page of its document, where there is one."""
    page, uid = DOCUMENT_PAGES.get(shown.movement.document_kind), shown.movement.document_uid
    if page is None or uid is None:
        return None
    endpoint, called = page
    values: dict[str, Any] = {"clinic_uid": acting().clinic_uid, called: uid}
    return url_for(endpoint, **values)
