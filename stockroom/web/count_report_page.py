"""What did counts find over a time: by product, place or person, on a page and as files?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext

from stockroom.access.acting import acting, installation
from stockroom.queries.changed_since import Changes
from stockroom.queries.stocktakes import StocktakeLineRow, counted_between, stocktake
from stockroom.rules.count_report import GroupFound, Told, all_of, by_group
from stockroom.rules.valuing import Worth
from stockroom.units import show_quantity
from stockroom.vocabulary import BaseUnit
from stockroom.web.changed_since import CHANGED, changed_here, mark_of_goods
from stockroom.web.csv_file import csv_file
from stockroom.web.formats import today_here, zone_of_page
from stockroom.web.prices import typed_price

blp = Blueprint("count_report_page", __name__, url_prefix="/c/<clinic_uid>/count-report")
DAYS_USUAL = 90
LINES_MAX = 20_000

GROUPS: dict[str, tuple[Any, Callable[[StocktakeLineRow], str]]] = {
    "product": (lazy_gettext("Product"), lambda line: f"{line.product_name} {line.strength}".strip()),
    "place": (lazy_gettext("Place"), lambda line: line.stands_in or line.location_name),
    "person": (lazy_gettext("Counted by"), lambda line: line.counted_by),
}
"""By what the lines are added up: its word, and the name of a line's group."""


@dataclass(frozen=True, kw_only=True)
class Asked:
    """Which days, by their first and last, and by what they are added up."""

    since: date
    until: date
    by: str


@blp.get("")
def report(clinic_uid: str) -> ResponseReturnValue:
    """What counts found, added up."""
    asked = _asked()
    told = _told(asked)
    return render_template(
        "counts/report.html",
        asked=asked,
        groups=GROUPS,
        rows=by_group(told),
        all=all_of(told),
        is_cut=len(told) == LINES_MAX,
        most=LINES_MAX,
    )


@blp.get("/report.csv")
def report_csv(clinic_uid: str) -> Response:
    """The same as a file."""
    asked = _asked()
    heads = (
        asked.by,
        "counted",
        "differing",
        "more_worth",
        "less_worth",
        "currency",
        "differing_of_unknown_worth",
    )
    return csv_file(f"counts-by-{asked.by}", heads, map(_cells, by_group(_told(asked))))


@blp.get("/stocktakes/<stocktake_uid>.csv")
def lines_csv(clinic_uid: str, stocktake_uid: str) -> Response:
    """Every line of one booked count."""
    with installation().reading() as connection:
        found = stocktake(connection, acting().clinic_id, uid=stocktake_uid)
    heads = (
        "line", "product", "strength", "lot", "place", "vial", "counted_at", "counted_by", "by_the_books", "found",
        "more", "less", "unit", "reason", "worth", "currency", CHANGED,
    )  # fmt: skip
    movement_uid = found.stocktake.movement_uid
    changes = changed_here([movement_uid])
    return csv_file(
        "count", heads, ((*_line_cells(line), _mark(changes, movement_uid, line)) for line in found.lines)
    )


def _mark(changes: Changes, movement_uid: str | None, line: StocktakeLineRow) -> str:
    """Of a count only what differed was booked."""
    if movement_uid is None or not line.difference:
        return ""
    source = line.location_uid if line.difference < 0 else None
    return mark_of_goods(changes, movement_uid, line.lot_uid, abs(line.difference), source)


def _cells(row: GroupFound) -> tuple[str | int, ...]:
    currency = next((each.currency for each in (row.more, row.less) if each), "")
    return (
        row.group, row.counted, row.differing, _price(row.more), _price(row.less), currency, row.unknown,
    )  # fmt: skip


def _line_cells(line: StocktakeLineRow) -> tuple[str | int | datetime, ...]:
    unit = BaseUnit(line.base_unit)
    books, found = show_quantity(line.book_quantity, unit), show_quantity(line.counted_quantity, unit)
    worth = line.worth if line.difference else None
    return (
        line.n, line.product_name, line.strength, line.lot_number, line.stands_in or line.location_name,
        line.container_code or "", line.counted_at, line.counted_by, books.quantity, found.quantity,
        show_quantity(max(line.difference, 0), unit).quantity,
        show_quantity(max(-line.difference, 0), unit).quantity, books.unit, line.reason or "", _price(worth),
        worth.currency if worth else "",
    )  # fmt: skip


def _price(worth: Worth | None) -> str:
    return "" if worth is None else typed_price(worth.minor, worth.currency)


def _told(asked: Asked) -> tuple[Told, ...]:
    zone, group = ZoneInfo(zone_of_page()), GROUPS[asked.by][1]
    with installation().reading() as connection:
        lines = counted_between(
            connection,
            acting().clinic_id,
            since=_midnight(asked.since, zone),
            until=_midnight(asked.until + timedelta(days=1), zone),
            most=LINES_MAX,
        )
    return tuple(Told(group=group(line), difference=line.difference, worth=line.worth) for line in lines)


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), tzinfo=zone).astimezone(UTC)


def _asked() -> Asked:
    """What the address asks for; whatever it may not ask is as if it were not there."""
    until = _day("until") or today_here()
    since = _day("since") or until - timedelta(days=DAYS_USUAL)
    by = request.args.get("by", "")
    return Asked(since=min(since, until), until=until, by=by if by in GROUPS else "product")


def _day(name: str) -> date | None:
    try:
        day = date.fromisoformat(request.args.get(name, ""))
    except ValueError:
        return None
    return day if date(2000, 1, 1) <= day <= date(2200, 1, 1) else None
