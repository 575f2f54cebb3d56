"""Which lot numbers are proposed from the words of a recall's letter?"""

from __future__ import annotations

import pytest

from stockroom.rules.reading_recalls import TEXT_MAX, candidates
from stockroom.rules.recalling import LINES_MAX


@pytest.mark.parametrize(
    ("text", "likely", "unlikely"),
    [
        ("Affected lots: LF2301, LF2302 and HX 77", ["LF2301", "LF2302", "77"], []),
        ("A1\nB2; C3\n", ["A1", "B2", "C3"], []),
        ("Lots LF2301 – LF2310 and LF2320 to LF2330", ["LF2301–LF2310", "LF2320–LF2330"], []),
        ("Batch no. AB-12/3.", ["AB-12/3"], []),
        ("партида BG77", ["BG77"], []),
        ("HY24*\nABC*", ["HY24*", "ABC*"], []),
        ("Dear customer, our letter FSN-1 of 12.03.2026 in 2026", [], ["FSN-1"]),
        ("(01)09521234543213 Lot 12345678901234", [], ["01", "12345678901234"]),
        ("please stop using kn-0wn at once", ["kn-0wn"], []),
        ("no number at all", [], []),
        ("", [], []),
    ],
)
def test_words_that_may_be_numbers_are_proposed(text: str, likely: list[str], unlikely: list[str]) -> None:
    found = candidates(text, known=["KN0WN"])

    def said(is_likely: bool) -> list[str]:
        chosen = [each for each in found if each.is_likely is is_likely]
        return [each.pattern or "–".join(filter(None, (each.first, each.last))) for each in chosen]

    assert sorted(said(True)) == sorted(likely)
    assert said(False) == unlikely


def test_a_flood_of_words_is_bounded() -> None:
    found = candidates("\n".join(f"lot A{n}" for n in range(TEXT_MAX // 8)))

    assert len(found) == LINES_MAX
