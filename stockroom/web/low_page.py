"""Of what is there too little, since when, and what would filling up cost?"""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from stockroom.access.acting import acting, installation, present
from stockroom.notices import AlertKind
from stockroom.queries.below_minimum import below_minimum
from stockroom.queries.cover import Cover
from stockroom.queries.low_stock import LowProduct, low_products
from stockroom.queries.suppliers import Offer, offers_of
from stockroom.rules.alerting import profile
from stockroom.rules.valuing import total
from stockroom.web.cover_picture import cover_picture
from stockroom.web.csv_file import Cell, csv_file
from stockroom.web.listing import ROWS, asked_listing
from stockroom.web.low_words import LOUDNESS, said_of_supply

blp = Blueprint("low_page", __name__, url_prefix="/c/<clinic_uid>/low")


@dataclass(frozen=True, kw_only=True)
class ToOrder:
    """A product under its minimum, what is on order of it, from whom and how many packs more fill it up."""

    row: LowProduct
    supply: str
    offer: Offer | None
    packs: int


@blp.get("")
def low(clinic_uid: str) -> ResponseReturnValue:
    """The products under their minimum, page by page, those that are out first; the cover of the worst as a picture."""
    listing = asked_listing(columns=("least",), usual="least")
    clinic_id, at = acting().clinic_id, present()
    with installation().reading() as connection:
        levels = below_minimum(connection, clinic_id, now=at)
        every = low_products(connection, clinic_id, now=at, known=levels)
        found = [row for row in every if listing.q.casefold() in f"{row.name} {row.strength}".casefold()]
        rows = found[listing.offset : listing.offset + ROWS]
        offers = offers_of(connection, [row.product_uid for row in rows])
    return render_template(
        "low/low.html",
        listing=listing,
        count=len(found),
        is_none_low=not every,
        rows=[_to_order(row, offers.get(row.product_uid)) for row in rows],
        picture=cover_picture([_cover(row) for row in rows]),
        total=total(row.fill_up_worth for row in found),
        without_minimum=[level for level in levels if level.minimum_count is None],
        advice=profile(AlertKind.LOW_STOCK).advice,
        loudness=LOUDNESS,
    )


def _to_order(row: LowProduct, offer: Offer | None) -> ToOrder:
    return ToOrder(
        row=row,
        supply=said_of_supply(row.supply, row.on_order_count, row.due_on),
        offer=offer,
        packs=0 if offer is None else -(-row.missing_count // offer.pack_count),
    )


def _cover(row: LowProduct) -> Cover:
    return Cover(
        product_uid=row.product_uid,
        name=row.name,
        strength=row.strength,
        presentation=row.presentation,
        usable_sealed_count=row.usable_sealed_count,
        minimum_count=row.minimum_count,
        target_count=row.target_count,
    )


@blp.get("/low.csv")
def low_csv(clinic_uid: str) -> ResponseReturnValue:
    """The same for a spreadsheet."""
    with installation().reading() as connection:
        rows = low_products(connection, acting().clinic_id, now=present())
    heads = (
        "product", "strength", "presentation", "usable", "minimum", "target", "missing", "places",
        "fill_up_worth_minor", "currency", "since", "on_order", "due_on", "supply",
    )  # fmt: skip
    return csv_file("low", heads, map(_cells, rows))


def _cells(row: LowProduct) -> tuple[Cell, ...]:
    cost = row.fill_up_worth
    return (
        row.name, row.strength, row.presentation, row.usable_sealed_count, row.minimum_count,
        row.target_count, row.missing_count, "; ".join(each.place for each in row.places),
        cost.minor if cost else None, cost.currency if cost else None, row.since, row.on_order_count,
        row.due_on, row.supply.value,
    )  # fmt: skip
