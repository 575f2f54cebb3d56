"""Stock as of a past day with its worth, and the year-end list: on a page, as CSV, XLSX and PDF."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from functools import partial
from typing import TYPE_CHECKING

from flask import Blueprint, Response, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext

from stockroom.clock import civil_date
from stockroom.queries.usual_packs import UsualPack
from stockroom.queries.worth_as_of import LotWorth
from stockroom.rules.worth_layers import together
from stockroom.web.clinic_here import clinic_here
from stockroom.web.counted import packs_of, show_left, show_packs
from stockroom.web.csv_file import csv_file
from stockroom.web.formats import NOTHING, show_day, show_time, today_here, zone_of_page
from stockroom.web.listing import ROWS, asked_listing
from stockroom.web.worth_view import HEADS, StockList, asked_list, cells, group_of
from stockroom.web.worth_words import show_known, show_value

if TYPE_CHECKING:
    from stockroom.outside.worth_list import ListGroup, ListRow, ListWords

blp = Blueprint("worth_page", __name__, url_prefix="/c/<clinic_uid>/worth")


@blp.get("")
def as_of(clinic_uid: str) -> ResponseReturnValue:
    """What lay in stock at the end of a day, and what it was worth."""
    return _draw("worth/as_of.html", asked_list(usual=today_here()))


@blp.get("/stock.csv")
def stock_csv(clinic_uid: str) -> Response:
    """The same for a spreadsheet."""
    shown = asked_list(usual=today_here())
    return csv_file(_named("stock", shown), HEADS, cells(shown))


@blp.get("/year-end")
def year_end(clinic_uid: str) -> ResponseReturnValue:
    """The list of a year's end, with the digest by which two copies of it are known to be the same."""
    return _draw("worth/year_end.html", asked_list(usual=_year_ended()))


@blp.get("/year-end/list.csv")
def year_end_csv(clinic_uid: str) -> Response:
    """The list for a spreadsheet."""
    shown = asked_list(usual=_year_ended())
    return csv_file(_named("year-end", shown), HEADS, cells(shown))


@blp.get("/year-end/list.pdf")
def year_end_pdf(clinic_uid: str) -> Response:
    """The list as a PDF; the same list is the same file."""
    from stockroom.outside.worth_list import worth_list  # dear to load: not at the start

    shown = asked_list(usual=_year_ended())
    answer = Response(worth_list(_words(shown), _groups(shown)), mimetype="application/pdf")
    answer.headers["Content-Disposition"] = f'inline; filename="{_named("year-end", shown)}.pdf"'
    return answer


def _draw(template: str, shown: StockList) -> ResponseReturnValue:
    listing = asked_listing(columns=("group",), usual="group", filters=("day", "through", "clinics"))
    found = [row for row in shown.rows if _goes_by(row, listing.q.casefold())]
    rows = found[listing.offset : listing.offset + ROWS]
    return render_template(
        template,
        shown=shown,
        rows=rows,
        count=len(found),
        listing=listing,
        today=today_here(),
        years=_years(),
        group_of=group_of,
        value=show_value,
        known=show_known,
        quantity=partial(said_quantity, packs=packs_of(rows)),
        said_cut=said_cut(shown),
        unknown=_unknown(shown.total.unknown_count),
    )


def _goes_by(row: LotWorth, text: str) -> bool:
    return text in f"{row.product_name} {row.strength} {row.lot_number} {row.group or ''}".casefold()


def _year_ended() -> date:
    """The last day of the year before this one."""
    return date(today_here().year - 1, 12, 31)


def _years() -> list[date]:
    """The last days of the years since the clinic's books began, the newest first."""
    clinic, last = clinic_here(), _year_ended().year
    first = clinic.books_begin_on.year if clinic is not None else last
    return [date(year, 12, 31) for year in range(last, min(first, last) - 1, -1)]


def _named(word: str, shown: StockList) -> str:
    return f"{word}-{shown.cut.day}-entry-{shown.cut.seq}"


def _words(shown: StockList) -> ListWords:
    from stockroom.outside.worth_list import ListWords

    clinic = clinic_here()
    named = gettext("all clinics") if shown.is_of_all else (clinic.name if clinic else "")
    total = shown.total
    by_clinic = shown.by_clinic if shown.is_of_all else ()
    return ListWords(
        title=gettext("Stock on %(day)s: %(clinic)s", day=show_day(shown.cut.day), clinic=named),
        below=said_cut(shown),
        heads=(
            gettext("Product"), gettext("Lot"), gettext("Good until"), gettext("Quantity"), gettext("Worth"),
        ),
        totals=(
            *((each.name, show_known(each.value)) for each in by_clinic),
            (gettext("Together"), show_known(total.value)),
        ),
        unknown=_unknown(total.unknown_count),
        nothing=gettext("Nothing lay in stock."),
        digest=gettext("Fingerprint of the list: %(digest)s", digest=shown.digest),
    )  # fmt: skip


def said_cut(shown: StockList) -> str:
    """In one sentence: up to where the books are read."""
    if not shown.cut.seq:
        return gettext("The books had not begun by that evening.")
    at = _said_instant(shown.cut.recorded_at)
    if not shown.cut.is_day_over:
        return gettext(
            "The day is not over: as the books know it through entry %(seq)s of %(at)s.",
            seq=shown.cut.seq,
            at=at,
        )
    if shown.cut.is_as_it_stood:
        return gettext(
            "As the books stood that evening, through entry %(seq)s of %(at)s.", seq=shown.cut.seq, at=at
        )
    return gettext(
        "What had happened by that evening, as the books know it through entry %(seq)s of %(at)s.",
        seq=shown.cut.seq, at=at,
    )  # fmt: skip


def _said_instant(at: datetime | None) -> str:
    """An instant with its day, also where that is today: a list says the same tomorrow."""
    if at is None:
        return NOTHING
    return f"{show_day(civil_date(at, zone_of_page()))} {show_time(at)}"


def _unknown(count: int) -> str:
    if not count:
        return ""
    return ngettext(
        "%(num)s lot has a cost that nobody knows, or only in part; the sums are without it.",
        "%(num)s lots have a cost that nobody knows, or only in part; the sums are without it.",
        count,
    )


def _groups(shown: StockList) -> list[ListGroup]:
    from stockroom.outside.worth_list import ListGroup

    rows: dict[str, list[LotWorth]] = {}
    packs = packs_of(shown.rows)
    for row in shown.rows:
        name = f"{row.clinic} · {group_of(row)}" if shown.is_of_all else group_of(row)
        rows.setdefault(name, []).append(row)
    return [
        ListGroup(
            name=name,
            rows=tuple(_printed(row, packs) for row in of_group),
            total=show_known(together(row.value for row in of_group)),
        )
        for name, of_group in rows.items()
    ]


def _printed(row: LotWorth, packs: Mapping[str, UsualPack]) -> ListRow:
    from stockroom.outside.worth_list import ListRow

    return ListRow(
        product=f"{row.product_name} {row.strength}".strip(),
        lot=row.lot_number,
        good_until=show_day(row.expires_on) if row.expires_on else _said_instant(row.expires_at),
        quantity=said_quantity(row, packs),
        worth=show_value(row.value),
    )


def said_quantity(row: LotWorth, packs: Mapping[str, UsualPack]) -> str:
    """How much there was: whole ones, what was open, what was on its way."""
    parts = []
    if row.sealed_quantity:
        parts.append(show_packs(row.sealed_quantity, row, packs))
    if row.opened_quantity:
        amount = show_left(row.opened_quantity, row)
        parts.append(amount if row.is_cocktail else gettext("%(amount)s open", amount=amount))
    if row.on_the_way_quantity:
        amount = show_packs(row.on_the_way_quantity, row, packs)
        parts.append(gettext("%(amount)s on the way", amount=amount))
    return " + ".join(parts) or NOTHING
