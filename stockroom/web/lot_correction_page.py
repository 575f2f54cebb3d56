"""How is a lot put right whose number or expiry was read wrongly from the pack?"""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext, ngettext
from wtforms import BooleanField, DateField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional

from stockroom.access.acting import acting, installation, present
from stockroom.operations.correct_lot import CorrectLot, LotCorrected, correct_lot
from stockroom.queries import lots as lot_queries
from stockroom.queries.lots import LotRow
from stockroom.web.forms import KeyedForm, Refusal, say, send

blp = Blueprint("lot_correction_page", __name__, url_prefix="/c/<clinic_uid>/lots/<lot_uid>/correction")


class CorrectionForm(KeyedForm):
    number = StringField(
        lazy_gettext("Lot number as printed"),
        validators=[
            InputRequired(message=lazy_gettext("Type the number as the pack prints it.")),
            Length(max=100),
        ],
    )
    expires_on = DateField(lazy_gettext("Good until, as printed"), validators=[Optional()])
    reason = TextAreaField(
        lazy_gettext("How do you know?"),
        validators=[InputRequired(message=lazy_gettext("Say how you know.")), Length(max=2000)],
    )
    conflict_stated = BooleanField(
        lazy_gettext(
            "I looked at the packs: where the books say another expiry for this number, the books are wrong."
        )
    )


@blp.get("")
def correction(clinic_uid: str, lot_uid: str) -> ResponseReturnValue:
    """Show what is in the books, to be put right."""
    row = _lot(lot_uid)
    return _page(row, CorrectionForm(number=row.number, expires_on=row.expires_on))


@blp.post("")
def correct(clinic_uid: str, lot_uid: str) -> ResponseReturnValue:
    """Put number and expiry right, in one act; both numbers stay findable."""
    row, form = _lot(lot_uid), CorrectionForm()
    done = send(form, lambda: _corrected(form, row))
    if isinstance(done, Refusal):
        return _page(row, form, done)
    say(gettext("Put right. The old number still finds it."))
    if done.limits:
        count = len(done.limits)
        words = ngettext(
            "The limit of %(num)s opened vial or cocktail was reckoned anew.",
            "The limits of %(num)s opened vials or cocktails were reckoned anew.",
            count,
        )
        say(words, loudness="info")
    return redirect(url_for("lot_page.lot", clinic_uid=clinic_uid, lot_uid=done.lot_uid), code=303)


def _lot(lot_uid: str) -> LotRow:
    with installation().reading() as connection:
        return lot_queries.lot(connection, acting().clinic_id, uid=lot_uid)


def _page(row: LotRow, form: CorrectionForm, refusal: Refusal | None = None) -> ResponseReturnValue:
    shown = render_template("lot/correction.html", lot=row, form=form, refusal=refusal)
    return (shown, refusal.status) if refusal is not None else shown


def _corrected(form: CorrectionForm, row: LotRow) -> LotCorrected:
    # A limit to the hour is in a code, never typed: it stays as it was read.
    keeps_instant = row.expires_at is not None and form.expires_on.data is None
    command = CorrectLot(
        lot_uid=row.uid,
        number=(form.number.data or "").strip(),
        expires_on=form.expires_on.data,
        expires_at=row.expires_at if keeps_instant else None,
        reason=form.reason.data or "",
        conflict_stated=bool(form.conflict_stated.data),
    )
    return correct_lot(installation(), command, actor=acting(), key=form.key.data or "", now=present())
