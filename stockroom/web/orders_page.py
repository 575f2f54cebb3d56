"""Which orders are there, what is open and what is late; and what is this one?"""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext
from wtforms import SelectField
from wtforms.validators import DataRequired

from stockroom.access.acting import acting, installation, present
from stockroom.operations.write_order import StartOrder, start_order
from stockroom.queries.catalogue import suppliers
from stockroom.queries.order_lists import ListedOrder, OrderFilter, OrderPart, order_count, orders_listed
from stockroom.queries.paging import is_uid
from stockroom.web.csv_file import Cell, csv_file
from stockroom.web.formats import today_here
from stockroom.web.forms import KeyedForm, Refusal, send
from stockroom.web.listing import ROWS, Listing, asked_listing
from stockroom.web.orders_view import forms_of, order_here, order_page
from stockroom.web.orders_words import STATE_LOUDNESS, state_word

blp = Blueprint("orders_page", __name__, url_prefix="/c/<clinic_uid>/orders")
EXPORT_ROWS = 20_000
LISTED_MAX = 1_000


class StartForm(KeyedForm):
    """A draft without lines."""

    supplier_uid = SelectField(lazy_gettext("Supplier"), validate_choice=False, validators=[DataRequired()])


@blp.get("")
def orders(clinic_uid: str) -> ResponseReturnValue:
    """The orders: drafts, what is owed and due first, then what is over."""
    return _list(StartForm())


@blp.post("")
def start(clinic_uid: str) -> ResponseReturnValue:
    """Begin a draft for a supplier."""
    form = StartForm()
    done = send(
        form,
        lambda: start_order(
            installation(),
            StartOrder(supplier_uid=form.supplier_uid.data),
            actor=acting(),
            key=form.key.data or "",
            now=present(),
        ),
    )
    if isinstance(done, Refusal):
        return _list(form, refusal=done), done.status
    return redirect(url_for("orders_page.order", clinic_uid=clinic_uid, order_uid=done.order_uid), code=303)


@blp.get("/orders.csv")
def orders_csv(clinic_uid: str) -> ResponseReturnValue:
    """The same as a file."""
    with installation().reading() as connection:
        rows = orders_listed(
            connection,
            acting().clinic_id,
            only=_only(_listing()),
            today=today_here(),
            limit=EXPORT_ROWS,
        )
    heads = (
        "order", "supplier", "reference", "state", "started_at", "started_by", "ordered_at", "expected_on",
        "due_on", "late", "lines", "ordered", "owed", "cost_minor", "currency", "lines_without_price",
    )  # fmt: skip
    return csv_file("orders", heads, map(_cells, rows))


@blp.get("/<order_uid>")
def order(clinic_uid: str, order_uid: str) -> ResponseReturnValue:
    """One order: a draft to be written and sent, or what is owed of it, with its history."""
    here = order_here(order_uid)
    return order_page(here, forms_of(here))


def _listing() -> Listing:
    return asked_listing(
        columns=("due",), usual="due", filters=("part", "supplier", "product"), endpoint="orders_page.orders"
    )


def _only(listing: Listing) -> OrderFilter:
    """What the address narrows the list to; what it may not ask is as if it were not there."""
    part, narrowed = listing.narrowed.get("part"), listing.narrowed
    return OrderFilter(
        part=OrderPart(part) if part in list(OrderPart) else OrderPart.ALL,
        supplier_uid=narrowed.get("supplier") if is_uid(narrowed.get("supplier", "")) else None,
        product_uid=narrowed.get("product") if is_uid(narrowed.get("product", "")) else None,
        text=listing.q,
    )


def _list(form: StartForm, *, refusal: Refusal | None = None) -> str:
    listing, clinic_id, today = _listing(), acting().clinic_id, today_here()
    only = _only(listing)
    with installation().reading() as connection:
        count = order_count(connection, clinic_id, only=only, today=today)
        rows = orders_listed(connection, clinic_id, only=only, today=today, offset=listing.offset, limit=ROWS)
        late = order_count(connection, clinic_id, only=OrderFilter(part=OrderPart.LATE), today=today)
        named = suppliers(connection, limit=LISTED_MAX).items
    by_name = sorted((each.name, each.uid) for each in named)
    form.supplier_uid.choices = [("", ""), *((uid, name) for name, uid in by_name)]
    if form.supplier_uid.data in (None, "") and only.supplier_uid is not None:
        form.supplier_uid.data = only.supplier_uid
    return render_template(
        "orders/list.html",
        rows=rows,
        count=count,
        late=late,
        listing=listing,
        form=form,
        state_word=state_word,
        loudness=STATE_LOUDNESS,
        refusal=refusal,
    )


def _cells(row: ListedOrder) -> tuple[Cell, ...]:
    is_one = len(row.total.known) == 1
    cost = row.total.known[0] if is_one else None
    return (
        row.uid, row.supplier, row.reference, row.state, row.started_at, row.started_by, row.ordered_at,
        row.expected_on, row.due_on, "yes" if row.is_late else "", row.line_count, row.ordered_count,
        row.owed_count, cost.minor if cost else None, cost.currency if cost else None, row.total.unpriced_count,
    )  # fmt: skip
