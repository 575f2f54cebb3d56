"""What should be ordered, product by product, each with its arithmetic?  Nothing is ordered from here by itself."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from stockroom.access.acting import acting, installation, present
from stockroom.queries.clinics import clinics_where
from stockroom.queries.reorder_suggestions import Reorder, reorder_suggestions
from stockroom.units import show_quantity
from stockroom.vocabulary import Action, BaseUnit
from stockroom.web.csv_file import Cell, csv_file
from stockroom.web.listing import ROWS, asked_listing
from stockroom.web.reorder_words import explained

blp = Blueprint("reorder_page", __name__, url_prefix="/c/<clinic_uid>/reorder")


@blp.get("")
def reorder(clinic_uid: str) -> ResponseReturnValue:
    """What is to be ordered first, then what has no minimum, then the rest; page by page."""
    listing = asked_listing(columns=("urgency",), usual="urgency")
    every = _suggested()
    found = [row for row in every if listing.q.casefold() in f"{row.name} {row.strength}".casefold()]
    return render_template(
        "orders/reorder.html",
        rows=found[listing.offset : listing.offset + ROWS],
        listing=listing,
        count=len(found),
        to_order=sum(1 for row in every if row.suggestion.suggested_count),
        without_minimum=sum(1 for row in every if not row.suggestion.has_minimum),
        explained=explained,
    )


@blp.get("/reorder.csv")
def reorder_csv(clinic_uid: str) -> ResponseReturnValue:
    """The same for a spreadsheet."""
    heads = (
        "product", "strength", "supplier", "item_code", "pack", "usable", "promised", "on_order", "due_on",
        "minimum", "target", "used_90_days", "surplus_elsewhere", "opened", "opened_unit", "suggested",
        "suggested_packs", "proposed_minimum", "because",
    )  # fmt: skip
    return csv_file("reorder", heads, map(_cells, _suggested()))


def _suggested() -> tuple[Reorder, ...]:
    actor = acting()
    with installation().reading() as connection:
        sisters = clinics_where(connection, actor.user_id or 0, Action.READ_STOCK) - {actor.clinic_id}
        return reorder_suggestions(connection, actor.clinic_id, now=present(), sister_ids=sorted(sisters))


def _cells(row: Reorder) -> tuple[Cell, ...]:
    found, shelf = row.suggestion, row.suggestion.shelf
    opened = show_quantity(shelf.opened_quantity, BaseUnit(row.base_unit))
    offer = row.offer
    return (
        row.name, row.strength, offer.supplier if offer else "", offer.item_code if offer else "",
        found.pack.count, shelf.usable_count, shelf.promised_count, found.on_order_count, found.due_on,
        shelf.minimum_count, shelf.target_count, shelf.used_count, shelf.surplus_elsewhere_count,
        opened.quantity, opened.unit, found.suggested_count, found.pack_count, found.proposed_minimum_count,
        explained(found, row.presentation),
    )  # fmt: skip
