"""What is answered to the issuer of a recall: where each lot is, on paper, as a table, and as it was sent?"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext
from wtforms import DateTimeLocalField, HiddenField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Regexp

from stockroom.access.acting import acting, installation, present
from stockroom.errors import ThingNotFound
from stockroom.operations.answer_recall import (
    NOTE_LONGEST,
    TEXT_LONGEST,
    AnswerRecall,
    answer_recall,
    digest_of,
)
from stockroom.outside.record_paper import PaperPart, PaperRow, RecordPaper, record_paper
from stockroom.queries.recall_answers import ReplyLineRow, ReplyRow, replies
from stockroom.queries.recall_quantities import LotEverywhere
from stockroom.vocabulary import ReplyChannel
from stockroom.web.clinic_here import clinic_here
from stockroom.web.counted import packs_of, show_packs
from stockroom.web.csv_file import Cell, csv_file
from stockroom.web.formats import NOTHING, show_word, zone_of_page
from stockroom.web.forms import KeyedForm, Refusal, say, send
from stockroom.web.recall_here import CaseHere, case_here
from stockroom.web.recall_words import (
    answers,
    books_cells,
    books_heads,
    books_plain,
    filled_columns,
    product_words,
    sums_cells,
    sums_heads,
    sums_plain,
)
from stockroom.web.record_words import at_wall

blp = Blueprint("recall_reply_page", __name__, url_prefix="/c/<clinic_uid>/recalls/<case_uid>/reply")
_ = lazy_gettext


class SentForm(KeyedForm):
    """How the reply that stands on the page was sent."""

    seen = HiddenField(validators=[Regexp("^[0-9a-f]{64}$")])
    sent_to = StringField(_("To"), validators=[InputRequired(_("Say who got it.")), Length(max=TEXT_LONGEST)])
    sent_how = SelectField(_("How"), choices=[(each.value, each.value) for each in ReplyChannel])
    sent_at = DateTimeLocalField(
        _("When"), format=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"],
        validators=[InputRequired(_("Say when it went."))],
    )  # fmt: skip
    reference = StringField(_("Their number of it"), validators=[Length(max=TEXT_LONGEST)])
    note = TextAreaField(_("Note"), validators=[Length(max=NOTE_LONGEST)])

    def __init__(self, **more: object) -> None:
        super().__init__(**more)
        self.sent_how.choices = [(each.value, show_word(each.value)) for each in ReplyChannel]


@blp.get("")
def reply(clinic_uid: str, case_uid: str) -> ResponseReturnValue:
    """What the books say now, what was sent before, and room to write down that it was sent."""
    return _page(case_here(case_uid))


@blp.post("")
def sent(clinic_uid: str, case_uid: str) -> ResponseReturnValue:
    """Keep the reply as it was sent; refused where the quantities have changed since the page was made."""
    form, here = SentForm(), case_here(case_uid)
    done = send(
        form,
        lambda: answer_recall(
            installation(),
            AnswerRecall(
                case_uid=case_uid,
                supplier_uid=here.supplier_uid,
                sent_to=form.sent_to.data or "",
                sent_how=ReplyChannel(form.sent_how.data),
                sent_at=_instant(form.sent_at.data),
                reference=form.reference.data or "",
                note=form.note.data or "",
                lines=here.reply_lines,
                seen=form.seen.data or "",
            ),
            actor=acting(),
            key=form.key.data or "",
            now=present(),
        ),
    )
    if isinstance(done, Refusal):
        return _page(here, form=form, refusal=done), done.status
    say(gettext("Reply %(n)s is kept as it was sent.", n=done.number))
    return redirect(url_for(".reply", clinic_uid=clinic_uid, case_uid=case_uid), code=303)


@blp.get("/reply.pdf")
def pdf(clinic_uid: str, case_uid: str) -> Response:
    """The reply as the books say now."""
    here = case_here(case_uid)
    return _paper(
        _reply_paper(here, here.lots, _below(here, gettext("Written %(at)s.", at=at_wall(present()))))
    )


@blp.get("/replies/<int:number>.pdf")
def sent_pdf(clinic_uid: str, case_uid: str, number: int) -> Response:
    """A reply as it was sent."""
    here = case_here(case_uid)
    found = _sent_reply(here, number)
    said = gettext(
        "Reply %(n)s, sent %(at)s by %(who)s to %(to)s (%(how)s).",
        n=found.number, at=at_wall(found.sent_at), who=found.sent_by, to=found.sent_to,
        how=show_word(found.sent_how),
    )  # fmt: skip
    return _paper(_reply_paper(here, found.lines, _below(here, said)))


@blp.get("/quantities.csv")
def quantities_csv(clinic_uid: str, case_uid: str) -> ResponseReturnValue:
    """The recalled lots over all clinics, in base units, for the issuer's own form."""
    here = case_here(case_uid)
    heads = (gettext("Product"), gettext("Lot"), gettext("Answer"), gettext("Unit"), *sums_heads())
    rows: Iterable[tuple[Cell, ...]] = (
        (product_words(row), row.number, ", ".join(answers(row.sums)), row.base_unit, *sums_plain(row.sums))
        for row in here.lots
    )
    return csv_file("recall-quantities", heads, rows)


@blp.get("/by-clinic.csv")
def by_clinic_csv(clinic_uid: str, case_uid: str) -> ResponseReturnValue:
    """Each clinic's share of the recalled lots and of what was made with them, in base units."""
    here = case_here(case_uid)
    heads = (gettext("Clinic"), gettext("Product"), gettext("Lot"), gettext("Unit"), *books_heads())
    rows: Iterable[tuple[Cell, ...]] = (
        (
            each.lot.clinic_name,
            product_words(each),
            each.lot.number,
            each.lot.base_unit,
            *books_plain(each.books),
        )
        for each in here.quantities.here
    )
    return csv_file("recall-by-clinic", heads, rows)


def _sent_reply(here: CaseHere, number: int) -> ReplyRow:
    with installation().reading() as connection:
        found = replies(connection, case_id=here.id)
    for each in found:
        if each.number == number:
            return each
    raise ThingNotFound(thing="reply", uid=str(number))


def _page(here: CaseHere, *, form: SentForm | None = None, refusal: Refusal | None = None) -> str:
    with installation().reading() as connection:
        before = replies(connection, case_id=here.id)
    if form is None:
        form = SentForm(formdata=None, data={"sent_to": here.supplier or here.issuer})
        at = present().astimezone(ZoneInfo(zone_of_page()))
        form.sent_at.process_data(at.replace(tzinfo=None, second=0, microsecond=0))
    form.seen.data = digest_of(here.reply_lines)
    heads, sums = filled_columns(sums_heads(), [sums_cells(row, here.packs) for row in here.lots])
    shares = here.quantities.here
    clinic_heads, books = filled_columns(books_heads(), [books_cells(each, here.packs) for each in shares])
    return render_template(
        "recall/reply.html",
        here=here,
        form=form,
        refusal=refusal,
        replies=before,
        lines=[
            (product_words(row), row.number, answers(row.sums), cells)
            for row, cells in zip(here.lots, sums, strict=True)
        ],
        sums_heads=heads,
        by_clinic=[(each, product_words(each), cells) for each, cells in zip(shares, books, strict=True)],
        books_heads=clinic_heads,
    )


def _below(here: CaseHere, said: str) -> tuple[str, ...]:
    clinic = clinic_here()
    name = "" if clinic is None else clinic.name
    about = gettext(
        "Recall %(reference)s of %(issuer)s; our number of it is %(code)s.",
        reference=here.reference, issuer=here.issuer, code=here.code,
    )  # fmt: skip
    return (name, about, said)


def _reply_paper(
    here: CaseHere, rows: Iterable[ReplyLineRow | LotEverywhere], below: tuple[str, ...]
) -> bytes:
    lines = tuple(rows)
    packs = packs_of(lines)
    cells = [
        PaperRow(
            cells=(
                product_words(row),
                row.number,
                "\n".join(answers(row.sums)),
                *(cell or NOTHING for cell in sums_cells(row, packs)),
            )
        )
        for row in lines
    ]
    none = gettext("None: neither we nor any of our clinics had any of what is recalled.")
    part = PaperPart(
        title="",
        lines=() if cells else (none,),
        are_large=not cells,
        heads=(gettext("Product"), gettext("Lot"), gettext("Answer"), *sums_heads()),
        widths=(22, 14, 12, *([9] * len(sums_heads()))),
        rows=cells,
    )
    back = [
        f"{each.lot_number}: {show_packs(each.quantity, each, packs)}, {each.supplier}, {each.reference},"
        f" {at_wall(each.returned_at)}"
        for each in here.quantities.went_back
    ]
    more = (PaperPart(title=gettext("Returned under"), is_less=True, lines=tuple(back)),) if back else ()
    signed = PaperPart(
        title=gettext("Signed"), lines=("", gettext("Date, name, signature: ______________________________"))
    )
    return record_paper(
        RecordPaper(
            title=gettext("Reply to a recall"), below=below, parts=(part, *more, signed), foot=here.name
        )
    )


def _instant(typed: datetime) -> datetime:
    return typed.replace(tzinfo=ZoneInfo(zone_of_page()))


def _paper(paper: bytes) -> Response:
    answer = Response(paper, mimetype="application/pdf")
    answer.headers["Content-Disposition"] = 'inline; filename="reply.pdf"'
    return answer
