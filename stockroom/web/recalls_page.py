"""Which recalls go on, which are over, and how is a new one opened?"""

from __future__ import annotations

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext, ngettext
from wtforms import HiddenField, StringField
from wtforms.validators import InputRequired, Length

from stockroom.access.acting import acting, installation, present
from stockroom.operations.open_recall import TITLE_MAX, OpenRecall, RecallOpened, open_recall
from stockroom.queries.recall_cases import CaseRow, recall_cases
from stockroom.queries.recall_choices import Chosen, product_to_recall
from stockroom.reads.recall_lines import AlreadyRecalled, ConfirmedLine
from stockroom.rules.recalling import NUMBER_MAX
from stockroom.vocabulary import RecallState, ScopeKind
from stockroom.web.csv_file import csv_file
from stockroom.web.forms import Refusal, say, send
from stockroom.web.listing import ROWS, asked_listing
from stockroom.web.recall_notice_form import NoticeForm

blp = Blueprint("recalls_page", __name__, url_prefix="/c/<clinic_uid>/recalls")
_ = lazy_gettext
LOUDNESS = {
    RecallState.FILED: "warning",
    RecallState.NOT_AFFECTED: "success",
    RecallState.OPEN: "danger",
    RecallState.CLOSED: "secondary",
}


class OpenForm(NoticeForm):
    """A notice, and what it recalls in a few words; from a lot's page that lot with it."""

    title = StringField(
        _("What is recalled"),
        validators=[InputRequired(_("Say what is recalled.")), Length(max=TITLE_MAX)],
    )
    product_uid = HiddenField()
    lot_number = HiddenField(validators=[Length(max=NUMBER_MAX)])


@blp.get("", endpoint="recalls")
def recalls_shown(clinic_uid: str) -> ResponseReturnValue:
    """The recalls that go on, or those that are closed; exercises have a page of their own."""
    listing = asked_listing(columns=("number",), usual="-number", filters=("closed",))
    is_past = listing.narrowed.get("closed") == "1"
    found = _matching(listing.q, is_past=is_past)
    if not listing.is_descending:
        found.reverse()
    return render_template(
        "recall/list.html",
        rows=found[listing.offset : listing.offset + ROWS],
        count=len(found),
        listing=listing,
        is_past=is_past,
        loudness=LOUDNESS,
        now=present(),
    )


@blp.get("/recalls.csv")
def recalls_csv(clinic_uid: str) -> Response:
    """The same as a file."""
    heads = (
        "number", "title", "state", "issuer", "reference", "class", "opened_at", "opened_by", "answer_by",
        "lot_numbers", "held", "sessions",
    )  # fmt: skip
    rows = _matching(request.args.get("q", ""), is_past=request.args.get("closed") == "1")
    return csv_file(
        "recalls",
        heads,
        (
            (
                f"R-{row.number}", row.title, row.state.value, row.issuer, row.reference, row.recall_class,
                row.opened_at, row.opened_by, row.answer_by, row.numbers, row.held, row.sessions,
            )
            for row in rows
        ),
    )  # fmt: skip


@blp.route("/new", methods=["GET", "POST"])
def new(clinic_uid: str) -> ResponseReturnValue:
    """File a notice as a new recall; its lots are looked for on the next page, or come from a lot's page."""
    form = OpenForm()
    if not form.is_submitted():
        form.product_uid.data = request.args.get("product", "")[:36]
        form.lot_number.data = request.args.get("lot", "").replace("\0", "")[:NUMBER_MAX]
    product = _product(form)
    if not form.is_submitted():
        if product is not None:
            form.title.data = f"{product.name} {form.lot_number.data}".strip()[:TITLE_MAX]
        return _form_page(form, product)
    done = send(form, lambda: _opened(form, product))
    if isinstance(done, Refusal):
        return _form_page(form, product, done), done.status
    return _led_on(clinic_uid, done)


def _matching(text: str, *, is_past: bool) -> list[CaseRow]:
    wanted = text.casefold().strip()
    with installation().reading() as connection:
        found = recall_cases(connection, mocks=False)
    return [
        row
        for row in found
        if (row.state is RecallState.CLOSED) is is_past
        and wanted in f"r-{row.number} {row.title} {row.issuer} {row.reference}".casefold()
    ]


def _product(form: OpenForm) -> Chosen | None:
    if not form.product_uid.data or not form.lot_number.data:
        return None
    with installation().reading() as connection:
        return product_to_recall(connection, form.product_uid.data)


def _opened(form: OpenForm, product: Chosen | None) -> RecallOpened:
    lines: tuple[ConfirmedLine, ...] = ()
    if product is not None:
        number = form.lot_number.data or ""
        lines = (ConfirmedLine(product_uid=product.uid, kind=ScopeKind.LOT, first=number),)
    command = OpenRecall(title=form.title.data or "", notice=form.notice(), file=form.letter(), lines=lines)
    return open_recall(installation(), command, actor=acting(), key=form.key.data or "", now=present())


def _led_on(clinic_uid: str, done: RecallOpened) -> ResponseReturnValue:
    uid = done.case_uid
    if not done.hold_uids:
        say(gettext("R-%(number)s is filed. Now say which lots it names.", number=done.number))
        return redirect(url_for("recall_lines_page.ask", clinic_uid=clinic_uid, case_uid=uid), code=303)
    say(
        ngettext(
            "R-%(number)s is open. It is stopped in every clinic, and %(num)s session is on the list.",
            "R-%(number)s is open. It is stopped in every clinic, and %(num)s sessions are on the list.",
            done.session_count,
            number=done.number,
        ),
        loudness="warning",
    )
    return redirect(url_for("recall_case_page.case", clinic_uid=clinic_uid, case_uid=uid), code=303)


def _form_page(form: OpenForm, product: Chosen | None, refusal: Refusal | None = None) -> str:
    first = None
    if refusal is not None and isinstance(refusal.error, AlreadyRecalled):
        first = refusal.error.case_uid
    return render_template("recall/new.html", form=form, product=product, refusal=refusal, first=first)
