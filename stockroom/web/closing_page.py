"""Closing the books: what stands against it, what it means, and which periods are closed."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext
from wtforms import TextAreaField
from wtforms.validators import Length

from stockroom.access.acting import acting, installation, present
from stockroom.operations.close_period import ALTHOUGH_LONGEST, ClosePeriod, close_period
from stockroom.queries.closed_periods import closed_periods
from stockroom.queries.open_work import standing_open
from stockroom.web.csv_file import csv_file
from stockroom.web.forms import KeyedForm, Refusal, say, send

blp = Blueprint("closing_page", __name__, url_prefix="/c/<clinic_uid>/closing")
PERIODS_SHOWN = 50


class CloseForm(KeyedForm):
    """The books are closed through now."""

    although = TextAreaField(
        lazy_gettext("Why they are closed all the same"), validators=[Length(max=ALTHOUGH_LONGEST)]
    )


@blp.get("")
def closing(clinic_uid: str) -> ResponseReturnValue:
    """What stands against closing, and what is closed."""
    return _draw(CloseForm(formdata=None))


@blp.post("")
def close(clinic_uid: str) -> ResponseReturnValue:
    """Close the books through now, for good."""
    form = CloseForm()
    command = ClosePeriod(although=(form.although.data or "").strip())
    done = send(
        form,
        lambda: close_period(installation(), command, actor=acting(), key=form.key.data or "", now=present()),
    )
    if isinstance(done, Refusal):
        return _draw(form, done)
    say(gettext("The books are closed through entry %(seq)s of the journal.", seq=done.through_seq))
    return redirect(url_for(".closing", clinic_uid=clinic_uid), code=303)


@blp.get("/closed-periods.csv")
def periods_csv(clinic_uid: str) -> ResponseReturnValue:
    """The closed periods as a file."""
    with installation().reading() as connection:
        found = closed_periods(connection, acting().clinic_id, limit=PERIODS_SHOWN)
    heads = ("closed_through", "journal_entry", "closed_by", "although", "balances_digest")
    return csv_file(
        "closed-periods",
        heads,
        (
            (row.through_at, row.through_seq, row.closed_by, row.although, row.balances_digest)
            for row in found.items
        ),
    )


def _draw(form: CloseForm, refusal: Refusal | None = None) -> ResponseReturnValue:
    clinic_id = acting().clinic_id
    with installation().reading() as connection:
        standing = standing_open(connection, clinic_id, at=present())
        closed = closed_periods(connection, clinic_id, limit=PERIODS_SHOWN)
    page = render_template(
        "closing/closing.html", standing=standing, closed=closed.items, form=form, refusal=refusal
    )
    return page, refusal.status if refusal else 200
