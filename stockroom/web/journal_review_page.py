"""Who read the journal up to where, and what did he or she say of it?  Auditors sign off what they have read."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext
from wtforms import HiddenField, TextAreaField
from wtforms.validators import DataRequired, Length

from stockroom.access.acting import acting, installation, present
from stockroom.db.transaction import CHANGES, DISCLOSURES, OF_ORGANISATION
from stockroom.ledger.verify.intact import PAGE_ENTRIES_MAX, intact_through_anchor
from stockroom.operations.review_journal import COMMENT_LONGEST, ReviewJournal, review_journal
from stockroom.queries.jobs import jobs
from stockroom.queries.journal_reviews import reviews, to_review
from stockroom.web.forms import KeyedForm, Refusal, say, send
from stockroom.web.inspection_words import journal_words

blp = Blueprint("journal_review_page", __name__, url_prefix="/c/<clinic_uid>/journal/reviews")
NUMBER_DIGITS_MAX = 15


class ReviewForm(KeyedForm):
    """What was read, as it stood when the page was made, and what is said of it."""

    stream = HiddenField()
    first_seq = HiddenField()
    through_seq = HiddenField()
    through_hash = HiddenField()
    comment = TextAreaField(
        lazy_gettext("What you looked at, and what you found"),
        validators=[DataRequired(), Length(max=COMMENT_LONGEST)],
    )


@blp.get("")
def reviewed(clinic_uid: str) -> ResponseReturnValue:
    """The stretches that were signed off, the newest first, and what nobody has read yet."""
    stream = _stream(request.args.get("stream", CHANGES))
    with installation().reading() as connection:
        due = to_review(connection, acting().clinic_id, stream=stream)
    given = {
        "stream": stream,
        "first_seq": due.first_seq,
        "through_seq": due.through_seq,
        "through_hash": due.through_hash,
    }
    return _page(stream, ReviewForm(formdata=None, data=given))


@blp.post("")
def review(clinic_uid: str) -> ResponseReturnValue:
    """Sign off what the page showed as unread."""
    form = ReviewForm()
    done = send(
        form,
        lambda: review_journal(
            installation(), _command(form), actor=acting(), key=form.key.data or "", now=present()
        ),
    )
    if isinstance(done, Refusal):
        return _page(_stream(form.stream.data or ""), form, done), done.status
    say(
        gettext(
            "Entries %(first)s to %(through)s are signed off.", first=done.first_seq, through=done.through_seq
        )
    )
    return redirect(url_for(".reviewed", clinic_uid=clinic_uid, stream=form.stream.data), code=303)


def _page(stream: str, form: ReviewForm, refusal: Refusal | None = None) -> str:
    with installation().reading() as connection:
        due = to_review(connection, acting().clinic_id, stream=stream)
        rows = reviews(connection, acting().clinic_id, stream=stream)
        intact = intact_through_anchor(
            connection,
            acting().clinic_id,
            anchor_file=installation().anchor_file,
            stream=stream,
            entries_max=PAGE_ENTRIES_MAX,
        )
        nightly = next(job for job in jobs(connection, now=present()) if job.name == "verify").last_run
    return render_template(
        "journal/reviews.html",
        stream=stream,
        form=form,
        refusal=refusal,
        due=due,
        reviews=rows,
        intact=intact,
        said=journal_words(intact),
        nightly=nightly,
    )


def _command(form: ReviewForm) -> ReviewJournal:
    return ReviewJournal(
        stream=form.stream.data or "",
        first_seq=_number(form.first_seq.data),
        through_seq=_number(form.through_seq.data),
        through_hash=form.through_hash.data or "",
        comment=form.comment.data or "",
    )


def _number(text: str | None) -> int:
    """What the page wrote into its own field; 0, which no entry has, where it was written over."""
    given = text or ""
    is_number = given.isascii() and given.isdecimal() and len(given) <= NUMBER_DIGITS_MAX
    return int(given) if is_number else 0


def _stream(given: str) -> str:
    return given if given in (CHANGES, DISCLOSURES, OF_ORGANISATION) else CHANGES
