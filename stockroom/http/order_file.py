"""How does an order leave the house as a PDF, in the language of whoever prints it?"""

from __future__ import annotations

from datetime import date

from flask_babel import gettext

from stockroom.clock import civil_date
from stockroom.http.wording import show_day, show_money
from stockroom.queries.purchase_orders import OrderLineRow, OrderShown
from stockroom.rules.ordering import OrderState

PDF = "application/pdf"


def order_pdf(shown: OrderShown, *, clinic: str, zone: str, today: date) -> bytes:
    """Give the order as it is sent to the supplier; a draft bears the day on which it is printed."""
    from stockroom.outside.order_paper import OrderedLine, OrderWords, order_paper  # dear to load

    words = OrderWords(
        title=gettext("Order, called off") if shown.state is OrderState.CANCELLED else gettext("Order"),
        facts=_facts(shown, clinic=clinic, zone=zone, today=today),
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
            product=f"{line.product_name} {line.strength}".strip() + f", {line.presentation}",
            packs=str(line.packs_ordered),
            in_pack=str(line.pack_count),
            price=_money(line, 1),
            together=_money(line, line.packs_ordered),
        )
        for line in shown.lines
    ]
    return order_paper(words, lines)


def _facts(shown: OrderShown, *, clinic: str, zone: str, today: date) -> tuple[tuple[str, str], ...]:
    """Who orders from whom, under which reference, when and for when; what is not known is left out."""
    order = shown.order
    pairs = (
        (gettext("From"), clinic),
        (gettext("To"), f"{order.supplier}\n{order.supplier_contact}".strip()),
        (gettext("Reference"), order.reference),
        (gettext("Date"), show_day(civil_date(order.ordered_at, zone) if order.ordered_at else today)),
        (gettext("Ordered by"), order.ordered_by or ""),
        (gettext("Expected on"), show_day(order.expected_on) if order.expected_on else ""),
    )
    return tuple(pair for pair in pairs if pair[1])


def _money(line: OrderLineRow, packs: int) -> str:
    if line.price_minor is None:
        return gettext("not known")
    return show_money(packs * line.price_minor, line.currency)
