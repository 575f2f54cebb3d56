"""How does the temperature log of a month come onto paper?  A4 as PDF, with its gaps, excursions and decisions."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable, Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

from stockroom.outside.lettering import BOLD, FONT, register_fonts

_MARGIN = 14 * mm
_CELL = ParagraphStyle("cell", fontName=FONT, fontSize=8.5, leading=10.5)
_HEAD = ParagraphStyle("head", fontName=BOLD, fontSize=8.5, leading=10.5)
_TITLE = ParagraphStyle("title", fontName=BOLD, fontSize=14, leading=18)
_PART = ParagraphStyle(
    "part", fontName=BOLD, fontSize=11, leading=15, spaceBefore=6 * mm, spaceAfter=1.5 * mm
)
_BELOW = ParagraphStyle("below", fontName=FONT, fontSize=9, leading=12, textColor=colors.HexColor("#444444"))
_LOOK = TableStyle(
    [
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("LINEBELOW", (0, 0), (-1, 0), 0.8, colors.black),
        ("LINEBELOW", (0, 1), (-1, -1), 0.3, colors.grey),
        ("TOPPADDING", (0, 0), (-1, -1), 2.5),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 2.5),
    ]
)
_WHOLE = A4[0] - 2 * _MARGIN


@dataclass(frozen=True, kw_only=True)
class SheetPart:
    """A part of the sheet: its head, the heads of its table and how wide they are in parts, and its rows."""

    title: str
    heads: tuple[str, ...]
    widths: tuple[int, ...]
    rows: Sequence[tuple[str, ...]]
    nothing: str
    """Said where there is no row."""


@dataclass(frozen=True, kw_only=True)
class TemperatureSheet:
    """Everything on the sheet, in the language of whoever prints."""

    title: str
    below: tuple[str, ...]
    parts: tuple[SheetPart, ...]
    signed: str
    """The word before the line on which somebody signs that the log was looked at."""


def temperature_sheet(sheet: TemperatureSheet) -> bytes:
    """Give the PDF.  The same log gives the same bytes."""
    register_fonts()
    paper = io.BytesIO()
    document = SimpleDocTemplate(
        paper, pagesize=A4, leftMargin=_MARGIN, rightMargin=_MARGIN, topMargin=_MARGIN, bottomMargin=_MARGIN,
        title=sheet.title, invariant=1, lang="en",
    )  # fmt: skip
    story: list[Flowable] = [_text(sheet.title, _TITLE), *(_text(line, _BELOW) for line in sheet.below)]
    for part in sheet.parts:
        story.append(_text(part.title, _PART))
        story.append(_table(part) if part.rows else _text(part.nothing, _CELL))
    story += [Spacer(1, 12 * mm), _text(f"{sheet.signed}: {'_' * 60}", _CELL)]
    document.build(story, onFirstPage=_number, onLaterPages=_number)
    return paper.getvalue()


def _table(part: SheetPart) -> Table:
    cells = [[_text(head, _HEAD) for head in part.heads]]
    cells += [[_text(each, _CELL) for each in row] for row in part.rows]
    whole = sum(part.widths)
    table = Table(cells, colWidths=[_WHOLE * width / whole for width in part.widths], repeatRows=1)
    table.setStyle(_LOOK)
    return table


def _text(text: str, style: ParagraphStyle) -> Paragraph:
    return Paragraph(escape(text), style)


def _number(canvas: Canvas, document: SimpleDocTemplate) -> None:
    canvas.setFont(FONT, 8)
    canvas.drawRightString(A4[0] - _MARGIN, 8 * mm, str(document.page))
