"""How is stock by the month of its expiry laid out: which bars has the picture, which rows the table beside it?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from flask_babel import format_date, gettext, ngettext

from stockroom.queries.stock_lists import MonthStock
from stockroom.web.pictures import BarPicture, Column, bars_of

DRAWN_MONTHS = 18
"""From this month on; what comes later is one bar."""
_LABEL_EVERY = 3
_SOON_MONTHS = 2


@dataclass(frozen=True, kw_only=True)
class MonthRow:
    """A row of the table."""

    name: str
    tone: str
    lot_count: int
    product_count: int
    worth_minor: int
    unpriced_count: int


@dataclass(frozen=True, kw_only=True)
class Months:
    """The picture and the rows that say the same."""

    picture: BarPicture
    rows: tuple[MonthRow, ...]
    currency: str
    lot_count: int
    worth_minor: int
    passed_count: int


def months_of(rows: Sequence[MonthStock], *, today: date, currency: str) -> Months:
    """Lay out stock by month, what has expired first, then every month from this one on."""
    table = tuple(_row(row, today) for row in rows)
    return Months(
        picture=_picture(rows, today),
        rows=table,
        currency=currency,
        lot_count=sum(row.lot_count for row in table),
        worth_minor=sum(row.worth_minor for row in table),
        passed_count=sum(row.lot_count for row in rows if row.has_passed),
    )


def _row(row: MonthStock, today: date) -> MonthRow:
    return MonthRow(
        name=_name(row),
        tone=_tone(row, today),
        lot_count=row.lot_count,
        product_count=row.product_count,
        worth_minor=row.worth_minor,
        unpriced_count=row.unpriced_count,
    )


def _name(row: MonthStock) -> str:
    if row.year is None or row.month is None:
        return gettext("no printed expiry")
    return _month_name(date(row.year, row.month, 1))


def _month_name(first: date) -> str:
    return str(format_date(first, "LLLL yyyy"))


def _tone(row: MonthStock, today: date) -> str:
    if row.has_passed:
        return "bad"
    if row.year is None or row.month is None:
        return "quiet"
    return "warn" if _months_ahead(row.year, row.month, today) < _SOON_MONTHS else "plain"


def _months_ahead(year: int, month: int, today: date) -> int:
    return (year - today.year) * 12 + month - today.month


def _picture(rows: Sequence[MonthStock], today: date) -> BarPicture:
    passed = sum(row.lot_count for row in rows if row.has_passed)
    ahead = [
        (_months_ahead(row.year, row.month, today), row.lot_count)
        for row in rows
        if row.year is not None and row.month is not None and not row.has_passed
    ]
    counts = dict(ahead)
    later = sum(count for months, count in ahead if months >= DRAWN_MONTHS)
    expired, beyond = gettext("expired"), gettext("later")
    columns = [Column(label=gettext("past"), words=_lots(expired, passed), value=passed, tone="bad")]
    for n in range(DRAWN_MONTHS):
        first = date(today.year + (today.month - 1 + n) // 12, (today.month - 1 + n) % 12 + 1, 1)
        tone = "warn" if n < _SOON_MONTHS else "plain"
        year = str(first.year) if first.month == 1 or n == 0 else ""
        columns.append(
            Column(
                label=str(format_date(first, "LLL")),
                below=year,
                words=_lots(_month_name(first), counts.get(n, 0)),
                value=counts.get(n, 0),
                tone=tone,
                is_major=n % _LABEL_EVERY == 1,
            )
        )
    columns.append(Column(label=beyond, words=_lots(beyond, later), value=later, tone="quiet"))
    description = ngettext(
        "One bar for each of %(num)s month from this one on, one before them for what has expired, "
        "one after them for what expires later. The table below says the same.",
        "One bar for each of %(num)s months from this one on, one before them for what has expired, "
        "one after them for what expires later. The table below says the same.",
        DRAWN_MONTHS,
    )
    return bars_of(
        "expiry-months", gettext("Lots in stock by the month in which they expire"), description, columns
    )


def _lots(name: str, count: int) -> str:
    lots = ngettext("%(num)s lot", "%(num)s lots", count)
    return f"{name}: {lots}"
