"""How is a draft written and sent?  Packs, codes and prices of its lines, a further product, a reference and a day."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from stockroom.access.acting import acting, installation, present
from stockroom.errors import InvalidValue
from stockroom.ledger.order_lines import LineSaid, PriceSaid
from stockroom.operations.place_order import CancelOrder, PlaceOrder, cancel_order, place_order
from stockroom.operations.write_order import SetOrderLines, set_order_lines
from stockroom.queries.purchase_orders import OrderLineRow
from stockroom.web.forms import KeyedForm, Refusal, say, send
from stockroom.web.orders_view import currency_here, forms_of, order_here, order_page
from stockroom.web.prices import minor_of

blp = Blueprint("orders_draft_page", __name__, url_prefix="/c/<clinic_uid>/orders/<order_uid>")
_DIGITS_LONGEST = 6


def _act(
    clinic_uid: str, order_uid: str, sent: str, do: Callable[[Any, Any], object], sentence: Callable[[], str]
) -> ResponseReturnValue:
    """Do what one of the page's forms asks; refused, it stands on the page as it was typed."""
    here = order_here(order_uid)
    forms = forms_of(here, sent=sent)
    form = getattr(forms, sent)
    done = send(form, lambda: do(form, here))
    if isinstance(done, Refusal):
        return order_page(here, forms, done, typed=sent == "lines")
    say(sentence())
    return redirect(url_for("orders_page.order", clinic_uid=clinic_uid, order_uid=order_uid), code=303)


def _who(form: KeyedForm) -> dict[str, Any]:
    return {"actor": acting(), "key": form.key.data or "", "now": present()}


@blp.post("/lines")
def set_lines(clinic_uid: str, order_uid: str) -> ResponseReturnValue:
    """Keep the lines as they were typed, or take off the one whose button was pressed."""

    def do(form: Any, here: Any) -> object:
        removed = request.form.get("remove", "")
        lines = tuple(
            LineSaid(product_uid=removed, packs=0) if row.product_uid == removed else _said(row)
            for row in here.shown.lines
            if f"packs-{row.product_uid}" in request.form
        )
        command = SetOrderLines(order_uid=order_uid, version=form.version.data, lines=lines)
        return set_order_lines(installation(), command, **_who(form))

    return _act(clinic_uid, order_uid, "lines", do, lambda: gettext("Kept."))


@blp.post("/lines/new")
def add_line(clinic_uid: str, order_uid: str) -> ResponseReturnValue:
    """Put a further product on the draft, as its supplier sells it."""

    def do(form: Any, here: Any) -> object:
        line = LineSaid(product_uid=form.product_uid.data, packs=form.packs.data)
        command = SetOrderLines(order_uid=order_uid, version=form.version.data, lines=(line,))
        return set_order_lines(installation(), command, **_who(form))

    return _act(clinic_uid, order_uid, "new_line", do, lambda: gettext("It stands on the draft."))


@blp.post("/placing")
def place(clinic_uid: str, order_uid: str) -> ResponseReturnValue:
    """Write down that it was sent, as it was read."""

    def do(form: Any, here: Any) -> object:
        command = PlaceOrder(
            order_uid=order_uid,
            version=form.version.data,
            reference=(form.reference.data or "").strip(),
            expected_on=form.expected_on.data,
        )
        return place_order(installation(), command, **_who(form))

    return _act(
        clinic_uid,
        order_uid,
        "placing",
        do,
        lambda: gettext("It is ordered: what is owed counts as on order."),
    )


@blp.post("/cancellation")
def cancel(clinic_uid: str, order_uid: str) -> ResponseReturnValue:
    """Call off a draft, or what did not come yet of an order."""

    def do(form: Any, here: Any) -> object:
        command = CancelOrder(
            order_uid=order_uid, version=form.version.data, reason=(form.reason.data or "").strip()
        )
        return cancel_order(installation(), command, **_who(form))

    return _act(
        clinic_uid, order_uid, "cancel", do, lambda: gettext("It is called off. What came of it stays.")
    )


def _said(row: OrderLineRow) -> LineSaid:
    """A line as its fields say it.  Raises InvalidValue, naming the product."""
    product = f"{row.product_name} {row.strength}".strip()

    def typed(name: str) -> str:
        return request.form.get(f"{name}-{row.product_uid}", "").strip()

    def whole(name: str, least: int) -> int:
        text = typed(name)
        is_number = text.isascii() and text.isdecimal() and len(text) <= _DIGITS_LONGEST
        if not is_number or int(text) < least:
            problem = gettext("of %(product)s a whole number from %(least)s on", product=product, least=least)
            raise InvalidValue(field=name, problem=problem)
        return int(text)

    price, currency = typed("price"), row.currency or currency_here()
    of_product = gettext("price of %(product)s", product=product)
    minor = minor_of(price, currency, field=of_product) if price else None
    return LineSaid(
        product_uid=row.product_uid,
        packs=whole("packs", 0),
        pack_count=whole("pack", 1),
        item_code=typed("code"),
        price=_price(row, minor, currency if price else None, whole("pack", 1)),
    )


def _price(row: OrderLineRow, minor: int | None, currency: str | None, pack_count: int) -> PriceSaid | None:
    """What was typed as the price; None where only the pack was changed: the price is looked up for the new one."""
    is_untouched = (minor, currency) == (row.price_minor, row.currency)
    if is_untouched and pack_count != row.pack_count:
        return None
    return PriceSaid(minor=minor, currency=currency)
