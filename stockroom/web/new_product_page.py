"""How does a product come into the catalogue, with what its leaflet says and the code on its pack?"""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext
from wtforms import IntegerField, SelectField, StringField
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from stockroom.access.acting import acting, installation, present
from stockroom.ledger.product_rows import CodeOf
from stockroom.operations.add_party import AddParty, PartyAdded, PartyKind, add_party
from stockroom.operations.add_product import AddProduct, ProductAdded, add_product
from stockroom.queries.catalogue import manufacturers
from stockroom.queries.paging import PAGE_ROWS_MAX
from stockroom.queries.product_groups import product_groups
from stockroom.queries.reference import IngredientRow, ingredients
from stockroom.vocabulary import BaseUnit, Carry, CodeScheme
from stockroom.web.forms import KeyedForm, Refusal, say, send
from stockroom.web.goods_here import COUNT_MAX
from stockroom.web.product_rule_form import RuleForm, amount
from stockroom.web.products_page import to_product

blp = Blueprint("new_product_page", __name__, url_prefix="/c/<clinic_uid>/new-product")
UNITS = (
    (BaseUnit.MICROLITRE, "mL"),
    (BaseUnit.MICROGRAM, "mg"),
    (BaseUnit.MILLI_INTERNATIONAL_UNIT, "IU"),
    (BaseUnit.PIECE, lazy_gettext("pieces")),
)


class NewProductForm(RuleForm):
    manufacturer = SelectField(lazy_gettext("Manufacturer"))
    group = SelectField(lazy_gettext("Equivalents"))
    name = StringField(
        lazy_gettext("Name"),
        validators=[InputRequired(message=lazy_gettext("Type the name on the pack.")), Length(max=300)],
    )
    strength = StringField(lazy_gettext("Strength as printed"), validators=[Length(max=200)])
    presentation = StringField(
        lazy_gettext("Presentation"),
        validators=[
            InputRequired(message=lazy_gettext("Say what one is: vial, ampoule, needle …")),
            Length(max=100),
        ],
    )
    base_unit = SelectField(lazy_gettext("Counted in"), choices=[(unit.value, word) for unit, word in UNITS])
    content_quantity = StringField(
        lazy_gettext("In one presentation"),
        validators=[InputRequired(message=lazy_gettext("Say how much is in one.")), Length(max=30)],
    )
    graduation_quantity = StringField(lazy_gettext("Finest step when drawn"), validators=[Length(max=30)])
    usual_draw_quantity = StringField(lazy_gettext("Usually drawn"), validators=[Length(max=30)])
    needle = StringField(lazy_gettext("Needle that goes with it"), validators=[Length(max=200)])
    code = StringField(lazy_gettext("Code on the pack (GTIN)"), validators=[Length(max=100)])
    pack_level = StringField(lazy_gettext("Pack that carries it"), validators=[Length(max=50)])
    presentation_count = IntegerField(
        lazy_gettext("Presentations in that pack"),
        validators=[Optional(), NumberRange(min=1, max=COUNT_MAX, message=lazy_gettext("One or more."))],
    )


class ManufacturerForm(KeyedForm):
    name = StringField(
        lazy_gettext("Name of the manufacturer"),
        validators=[InputRequired(message=lazy_gettext("Type the name.")), Length(max=300)],
    )


@blp.get("")
def new(clinic_uid: str) -> ResponseReturnValue:
    """An empty form; `code` and `manufacturer` of the address are filled in."""
    form = _form()
    form.code.process_data(request.args.get("code", "")[:100])
    if request.args.get("manufacturer"):
        form.manufacturer.process_data(request.args["manufacturer"])
    form.pack_level.process_data("each")
    form.presentation_count.process_data(1)
    for field in (form.lot_carry, form.expiry_carry):
        field.process_data(Carry.REQUIRED.value)
    form.serial_carry.process_data(Carry.NONE.value)
    return _page(form)


@blp.post("")
def add(clinic_uid: str) -> ResponseReturnValue:
    """Add the product; it is incomplete until somebody permitted confirms it."""
    form = _form()
    done = send(form, lambda: _added(form))
    if isinstance(done, Refusal):
        return _page(form, done)
    say(
        gettext(
            "It is in the catalogue. It may be received; before it is used, somebody confirms what is true of it."
        )
    )
    return to_product(clinic_uid, done.product_uid)


@blp.post("/manufacturers")
def add_manufacturer(clinic_uid: str) -> ResponseReturnValue:
    """Add a manufacturer, and go on with the product."""
    form = ManufacturerForm()
    done = send(form, lambda: _party(form))
    if isinstance(done, Refusal):
        drawn = render_template("product/manufacturer.html", form=form, refusal=done)
        return drawn, done.status
    say(gettext("%(name)s is in the list.", name=form.name.data))
    there = url_for("new_product_page.new", clinic_uid=clinic_uid, manufacturer=done.uid)
    return redirect(there, code=303)


@blp.get("/manufacturers")
def manufacturer(clinic_uid: str) -> ResponseReturnValue:
    """The form for a manufacturer that is not in the list."""
    return render_template("product/manufacturer.html", form=ManufacturerForm(), refusal=None)


def _party(form: ManufacturerForm) -> PartyAdded:
    command = AddParty(kind=PartyKind.MANUFACTURER, name=(form.name.data or "").strip())
    return add_party(installation(), command, actor=acting(), key=form.key.data or "", now=present())


def _form() -> NewProductForm:
    form = NewProductForm()
    with installation().reading() as connection:
        makers = manufacturers(connection, limit=PAGE_ROWS_MAX).items
        groups = product_groups(connection, limit=PAGE_ROWS_MAX).items
    by_name = sorted(((each.uid, each.name) for each in makers), key=lambda each: each[1].casefold())
    form.manufacturer.choices = by_name
    form.group.choices = [("", gettext("none")), *sorted((each.uid, each.name) for each in groups)]
    return form


def _ingredients() -> tuple[IngredientRow, ...]:
    with installation().reading() as connection:
        return ingredients(connection, limit=PAGE_ROWS_MAX).items


def _added(form: NewProductForm) -> ProductAdded:
    unit = BaseUnit(form.base_unit.data)
    code = (form.code.data or "").strip()
    codes = (
        CodeOf(
            scheme=CodeScheme.GTIN,
            item_code=code,
            pack_level=(form.pack_level.data or "").strip() or "each",
            presentation_count=form.presentation_count.data or 1,
        ),
    )
    known = _ingredients()
    command = AddProduct(
        manufacturer_uid=form.manufacturer.data,
        group_uid=form.group.data or None,
        name=(form.name.data or "").strip(),
        strength=(form.strength.data or "").strip(),
        presentation=(form.presentation.data or "").strip(),
        base_unit=unit,
        content_quantity=amount(form.content_quantity.data, unit),
        graduation_quantity=amount(form.graduation_quantity.data, unit) or 1,
        usual_draw_quantity=amount(form.usual_draw_quantity.data, unit) or None,
        needle=(form.needle.data or "").strip(),
        rule=form.rule(unit, known),
        ingredients=form.contents(known),
        codes=codes if code else (),
    )
    return add_product(installation(), command, actor=acting(), key=form.key.data or "", now=present())


def _page(form: NewProductForm, refusal: Refusal | None = None) -> ResponseReturnValue:
    form.with_spare_rows()
    shown = render_template("product/new.html", form=form, ingredients=_ingredients(), refusal=refusal)
    return (shown, refusal.status) if refusal is not None else shown
