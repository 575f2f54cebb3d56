"""Does the page of security checks name every check once, and tests that are there?"""

from __future__ import annotations

import re

from tests.house.sources import ROOT

PAGE = (ROOT / "docs" / "security-checks.md").read_text(encoding="utf-8")
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in PAGE.splitlines()
    if line.startswith("| S")
]
STATES = {"held", "partly", "open", "n/a"}


def test_every_check_has_one_row_with_a_state_and_a_reason() -> None:
    assert [row[0] for row in ROWS] == [f"S{number:02}" for number in range(1, 96)]
    for row in ROWS:
        assert len(row) == 4 and row[2] in STATES and all(row), row[0]
        if row[2] == "partly":
            assert "Open: " in row[3] or "yet" in row[3] or "no list" in row[3], f"{row[0]} says what is open"


def test_every_test_that_the_page_names_is_there() -> None:
    named = set(re.findall(r"`(test_\w+)`", PAGE))
    written = {
        name
        for path in (ROOT / "tests").rglob("test_*.py")
        for name in re.findall(r"^def (test_\w+)", path.read_text(encoding="utf-8"), re.MULTILINE)
    }

    assert len(named) > 60
    assert named - written == set()
