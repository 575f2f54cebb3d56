"""Who sells to us, what, in which packs, at which price and how soon?"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext
from sqlalchemy import Connection
from wtforms import BooleanField, HiddenField, IntegerField, StringField, TextAreaField
from wtforms.validators import DataRequired, Length, NumberRange, Optional

from stockroom.access.acting import acting, installation, present
from stockroom.errors import ThingNotFound
from stockroom.operations.add_party import AddParty, PartyKind, add_party
from stockroom.operations.set_levels import SetSupplierItem, set_supplier_item
from stockroom.queries.catalogue import ProductFilter, ProductRow, product, products, suppliers
from stockroom.queries.receipts import receipt_count, receipts_listed
from stockroom.queries.suppliers import (
    SupplierItemRow,
    item_count,
    item_of,
    items_of_supplier,
    supplier,
)
from stockroom.vocabulary import ProductKind
from stockroom.web.clinic_here import clinic_here
from stockroom.web.forms import KeyedForm, Refusal, say, send
from stockroom.web.listing import ROWS, asked_listing
from stockroom.web.prices import minor_of, typed_price

blp = Blueprint("suppliers_page", __name__, url_prefix="/c/<clinic_uid>/suppliers")
LISTED_MAX = 1_000
RECEIPTS_SHOWN = 20
PRODUCTS_SHOWN = 12
"""How many products a search offers; who sees more names more of it."""
DELIVERIES = "deliveries"
"""The part of the page that is asked for to see every delivery."""
_ = lazy_gettext


class NewSupplierForm(KeyedForm):
    """A supplier under its name."""

    name = StringField(_("Name"), validators=[DataRequired(_("It has a name.")), Length(max=200)])
    contact = TextAreaField(_("How to reach it"), validators=[Length(max=500)])


class ItemForm(KeyedForm):
    """How this supplier sells a product."""

    product_uid = HiddenField(validators=[DataRequired(_("Choose the product first."))])
    item_code = StringField(
        _("Item code"), validators=[DataRequired(_("As it stands in its catalogue.")), Length(max=100)]
    )
    pack_count = IntegerField(
        _("Presentations in a pack"), default=1, validators=[NumberRange(min=1, max=10**6)]
    )
    lead_time_days = IntegerField(
        _("Lead time in days"), validators=[Optional(), NumberRange(min=0, max=3650)]
    )
    last_price_minor = StringField(_("Price of a pack"), validators=[Length(max=20)])
    is_preferred = BooleanField(_("Preferred for this product"))
    version = HiddenField()


@blp.get("", endpoint="suppliers")
def suppliers_shown(clinic_uid: str) -> ResponseReturnValue:
    """The suppliers, by name."""
    return _list(NewSupplierForm())


@blp.post("")
def add(clinic_uid: str) -> ResponseReturnValue:
    """Add one."""
    form = NewSupplierForm()
    done = send(form, lambda: add_party(installation(), _party(form), **_by(form)))
    if isinstance(done, Refusal):
        return _list(form, refusal=done), done.status
    say(gettext("%(name)s was added. Say what it sells.", name=form.name.data))
    return redirect(_address(clinic_uid, done.uid), code=303)


@blp.get("/<supplier_uid>", endpoint="supplier")
def supplier_shown(clinic_uid: str, supplier_uid: str) -> ResponseReturnValue:
    """What it sells, and what it delivered here lately; the form is of `?product=`, which `?find=` finds."""
    return _page(supplier_uid, None)


@blp.post("/<supplier_uid>")
def set_item(clinic_uid: str, supplier_uid: str) -> ResponseReturnValue:
    """Say, or say anew, how it sells a product."""
    form = ItemForm()
    done = send(form, lambda: set_supplier_item(installation(), _item(form, supplier_uid), **_by(form)))
    if isinstance(done, Refusal):
        return _page(supplier_uid, form, refusal=done), done.status
    say(gettext("Written down."))
    return redirect(_address(clinic_uid, supplier_uid), code=303)


def _by(form: KeyedForm) -> dict[str, Any]:
    return {"actor": acting(), "key": form.key.data, "now": present()}


def _party(form: NewSupplierForm) -> AddParty:
    return AddParty(
        kind=PartyKind.SUPPLIER,
        name=(form.name.data or "").strip(),
        contact=(form.contact.data or "").strip(),
    )


def _item(form: ItemForm, supplier_uid: str) -> SetSupplierItem:
    price = (form.last_price_minor.data or "").strip()
    currency = _currency()
    version = form.version.data or ""
    return SetSupplierItem(
        supplier_uid=supplier_uid,
        product_uid=form.product_uid.data,
        item_code=(form.item_code.data or "").strip(),
        pack_count=form.pack_count.data,
        lead_time_days=form.lead_time_days.data,
        is_preferred=form.is_preferred.data,
        last_price_minor=minor_of(price, currency, field="last_price_minor") if price else None,
        currency=currency if price else None,
        version=int(version) if version.isascii() and version.isdecimal() else None,
    )


def _currency() -> str:
    clinic = clinic_here()
    assert clinic is not None, "this page has a clinic"
    return clinic.currency


def _address(clinic_uid: str, supplier_uid: str) -> str:
    return url_for("suppliers_page.supplier", clinic_uid=clinic_uid, supplier_uid=supplier_uid)


def _list(form: NewSupplierForm, *, refusal: Refusal | None = None) -> str:
    with installation().reading() as connection:
        found = suppliers(connection, limit=LISTED_MAX).items
    by_name = sorted(found, key=lambda each: each.name.casefold())
    return render_template("suppliers/suppliers.html", suppliers=by_name, form=form, refusal=refusal)


def _page(supplier_uid: str, form: ItemForm | None, *, refusal: Refusal | None = None) -> str:
    """What it sells, or what it delivered (`?part=deliveries`), a page at a time; the other one begins."""
    listing = asked_listing(columns=("name",), usual="name", filters=("part",))
    of_deliveries = listing.narrowed.get("part") == DELIVERIES
    items_from, receipts_from = (0, listing.offset) if of_deliveries else (listing.offset, 0)
    asked = (form.product_uid.data if form else request.args.get("product")) or ""
    wanted = request.args.get("find", "").strip()[:100]
    with installation().reading() as connection:
        named = supplier(connection, uid=supplier_uid)
        chosen = item_of(connection, supplier_uid=named.uid, product_uid=asked)
        shown = {
            "item_count": item_count(connection, supplier_uid=named.uid, text=listing.q),
            "items": items_of_supplier(
                connection, supplier_uid=named.uid, text=listing.q, offset=items_from, limit=ROWS
            ),
            "receipt_count": receipt_count(connection, acting().clinic_id, supplier_uid=named.uid),
            "receipts": receipts_listed(
                connection,
                acting().clinic_id,
                supplier_uid=named.uid,
                offset=receipts_from,
                limit=ROWS if of_deliveries else RECEIPTS_SHOWN,
            ),
        }
        bought = _bought(connection, asked)
        found = () if bought is not None or not wanted else _found(connection, wanted)
    form = form or (_filled(chosen) if chosen is not None else ItemForm(formdata=None))
    return render_template(
        "suppliers/supplier.html",
        supplier=named,
        **shown,
        listing=listing,
        of_deliveries=of_deliveries,
        form=form,
        asked=chosen,
        bought=bought,
        wanted=wanted,
        found=found[:PRODUCTS_SHOWN],
        has_more=len(found) > PRODUCTS_SHOWN,
        refusal=refusal,
    )


def _bought(connection: Connection, uid: str) -> ProductRow | None:
    """The product that the form is about; none for an address that names none."""
    try:
        return product(connection, uid=uid) if uid else None
    except ThingNotFound:
        return None


def _found(connection: Connection, text: str) -> tuple[ProductRow, ...]:
    """Products with this in their name, one more than are shown."""
    only = ProductFilter(text=text, kind=ProductKind.MANUFACTURED)
    return products(connection, only=only, limit=PRODUCTS_SHOWN + 1).items


def _filled(item: SupplierItemRow) -> ItemForm:
    """The form of an item that is there already."""
    minor = item.last_price_minor
    price = "" if minor is None else typed_price(minor, item.currency or _currency())
    return ItemForm(formdata=None, data={**asdict(item), "product_uid": item.uid, "last_price_minor": price})
