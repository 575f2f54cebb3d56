"""What is on hand in this clinic, by product, and when does it expire?"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from stockroom.access.acting import acting, installation, present
from stockroom.clock import civil_date
from stockroom.queries.clinics import clinic_of
from stockroom.queries.stock import LotHere, ProductStock, lots_in_stock, stock_by_product
from stockroom.units import show_quantity
from stockroom.vocabulary import BaseUnit

blp = Blueprint("stock", __name__, url_prefix="/c/<clinic_uid>/stock")
SOON = timedelta(days=60)


@dataclass(frozen=True, kw_only=True)
class Mark:
    """A word beside an expiry, and how loud it is."""

    word: str
    loudness: str
    """Of Bootstrap's: danger, warning or secondary."""


@dataclass(frozen=True, kw_only=True)
class Shelf:
    """A product on the page, with its lots."""

    product: ProductStock
    lots: tuple[LotHere, ...]
    mark: Mark | None
    is_below_minimum: bool
    amount: str
    """As people count it: whole presentations where there are any to count."""
    detail: str
    """The same in units, with what is open, where that says more."""


@blp.get("")
def on_hand(clinic_uid: str) -> ResponseReturnValue:
    """Stock on hand by product; each opens to its lots without a script."""
    actor, at = acting(), present()
    with installation().reading() as connection:
        today = civil_date(at, clinic_of(connection, actor.user_id, uid=clinic_uid).time_zone)
        products = stock_by_product(connection, actor.clinic_id, now=at)
        lots = lots_in_stock(connection, actor.clinic_id, now=at)
    of_product: dict[str, list[LotHere]] = defaultdict(list)
    for lot in lots:
        of_product[lot.product_uid].append(lot)
    shelves = [_shelf(product, tuple(of_product[product.product_uid]), today) for product in products]
    return render_template("stock.html", shelves=shelves, show=_show, mark=lambda day: mark_of(day, today))


def _shelf(product: ProductStock, lots: tuple[LotHere, ...], today: date) -> Shelf:
    minimum = product.minimum_count
    return Shelf(
        product=product,
        lots=lots,
        mark=mark_of(product.earliest_expiry, today),
        is_below_minimum=minimum is not None and product.usable_sealed_count < minimum,
        amount=_amount(product),
        detail=_detail(product),
    )


def _amount(product: ProductStock) -> str:
    if product.content_quantity == 1:
        return _show(product.on_hand, product.base_unit)
    return f"{product.sealed_count} × {product.presentation}"


def _detail(product: ProductStock) -> str:
    if product.content_quantity == 1:
        return ""
    total = _show(product.on_hand, product.base_unit)
    if not product.opened:
        return total
    opened = _show(product.opened, product.base_unit)
    return gettext("%(total)s, %(opened)s of it open", total=total, opened=opened)


def mark_of(expires_on: date | None, today: date) -> Mark | None:
    """Say what is to be known of an expiry today; a lot is good through the end of its day."""
    if expires_on is None or expires_on > today + SOON:
        return None
    if expires_on < today:
        return Mark(word=gettext("expired"), loudness="danger")
    days = (expires_on - today).days
    return Mark(
        word=gettext("today") if days == 0 else gettext("in %(days)s days", days=days), loudness="warning"
    )


def _show(quantity: int, base_unit: str) -> str:
    return str(show_quantity(quantity, BaseUnit(base_unit)))
