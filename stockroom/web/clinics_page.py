"""Which clinics does the reader work in, and how is another one founded?"""

from __future__ import annotations

from typing import Any
from zoneinfo import available_timezones

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext
from wtforms import DateField, IntegerField, SelectField, StringField
from wtforms.validators import DataRequired, InputRequired, Length
from wtforms.widgets import HiddenInput

from stockroom.access.acting import acting, installation, present
from stockroom.operations.change_clinic import ChangeClinic, change_clinic
from stockroom.operations.found_clinic import FoundClinic, found_clinic
from stockroom.reads.clinics import ClinicNameTaken, clinic_settings
from stockroom.web.clinic_here import clinic_here, own_clinics
from stockroom.web.formats import today_here
from stockroom.web.forms import KeyedForm, Refusal, say, send

blp = Blueprint("clinics_page", __name__, url_prefix="/c/<clinic_uid>/administration/clinics")
_ = lazy_gettext
THIS = "this-"
"""Before the names of this clinic's fields: the form of a new one stands on the same page."""


class ClinicForm(KeyedForm):
    """A clinic to be founded."""

    name = StringField(_("Name"), validators=[DataRequired(_("A clinic has a name.")), Length(max=200)])
    time_zone = SelectField(_("Time zone"))
    country = StringField(_("Country"), validators=[DataRequired(_("Two letters, such as BG."))])
    currency = StringField(_("Currency"), validators=[DataRequired(_("Three letters, such as EUR."))])
    books_begin_on = DateField(_("Its books begin on"), validators=[InputRequired(_("A day."))])

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.time_zone.choices = sorted(
            zone for zone in available_timezones() if "/" in zone or zone == "UTC"
        )


class ThisClinicForm(ClinicForm):
    """The details of the clinic in which one is."""

    version = IntegerField(widget=HiddenInput(), validators=[InputRequired()])


@blp.get("")
def clinics(clinic_uid: str) -> ResponseReturnValue:
    """The clinics in which the reader holds a role, and a form that begins with what is true of this one."""
    return _page(_usual())


@blp.post("")
def found(clinic_uid: str) -> ResponseReturnValue:
    """Found another clinic."""
    form = ClinicForm()
    done = send(
        form,
        lambda: found_clinic(
            installation(), _clinic(form), actor=acting(), key=form.key.data or "", now=present()
        ),
    )
    if isinstance(done, Refusal):
        if isinstance(done.error, ClinicNameTaken):
            form.name.errors = [done.detail]
        return _page(form, refusal=done), done.status
    say(gettext("%(name)s is founded. These are its first steps.", name=form.name.data))
    return redirect(url_for("begin_page.begin", clinic_uid=done.clinic_uid), code=303)


@blp.post("/this")
def change(clinic_uid: str) -> ResponseReturnValue:
    """Put the details of this clinic right."""
    form = ThisClinicForm(prefix=THIS)
    done = send(
        form,
        lambda: change_clinic(
            installation(), _details(form), actor=acting(), key=form.key.data or "", now=present()
        ),
    )
    if isinstance(done, Refusal):
        if isinstance(done.error, ClinicNameTaken):
            form.name.errors = [done.detail]
        return _page(_usual(), this=form, refusal=done), done.status
    say(gettext("Written down."))
    return redirect(url_for("clinics_page.clinics", clinic_uid=clinic_uid), code=303)


def _details(form: ThisClinicForm) -> ChangeClinic:
    assert form.books_begin_on.data is not None, "the form was read"
    return ChangeClinic(
        version=form.version.data or 0,
        name=(form.name.data or "").strip(),
        time_zone=form.time_zone.data,
        country=(form.country.data or "").strip().upper(),
        currency=(form.currency.data or "").strip().upper(),
        books_begin_on=form.books_begin_on.data,
    )


def _clinic(form: ClinicForm) -> FoundClinic:
    assert form.books_begin_on.data is not None, "the form was read"
    return FoundClinic(
        name=(form.name.data or "").strip(),
        time_zone=form.time_zone.data,
        country=(form.country.data or "").strip().upper(),
        currency=(form.currency.data or "").strip().upper(),
        books_begin_on=form.books_begin_on.data,
    )


def _usual() -> ClinicForm:
    """The form of a new clinic, which begins with what is true of this one."""
    here = clinic_here()
    assert here is not None, "this page has a clinic"
    usual = {"time_zone": here.time_zone, "country": here.country, "currency": here.currency}
    return ClinicForm(formdata=None, data={**usual, "books_begin_on": today_here()})


def _page(form: ClinicForm, *, this: ThisClinicForm | None = None, refusal: Refusal | None = None) -> str:
    by_name = sorted(own_clinics(), key=lambda each: each.name.casefold())
    if this is None:
        with installation().reading() as connection:
            row = clinic_settings(connection, acting().clinic_id)
        fields = ("name", "time_zone", "country", "currency", "books_begin_on", "version")
        known = {field: getattr(row, field) for field in fields}
        this = ThisClinicForm(formdata=None, prefix=THIS, data=known)
    return render_template("clinics/clinics.html", clinics=by_name, form=form, this=this, refusal=refusal)
