"""How does a list of what is to be counted come onto paper?  A4 with lines to write on, as PDF."""

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
from reportlab.platypus import Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

from stockroom.outside.lettering import BOLD, FONT, register_fonts

_MARGIN = 14 * mm
_WIDTHS = (34 * mm, 58 * mm, 28 * mm, 24 * mm, 38 * mm)
_CELL = ParagraphStyle("cell", fontName=FONT, fontSize=9, leading=11)
_HEAD = ParagraphStyle("head", fontName=BOLD, fontSize=8.5, leading=10.5)
_TITLE = ParagraphStyle("title", fontName=BOLD, fontSize=14, leading=18)
_BELOW = ParagraphStyle("below", fontName=FONT, fontSize=9, leading=12, textColor=colors.HexColor("#444444"))
_LOOK = TableStyle(
    [
        ("VALIGN", (0, 0), (-1, -1), "MIDDLE"),
        ("LINEBELOW", (0, 0), (-1, 0), 0.8, colors.black),
        ("LINEBELOW", (0, 1), (-1, -1), 0.3, colors.grey),
        ("BOX", (-1, 1), (-1, -1), 0.6, colors.black),
        ("INNERGRID", (-1, 1), (-1, -1), 0.6, colors.black),
        ("TOPPADDING", (0, 0), (-1, -1), 5),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 5),
    ]
)


@dataclass(frozen=True, kw_only=True)
class SheetRow:
    """One thing to be counted; no figure, so that whoever counts sees none."""

    place: str
    product: str
    lot: str
    good_until: str
    unit: str
    """In what the figure is written, such as vials or mL."""


@dataclass(frozen=True, kw_only=True)
class SheetWords:
    """Everything that is printed around the rows, in the language of whoever prints."""

    title: str
    below: str
    heads: tuple[str, str, str, str, str]
    """Place, product, lot, good until, found."""
    counted_by: str
    counted_at: str
    nothing: str
    """Said where there is nothing to count."""


def count_sheet(words: SheetWords, rows: Sequence[SheetRow], *, empty_rows: int = 6) -> bytes:
    """Give the PDF: a line for each thing and some empty ones for what nobody expected.

    The same rows give the same bytes.
    """
    register_fonts()
    paper = io.BytesIO()
    document = SimpleDocTemplate(
        paper, pagesize=A4, leftMargin=_MARGIN, rightMargin=_MARGIN, topMargin=_MARGIN, bottomMargin=_MARGIN,
        title=words.title, invariant=1, lang="en",
    )  # fmt: skip
    story = [
        _text(words.title, _TITLE),
        _text(words.below, _BELOW),
        Spacer(1, 4 * mm),
        _text(f"{words.counted_by}: {'_' * 34}    {words.counted_at}: {'_' * 24}", _CELL),
        Spacer(1, 5 * mm),
        _table(words, rows, empty_rows),
    ]
    if not rows:
        story.insert(5, _text(words.nothing, _CELL))
    document.build(story, onFirstPage=_number, onLaterPages=_number)
    return paper.getvalue()


def _table(words: SheetWords, rows: Sequence[SheetRow], empty_rows: int) -> Table:
    cells = [[_text(head, _HEAD) for head in words.heads]]
    for row in rows:
        named = [row.place, row.product, row.lot, row.good_until, row.unit]
        cells.append([_text(each, _CELL) for each in named])
    cells += [[_text(" ", _CELL)] * len(_WIDTHS) for _ in range(empty_rows)]
    heights = [None, *[None if n < len(rows) else 9 * mm for n in range(len(rows) + empty_rows)]]
    table = Table(cells, colWidths=_WIDTHS, rowHeights=heights, repeatRows=1)
    table.setStyle(_LOOK)
    return table


def _text(text: str, style: ParagraphStyle) -> Paragraph:
    return Paragraph(escape(text), style)


def _number(canvas: Canvas, document: SimpleDocTemplate) -> None:
    canvas.setFont(FONT, 8)
    canvas.drawRightString(A4[0] - _MARGIN, 8 * mm, str(document.page))
