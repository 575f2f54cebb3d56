"""Is every line of a table of opening stock read whole, its lot number above all?"""

from __future__ import annotations

from datetime import date, datetime

import pytest

from stockroom.rules.receiving import CostOf
from stockroom.tables.stock_lines import StockLine
from stockroom.tables.words import TableKind
from stockroom.vocabulary import CostState
from tests.importing import as_csv, as_xlsx, read, told

HEADS = ("product", "lot", "expiry", "place", "count", "unit cost", "currency", "free sample", "serial")
GOOD = ("Demo Filler", "00123A", "31.05.2027", "Fridge", "12", "12,5", "EUR", "", "")


def test_a_full_line_says_everything() -> None:
    (line,) = read(as_csv(HEADS, GOOD, separator=";"), TableKind.STOCK).lines

    assert line == StockLine(
        line=2,
        code="",
        product="Demo Filler",
        manufacturer="",
        lot_number="00123A",
        expires_on=date(2027, 5, 31),
        serial="",
        place="Fridge",
        count=12,
        cost=CostOf(state=CostState.PRICED, unit_cost_minor=1250, currency="EUR"),
    )


@pytest.mark.parametrize(
    ("column", "text", "code"),
    [
        ("lot", "1E5", "looks_like_number"), ("lot", "03-05", "looks_like_date"), ("lot", "05-Mar", "looks_like_date"),
        ("lot", "2026-05-03", "looks_like_date"), ("lot", "A1 ", "hidden_sign"), ("lot", " A1", "hidden_sign"),
        ("lot", "A\u00ad1", "hidden_sign"), ("lot", "=A2", "formula"), ("expiry", "05/03/2027", "day_in_doubt"),
        ("expiry", "soon", "not_a_day"), ("count", "0", "not_a_count"), ("count", "-1", "not_a_count"),
        ("count", "2,5", "not_a_count"), ("count", "", "needed"), ("place", "", "needed"),
        ("currency", "", "no_currency"),
        ("unit cost", "-1", "not_an_amount"), ("free sample", "yes", "not_a_word"),
        ("serial", "1E9", "looks_like_number"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named_by_line_and_column(column: str, text: str, code: str) -> None:
    row = dict(zip(HEADS, GOOD, strict=True)) | {column: text}

    reading = read(as_csv(HEADS, list(row.values())), TableKind.STOCK)

    assert (2, column, code) in told(reading)
    assert reading.lines == ()


@pytest.mark.parametrize(
    ("value", "shown_as", "code"),
    [
        (123, "General", "turned_into_number"),
        (100_000, "0.00E+00", "turned_into_number"),
        (1.5, "General", "turned_into_number"),
        (date(2026, 5, 3), "d-mmm", "turned_into_date"),
        (datetime(2026, 5, 3, 4, 5), "yyyy-mm-dd hh:mm", "turned_into_date"),
        (True, "General", "turned_into_number"),
        ("=B1", "General", "formula"),
        ("#N/A", "General", "broken"),
    ],
)
def test_a_lot_that_the_spreadsheet_turned_into_something_else_is_refused_never_repaired(
    value: object, shown_as: str, code: str
) -> None:
    row = ["Demo Filler", value, date(2027, 5, 31), "Fridge", 12]

    reading = read(as_xlsx(HEADS[:5], row, formats={"B2": shown_as, "C2": "yyyy-mm-dd"}), TableKind.STOCK)

    assert told(reading) == [(2, "lot", code)]


def test_a_lot_that_is_a_text_in_the_spreadsheet_is_kept_verbatim() -> None:
    lots = ("00123", "1E5", "03-05", "a1")
    rows = [["Demo Filler", lot, date(2027, 5, 31), "Fridge", 1] for lot in lots]

    reading = read(as_xlsx(HEADS[:5], *rows), TableKind.STOCK)

    assert reading.faults == ()
    assert tuple(line.lot_number for line in reading.lines) == lots


def test_an_expiry_of_which_only_the_month_is_shown_is_refused_because_the_day_was_made_up() -> None:
    row = ["Demo Filler", "A1", date(2027, 5, 1), "Fridge", 1]

    reading = read(as_xlsx(HEADS[:5], row, formats={"C2": "mmm-yy"}), TableKind.STOCK)

    assert told(reading) == [(2, "expiry", "not_a_whole_day")]
    (line,) = read(as_csv(HEADS[:5], ["Demo Filler", "A1", "2027-05", "Fridge", "1"]), TableKind.STOCK).lines
    assert line.expires_on == date(2027, 5, 31)


def test_a_serial_stands_for_one_pack() -> None:
    row = dict(zip(HEADS, GOOD, strict=True)) | {"serial": "S1"}

    assert told(read(as_csv(HEADS, list(row.values())), TableKind.STOCK)) == [(2, "count", "one_pack")]
