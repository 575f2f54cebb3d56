"""What does the page of an order show?  As a draft its lines can be written; once it was sent, what is owed of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from flask import render_template, request
from flask_babel import gettext, lazy_gettext
from sqlalchemy import Connection
from wtforms import DateField, IntegerField, SelectField, StringField
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional

from stockroom.access.acting import acting, installation
from stockroom.errors import ThingNotFound
from stockroom.operations.place_order import TEXT_LONGEST
from stockroom.queries.catalogue import ProductFilter, ProductRow, product, products
from stockroom.queries.order_history import OrderEvent, order_history
from stockroom.queries.purchase_orders import OrderLineRow, OrderShown, purchase_order
from stockroom.queries.suppliers import SupplierItemRow, items_of_supplier
from stockroom.rules.ordering import OrderState
from stockroom.rules.pricing import Priced, sum_of
from stockroom.rules.valuing import Worth
from stockroom.vocabulary import ProductKind
from stockroom.web.clinic_here import clinic_here
from stockroom.web.formats import today_here
from stockroom.web.forms import KeyedForm, Refusal
from stockroom.web.orders_words import STATE_LOUDNESS, STEPS, state_word
from stockroom.web.prices import typed_price

LISTED_MAX = 1_000
FOUND_MAX = 20
"""How many products a search adds to what the supplier sells."""
_ = lazy_gettext


class VersionForm(KeyedForm):
    """A form of an order as it was read."""

    version = IntegerField(validators=[InputRequired(), NumberRange(min=1)])


class LinesForm(VersionForm):
    """The lines of a draft; each field is named with its product's id."""


class NewLineForm(VersionForm):
    """A product that is to stand on the draft as well."""

    product_uid = SelectField(_("Product"), validate_choice=False, validators=[DataRequired()])
    packs = IntegerField(_("Packs"), default=1, validators=[InputRequired(), NumberRange(min=1, max=100_000)])


class PlacingForm(VersionForm):
    """The order was sent."""

    reference = StringField(_("Reference, as the supplier knows it"), validators=[Length(max=TEXT_LONGEST)])
    expected_on = DateField(_("Expected on"), validators=[Optional()])


class CancelForm(VersionForm):
    """What did not come is not wanted any more."""

    reason = StringField(_("Why"), validators=[DataRequired(_("Say why.")), Length(max=TEXT_LONGEST)])


@dataclass(frozen=True, kw_only=True)
class Forms:
    """The forms of an order's page; one of them may be as it was refused."""

    lines: LinesForm
    new_line: NewLineForm
    placing: PlacingForm
    cancel: CancelForm


@dataclass(frozen=True, kw_only=True)
class Line:
    """A line, with what stands in its fields while it is a draft."""

    row: OrderLineRow
    packs: str
    pack_count: str
    item_code: str
    price: str
    last_price: Worth | None
    """What the supplier last charged for a pack of this size, where it differs."""
    total: Worth | None
    is_late: bool


@dataclass(frozen=True, kw_only=True)
class OrderHere:
    """Everything that the page of an order shows."""

    shown: OrderShown
    history: tuple[OrderEvent, ...]
    sold: Mapping[str, SupplierItemRow]
    """What the supplier sells, by product; read for a draft."""
    others: tuple[ProductRow, ...]
    """What else may be ordered: what `?find=` found, and what was sent."""
    wanted: str = ""
    """What `?find=` asks for."""

    @property
    def is_draft(self) -> bool:
        return self.shown.state is OrderState.DRAFT

    @property
    def is_owed(self) -> bool:
        return self.shown.state in (OrderState.ORDERED, OrderState.PART_RECEIVED)


def order_here(uid: str) -> OrderHere:
    """Read an order with its history; for a draft also what could stand on it.  Raises ThingNotFound."""
    clinic_id = acting().clinic_id
    with installation().reading() as connection:
        shown = purchase_order(connection, clinic_id, uid=uid)
        history = order_history(connection, clinic_id, shown.order)
        if shown.state is not OrderState.DRAFT:
            return OrderHere(shown=shown, history=history, sold={}, others=())
        items = items_of_supplier(connection, supplier_uid=shown.order.supplier_uid, limit=LISTED_MAX)
        wanted = request.args.get("find", "").strip()[:100]
        every = _found(connection, wanted, request.form.get("product_uid", ""))
    return OrderHere(
        shown=shown,
        history=history,
        sold={each.product_uid: each for each in items},
        others=tuple(
            each for each in every if each.kind == ProductKind.MANUFACTURED and each.archived_at is None
        ),
        wanted=wanted,
    )


def _found(connection: Connection, text: str, sent: str) -> tuple[ProductRow, ...]:
    """Products with this in their name, and the one that was sent: the page does not grow with the catalogue."""
    only = ProductFilter(text=text, kind=ProductKind.MANUFACTURED)
    found = products(connection, only=only, limit=FOUND_MAX).items if text else ()
    return found if not sent else (*found, *_one(connection, sent))


def _one(connection: Connection, uid: str) -> tuple[ProductRow, ...]:
    try:
        return (product(connection, uid=uid),)
    except ThingNotFound:
        return ()


def forms_of(here: OrderHere, *, sent: str | None = None) -> Forms:
    """The forms as they begin; the one called `sent` holds what was sent."""

    def made(name: str, form: Any, **data: Any) -> Any:
        return form() if name == sent else form(formdata=None, data=data)

    version = here.shown.order.version
    forms = Forms(
        lines=made("lines", LinesForm, version=version),
        new_line=made("new_line", NewLineForm, version=version, packs=1),
        placing=made(
            "placing",
            PlacingForm,
            version=version,
            reference=here.shown.order.reference,
            expected_on=_likely_day(here),
        ),
        cancel=made("cancel", CancelForm, version=version),
    )
    forms.new_line.product_uid.choices = _choices(here)
    return forms


def order_page(
    here: OrderHere, forms: Forms, refusal: Refusal | None = None, *, typed: bool = False
) -> str | tuple[str, int]:
    """Draw the page; with `typed` the lines' fields hold what was sent."""
    page = render_template(
        "orders/order.html",
        here=here,
        order=here.shown.order,
        state=here.shown.state.value,
        lines=[_line(here, row, typed=typed) for row in here.shown.lines],
        total=here.shown.total,
        history=here.history,
        forms=forms,
        steps=STEPS,
        state_word=state_word,
        loudness=STATE_LOUDNESS,
        refusal=refusal,
    )
    return (page, refusal.status) if refusal is not None else page


def currency_here() -> str:
    """The currency of the clinic of this page."""
    clinic = clinic_here()
    assert clinic is not None, "this page has a clinic"
    return clinic.currency


def _line(here: OrderHere, row: OrderLineRow, *, typed: bool) -> Line:
    price = typed_price(row.price_minor, row.currency) if row.price_minor is not None and row.currency else ""
    stands = {
        "packs": str(row.packs_ordered),
        "pack": str(row.pack_count),
        "code": row.item_code,
        "price": price,
    }
    if typed:
        stands = {
            name: request.form.get(f"{name}-{row.product_uid}", value)[:TEXT_LONGEST]
            for name, value in stands.items()
        }
    priced = Priced(packs=row.packs_ordered, price_minor=row.price_minor, currency=row.currency)
    known = sum_of([priced]).known
    return Line(
        row=row,
        packs=stands["packs"],
        pack_count=stands["pack"],
        item_code=stands["code"],
        price=stands["price"],
        last_price=_last_price(here.sold.get(row.product_uid), row),
        total=known[0] if known else None,
        is_late=here.is_owed
        and bool(row.owed_count)
        and row.due_on is not None
        and row.due_on < today_here(),
    )


def _last_price(sold: SupplierItemRow | None, row: OrderLineRow) -> Worth | None:
    if sold is None or sold.last_price_minor is None or sold.currency is None:
        return None
    is_same = (sold.last_price_minor, sold.currency) == (row.price_minor, row.currency)
    if is_same or sold.pack_count != row.pack_count:
        return None
    return Worth(minor=sold.last_price_minor, currency=sold.currency)


def _likely_day(here: OrderHere) -> date | None:
    """Today and the longest lead time of what stands on it; None where nobody has said any."""
    known = [here.sold[line.product_uid] for line in here.shown.lines if line.product_uid in here.sold]
    days = [item.lead_time_days for item in known if item.lead_time_days is not None]
    return today_here() + timedelta(days=max(days)) if days else None


def _choices(here: OrderHere) -> dict[str, list[tuple[str, str]]]:
    """What may be put on the draft: first what was searched, then what its supplier sells."""
    on_it = {line.product_uid for line in here.shown.lines}
    sold = [(uid, f"{item.product_name} {item.strength}".strip()) for uid, item in here.sold.items()]
    rest = [
        (each.uid, f"{each.name} {each.strength}".strip())
        for each in here.others
        if each.uid not in here.sold
    ]
    other = sorted(set(rest), key=lambda each: each[1].casefold())
    of_supplier = gettext("Sold by %(supplier)s", supplier=here.shown.order.supplier)
    if here.wanted:
        groups = {gettext("Found"): other, of_supplier: sold}
    else:
        groups = {of_supplier: sold, gettext("Other products"): other}
    left = {word: [each for each in found if each[0] not in on_it] for word, found in groups.items()}
    return {word: found for word, found in left.items() if found}
