"""Does a file that is opened in a spreadsheet run nothing, and say what the list said?"""

from __future__ import annotations

import csv
import io
import re
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

import stockroom.web
from stockroom.web.csv_file import csv_file
from tests.serving import Served


def _book(answer: Any) -> Any:
    with answer:
        answer.direct_passthrough = False
        return load_workbook(io.BytesIO(answer.get_data()))


def _read(served: Served, *cells: str | int | date | None) -> list[str]:
    with served.app.test_request_context():
        text = csv_file("list", ["head"] * len(cells), [cells]).get_data(as_text=True)
    return list(csv.reader(io.StringIO(text)))[1]


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "\t", "\r", "\n", "\x00", "＝", "＋", "－", "＠"])
def test_a_text_that_a_spreadsheet_would_run_begins_with_a_quote(served: Served, sign: str) -> None:
    assert _read(served, f"{sign}1+1") == [f"'{sign}1+1"]


def test_everything_else_stands_as_it_is(served: Served) -> None:
    assert _read(served, -5, 'a "b", c\nd', None, date(2026, 3, 2), "1-2") == [
        "-5", 'a "b", c\nd', "", "2026-03-02", "1-2",
    ]  # fmt: skip


def test_a_temperature_below_zero_stays_a_number(served: Served) -> None:
    assert _read(served, "-18.5", "-18.5+1", "-1e5") == ["-18.5", "'-18.5+1", "'-1e5"]


def test_the_same_list_leaves_as_a_spreadsheet_whose_texts_are_texts(served: Served) -> None:
    rows = [
        [
            "=1+1",
            "00123",
            -5,
            10**16,
            date(2026, 3, 2),
            None,
            "bell \x07",
            datetime(2026, 3, 2, 8, tzinfo=UTC),
        ]
    ]
    with served.app.test_request_context("/c/x/list.xlsx"):
        answer = csv_file("list", [f"head {n}" for n in range(8)], rows)
        book = _book(answer)

    heads, cells = book.active.iter_rows()
    assert [cell.value for cell in heads][:2] == ["head 0", "head 1"]
    assert [cell.value for cell in cells] == [
        "=1+1", "00123", -5, "10000000000000000", datetime(2026, 3, 2), None, "bell \ufffd", "2026-03-02T08:00:00+00:00",
    ]  # fmt: skip
    assert [cell.data_type for cell in cells][:3] == ["s", "s", "n"]
    assert answer.headers["Content-Disposition"].endswith("list.xlsx")


def test_an_empty_list_leaves_with_its_heads(served: Served) -> None:
    with served.app.test_request_context("/c/x/list.xlsx"):
        answer = csv_file("list", ["head"], [])
        book = _book(answer)

    assert [[cell.value for cell in row] for row in book.active.iter_rows()] == [["head"]]


def test_every_list_that_leaves_as_csv_leaves_as_a_spreadsheet_and_every_page_offers_both(
    served: Served,
) -> None:
    rules = {rule.rule for rule in served.app.url_map.iter_rules() if rule.rule.startswith("/c/")}
    lists = {rule for rule in rules if rule.endswith(".csv")}

    assert len(lists) > 10
    assert {rule.removesuffix(".csv") + ".xlsx" for rule in lists} <= rules
    nurse = served.logged_in(served.house.nurse)
    filler = served.house.product("Filler")
    served.clinic.lot_on_shelf(filler, "A1")
    page = nurse.get(f"/c/{served.clinic.uid}/stock/lots").text
    assert "lots.csv" in page and "lots.xlsx" in page
    path = re.search(r'href="([^"]*lots\.xlsx[^"]*)"', page)
    assert path is not None
    with nurse.client.get(path[1].replace("&amp;", "&")) as answer:
        book = _book(answer)
    assert "A1" in {cell.value for row in book.active.iter_rows() for cell in row}


def test_no_page_links_a_csv_by_itself() -> None:
    folder = Path(stockroom.web.__file__).parent / "templates"
    alone = [
        page.name
        for page in folder.rglob("*.html")
        if "filetype-csv" in page.read_text(encoding="utf-8") and page.name != "components.html"
    ]

    assert alone == []
