"""What is to be counted, on paper: a page that prints well, and a PDF.  Neither shows what the books say."""

from __future__ import annotations

from flask import Blueprint, Response, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from stockroom.access.acting import acting, installation
from stockroom.queries.stock_counts import CountRow, ThingNamed, stock_count
from stockroom.units import show_quantity
from stockroom.vocabulary import BaseUnit
from stockroom.web.formats import NOTHING, show_day, show_instant

blp = Blueprint("count_sheet_page", __name__, url_prefix="/c/<clinic_uid>/counts/<count_uid>/sheet")
EMPTY_ROWS = 6


@blp.get("")
def sheet(clinic_uid: str, count_uid: str) -> ResponseReturnValue:
    """The sheet as a page, to be printed from here."""
    count, things = _read(count_uid)
    return render_template(
        "counts/sheet.html", count=count, things=things, unit_of=unit_of, empty_rows=EMPTY_ROWS
    )


@blp.get("/sheet.pdf")
def pdf(clinic_uid: str, count_uid: str) -> Response:
    """The sheet as a PDF."""
    from stockroom.outside.count_sheet import (  # dear to load: not at the start
        SheetRow,
        SheetWords,
        count_sheet,
    )

    count, things = _read(count_uid)
    heads = (gettext("Place"), gettext("Product"), gettext("Lot"), gettext("Good until"), gettext("Found"))
    words = SheetWords(
        title=gettext("Count: %(what)s", what=_named(count)),
        below=gettext(
            "Begun %(at)s by %(name)s. Write down what lies there, and when you looked.",
            at=show_instant(count.started_at),
            name=count.started_by,
        ),
        heads=heads,
        counted_by=gettext("Counted by"),
        counted_at=gettext("At"),
        nothing=gettext("The books have nothing here. Write down what you find all the same."),
    )
    rows = [
        SheetRow(
            place=_where(thing),
            product=f"{thing.product_name} {thing.strength}".strip(),
            lot=thing.lot_number,
            good_until=_good_until(thing),
            unit=unit_of(thing),
        )
        for thing in things
    ]
    answer = Response(count_sheet(words, rows, empty_rows=EMPTY_ROWS), mimetype="application/pdf")
    answer.headers["Content-Disposition"] = 'inline; filename="count-sheet.pdf"'
    return answer


def _read(count_uid: str) -> tuple[CountRow, list[ThingNamed]]:
    """The count and everything that belongs on its sheet, counted already or not, place by place."""
    with installation().reading() as connection:
        shown = stock_count(connection, acting().clinic_id, uid=count_uid)
    things = [each.named for each in shown.uncounted] + [each.named for each in shown.counted]
    return shown.count, sorted(things, key=_walk)


def _walk(thing: ThingNamed) -> tuple[str, bool, str, str]:
    place = thing.stands_in or thing.location_name
    return (
        place.casefold(),
        thing.container_code is not None,
        thing.product_name.casefold(),
        thing.lot_number,
    )


def unit_of(thing: ThingNamed) -> str:
    """In what a thing is counted: the word of its presentation, or the unit of what is open or was mixed."""
    if thing.is_measured:
        return show_quantity(0, BaseUnit(thing.base_unit)).unit
    return thing.presentation if thing.content_quantity > 1 else gettext("pieces")


def _where(thing: ThingNamed) -> str:
    if thing.container_code is None:
        return thing.location_name
    return gettext("%(place)s, opened %(code)s", place=thing.stands_in or NOTHING, code=thing.container_code)


def _good_until(thing: ThingNamed) -> str:
    if thing.expires_on is not None:
        return show_day(thing.expires_on)
    return show_instant(thing.expires_at or thing.beyond_use_at)


def _named(count: CountRow) -> str:
    if count.lot_number is not None:
        return gettext("Lot %(number)s, %(product)s", number=count.lot_number, product=count.product_name)
    return count.product_name or count.location_name or gettext("All that lies here")
