"""Is a day on paper whole: every session with its code and lines, the shelf, a blank sheet, the same bytes again?"""

from __future__ import annotations

from pypdfium2 import PdfDocument

from stockroom.outside.code_symbols import data_matrix
from stockroom.outside.day_sheet import DayWords, RoomOnPaper, SessionOnPaper, ShelfRow, day_sheets

WORDS = DayWords(
    title="Day sheet, 3 Mar 2026",
    below="Printed 3 Mar 2026 07:00.",
    heads=("What", "Lot", "How much", "Time", "Who"),
    no_sessions="No session.",
    shelf_title="What lies where",
    shelf_below="Take what stands first.",
    shelf_heads=("Product", "Place", "Lot", "Good until", "There", "Taken"),
    blank_title="What happened besides",
    blank_below="Anything.",
    blank_heads=("Time", "What happened", "Patient", "Product", "Lot", "How much", "Who"),
)


def visit(n: int) -> SessionOnPaper:
    code = f"SRS:H4R{n}"
    return SessionOnPaper(
        head=f"09:{n:02d}  Ana <Example> & {n}",
        below="Dr Example",
        needs=("Filler: 2.5 mL",),
        code=code,
        symbol=data_matrix(code),
    )


def shelf_row(n: int, warning: str = "") -> ShelfRow:
    return ShelfRow(
        product="Filler", place="Fridge", lot=f"A{n}", good_until="1 May 2026", there="3", warning=warning
    )


def text_of(pdf: bytes) -> list[str]:
    document = PdfDocument(pdf)
    return [document[n].get_textpage().get_text_bounded() for n in range(len(document))]


def test_every_session_stands_whole_on_one_page_with_its_code() -> None:
    rooms = [RoomOnPaper(name=f"Room {n}", sessions=tuple(map(visit, range(2, 9)))) for n in (1, 2)]

    pages = text_of(day_sheets(WORDS, rooms, [shelf_row(n) for n in range(90)]))

    for n in range(2, 9):
        pages_of_it = [page for page in pages if f"Ana <Example> & {n}" in page]
        assert pages_of_it and all(f"SRS:H4R{n}" in page for page in pages_of_it)
    assert sum(page.count("Room 2") for page in pages) == 1
    after = next(page for page in pages if "Room 2" in page)
    assert "Ana <Example> & 2" in after.partition("Room 2")[2]  # a room's name never stands alone
    assert sum("Good until" in page for page in pages) > 1  # the heads stand again on each page of the shelf
    assert "What happened besides" in pages[-1]


def test_what_must_not_be_taken_is_said_and_an_empty_day_has_its_sheets_too() -> None:
    pages = text_of(day_sheets(WORDS, [], [shelf_row(1, warning="do not use")]))

    assert len(pages) == 3
    assert "No session." in pages[0] and "do not use" in pages[1]


def test_the_same_facts_give_the_same_bytes() -> None:
    rooms = [RoomOnPaper(name="Room 1", sessions=(visit(2),))]
    assert day_sheets(WORDS, rooms, [shelf_row(1)]) == day_sheets(WORDS, rooms, [shelf_row(1)])
