"""Does the page of printouts name every address that answers a file, and is what it calls marked marked?"""

from __future__ import annotations

import re

from tests.house.sources import ROOT

ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in (ROOT / "docs" / "printouts.md").read_text(encoding="utf-8").splitlines()
    if line.startswith("| `")
]
IS_FILE = re.compile(r"\.(csv|pdf|jsonl?|bin|zip|svg|png|<\w+>)$")


def _files() -> dict[str, str]:
    """The addresses of pages that answer a file, each with the module of its page."""
    found = {}
    for line in (ROOT / "stockroom" / "web" / "routes.txt").read_text(encoding="utf-8").splitlines():
        page, _, methods, address = line.split(maxsplit=3)
        if "GET" in methods and IS_FILE.search(address) and address.startswith("/c/"):
            found[address.removeprefix("/c/<clinic_uid>")] = page
    return found


def test_every_printout_says_how_it_is_marked_or_why_it_needs_no_mark() -> None:
    files = _files()

    assert len(files) > 80
    assert sorted(f"`{address}`" for address in files) == sorted(row[0] for row in ROWS)
    assert all(len(row) == 3 and row[1] in {"column", "words", "none"} and row[2] for row in ROWS)


def test_what_the_page_calls_a_column_is_one() -> None:
    files = _files()
    without = [
        row[0]
        for row in ROWS
        if row[1] == "column"
        and "CHANGED" not in (ROOT / "stockroom" / "web" / f"{files[row[0].strip('`')]}.py").read_text()
    ]

    assert without == []
