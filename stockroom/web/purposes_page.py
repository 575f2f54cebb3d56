"""What were patients' names opened for, and how does an auditor say it?"""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext
from wtforms import IntegerField, SelectField, StringField
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange

from stockroom.access.acting import acting, installation, present
from stockroom.operations.state_purpose import (
    LASTS_HOURS_MAX,
    REFERENCE_LONGEST,
    PurposeStated,
    StatePurpose,
    state_purpose,
)
from stockroom.queries.paging import PAGE_ROWS_MAX, whole
from stockroom.queries.stated_purposes import PurposeRow, stated_purposes
from stockroom.vocabulary import AuditPurpose
from stockroom.web.csv_file import Cell, csv_file
from stockroom.web.formats import show_instant, show_word
from stockroom.web.forms import KeyedForm, Refusal, say, send

blp = Blueprint("purposes_page", __name__, url_prefix="/c/<clinic_uid>/purposes")
_ = lazy_gettext


class PurposeForm(KeyedForm):
    """What names are needed for."""

    purpose = SelectField(_("What for"), validators=[InputRequired()])
    reference = StringField(
        _("Number of the case"),
        validators=[DataRequired(_("Say which case.")), Length(max=REFERENCE_LONGEST)],
    )
    lasts_hours = IntegerField(
        _("Hours"), default=8, validators=[InputRequired(), NumberRange(min=1, max=LASTS_HOURS_MAX)]
    )

    def __init__(self, *args: object, **more: object) -> None:
        super().__init__(*args, **more)
        self.purpose.choices = [(each.value, show_word(each.value)) for each in AuditPurpose]


@blp.get("")
def purposes(clinic_uid: str) -> ResponseReturnValue:
    """What was stated, the newest first, and the form for those who have to state it."""
    return _page(PurposeForm(formdata=None))


@blp.post("")
def state(clinic_uid: str) -> ResponseReturnValue:
    """Open the names for some hours."""
    form = PurposeForm()

    def do() -> PurposeStated:
        command = StatePurpose(
            purpose=AuditPurpose(form.purpose.data),
            reference=form.reference.data or "",
            lasts_hours=form.lasts_hours.data or 0,
        )
        return state_purpose(installation(), command, actor=acting(), key=form.key.data or "", now=present())

    done = send(form, do)
    if isinstance(done, Refusal):
        return _page(form, done), done.status
    say(
        gettext(
            "Names are open to you until %(at)s; every look is written down.", at=show_instant(done.until_at)
        )
    )
    return redirect(url_for(".purposes", clinic_uid=clinic_uid), code=303)


@blp.get("/purposes.csv")
def purposes_csv(clinic_uid: str) -> ResponseReturnValue:
    """What was stated as a file."""
    heads = [
        gettext("Person"), gettext("What for"), gettext("Number of the case"), gettext("Stated"),
        gettext("Until"),
    ]  # fmt: skip
    rows: list[list[Cell]] = [
        [row.person, show_word(row.purpose), row.reference, row.stated_at, row.until_at] for row in _rows()
    ]
    return csv_file("purposes", heads, rows)


def _rows() -> list[PurposeRow]:
    clinic_id = acting().clinic_id
    with installation().reading() as connection:
        return list(
            whole(lambda after: stated_purposes(connection, clinic_id, after=after, limit=PAGE_ROWS_MAX))
        )


def _page(form: PurposeForm, refusal: Refusal | None = None) -> str:
    with installation().reading() as connection:
        page = stated_purposes(connection, acting().clinic_id, limit=PAGE_ROWS_MAX)
    return render_template(
        "journal/purposes.html",
        form=form,
        refusal=refusal,
        rows=page.items,
        has_more=page.next_cursor is not None,
        now=present(),
    )
