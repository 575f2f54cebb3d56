"""Of what is there too little, since when, and what would filling up cost?"""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from stockroom.access.acting import acting, installation, present
from stockroom.queries.below_minimum import below_minimum
from stockroom.queries.low_stock import LowProduct, low_products
from stockroom.rules.alerting import profile
from stockroom.rules.valuing import total
from stockroom.vocabulary import AlertKind
from stockroom.web.csv_file import Cell, csv_file

blp = Blueprint("low_page", __name__, url_prefix="/c/<clinic_uid>/low")


@blp.get("")
def low(clinic_uid: str) -> ResponseReturnValue:
    """The products under their minimum, those that are out first."""
    with installation().reading() as connection:
        rows = low_products(connection, acting().clinic_id, now=present())
        every = below_minimum(connection, acting().clinic_id, now=present())
    return render_template(
        "low/low.html",
        rows=rows,
        total=total(row.fill_up_worth for row in rows),
        without_minimum=[level for level in every if level.minimum_count is None],
        advice=profile(AlertKind.LOW_STOCK).advice,
    )


@blp.get("/low.csv")
def low_csv(clinic_uid: str) -> ResponseReturnValue:
    """The same for a spreadsheet."""
    with installation().reading() as connection:
        rows = low_products(connection, acting().clinic_id, now=present())
    heads = (
        "product", "strength", "presentation", "usable", "minimum", "target", "missing", "places",
        "fill_up_worth_minor", "currency", "since",
    )  # fmt: skip
    return csv_file("low", heads, map(_cells, rows))


def _cells(row: LowProduct) -> tuple[Cell, ...]:
    cost = row.fill_up_worth
    return (
        row.name, row.strength, row.presentation, row.usable_sealed_count, row.minimum_count,
        row.target_count, row.missing_count, "; ".join(each.place for each in row.places),
        cost.minor if cost else None, cost.currency if cost else None, row.since,
    )  # fmt: skip
