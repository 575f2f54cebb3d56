"""What goes off soon or has gone off, where does it lie, what is it worth, and what is to be done?"""

from __future__ import annotations

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from stockroom.access.acting import acting, installation, present
from stockroom.db.identifiers import new_uid
from stockroom.queries.limits_due import DueThing, limits_due
from stockroom.rules.alerting import profile
from stockroom.rules.valuing import total
from stockroom.web.counted import packs_of
from stockroom.web.csv_file import Cell, csv_file
from stockroom.web.goods_here import quarantines
from stockroom.web.listing import ROWS, asked_listing

blp = Blueprint("expiring_page", __name__, url_prefix="/c/<clinic_uid>/expiring")
DAYS = (7, 30, 60, 90)
DAYS_USUAL = 60


@blp.get("")
def expiring(clinic_uid: str) -> ResponseReturnValue:
    """What reaches its limit within the asked days, page by page, the soonest first; what has passed it before that."""
    listing = asked_listing(columns=("limit",), usual="limit", filters=("days",))
    days = _asked_days()
    found = [row for row in _rows(days) if _goes_by(row, listing.q.casefold())]
    rows = found[listing.offset : listing.offset + ROWS]
    return render_template(
        "expiring/expiring.html",
        listing=listing,
        count=len(found),
        past=[row for row in rows if row.is_past],
        coming=[row for row in rows if not row.is_past],
        packs=packs_of(rows),
        days=days,
        choices=DAYS,
        past_worth=total(row.worth for row in found if row.is_past),
        coming_worth=total(row.worth for row in found if not row.is_past),
        advice={row.kind: profile(row.kind).advice for row in rows},
        quarantines=quarantines(),
        keys={(row.lot_uid, row.location_uid): new_uid(present()) for row in rows if row.is_past},
    )


def _goes_by(row: DueThing, text: str) -> bool:
    """Whether a row has this text in its product, lot, code or place."""
    said = (row.product_name, row.strength, row.lot_number, row.container_code or "", row.place)
    return text in " ".join(said).casefold()


@blp.get("/expiring.csv")
def expiring_csv(clinic_uid: str) -> ResponseReturnValue:
    """The same for a spreadsheet."""
    heads = (
        "product", "strength", "lot", "place", "container", "good_until", "limit_at", "days_left", "quantity",
        "base_unit", "worth_minor", "currency", "told_since",
    )  # fmt: skip
    return csv_file("expiring", heads, map(_cells, _rows(_asked_days())))


def _asked_days() -> int:
    asked = request.args.get("days", "")
    return next((days for days in DAYS if str(days) == asked), DAYS_USUAL)


def _rows(days: int) -> tuple[DueThing, ...]:
    with installation().reading() as connection:
        return limits_due(connection, acting().clinic_id, now=present(), days=days)


def _cells(row: DueThing) -> tuple[Cell, ...]:
    return (
        row.product_name, row.strength, row.lot_number, row.place, row.container_code, row.expires_on,
        row.limit_at, row.days_left, row.quantity, row.base_unit, row.worth.minor if row.worth else None,
        row.worth.currency if row.worth else None, row.since,
    )  # fmt: skip
