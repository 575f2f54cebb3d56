"""How do codes come onto paper?  An A4 sheet of bar codes and squares with their words, as PDF."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass

from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from stockroom.outside.code_symbols import Symbol, draw_runs
from stockroom.outside.lettering import BOLD, FONT, register_fonts

_MARGIN = 14 * mm
_ROW = 40 * mm
_SQUARE_MODULE = 0.55 * mm
_BAR_MODULE = 0.33 * mm
"""A width that printers of 300 dots an inch draw evenly and every scanner reads."""
_BAR_HEIGHT = 14 * mm


@dataclass(frozen=True, kw_only=True)
class CodeOnPaper:
    """One code with its words; `bars` is None where the text is too long for a bar code."""

    title: str
    words: str
    printed: str
    square: Symbol
    bars: Symbol | None


def code_sheet(title: str, codes: Sequence[CodeOnPaper]) -> bytes:
    """Give the PDF: codes one below the other, as many pages as they need; the same codes give the same bytes."""
    register_fonts()
    paper = io.BytesIO()
    canvas = Canvas(paper, pagesize=A4, invariant=1, lang="en")
    canvas.setTitle(title)
    top = A4[1] - _MARGIN - 10 * mm
    for_page = max(int((top - _MARGIN) // _ROW), 1)
    pages = max(-(-len(codes) // for_page), 1)
    for page in range(pages):
        canvas.setFont(BOLD, 13)
        canvas.drawString(_MARGIN, A4[1] - _MARGIN - 4 * mm, title)
        canvas.setFont(FONT, 9)
        canvas.drawRightString(A4[0] - _MARGIN, A4[1] - _MARGIN - 4 * mm, f"{page + 1} / {pages}")
        for n, code in enumerate(codes[page * for_page : (page + 1) * for_page]):
            _draw(canvas, code, top - (n + 1) * _ROW)
        canvas.showPage()
    canvas.save()
    return paper.getvalue()


def _draw(canvas: Canvas, code: CodeOnPaper, bottom: float) -> None:
    canvas.setLineWidth(0.3)
    canvas.line(_MARGIN, bottom, A4[0] - _MARGIN, bottom)
    side = code.square.height * _SQUARE_MODULE
    draw_runs(canvas, code.square, _MARGIN, bottom + (_ROW - side) / 2, _SQUARE_MODULE, _SQUARE_MODULE)
    left = _MARGIN + 34 * mm
    canvas.setFont(BOLD, 10.5)
    canvas.drawString(left, bottom + _ROW - 8 * mm, code.title)
    canvas.setFont(FONT, 9)
    canvas.drawString(left, bottom + _ROW - 13 * mm, code.words)
    if code.bars is not None:
        draw_runs(canvas, code.bars, left - 3 * mm, bottom + 8.5 * mm, _BAR_MODULE, _BAR_HEIGHT)
    canvas.setFont(FONT, 8)
    canvas.drawString(left, bottom + 3.5 * mm, code.printed)
