"""Is the day's mail readable: the gravest first, what is new marked, and short?"""

from __future__ import annotations

import re
from gettext import NullTranslations

from stockroom.notices import Severity
from stockroom.rules.digesting import LINES_MAX, Item, digest

DAY = "2 Mar 2026"
ENGLISH = NullTranslations()


def item(kind: str, severity: Severity, line: str, *, is_new: bool = False) -> Item:
    return Item(kind=kind, severity=severity, line=line, is_new=is_new)


def test_the_gravest_kind_comes_first_and_what_is_new_leads_it() -> None:
    written = digest(
        [
            item("expiring", Severity.NOTE, "Filler · lot A1"),
            item("expired", Severity.URGENT, "Peel · lot B1"),
            item("expired", Severity.URGENT, "Serum · lot C1", is_new=True),
        ],
        clinic="Vitosha",
        day=DAY,
        words=ENGLISH,
    )

    lines = written.body.splitlines()
    assert written.subject == "Vitosha: 3 things wait for somebody"
    assert lines.index("  - Serum · lot C1 (new)") < lines.index("  - Peel · lot B1")
    assert lines.index("  - Peel · lot B1") < lines.index("  - Filler · lot A1")
    assert DAY in lines[0]


def test_a_long_list_is_cut_and_says_how_much_more_there_is() -> None:
    items = [item("low_stock", Severity.WARNING, f"Product {number:02}") for number in range(LINES_MAX + 3)]

    written = digest(items, clinic="Vitosha", day=DAY, words=ENGLISH)

    assert written.body.count("  - Product") == LINES_MAX
    assert "  - and 3 more" in written.body


def test_one_thing_is_not_called_things() -> None:
    assert (
        digest([item("expired", Severity.URGENT, "x")], clinic="V", day=DAY, words=ENGLISH).subject
        == "V: 1 thing waits for somebody"
    )


class _Marked(NullTranslations):
    """A language in which every word stands between marks."""

    def gettext(self, message: str) -> str:
        return f"<{message}>"

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return f"<{msgid1 if n == 1 else msgid2}>"


def test_every_word_of_it_is_in_the_readers_language() -> None:
    items = [item("expired", Severity.URGENT, f"#{number}", is_new=True) for number in range(LINES_MAX + 1)]

    written = digest(items, clinic="#", day="#", words=_Marked())

    assert re.search(r"[A-Za-z]", re.sub(r"<[^<>]*>", "", f"{written.subject} {written.body}")) is None
