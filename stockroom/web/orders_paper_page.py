"""How does an order leave the house?  As a PDF, and as a table with the supplier's own codes."""

from __future__ import annotations

from flask import Blueprint, Response
from flask.typing import ResponseReturnValue

from stockroom.access.acting import acting, installation
from stockroom.http.order_file import PDF, order_pdf
from stockroom.queries.purchase_orders import OrderLineRow, OrderShown, purchase_order
from stockroom.web.clinic_here import clinic_here
from stockroom.web.csv_file import Cell, csv_file
from stockroom.web.formats import today_here
from stockroom.web.prices import typed_price

blp = Blueprint("orders_paper_page", __name__, url_prefix="/c/<clinic_uid>/orders/<order_uid>")


@blp.get("/order.pdf")
def pdf(clinic_uid: str, order_uid: str) -> Response:
    """The order as it is sent to the supplier."""
    clinic = clinic_here()
    assert clinic is not None, "this page has a clinic"
    paper = order_pdf(_read(order_uid), clinic=clinic.name, zone=clinic.time_zone, today=today_here())
    answer = Response(paper, mimetype=PDF)
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


def _cells(shown: OrderShown, line: OrderLineRow) -> tuple[Cell, ...]:
    has_price = line.price_minor is not None and line.currency is not None
    price = typed_price(line.price_minor or 0, line.currency or "") if has_price else None
    return (
        line.item_code, line.product_name, line.strength, line.presentation, line.packs_ordered,
        line.pack_count, line.packs_ordered * line.pack_count, price, line.currency, shown.order.reference,
        line.due_on, line.none_until, line.arrived_count, line.owed_count,
    )  # fmt: skip
