"""How does an order leave the house?  As a PDF, and as a table with the supplier's own codes."""

from __future__ import annotations

from flask import Blueprint, Response
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from stockroom.access.acting import acting, installation
from stockroom.clock import civil_date
from stockroom.queries.purchase_orders import OrderLineRow, OrderShown, purchase_order
from stockroom.rules.ordering import OrderState
from stockroom.web.clinic_here import clinic_here
from stockroom.web.csv_file import Cell, csv_file
from stockroom.web.formats import show_day, show_money, today_here, zone_of_page
from stockroom.web.prices import typed_price

blp = Blueprint("orders_paper_page", __name__, url_prefix="/c/<clinic_uid>/orders/<order_uid>")


@blp.get("/order.pdf")
def pdf(clinic_uid: str, order_uid: str) -> Response:
    """The order as it is sent to the supplier."""
    from stockroom.outside.order_paper import OrderedLine, OrderWords, order_paper  # dear to load

    shown = _read(order_uid)
    words = OrderWords(
        title=_title(shown),
        facts=_facts(shown),
        heads=(
            gettext("Your code"), gettext("Product"), gettext("Packs"), gettext("In a pack"),
            gettext("Price of a pack"), gettext("Together"),
        ),
        total_word=gettext("All together"),
        totals=tuple(show_money(each.minor, each.currency) for each in shown.total.known),
        below=gettext("Prices are those of our last order, as far as they are known."),
    )  # fmt: skip
    lines = [
        OrderedLine(
            code=line.item_code,
            product=f"{line.product_name} {line.strength}, {line.presentation}".replace(" ,", ","),
            packs=str(line.packs_ordered),
            in_pack=str(line.pack_count),
            price=_money(line, 1),
            together=_money(line, line.packs_ordered),
        )
        for line in shown.lines
    ]
    answer = Response(order_paper(words, lines), mimetype="application/pdf")
    answer.headers["Content-Disposition"] = 'inline; filename="order.pdf"'
    return answer


@blp.get("/lines.csv")
def lines_csv(clinic_uid: str, order_uid: str) -> ResponseReturnValue:
    """Its lines for a spreadsheet, or for the supplier's own entry."""
    shown = _read(order_uid)
    heads = (
        "item_code", "product", "strength", "presentation", "packs", "in_a_pack", "presentations", "price_of_a_pack",
        "currency", "reference", "expected_on", "none_until", "came", "owed",
    )  # fmt: skip
    return csv_file("order", heads, (_cells(shown, line) for line in shown.lines))


def _read(order_uid: str) -> OrderShown:
    with installation().reading() as connection:
        return purchase_order(connection, acting().clinic_id, uid=order_uid)


def _title(shown: OrderShown) -> str:
    """A draft is printed as it is going to be sent."""
    return gettext("Order, called off") if shown.state is OrderState.CANCELLED else gettext("Order")


def _facts(shown: OrderShown) -> tuple[tuple[str, str], ...]:
    """Who orders from whom, under which reference, when and for when; what is not known is left out."""
    clinic, order = clinic_here(), shown.order
    on = civil_date(order.ordered_at, zone_of_page()) if order.ordered_at else today_here()
    to = f"{order.supplier}\n{order.supplier_contact}".strip()
    pairs = (
        (gettext("From"), clinic.name if clinic is not None else ""),
        (gettext("To"), to),
        (gettext("Reference"), order.reference),
        (gettext("Date"), show_day(on)),
        (gettext("Ordered by"), order.ordered_by or ""),
        (gettext("Expected on"), show_day(order.expected_on) if order.expected_on else ""),
    )
    return tuple(pair for pair in pairs if pair[1])


def _money(line: OrderLineRow, packs: int) -> str:
    if line.price_minor is None:
        return gettext("not known")
    return show_money(packs * line.price_minor, line.currency)


def _cells(shown: OrderShown, line: OrderLineRow) -> tuple[Cell, ...]:
    has_price = line.price_minor is not None and line.currency is not None
    price = typed_price(line.price_minor or 0, line.currency or "") if has_price else None
    return (
        line.item_code, line.product_name, line.strength, line.presentation, line.packs_ordered,
        line.pack_count, line.packs_ordered * line.pack_count, price, line.currency, shown.order.reference,
        line.due_on, line.none_until, line.arrived_count, line.owed_count,
    )  # fmt: skip
