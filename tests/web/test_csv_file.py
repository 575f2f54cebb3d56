"""Does a file that is opened in a spreadsheet run nothing, and say what the list said?"""

from __future__ import annotations

import csv
import io
from datetime import date

import pytest

from stockroom.web.csv_file import csv_file
from tests.serving import Served


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
