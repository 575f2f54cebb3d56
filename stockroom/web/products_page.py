"""Which products are there, and what is this one: how much lies here, how much should, what is true of it?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from flask import Blueprint, Response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext

from stockroom.access.acting import acting, installation, present
from stockroom.queries.booked_products import booked_of
from stockroom.queries.catalogue import ProductRow
from stockroom.queries.catalogue import product as product_of
from stockroom.queries.containers import ContainerRow, open_board
from stockroom.queries.moved import Moved, moved_of_product
from stockroom.queries.product_keeping import Keeping, keeping_of
from stockroom.queries.product_lists import (
    PRODUCT_ORDERS,
    CatalogueFilter,
    catalogue_count,
    catalogue_listed,
)
from stockroom.queries.product_versions import RuleVersion, rule_versions
from stockroom.queries.standing import stops_of_lots
from stockroom.queries.stock import ProductStock
from stockroom.queries.stock_lists import (
    LotInStock,
    MonthStock,
    Part,
    StockFilter,
    lots_listed,
    products_in_stock,
    stock_by_month,
)
from stockroom.queries.usual_packs import usual_packs
from stockroom.reads.orders_owed import OwedLine, owed_lines
from stockroom.reads.reconstitutions import its_recipe
from stockroom.reference.tables import load as load_reference
from stockroom.units import show_quantity
from stockroom.vocabulary import BaseUnit, RegulatoryClass, Rule
from stockroom.web.clinic_here import clinic_here
from stockroom.web.csv_file import csv_file
from stockroom.web.expiry_months import Months, months_of
from stockroom.web.formats import today_here, zone_of_page
from stockroom.web.forms import KeyedForm, Refusal
from stockroom.web.listing import ROWS, Listing, asked_listing
from stockroom.web.product_forms import ProductForms, forms_of
from stockroom.web.product_versions_view import facts_of, mixing_said, needle_said

blp = Blueprint("products_page", __name__, url_prefix="/c/<clinic_uid>/products")
MADE_HERE = "made_here"
GOODS: tuple[tuple[str, Any], ...] = (
    *((each.value, each.value) for each in RegulatoryClass),
    (MADE_HERE, lazy_gettext("made here")),
)
EXPORT_ROWS = 20_000
LOTS_SHOWN = 30


@dataclass(frozen=True, kw_only=True)
class ProductHere:
    """Everything that the page of a product shows."""

    row: ProductRow
    keeping: Keeping
    stock: ProductStock | None
    """None while nothing of it is here."""
    lots: tuple[LotInStock, ...]
    stops: Mapping[str, tuple[Rule, ...]]
    """What stops lots of which nothing is usable, by the lot's uid."""
    opened: tuple[ContainerRow, ...]
    months: tuple[MonthStock, ...]
    moved: Moved
    versions: tuple[RuleVersion, ...]
    """Of its rule, the newest first."""
    owed: tuple[OwedLine, ...]
    """What suppliers owe of it, what is due first first."""

    @property
    def owed_count(self) -> int:
        """Whole presentations on order."""
        return sum(each.owed_count for each in self.owed)

    @property
    def has_more_lots(self) -> bool:
        return self.stock is not None and self.stock.lot_count > len(self.lots)


def _listing() -> Listing:
    return asked_listing(columns=PRODUCT_ORDERS, usual="name", filters=("goods", "incomplete"))


def _only(listing: Listing) -> CatalogueFilter:
    goods = listing.narrowed.get("goods", "")
    return CatalogueFilter(
        text=listing.q,
        regulatory_class=goods if goods in list(RegulatoryClass) else None,
        made_here=goods == MADE_HERE,
        incomplete=listing.narrowed.get("incomplete") == "1",
    )


@blp.get("")
def products(clinic_uid: str) -> ResponseReturnValue:
    """The catalogue by name, with what lies here of each product."""
    listing = _listing()
    with installation().reading() as connection:
        count = catalogue_count(connection, only=_only(listing))
        rows = catalogue_listed(
            connection,
            acting().clinic_id,
            only=_only(listing),
            order=listing.sort,
            descending=listing.is_descending,
            offset=listing.offset,
            limit=ROWS,
        )
        packs = usual_packs(connection, {row.uid for row in rows})
    return render_template(
        "product/list.html", rows=rows, packs=packs, count=count, listing=listing, goods=GOODS
    )


@blp.get("/products.csv")
def products_csv(clinic_uid: str) -> Response:
    """The same as a file."""
    with installation().reading() as connection:
        rows = catalogue_listed(connection, acting().clinic_id, only=_only(_listing()), limit=EXPORT_ROWS)
    heads = (
        "product", "strength", "presentation", "manufacturer", "group", "class", "kept",
        "confirmed", "on_hand", "unit", "minimum",
    )  # fmt: skip
    return csv_file(
        "products",
        heads,
        (
            (
                row.name, row.strength, row.presentation, row.manufacturer, row.group, row.regulatory_class,
                row.storage_class, "yes" if row.is_confirmed else "no",
                show_quantity(row.on_hand, BaseUnit(row.base_unit)).quantity,
                show_quantity(0, BaseUnit(row.base_unit)).unit, row.minimum_count,
            )
            for row in rows
        ),
    )  # fmt: skip


@blp.get("/<product_uid>")
def product(clinic_uid: str, product_uid: str) -> ResponseReturnValue:
    """One product, with its forms for whoever may change something."""
    here = product_here(product_uid)
    return product_page(here, forms_of(here.row, here.keeping))


def product_here(uid: str) -> ProductHere:
    """Read everything that the page shows.  Raises ThingNotFound."""
    clinic_id, at = acting().clinic_id, present()
    only = StockFilter(product_uid=uid)
    with installation().reading() as connection:
        row = product_of(connection, uid=uid)
        stock = products_in_stock(connection, clinic_id, now=at, part=Part(order="name"), only=only)
        opened = open_board(connection, clinic_id)
        first = Part(order="expiry", limit=LOTS_SHOWN)
        lots = lots_listed(connection, clinic_id, now=at, part=first, only=only)
        stopped = {lot.lot_uid for lot in lots if not lot.usable}
        return ProductHere(
            row=row,
            keeping=keeping_of(connection, clinic_id, product_uid=uid),
            stock=stock[0] if stock else None,
            lots=lots,
            stops=stops_of_lots(connection, clinic_id, lot_uids=stopped, now=at),
            opened=tuple(each for each in opened if each.product_uid == uid),
            months=stock_by_month(connection, clinic_id, now=at, only=only),
            moved=moved_of_product(
                connection, clinic_id, product_uid=uid, offset=_moved_listing().offset, limit=ROWS
            ),
            versions=rule_versions(connection, clinic_id, product_uid=uid) if row.rule is not None else (),
            owed=tuple(each for each in owed_lines(connection, clinic_id) if each.product_uid == uid),
        )


def _moved_listing() -> Listing:
    """Which page of the product's movements is asked for."""
    return asked_listing(columns=("books",), usual="books", endpoint="products_page.product")


def product_page(
    here: ProductHere, forms: ProductForms, refusal: Refusal | None = None
) -> ResponseReturnValue:
    """Draw the page, with the form that was refused as it was typed and the refusal's status."""
    with installation().reading() as connection:
        packs = usual_packs(connection, (here.row.uid,))
        recipe_uid = None
        if here.row.rule is not None and here.row.rule.reconstitution is not None:
            recipe_uid = its_recipe(connection, name=here.row.name, strength=here.row.strength)
        booked = booked_of(
            connection, acting().clinic_id, product_uid=here.row.uid, now=present(), zone=zone_of_page()
        )
    shown = render_template(
        "product/product.html",
        here=here,
        packs=packs,
        booked=booked,
        row=here.row,
        rule=here.row.rule,
        facts=facts_of(here.versions, BaseUnit(here.row.base_unit)),
        needle=needle_said(here.row.rule) or here.row.needle,
        mixing=mixing_said(here.row.rule),
        reconstituting=KeyedForm(formdata=None),
        its_recipe=recipe_uid,
        allergens=known_allergens(),
        months=_months(here.months) if any(row.month for row in here.months) else None,
        forms=forms,
        refusal=refusal,
        listing=_moved_listing(),
    )
    return (shown, refusal.status) if refusal is not None else shown


@cache
def known_allergens() -> frozenset[str]:
    """The ingredients (slugs) of which the reference data says that they are known to cause allergies."""
    return frozenset(each.slug for each in load_reference().ingredients if each.is_allergen)


def _months(rows: tuple[MonthStock, ...]) -> Months:
    clinic = clinic_here()
    return months_of(rows, today=today_here(), currency="" if clinic is None else clinic.currency)


def to_product(clinic_uid: str, product_uid: str) -> ResponseReturnValue:
    """Go to a product's page after something was done."""
    there = url_for("products_page.product", clinic_uid=clinic_uid, product_uid=product_uid)
    return redirect(there, code=303)
