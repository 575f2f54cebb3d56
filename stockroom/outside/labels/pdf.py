"""How do labels come onto paper?  On a sheet of labels from its nth on, or one by one for a roll."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence

from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from stockroom.errors import InvalidValue
from stockroom.outside.code_symbols import draw_runs
from stockroom.outside.labels.drawing import Drawing, PlacedText
from stockroom.outside.labels.sheets import Sheet
from stockroom.outside.lettering import BOLD, FONT, register_fonts


def on_roll(drawings: Sequence[Drawing], *, title: str) -> bytes:
    """Give a PDF with one label a page, each page of the label's size; the same drawings, the same bytes."""
    first = drawings[0].size
    canvas, paper = _begun(title, (first.width_mm, first.height_mm))
    for drawing in drawings:
        canvas.setPageSize((drawing.size.width_mm * mm, drawing.size.height_mm * mm))
        _put(canvas, drawing, 0.0, drawing.size.height_mm)
        canvas.showPage()
    canvas.save()
    return paper.getvalue()


def on_sheets(drawings: Iterable[Drawing], sheet: Sheet, *, title: str, start: int = 1) -> bytes:
    """Give a PDF of label sheets, the first label at position `start`, counted along the rows from 1.

    Raises InvalidValue for a position that the sheet has not.
    """
    if not 1 <= start <= sheet.count:
        raise InvalidValue(field="start", problem=f"from 1 to {sheet.count} on this sheet, not {start}")
    canvas, paper = _begun(title, (sheet.page_width_mm, sheet.page_height_mm))
    for n, drawing in enumerate(drawings, start=start - 1):
        if n % sheet.count == 0 and n:
            canvas.showPage()
        row, column = divmod(n % sheet.count, sheet.columns)
        x = sheet.left_mm + column * sheet.pitch_x_mm
        _put(canvas, drawing, x, sheet.page_height_mm - sheet.top_mm - row * sheet.pitch_y_mm)
    canvas.showPage()
    canvas.save()
    return paper.getvalue()


def _begun(title: str, size_mm: tuple[float, float]) -> tuple[Canvas, io.BytesIO]:
    register_fonts()
    paper = io.BytesIO()
    canvas = Canvas(paper, pagesize=(size_mm[0] * mm, size_mm[1] * mm), invariant=1, lang="en")
    canvas.setTitle(title)
    return canvas, paper


def _put(canvas: Canvas, drawing: Drawing, x_mm: float, top_mm: float) -> None:
    """Draw a label whose left upper corner stands at `x_mm` and, from the page's foot, `top_mm`."""
    for text in drawing.texts:
        _write(canvas, text, x_mm, top_mm)
    for placed in drawing.symbols:
        bottom = (top_mm - placed.y_mm) * mm - placed.symbol.height * placed.row_mm * mm
        left = (x_mm + placed.x_mm) * mm
        draw_runs(canvas, placed.symbol, left, bottom, placed.module_mm * mm, placed.row_mm * mm)


def _write(canvas: Canvas, text: PlacedText, x_mm: float, top_mm: float) -> None:
    canvas.setFont(BOLD if text.is_bold else FONT, text.size_pt)
    canvas.drawString((x_mm + text.x_mm) * mm, (top_mm - text.baseline_mm) * mm, text.text)
