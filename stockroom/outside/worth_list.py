"""How does a list of stock with its worth come onto paper?  A4, group by group, as PDF."""

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
from reportlab.platypus import Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

from stockroom.outside.lettering import BOLD, FONT, register_fonts

_MARGIN = 14 * mm
_WIDTHS = (62 * mm, 30 * mm, 24 * mm, 36 * mm, 30 * mm)
_CELL = ParagraphStyle("cell", fontName=FONT, fontSize=8.5, leading=10.5)
_NUMBER = ParagraphStyle("number", parent=_CELL, alignment=TA_RIGHT)
_HEAD = ParagraphStyle("head", fontName=BOLD, fontSize=8, leading=10)
_HEAD_NUMBER = ParagraphStyle("head-number", parent=_HEAD, alignment=TA_RIGHT)
_GROUP = ParagraphStyle("group", fontName=BOLD, fontSize=9, leading=12)
_GROUP_SUM = ParagraphStyle("group-sum", parent=_GROUP, alignment=TA_RIGHT)
_TITLE = ParagraphStyle("title", fontName=BOLD, fontSize=14, leading=18)
_BELOW = ParagraphStyle("below", fontName=FONT, fontSize=9, leading=12, textColor=colors.HexColor("#444444"))
_LOOK = [
    ("VALIGN", (0, 0), (-1, -1), "TOP"),
    ("LINEBELOW", (0, 0), (-1, 0), 0.8, colors.black),
    ("LINEBELOW", (0, 1), (-1, -1), 0.25, colors.lightgrey),
    ("TOPPADDING", (0, 0), (-1, -1), 3),
    ("BOTTOMPADDING", (0, 0), (-1, -1), 3),
]


@dataclass(frozen=True, kw_only=True)
class ListRow:
    """One lot, as it is printed."""

    product: str
    lot: str
    good_until: str
    quantity: str
    worth: str


@dataclass(frozen=True, kw_only=True)
class ListGroup:
    """The lots of one product group in one clinic, and what they are worth together."""

    name: str
    rows: tuple[ListRow, ...]
    total: str


@dataclass(frozen=True, kw_only=True)
class ListWords:
    """Everything that is printed around the rows, in the language of whoever prints."""

    title: str
    below: str
    """Of which day it is, and up to where the books were read."""
    heads: tuple[str, str, str, str, str]
    """Product, lot, good until, quantity, worth."""
    totals: tuple[tuple[str, str], ...]
    """What is worth how much in all: each clinic of several, and everything together."""
    unknown: str
    """How many lots have a cost that nobody knows; empty for none."""
    nothing: str
    digest: str


def worth_list(words: ListWords, groups: Sequence[ListGroup]) -> bytes:
    """Give the PDF.  The same rows give the same bytes, so that two copies can be laid beside each other."""
    register_fonts()
    paper = io.BytesIO()
    document = SimpleDocTemplate(
        paper, pagesize=A4, leftMargin=_MARGIN, rightMargin=_MARGIN, topMargin=_MARGIN, bottomMargin=_MARGIN,
        title=words.title, invariant=1, lang="en",
    )  # fmt: skip
    story = [_text(words.title, _TITLE), _text(words.below, _BELOW), Spacer(1, 5 * mm)]
    story.append(_table(words, groups) if groups else _text(words.nothing, _CELL))
    story.append(Spacer(1, 4 * mm))
    if words.unknown:
        story.append(_text(words.unknown, _CELL))
    story.append(_text(words.digest, _BELOW))
    document.build(story, onFirstPage=_number, onLaterPages=_number)
    return paper.getvalue()


def _table(words: ListWords, groups: Sequence[ListGroup]) -> Table:
    last = len(words.heads) - 1
    cells = [[_text(head, _HEAD_NUMBER if n >= last - 1 else _HEAD) for n, head in enumerate(words.heads)]]
    look = list(_LOOK)
    for group in groups:
        look += [("SPAN", (0, len(cells)), (last - 1, len(cells))), _tinted(len(cells))]
        cells.append([_text(group.name, _GROUP), "", "", "", _text(group.total, _GROUP_SUM)])
        for row in group.rows:
            named = [_text(each, _CELL) for each in (row.product, row.lot, row.good_until)]
            cells.append([*named, _text(row.quantity, _NUMBER), _text(row.worth, _NUMBER)])
    look.append(("LINEABOVE", (0, len(cells)), (-1, len(cells)), 0.8, colors.black))
    for name, value in words.totals:
        look.append(("SPAN", (0, len(cells)), (last - 1, len(cells))))
        cells.append([_text(name, _GROUP), "", "", "", _text(value, _GROUP_SUM)])
    table = Table(cells, colWidths=_WIDTHS, repeatRows=1)
    table.setStyle(TableStyle(look))
    return table


def _tinted(n: int) -> tuple[object, ...]:
    return ("BACKGROUND", (0, n), (-1, n), colors.HexColor("#eeeeee"))


def _text(text: str, style: ParagraphStyle) -> Paragraph:
    return Paragraph(escape(text), style)


def _number(canvas: Canvas, document: SimpleDocTemplate) -> None:
    canvas.setFont(FONT, 8)
    canvas.drawRightString(A4[0] - _MARGIN, 8 * mm, str(document.page))
