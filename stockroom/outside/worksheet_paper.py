"""How does the worksheet of a cocktail come onto paper?  What goes in, in order, with blanks for what was drawn."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

from reportlab.lib import colors
from reportlab.lib.enums import TA_RIGHT
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable, Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

from stockroom.outside.lettering import BOLD, FONT, register_fonts

_MARGIN = 14 * mm
_WIDTHS = (8 * mm, 50 * mm, 20 * mm, 46 * mm, 24 * mm, 20 * mm, 14 * mm)
_CELL = ParagraphStyle("cell", fontName=FONT, fontSize=9, leading=11.5)
_NUMBER = ParagraphStyle("number", parent=_CELL, fontName=BOLD, alignment=TA_RIGHT)
_HEAD = ParagraphStyle("head", fontName=BOLD, fontSize=8.5, leading=10.5)
_TITLE = ParagraphStyle("title", fontName=BOLD, fontSize=16, leading=20)
_CODE = ParagraphStyle("code", fontName=BOLD, fontSize=26, leading=28, alignment=TA_RIGHT)
_BELOW = ParagraphStyle("below", fontName=FONT, fontSize=9.5, leading=13)
_LOOK = TableStyle(
    [
        ("VALIGN", (0, 0), (-1, -1), "MIDDLE"),
        ("LINEBELOW", (0, 0), (-1, 0), 0.8, colors.black),
        ("LINEBELOW", (0, 1), (-1, -1), 0.3, colors.grey),
        ("BOX", (4, 1), (-1, -1), 0.6, colors.black),
        ("INNERGRID", (4, 1), (-1, -1), 0.6, colors.black),
        ("TOPPADDING", (0, 0), (-1, -1), 5),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 5),
        ("LEFTPADDING", (0, 0), (-1, -1), 3),
        ("RIGHTPADDING", (0, 0), (-1, -1), 3),
    ]
)


@dataclass(frozen=True, kw_only=True)
class WorksheetRow:
    """One thing that goes in, every cell as it is printed; empty cells are blanks to write in."""

    n: str
    """Its place in the order of mixing."""
    ingredient: str
    amount: str
    take: str
    """What should be taken, or was: lot, code on the vial, place, until when."""
    lot: str = ""
    drawn: str = ""


@dataclass(frozen=True, kw_only=True)
class WorksheetWords:
    """Everything that is printed around the rows, in the language of whoever prints."""

    title: str
    short_code: str
    """Of its label."""
    facts: tuple[tuple[str, str], ...]
    """For whom, how much, by which recipe, until when: pairs of word and value."""
    heads: tuple[str, str, str, str, str, str, str]
    """Number, ingredient, amount, take, lot, drawn, initials."""
    signatures: tuple[str, ...]
    """Who prepared it, who checked it, what came out: a word before each line to write on."""


def worksheet_paper(words: WorksheetWords, rows: Sequence[WorksheetRow], *, empty_rows: int) -> bytes:
    """Give the PDF: a line for each thing, and empty ones for what is added.  The same rows give the same bytes."""
    register_fonts()
    paper = io.BytesIO()
    document = SimpleDocTemplate(
        paper, pagesize=A4, leftMargin=_MARGIN, rightMargin=_MARGIN, topMargin=_MARGIN, bottomMargin=_MARGIN,
        title=words.title, invariant=1, lang="en",
    )  # fmt: skip
    story: list[Flowable] = [
        _pair(_text(words.title, _TITLE), _text(words.short_code, _CODE), (132 * mm, 50 * mm)),
        Spacer(1, 3 * mm),
        *(
            _pair(_text(word, _HEAD), _text(value, _BELOW), (38 * mm, 144 * mm))
            for word, value in words.facts
            if value
        ),
        Spacer(1, 4 * mm),
        _table(words, rows, empty_rows),
        Spacer(1, 8 * mm),
    ]
    for word in words.signatures:
        story += [_pair(_text(word, _HEAD), _text("_" * 56, _BELOW), (68 * mm, 114 * mm)), Spacer(1, 6 * mm)]
    document.build(story, onFirstPage=_number_page, onLaterPages=_number_page)
    return paper.getvalue()


def _pair(left: Paragraph, right: Paragraph, widths: tuple[float, float]) -> Table:
    table = Table([[left, right]], colWidths=widths)
    table.setStyle(
        TableStyle(
            [
                ("VALIGN", (0, 0), (-1, -1), "TOP"),
                ("LEFTPADDING", (0, 0), (-1, -1), 0),
                ("BOTTOMPADDING", (0, 0), (-1, -1), 1),
            ]
        )
    )
    return table


def _table(words: WorksheetWords, rows: Sequence[WorksheetRow], empty_rows: int) -> Table:
    cells = [[_text(head, _HEAD) for head in words.heads]]
    for row in rows:
        cells.append(
            [
                _text(row.n, _CELL),
                _text(row.ingredient, _CELL),
                _text(row.amount, _NUMBER),
                _text(row.take, _CELL),
                _text(row.lot, _CELL),
                _text(row.drawn, _CELL),
                _text("", _CELL),
            ]
        )
    cells += [[_text(" ", _CELL)] * len(_WIDTHS) for _ in range(empty_rows)]
    heights = [None] * (len(rows) + 1) + [9 * mm] * empty_rows
    table = Table(cells, colWidths=_WIDTHS, rowHeights=heights, repeatRows=1)
    table.setStyle(_LOOK)
    return table


def _text(text: str, style: ParagraphStyle) -> Paragraph:
    return Paragraph(escape(text).replace("\n", "<br/>"), style)


def _number_page(canvas: Canvas, document: SimpleDocTemplate) -> None:
    canvas.setFont(FONT, 8)
    canvas.drawRightString(A4[0] - _MARGIN, 8 * mm, str(document.page))
