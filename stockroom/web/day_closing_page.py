"""Closing the day (not the books): what is not finished, what was left over, thrown away in one act."""

from __future__ import annotations

from datetime import date, timedelta

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext
from wtforms import HiddenField, SelectMultipleField, TextAreaField
from wtforms.validators import Length

from stockroom.access.acting import acting, installation, present
from stockroom.errors import InvalidValue
from stockroom.operations.close_day import ALTHOUGH_LONGEST, LATE_DAYS_MAX, CloseDay, LeftOver, close_day
from stockroom.queries.day_closing import DayEnd, day_closings, day_end
from stockroom.queries.paging import PAGE_ROWS_MAX
from stockroom.web.csv_file import csv_file
from stockroom.web.formats import show_day, today_here, zone_of_page
from stockroom.web.forms import KeyedForm, Refusal, say, send

blp = Blueprint("day_closing_page", __name__, url_prefix="/c/<clinic_uid>/day-closing")
DAYS_SHOWN = 14


class CloseDayForm(KeyedForm):
    """The day that is closed, and what is thrown away with it."""

    day = HiddenField()
    thrown = SelectMultipleField(lazy_gettext("Throw away"), validate_choice=False)
    although = TextAreaField(
        lazy_gettext("Why the rest stays as it is"), validators=[Length(max=ALTHOUGH_LONGEST)]
    )


@blp.get("")
def closing(clinic_uid: str) -> ResponseReturnValue:
    """What stands open at the end of a day (`?day=`; today)."""
    day = _day(request.args.get("day", ""))
    return _page(day, CloseDayForm(formdata=None, data={"day": day.isoformat()}))


@blp.post("")
def close(clinic_uid: str) -> ResponseReturnValue:
    """Throw away what is ticked, and close the day."""
    form = CloseDayForm()
    day = _day(form.day.data or "")
    done = send(
        form,
        lambda: close_day(
            installation(), _command(form, day), actor=acting(), key=form.key.data or "", now=present()
        ),
    )
    if isinstance(done, Refusal):
        return _page(day, form, done), done.status
    say(gettext("%(day)s is closed.", day=show_day(done.day)))
    return redirect(url_for(".closing", clinic_uid=clinic_uid, day=done.day.isoformat()), code=303)


@blp.get("/closed-days.csv")
def closings_csv(clinic_uid: str) -> ResponseReturnValue:
    """The closed days as a file, the newest first."""
    with installation().reading() as connection:
        rows = day_closings(connection, acting().clinic_id, limit=PAGE_ROWS_MAX).items
    heads = [
        gettext("Day"), gettext("Closed"), gettext("By"), gettext("Thrown away"), gettext("Left open"),
        gettext("Not finished"), gettext("Although"),
    ]  # fmt: skip
    return csv_file(
        "closed-days",
        heads,
        (
            [
                row.day, row.closed_at, row.closed_by, row.thrown_away_count, row.left_open_count,
                row.unfinished_count, row.although,
            ]
            for row in rows
        ),
    )  # fmt: skip


def _day(said: str) -> date:
    """The day that is meant; today where nothing is said, or nonsense, or another time."""
    today = today_here()
    try:
        day = date.fromisoformat(said)
    except ValueError:
        return today
    return day if today - timedelta(days=LATE_DAYS_MAX) <= day <= today else today


def _command(form: CloseDayForm, day: date) -> CloseDay:
    thrown = []
    for each in form.thrown.data or ():
        lot_uid, mark, location_uid = str(each).partition("@")
        if not mark:
            raise InvalidValue(field="thrown", problem=gettext("Tick it in the list."))
        thrown.append(LeftOver(lot_uid=lot_uid, location_uid=location_uid))
    return CloseDay(day=day, thrown_away=tuple(thrown), although=form.although.data or "")


def _page(day: date, form: CloseDayForm, refusal: Refusal | None = None) -> str:
    clinic_id = acting().clinic_id
    with installation().reading() as connection:
        shown: DayEnd = day_end(connection, clinic_id, day=day, zone=zone_of_page(), now=present())
        closed = day_closings(connection, clinic_id, limit=DAYS_SHOWN).items
    ticked = set(form.thrown.data or ()) if form.is_submitted() and refusal is not None else None
    left = [
        (each, name, each.is_ticked if ticked is None else name in ticked)
        for each in shown.left
        for name in (f"{each.thing.lot_uid}@{each.location_uid}",)
    ]
    return render_template(
        "day/closing.html",
        day=day,
        before=day - timedelta(days=1),
        is_today=day == today_here(),
        can_go_back=day > today_here() - timedelta(days=LATE_DAYS_MAX),
        shown=shown,
        left=left,
        closed=closed,
        form=form,
        refusal=refusal,
    )
