"""What is on hand in this clinic: by product, by lot, by place, and by the month in which it expires?"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import Blueprint, Response, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext

from stockroom.access.acting import acting, installation, present
from stockroom.queries.booked_products import short_products
from stockroom.queries.cover import Cover, covers
from stockroom.queries.locations import LocationRow, locations
from stockroom.queries.paging import is_uid
from stockroom.queries.standing import stops_of_lots
from stockroom.queries.stock_lists import (
    LOT_ORDERS,
    MADE_HERE,
    PRODUCT_ORDERS,
    MonthStock,
    Part,
    PlaceStock,
    StockFilter,
    lot_count,
    lots_listed,
    product_count,
    products_in_stock,
    stock_by_month,
    stock_by_place,
)
from stockroom.queries.usual_packs import usual_packs
from stockroom.units import show_quantity
from stockroom.vocabulary import BaseUnit, RegulatoryClass
from stockroom.web.clinic_here import clinic_here
from stockroom.web.cover_picture import cover_picture
from stockroom.web.csv_file import Cell, csv_file
from stockroom.web.expiry_months import Months, months_of
from stockroom.web.formats import today_here
from stockroom.web.listing import ROWS, Listing, asked_listing

blp = Blueprint("stock", __name__, url_prefix="/c/<clinic_uid>/stock")
FILTERS = ("place", "goods", "product", "usable")
GOODS: tuple[tuple[str, Any], ...] = (
    *((each.value, each.value.replace("_", " ")) for each in RegulatoryClass),
    (MADE_HERE, lazy_gettext("made here")),
)
"""What goods may be narrowed to, with the word for each."""
EXPORT_ROWS = 20_000
LOTS = "stock/lots.html"


@dataclass(frozen=True, kw_only=True)
class PlaceHere:
    """A place with what lies there; None where nothing does."""

    place: LocationRow
    stock: PlaceStock | None


def _asked(columns: tuple[str, ...], usual: str) -> Listing:
    return asked_listing(columns=columns, usual=usual, filters=FILTERS)


def _only(listing: Listing) -> StockFilter:
    """What the address narrows the stock to; what it may not ask is as if it were not there."""
    asked = listing.narrowed
    place, product, goods = asked.get("place", ""), asked.get("product", ""), asked.get("goods", "")
    return StockFilter(
        text=listing.q,
        location_uid=place if is_uid(place) else None,
        product_uid=product if is_uid(product) else None,
        goods=goods if goods in dict(GOODS) else None,
        usable_only=asked.get("usable") == "1",
    )


def _part(listing: Listing, *, whole: bool = False) -> Part:
    where = {"limit": EXPORT_ROWS} if whole else {"offset": listing.offset, "limit": ROWS}
    return Part(order=listing.sort, descending=listing.is_descending, **where)


def _paged(template: str, listing: Listing, counted: Callable[..., int], listed: Callable[..., Any]) -> str:
    """A page of a list of stock: how many rows there are in all, and those of the page that is asked."""
    clinic_id, at = acting().clinic_id, present()
    asked: dict[str, Any] = {"now": at, "only": _only(listing)}
    with installation().reading() as connection:
        count = counted(connection, clinic_id, **asked)
        rows = listed(connection, clinic_id, part=_part(listing), **asked)
        places = locations(connection, clinic_id)
        packs = usual_packs(connection, {row.product_uid for row in rows})
        stopped = () if template != LOTS else {row.lot_uid for row in rows if not row.usable}
        stops = stops_of_lots(connection, clinic_id, lot_uids=stopped, now=at)
        short = () if template == LOTS else short_products(connection, clinic_id, now=at)
    return render_template(
        template,
        short=short,
        short_on={each.product_uid: each.short_on for each in short},
        listing=listing,
        count=count,
        rows=rows,
        packs=packs,
        stops=stops,
        places=places,
        goods=GOODS,
    )


@blp.get("")
def on_hand(clinic_uid: str) -> ResponseReturnValue:
    """Stock by product, a page at a time; a product's lots stand on its own page."""
    return _paged("stock/products.html", _asked(PRODUCT_ORDERS, "name"), product_count, products_in_stock)


@blp.get("/lots")
def lots(clinic_uid: str) -> ResponseReturnValue:
    """Stock by lot, what expires first at the top."""
    return _paged(LOTS, _asked(LOT_ORDERS, "expiry"), lot_count, lots_listed)


@blp.get("/places")
def by_place(clinic_uid: str) -> ResponseReturnValue:
    """Stock by place, empty places included; a clinic has few."""
    listing = _asked(("name",), "name")
    return render_template("stock/places.html", listing=listing, rows=_places(listing), goods=GOODS)


@blp.get("/expiry")
def by_expiry(clinic_uid: str) -> ResponseReturnValue:
    """Stock by the month in which it expires, as a picture and as a table."""
    listing, clinic_id = _asked(("month",), "month"), acting().clinic_id
    with installation().reading() as connection:
        rows = stock_by_month(connection, clinic_id, now=present(), only=_only(listing))
        places = locations(connection, clinic_id)
    return render_template(
        "stock/expiry.html", listing=listing, months=_months(rows), places=places, goods=GOODS
    )


@blp.get("/cover")
def cover(clinic_uid: str) -> ResponseReturnValue:
    """How far each product with a minimum is covered, as a picture and as a table; what is covered least first."""
    listing = _asked(("least",), "least")
    found = _covers(listing)
    rows = found[listing.offset : listing.offset + ROWS]
    return render_template(
        "stock/cover.html", listing=listing, count=len(found), rows=rows, picture=cover_picture(rows)
    )


def _covers(listing: Listing) -> tuple[Cover, ...]:
    with installation().reading() as connection:
        every = covers(connection, acting().clinic_id, now=present())
    wanted = listing.q.casefold()
    return tuple(row for row in every if wanted in f"{row.name} {row.strength}".casefold())


def _places(listing: Listing) -> list[PlaceHere]:
    clinic_id = acting().clinic_id
    with installation().reading() as connection:
        stock = stock_by_place(connection, clinic_id, now=present(), only=_only(listing))
        places = locations(connection, clinic_id)
    here = [PlaceHere(place=place, stock=stock.get(place.uid)) for place in places]
    if listing.is_descending:
        here.reverse()
    return [each for each in here if each.stock is not None or each.place.closed_at is None]


def _months(rows: tuple[MonthStock, ...]) -> Months:
    clinic = clinic_here()
    return months_of(rows, today=today_here(), currency="" if clinic is None else clinic.currency)


@blp.get("/products.csv")
def products_csv(clinic_uid: str) -> Response:
    """Stock by product as a file, with the filters of the page."""
    listing = _asked(PRODUCT_ORDERS, "name")
    with installation().reading() as connection:
        rows = products_in_stock(
            connection,
            acting().clinic_id,
            now=present(),
            part=_part(listing, whole=True),
            only=_only(listing),
        )
    heads = (
        "product", "strength", "presentation", "lots", "first_expiry",
        "on_hand", "usable", "allocated", "opened", "unit", "sealed", "usable_sealed", "minimum",
    )  # fmt: skip
    lines: Iterator[tuple[Cell, ...]] = (
        (
            row.name, row.strength, row.presentation, row.lot_count, row.earliest_expiry,
            *_shown(row.base_unit, row.on_hand, row.usable, row.allocated, row.opened),
            row.sealed_count, row.usable_sealed_count, row.minimum_count,
        )
        for row in rows
    )  # fmt: skip
    return csv_file("stock-by-product", heads, lines)


@blp.get("/lots.csv")
def lots_csv(clinic_uid: str) -> Response:
    """Stock by lot as a file, with the filters of the page."""
    listing = _asked(LOT_ORDERS, "expiry")
    with installation().reading() as connection:
        rows = lots_listed(
            connection,
            acting().clinic_id,
            now=present(),
            part=_part(listing, whole=True),
            only=_only(listing),
        )
    heads = (
        "product", "strength", "presentation", "lot", "expires_on", "usable_before",
        "on_hand", "usable", "allocated", "opened", "unit", "places", "first_place",
    )  # fmt: skip
    lines: Iterator[tuple[Cell, ...]] = (
        (
            row.product_name, row.strength, row.presentation, row.lot_number, row.expires_on,
            row.beyond_use_at or row.expires_at,
            *_shown(row.base_unit, row.on_hand, row.usable, row.allocated, row.opened),
            row.place_count, row.place_name,
        )
        for row in rows
    )  # fmt: skip
    return csv_file("stock-by-lot", heads, lines)


@blp.get("/places.csv")
def places_csv(clinic_uid: str) -> Response:
    """Stock by place as a file, with the filters of the page."""
    heads = ("place", "kind", "products", "lots", "open", "not_usable_lots", "first_expiry")
    lines: Iterator[tuple[Cell, ...]] = (
        (here.place.name, here.place.kind, *_counts(here.stock))
        for here in _places(_asked(("name",), "name"))
    )
    return csv_file("stock-by-place", heads, lines)


def _counts(stock: PlaceStock | None) -> tuple[int | date | None, ...]:
    if stock is None:
        return 0, 0, 0, 0, None
    return (
        stock.product_count,
        stock.lot_count,
        stock.open_count,
        stock.unusable_lot_count,
        stock.earliest_expiry,
    )


@blp.get("/expiry.csv")
def expiry_csv(clinic_uid: str) -> Response:
    """Stock by month of expiry as a file, with the filters of the page."""
    listing = _asked(("month",), "month")
    with installation().reading() as connection:
        rows = stock_by_month(connection, acting().clinic_id, now=present(), only=_only(listing))
    heads = ("month", "has_passed", "lots", "products", "worth_minor", "lots_without_price")
    lines: Iterator[tuple[Cell, ...]] = (
        (
            gettext("no printed expiry") if row.year is None else f"{row.year}-{row.month:02d}",
            "yes" if row.has_passed else "no",
            row.lot_count, row.product_count, row.worth_minor, row.unpriced_count,
        )
        for row in rows
    )  # fmt: skip
    return csv_file("stock-by-expiry", heads, lines)


@blp.get("/cover.csv")
def cover_csv(clinic_uid: str) -> Response:
    """Cover by product as a file, with the words of the page's search."""
    heads = ("product", "strength", "presentation", "usable_sealed", "minimum", "target", "percent_of_target")
    lines: Iterator[tuple[Cell, ...]] = (
        (
            row.name, row.strength, row.presentation, row.usable_sealed_count, row.minimum_count,
            row.target_count, row.percent,
        )
        for row in _covers(_asked(("least",), "least"))
    )  # fmt: skip
    return csv_file("cover-by-product", heads, lines)


def _shown(base_unit: str, *quantities: int) -> tuple[str, ...]:
    """Quantities as plain numbers in the unit that people use, and the unit."""
    shown = [show_quantity(quantity, BaseUnit(base_unit)) for quantity in quantities]
    return (*(each.quantity for each in shown), shown[0].unit)
