"""Who held which role and which authorisation on a given day?  For whoever looks back, on screen and as a file."""

from __future__ import annotations

from datetime import date

from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from stockroom.access.acting import acting, installation
from stockroom.queries.people_then import PersonThen, people_then
from stockroom.web.csv_file import csv_file
from stockroom.web.formats import show_word, today_here, zone_of_page

blp = Blueprint("people_then_page", __name__, url_prefix="/c/<clinic_uid>/people-on-day")


@blp.get("")
def on_day(clinic_uid: str) -> ResponseReturnValue:
    """Everybody who held a role on the day, with what each was authorised to."""
    day = _day()
    return render_template("people/then.html", day=day, people=_people(day))


@blp.get("/people-on-day.csv")
def on_day_csv(clinic_uid: str) -> Response:
    """The same as a file, a line for each role and each authorisation."""
    day = _day()
    heads = [
        gettext("Name"), gettext("Profession"), gettext("What"), gettext("Role or act"), gettext("Of what"),
        gettext("From"), gettext("Until"), gettext("By"), gettext("Training"), gettext("Trained on"),
        gettext("Where the paper is kept"),
    ]  # fmt: skip
    rows = [
        [each.name, each.profession, gettext("role"), show_word(role.role), "", role.from_at, role.until_at,
         role.given_by, "", None, ""]
        for each in _people(day)
        for role in each.roles
    ]  # fmt: skip
    rows += [
        [each.name, each.profession, gettext("authorisation"), show_word(held.kind), held.scope_name, held.from_on,
         held.until_on, held.granted_by, held.training, held.trained_on, held.file_reference]
        for each in _people(day)
        for held in each.authorisations
    ]  # fmt: skip
    return csv_file(
        f"people-on-{day.isoformat()}", heads, sorted(rows, key=lambda row: (str(row[0]), str(row[2])))
    )


def _day() -> date:
    try:
        return date.fromisoformat(request.args.get("day", ""))
    except ValueError:
        return today_here()


def _people(day: date) -> tuple[PersonThen, ...]:
    with installation().reading() as connection:
        return people_then(connection, acting().clinic_id, day=day, zone=zone_of_page())
