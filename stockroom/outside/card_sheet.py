"""How do the command cards come onto paper?  One A4 page to be laminated and washed, as PDF."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass

from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from stockroom.outside.code_symbols import Symbol, draw_runs
from stockroom.outside.lettering import BOLD, FONT, register_fonts

_COLUMNS, _ROWS = 3, 6
_MARGIN = 9 * mm
_HEAD = 13 * mm
_SQUARE_MODULE = 1.0 * mm
"""Large: it is scanned from an arm's length, through a laminate."""
_BAR_MODULE = 0.3 * mm
_BAR_HEIGHT = 8.5 * mm


@dataclass(frozen=True, kw_only=True)
class Card:
    """One card: its word, what it does, and its code twice, for every kind of scanner."""

    word: str
    does: str
    square: Symbol
    bars: Symbol


def card_sheet(title: str, below: str, cards: Sequence[Card]) -> bytes:
    """Give the PDF, eighteen cards a page; the same cards give the same bytes."""
    register_fonts()
    paper = io.BytesIO()
    canvas = Canvas(paper, pagesize=A4, invariant=1, lang="en")
    canvas.setTitle(title)
    width, height = (A4[0] - 2 * _MARGIN) / _COLUMNS, (A4[1] - 2 * _MARGIN - _HEAD) / _ROWS
    for n, card in enumerate(cards):
        at = n % (_COLUMNS * _ROWS)
        if at == 0:
            if n:
                canvas.showPage()
            _head(canvas, title, below)
        row, column = divmod(at, _COLUMNS)
        bottom = A4[1] - _MARGIN - _HEAD - (row + 1) * height
        _draw(canvas, card, _MARGIN + column * width, bottom, width, height)
    canvas.showPage()
    canvas.save()
    return paper.getvalue()


def _head(canvas: Canvas, title: str, below: str) -> None:
    canvas.setFont(BOLD, 14)
    canvas.drawString(_MARGIN, A4[1] - _MARGIN - 4 * mm, title)
    canvas.setFont(FONT, 9)
    canvas.drawString(_MARGIN, A4[1] - _MARGIN - 9 * mm, below)


def _draw(canvas: Canvas, card: Card, left: float, bottom: float, width: float, height: float) -> None:
    canvas.setLineWidth(0.4)
    canvas.rect(left, bottom, width, height)
    side = card.square.height * _SQUARE_MODULE
    top = bottom + height - 3 * mm
    draw_runs(canvas, card.square, left + 3 * mm, top - side, _SQUARE_MODULE, _SQUARE_MODULE)
    text = left + 5 * mm + side
    canvas.setFont(BOLD, 15)
    canvas.drawString(text, top - 7 * mm, card.word)
    canvas.setFont(FONT, 7.5)
    for n, line in enumerate(_lines(canvas, card.does, left + width - text - 2 * mm)):
        canvas.drawString(text, top - (12 + 3.4 * n) * mm, line)
    bars = left + (width - card.bars.width * _BAR_MODULE) / 2
    draw_runs(canvas, card.bars, bars, bottom + 2.5 * mm, _BAR_MODULE, _BAR_HEIGHT)


def _lines(canvas: Canvas, text: str, width: float) -> list[str]:
    """The sentence in lines that break between words."""
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if canvas.stringWidth(longer, FONT, 7.5) <= width or not lines[-1]:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines
