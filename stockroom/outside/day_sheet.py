"""How does a day come onto paper, so that it can be worked without the system and entered afterwards?  A4, as PDF.

Each session carries its own code, which the form for late entry scans back in.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from xml.sax.saxutils import escape

from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable, KeepTogether, PageBreak, Paragraph, SimpleDocTemplate, Spacer, Table

from stockroom.outside.code_symbols import Symbol
from stockroom.outside.lettering import BOLD, FONT, register_fonts

_MARGIN = 13 * mm
_WIDE = A4[0] - 2 * _MARGIN - 12
"""Between the paddings of the page's frame."""
_MODULE = 0.6 * mm
_LINE = 8.5 * mm
"""High enough to be written on by hand."""
_CELL = ParagraphStyle("cell", fontName=FONT, fontSize=9, leading=11)
_SMALL = ParagraphStyle("small", fontName=FONT, fontSize=8, leading=10, textColor=colors.HexColor("#333333"))
_HEAD = ParagraphStyle("head", fontName=BOLD, fontSize=8, leading=10)
_NAME = ParagraphStyle("name", fontName=BOLD, fontSize=10.5, leading=13)
_ROOM = ParagraphStyle(
    "room", fontName=BOLD, fontSize=12, leading=16, spaceBefore=6, spaceAfter=4, keepWithNext=1
)
_TITLE = ParagraphStyle("title", fontName=BOLD, fontSize=14, leading=18)
_GRID: list[tuple[Any, ...]] = [
    ("VALIGN", (0, 0), (-1, -1), "MIDDLE"),
    ("GRID", (0, 0), (-1, -1), 0.4, colors.HexColor("#555555")),
    ("TOPPADDING", (0, 0), (-1, -1), 2),
    ("BOTTOMPADDING", (0, 0), (-1, -1), 2),
    ("LEFTPADDING", (0, 0), (-1, -1), 3),
    ("RIGHTPADDING", (0, 0), (-1, -1), 3),
]


@dataclass(frozen=True, kw_only=True)
class SessionOnPaper:
    """One session: who, when, by whom, what is planned, and its code."""

    head: str
    below: str
    needs: tuple[str, ...]
    code: str
    symbol: Symbol


@dataclass(frozen=True, kw_only=True)
class RoomOnPaper:
    name: str
    sessions: tuple[SessionOnPaper, ...]


@dataclass(frozen=True, kw_only=True)
class ShelfRow:
    """A lot at a place, in the order in which it is to be taken."""

    product: str
    place: str
    lot: str
    good_until: str
    there: str
    warning: str = ""
    """Why it is not to be taken."""


@dataclass(frozen=True, kw_only=True)
class DayWords:
    """Everything that is printed around the facts, in the language of whoever prints."""

    title: str
    below: str
    heads: tuple[str, ...]
    """Of the lines to write on: what, lot or code, how much, time, who."""
    no_sessions: str
    shelf_title: str
    shelf_below: str
    shelf_heads: tuple[str, ...]
    """Product, place, lot, good until, there, taken."""
    blank_title: str
    blank_below: str
    blank_heads: tuple[str, ...]
    """Time, what happened, patient or session, product, lot or code, how much, who."""


_FREE = (0.34, 0.25, 0.14, 0.11, 0.16)
_SHELF = (0.29, 0.17, 0.16, 0.14, 0.12, 0.12)
_BLANK = (0.09, 0.15, 0.19, 0.23, 0.14, 0.1, 0.1)


class _Code(Flowable):  # type: ignore[misc]  # reportlab has no types
    """A symbol as squares on the paper."""

    def __init__(self, symbol: Symbol) -> None:
        super().__init__()
        self.symbol, self.width = symbol, symbol.width * _MODULE
        self.height = symbol.height * _MODULE

    def draw(self) -> None:
        for run in self.symbol.runs:
            from_top = self.symbol.height - 1 - run.y
            self.canv.rect(
                run.x * _MODULE, from_top * _MODULE, run.width * _MODULE, _MODULE, stroke=0, fill=1
            )


def day_sheets(
    words: DayWords,
    rooms: Sequence[RoomOnPaper],
    shelf: Sequence[ShelfRow],
    *,
    free_lines: int = 5,
    blank_lines: int = 24,
) -> bytes:
    """Give the PDF: the sessions by room with lines to write on, what lies where, and a blank sheet.

    The same facts give the same bytes.
    """
    register_fonts()
    paper = io.BytesIO()
    document = SimpleDocTemplate(
        paper, pagesize=A4, leftMargin=_MARGIN, rightMargin=_MARGIN, topMargin=_MARGIN, bottomMargin=_MARGIN,
        title=words.title, invariant=1, lang="en",
    )  # fmt: skip
    story: list[Any] = [_text(words.title, _TITLE), _text(words.below, _SMALL), Spacer(1, 3 * mm)]
    if not rooms:
        story.append(_text(words.no_sessions, _CELL))
    for room in rooms:
        story.append(_text(room.name, _ROOM))
        story += [_session(words, each, free_lines) for each in room.sessions]
    story += [
        PageBreak(),
        _text(words.shelf_title, _TITLE),
        _text(words.shelf_below, _SMALL),
        Spacer(1, 3 * mm),
        _shelf(words, shelf),
        PageBreak(),
        _text(words.blank_title, _TITLE),
        _text(words.blank_below, _SMALL),
        Spacer(1, 3 * mm),
        _lined(words.blank_heads, _BLANK, blank_lines),
    ]
    document.build(story, onFirstPage=_number, onLaterPages=_number)
    return paper.getvalue()


def _session(words: DayWords, session: SessionOnPaper, free_lines: int) -> KeepTogether:
    said = [_text(session.head, _NAME), _text(session.below, _SMALL)]
    said += [_text(need, _CELL) for need in session.needs]
    code = [_Code(session.symbol), _text(session.code, _SMALL)]
    head = Table([[said, code]], colWidths=(_WIDE - 24 * mm, 24 * mm))
    head.setStyle([("VALIGN", (0, 0), (-1, -1), "TOP"), ("LEFTPADDING", (0, 0), (0, 0), 0)])
    return KeepTogether([head, _lined(words.heads, _FREE, free_lines), Spacer(1, 5 * mm)])


def _lined(heads: Sequence[str], shares: Sequence[float], count: int) -> Table:
    """A table of empty lines below its heads."""
    cells = [[_text(head, _HEAD) for head in heads], *([""] * len(heads) for _ in range(count))]
    table = Table(
        cells,
        colWidths=[share * _WIDE for share in shares],
        rowHeights=[None, *[_LINE] * count],
        repeatRows=1,
    )
    table.setStyle(_GRID)
    return table


def _shelf(words: DayWords, rows: Sequence[ShelfRow]) -> Table:
    cells: list[list[Any]] = [[_text(head, _HEAD) for head in words.shelf_heads]]
    for row in rows:
        taken = [_text(row.warning, _HEAD)] if row.warning else ""
        cells.append(
            [_text(each, _CELL) for each in (row.product, row.place, row.lot, row.good_until, row.there)]
            + [taken]
        )
    table = Table(cells, colWidths=[share * _WIDE for share in _SHELF], repeatRows=1)
    grey = [
        ("BACKGROUND", (0, n), (-1, n), colors.HexColor("#dddddd"))
        for n, row in enumerate(rows, start=1)
        if row.warning
    ]
    table.setStyle([*_GRID, *grey])
    return table


def _text(text: str, style: ParagraphStyle) -> Paragraph:
    return Paragraph(escape(text), style)


def _number(canvas: Canvas, document: SimpleDocTemplate) -> None:
    canvas.setFont(FONT, 8)
    canvas.drawRightString(A4[0] - _MARGIN, 8 * mm, str(document.page))
