"""How does an order go to a supplier on paper?  One line a product, by the supplier's own codes, in its packs."""

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

_MARGIN = 16 * mm
_WIDTHS = (30 * mm, 62 * mm, 18 * mm, 20 * mm, 24 * mm, 24 * mm)
_CELL = ParagraphStyle("cell", fontName=FONT, fontSize=9, leading=11.5)
_NUMBER = ParagraphStyle("number", parent=_CELL, alignment=TA_RIGHT)
_HEAD = ParagraphStyle("head", fontName=BOLD, fontSize=8.5, leading=10.5)
_NUMBER_HEAD = ParagraphStyle("number-head", parent=_HEAD, alignment=TA_RIGHT)
_TOTAL = ParagraphStyle("total", fontName=BOLD, fontSize=9, leading=11.5, alignment=TA_RIGHT)
_TITLE = ParagraphStyle("title", fontName=BOLD, fontSize=16, leading=20)
_BELOW = ParagraphStyle("below", fontName=FONT, fontSize=9, leading=12, textColor=colors.HexColor("#444444"))
_LOOK = TableStyle(
    [
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("LINEBELOW", (0, 0), (-1, 0), 0.8, colors.black),
        ("LINEBELOW", (0, 1), (-1, -1), 0.3, colors.grey),
        ("TOPPADDING", (0, 0), (-1, -1), 4),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 4),
    ]
)


@dataclass(frozen=True, kw_only=True)
class OrderedLine:
    """One line, every cell as it is printed."""

    code: str
    product: str
    packs: str
    in_pack: str
    price: str
    together: str


@dataclass(frozen=True, kw_only=True)
class OrderWords:
    """Everything that is printed around the lines, in the language of whoever prints."""

    title: str
    facts: tuple[tuple[str, str], ...]
    """Who orders, from whom, under which reference, when: pairs of word and value."""
    heads: tuple[str, str, str, str, str, str]
    """Code, product, packs, in a pack, price, together."""
    total_word: str
    totals: tuple[str, ...]
    below: str
    """Printed under the lines; empty for nothing."""


def order_paper(words: OrderWords, lines: Sequence[OrderedLine]) -> bytes:
    """Give the PDF.  The same lines give the same bytes."""
    register_fonts()
    paper = io.BytesIO()
    document = SimpleDocTemplate(
        paper, pagesize=A4, leftMargin=_MARGIN, rightMargin=_MARGIN, topMargin=_MARGIN, bottomMargin=_MARGIN,
        title=words.title, invariant=1, lang="en",
    )  # fmt: skip
    story: list[Flowable] = [
        _text(words.title, _TITLE),
        Spacer(1, 4 * mm),
        _facts(words),
        Spacer(1, 6 * mm),
        _table(words, lines),
    ]
    if words.below:
        story += [Spacer(1, 5 * mm), _text(words.below, _BELOW)]
    document.build(story, onFirstPage=_number_page, onLaterPages=_number_page)
    return paper.getvalue()


def _facts(words: OrderWords) -> Table:
    cells = [[_text(word, _HEAD), _text(value, _CELL)] for word, value in words.facts]
    table = Table(cells, colWidths=(34 * mm, sum(_WIDTHS) - 34 * mm))
    table.setStyle(TableStyle([("VALIGN", (0, 0), (-1, -1), "TOP"), ("BOTTOMPADDING", (0, 0), (-1, -1), 2)]))
    return table


def _table(words: OrderWords, lines: Sequence[OrderedLine]) -> Table:
    styles = (_HEAD, _HEAD, *([_NUMBER_HEAD] * 4))
    cells: list[list[Flowable]] = [
        [_text(head, style) for head, style in zip(words.heads, styles, strict=True)]
    ]
    for line in lines:
        named = [_text(line.code, _CELL), _text(line.product, _CELL)]
        counts = (line.packs, line.in_pack, line.price, line.together)
        cells.append([*named, *(_text(each, _NUMBER) for each in counts)])
    empty = _text("", _CELL)
    for n, total in enumerate(words.totals):
        cells.append([empty] * 4 + [_text(words.total_word if n == 0 else "", _TOTAL), _text(total, _TOTAL)])
    table = Table(cells, colWidths=_WIDTHS, repeatRows=1)
    table.setStyle(_LOOK)
    return table


def _text(text: str, style: ParagraphStyle) -> Paragraph:
    return Paragraph(escape(text).replace("\n", "<br/>"), style)


def _number_page(canvas: Canvas, document: SimpleDocTemplate) -> None:
    canvas.setFont(FONT, 8)
    canvas.drawRightString(A4[0] - _MARGIN, 8 * mm, str(document.page))
