"""How is a supplier called otherwise, or reached another way?"""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext
from wtforms import IntegerField, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length
from wtforms.widgets import HiddenInput

from stockroom.access.acting import acting, installation, present
from stockroom.operations.change_supplier import ChangeSupplier, SupplierNameTaken, change_supplier
from stockroom.queries.suppliers import supplier
from stockroom.web.forms import KeyedForm, Refusal, say, send

blp = Blueprint(
    "supplier_details_page", __name__, url_prefix="/c/<clinic_uid>/suppliers/<supplier_uid>/details"
)


class DetailsForm(KeyedForm):
    """A supplier as it was read."""

    name = StringField(
        lazy_gettext("Name"), validators=[DataRequired(lazy_gettext("It has a name.")), Length(max=200)]
    )
    contact = TextAreaField(lazy_gettext("How to reach it"), validators=[Length(max=500)])
    version = IntegerField(widget=HiddenInput(), validators=[InputRequired()])


@blp.get("")
def details(clinic_uid: str, supplier_uid: str) -> ResponseReturnValue:
    """The form, filled with what is known."""
    return _page(supplier_uid)


@blp.post("")
def change(clinic_uid: str, supplier_uid: str) -> ResponseReturnValue:
    """Change it."""
    form = DetailsForm()
    command = ChangeSupplier(
        supplier_uid=supplier_uid,
        version=form.version.data or 0,
        name=(form.name.data or "").strip(),
        contact=(form.contact.data or "").strip(),
    )
    done = send(
        form,
        lambda: change_supplier(
            installation(), command, actor=acting(), key=form.key.data or "", now=present()
        ),
    )
    if isinstance(done, Refusal):
        if isinstance(done.error, SupplierNameTaken):
            form.name.errors = [done.detail]
        return _page(supplier_uid, form=form, refusal=done), done.status
    say(gettext("Written down."))
    there = url_for("suppliers_page.supplier", clinic_uid=clinic_uid, supplier_uid=supplier_uid)
    return redirect(there, code=303)


def _page(supplier_uid: str, *, form: DetailsForm | None = None, refusal: Refusal | None = None) -> str:
    with installation().reading() as connection:
        shown = supplier(connection, uid=supplier_uid)
    known = {"name": shown.name, "contact": shown.contact, "version": shown.version}
    return render_template(
        "suppliers/details.html",
        supplier=shown,
        form=form or DetailsForm(formdata=None, data=known),
        refusal=refusal,
    )
