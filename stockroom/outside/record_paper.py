"""How does a record about a patient come onto paper?  A4 as PDF: heads, tables, and lines that were taken back."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from xml.sax.saxutils import escape

from reportlab.lib import colors
from reportlab.lib.pagesizes import A4, landscape
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import (
    CondPageBreak,
    Flowable,
    KeepTogether,
    Paragraph,
    SimpleDocTemplate,
    Spacer,
    Table,
    TableStyle,
)

from stockroom.outside.lettering import BOLD, FONT, register_fonts

_MARGIN = 13 * mm
_ROWS_BEGIN = 38 * mm
"""So much of a page is left where a table begins: its title does not stand alone at the foot."""
_ROWS_AT_ONCE = 120
"""A table is measured anew at each page that it runs over, so that a long one is set in pieces."""
_CELL = ParagraphStyle("cell", fontName=FONT, fontSize=8, leading=10)
_LARGE = ParagraphStyle("large", fontName=FONT, fontSize=11, leading=16)
_HEAD = ParagraphStyle("head", fontName=BOLD, fontSize=8, leading=10)
_TITLE = ParagraphStyle("title", fontName=BOLD, fontSize=15, leading=19)
_PART = ParagraphStyle("part", fontName=BOLD, fontSize=11, leading=15, spaceBefore=5 * mm, spaceAfter=1 * mm)
_LESS = ParagraphStyle("less", fontName=BOLD, fontSize=9, leading=12, spaceBefore=2.5 * mm, spaceAfter=1 * mm)
_BELOW = ParagraphStyle("below", fontName=FONT, fontSize=9, leading=12, textColor=colors.HexColor("#444444"))
_LOOK = [
    ("VALIGN", (0, 0), (-1, -1), "TOP"),
    ("LINEBELOW", (0, 0), (-1, 0), 0.8, colors.black),
    ("LINEBELOW", (0, 1), (-1, -1), 0.3, colors.grey),
    ("TOPPADDING", (0, 0), (-1, -1), 2),
    ("BOTTOMPADDING", (0, 0), (-1, -1), 2),
    ("LEFTPADDING", (0, 0), (-1, -1), 2),
    ("RIGHTPADDING", (0, 0), (-1, -1), 3),
]


@dataclass(frozen=True, kw_only=True)
class PaperRow:
    """A row of a table; one that was taken back is struck through, and says below what became of it."""

    cells: tuple[str, ...]
    is_struck: bool = False


@dataclass(frozen=True, kw_only=True)
class PaperPart:
    """A head, lines below it, and a table."""

    title: str
    is_less: bool = False
    """It belongs to the part before it."""
    lines: tuple[str, ...] = ()
    are_large: bool = False
    """The lines are what the paper is for: written so that a patient reads them."""
    heads: tuple[str, ...] = ()
    widths: tuple[int, ...] = ()
    rows: Sequence[PaperRow] = ()


@dataclass(frozen=True, kw_only=True)
class RecordPaper:
    """Everything on the paper, in the language of whoever prints."""

    title: str
    below: tuple[str, ...]
    parts: tuple[PaperPart, ...]
    foot: str
    is_wide: bool = True


def record_paper(paper: RecordPaper) -> bytes:
    """Give the PDF.  The same facts give the same bytes."""
    register_fonts()
    written = io.BytesIO()
    size = landscape(A4) if paper.is_wide else A4
    document = SimpleDocTemplate(
        written, pagesize=size, leftMargin=_MARGIN, rightMargin=_MARGIN, topMargin=_MARGIN,
        bottomMargin=_MARGIN + 4 * mm, title=paper.title, invariant=1, lang="en",
    )  # fmt: skip
    whole = size[0] - 2 * _MARGIN - 12
    story: list[Flowable] = [_text(paper.title, _TITLE), *(_text(line, _BELOW) for line in paper.below)]
    for part in paper.parts:
        story += _part(part, whole)

    def canvas(*args: Any, **more: Any) -> _CountedPages:
        return _CountedPages(*args, foot=paper.foot, width=size[0], **more)

    document.build(story, canvasmaker=canvas)
    return written.getvalue()


class _CountedPages(Canvas):  # type: ignore[misc]
    """Prints the foot when all pages are there, so that each says of how many it is one."""

    def __init__(self, *args: Any, foot: str, width: float, **more: Any) -> None:
        super().__init__(*args, **more)
        self._foot, self._width = foot, width
        self._pages: list[dict[str, Any]] = []

    def showPage(self) -> None:  # noqa: N802 - reportlab's name
        """Keep a page until it is known how many there are."""
        self._pages.append(dict(self.__dict__))
        self._startPage()

    def save(self) -> None:
        """Finish every page that was kept, then the file."""
        pages = self._pages
        for number, page in enumerate(pages, start=1):
            self.__dict__.update(page)
            self.setFont(FONT, 7.5)
            self.drawString(_MARGIN, 8 * mm, self._foot)
            self.drawRightString(self._width - _MARGIN, 8 * mm, f"{number} / {len(pages)}")
            super().showPage()
        super().save()


def _part(part: PaperPart, whole: float) -> list[Flowable]:
    head: list[Flowable] = [_text(part.title, _LESS if part.is_less else _PART)] if part.title else []
    lines = [_text(line, _LARGE if part.are_large else _BELOW) for line in part.lines]
    if not part.rows:
        return [KeepTogether([*head, *lines])]
    pieces = [
        _table(part, part.rows[first : first + _ROWS_AT_ONCE], whole)
        for first in range(0, len(part.rows), _ROWS_AT_ONCE)
    ]
    return [CondPageBreak(_ROWS_BEGIN), *head, *lines, Spacer(1, 1 * mm), *pieces]


def _table(part: PaperPart, rows: Sequence[PaperRow], whole: float) -> Table:
    cells = [[_text(head, _HEAD) for head in part.heads]]
    cells += [[_text(cell, _CELL, struck=row.is_struck) for cell in row.cells] for row in rows]
    total = sum(part.widths)
    table = Table(cells, colWidths=[whole * width / total for width in part.widths], repeatRows=1)
    table.setStyle(TableStyle(_LOOK))
    return table


def _text(text: str, style: ParagraphStyle, *, struck: bool = False) -> Paragraph:
    """A paragraph; what stands after the first line break of a struck cell says why, and is not struck."""
    if not struck or not text:
        return Paragraph(escape(text).replace("\n", "<br/>"), style)
    gone, _, why = text.partition("\n")
    return Paragraph(f"<strike>{escape(gone)}</strike>" + (f"<br/>{escape(why)}" if why else ""), style)
