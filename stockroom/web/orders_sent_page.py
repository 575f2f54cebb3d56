"""What does a supplier say of a line that it owes: when it comes, until when it has none, whether it comes at all?"""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext
from wtforms import DateField, RadioField, StringField
from wtforms.validators import Length, Optional

from stockroom.access.acting import acting, installation, present
from stockroom.errors import ThingNotFound
from stockroom.operations.place_order import TEXT_LONGEST, ExpectLine, expect_line
from stockroom.queries.purchase_orders import OrderLineRow
from stockroom.web.forms import Refusal, say, send
from stockroom.web.orders_view import OrderHere, VersionForm, order_here

blp = Blueprint(
    "orders_sent_page", __name__, url_prefix="/c/<clinic_uid>/orders/<order_uid>/lines/<order_line_uid>"
)
COMES, COMES_NOT = "yes", "no"


class AnswerForm(VersionForm):
    """What the supplier says of a line."""

    expected_on = DateField(lazy_gettext("Comes on"), validators=[Optional()])
    none_until = DateField(lazy_gettext("Supplier has none until"), validators=[Optional()])
    rest = RadioField(
        lazy_gettext("What is still owed"),
        choices=[
            (COMES, lazy_gettext("comes")),
            (COMES_NOT, lazy_gettext("does not come any more")),
        ],
        default=COMES,
    )
    words = StringField(lazy_gettext("What it says, or why"), validators=[Length(max=TEXT_LONGEST)])


@blp.get("")
def line(clinic_uid: str, order_uid: str, order_line_uid: str) -> ResponseReturnValue:
    """What it said last, to be said anew."""
    here = order_here(order_uid)
    row = _row(here, order_line_uid)
    said = {
        "version": here.shown.order.version,
        "expected_on": row.expected_on,
        "none_until": row.none_until,
        "rest": COMES_NOT
        if row.is_closed and row.arrived_count < row.pack_count * row.packs_ordered
        else COMES,
    }
    return _page(here, row, AnswerForm(formdata=None, data=said))


@blp.post("")
def answer(clinic_uid: str, order_uid: str, order_line_uid: str) -> ResponseReturnValue:
    """Write down what the supplier says now; what it said before stays in the history."""
    here = order_here(order_uid)
    row = _row(here, order_line_uid)
    form = AnswerForm()
    done = send(
        form,
        lambda: expect_line(
            installation(),
            ExpectLine(
                order_uid=order_uid,
                line_uid=order_line_uid,
                version=form.version.data or 0,
                expected_on=form.expected_on.data,
                none_until=form.none_until.data,
                rest_is_coming=form.rest.data != COMES_NOT,
                words=(form.words.data or "").strip(),
            ),
            actor=acting(),
            key=form.key.data or "",
            now=present(),
        ),
    )
    if isinstance(done, Refusal):
        return _page(here, row, form, done), done.status
    say(gettext("Written down."))
    return redirect(url_for("orders_page.order", clinic_uid=clinic_uid, order_uid=order_uid), code=303)


def _row(here: OrderHere, uid: str) -> OrderLineRow:
    found = next((each for each in here.shown.lines if each.uid == uid), None)
    if found is None:
        raise ThingNotFound(thing="line of this order", uid=uid[:40])
    return found


def _page(here: OrderHere, row: OrderLineRow, form: AnswerForm, refusal: Refusal | None = None) -> str:
    return render_template("orders/line.html", order=here.shown.order, row=row, form=form, refusal=refusal)
