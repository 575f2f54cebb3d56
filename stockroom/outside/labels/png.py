"""How does a label become dots?  In black and white, every module of its square whole dots."""

from __future__ import annotations

import io
from functools import lru_cache

from PIL import Image, ImageDraw, ImageFont

from stockroom.outside.labels.drawing import Drawing, PlacedSymbol
from stockroom.outside.lettering import POINT_MM, font_file

MM_PER_INCH = 25.4


def as_dots(drawing: Drawing) -> Image.Image:
    """Give the label as a picture of one bit a dot, 1 for white."""
    dots = drawing.size.dots_per_mm
    size = (round(drawing.size.width_mm * dots), round(drawing.size.height_mm * dots))
    shades = Image.new("L", size, 255)
    pen = ImageDraw.Draw(shades)
    for text in drawing.texts:
        font = _font(round(text.size_pt * POINT_MM * dots), text.is_bold)
        at = (text.x_mm * dots, text.baseline_mm * dots)
        pen.text(at, text.text, fill=0, font=font, anchor="ls")
    for placed in drawing.symbols:
        _paint(pen, placed, dots)
    return shades.convert("1", dither=Image.Dither.NONE)


def as_png(drawing: Drawing) -> bytes:
    """Give the label as PNG with its true size; the same drawing gives the same bytes."""
    file = io.BytesIO()
    inch = drawing.size.dots_per_mm * MM_PER_INCH
    as_dots(drawing).save(file, "PNG", dpi=(inch, inch))
    return file.getvalue()


def _paint(pen: ImageDraw.ImageDraw, placed: PlacedSymbol, dots_per_mm: int) -> None:
    module, row = round(placed.module_mm * dots_per_mm), round(placed.row_mm * dots_per_mm)
    left, top = round(placed.x_mm * dots_per_mm), round(placed.y_mm * dots_per_mm)
    for run in placed.symbol.runs:
        x, y = left + run.x * module, top + run.y * row
        pen.rectangle((x, y, x + run.width * module - 1, y + row - 1), fill=0)


@lru_cache(maxsize=64)
def _font(size: int, is_bold: bool) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(font_file(is_bold=is_bold)), size)
