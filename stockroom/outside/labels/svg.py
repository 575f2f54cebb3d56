"""How is a label shown on a page?  As SVG in millimetres, the same drawing that is printed."""

from __future__ import annotations

from xml.sax.saxutils import escape

from stockroom.outside.labels.drawing import Drawing, PlacedSymbol, PlacedText
from stockroom.outside.lettering import POINT_MM


def as_svg(drawing: Drawing, *, spoken: str) -> str:
    """Give the drawing as one SVG element; `spoken` is what a screen reader says of it.

    Each text is set to the width that it has on paper, whatever letters the browser takes.
    """
    width, height = drawing.size.width_mm, drawing.size.height_mm
    inside = "".join(_text(text) for text in drawing.texts)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="label-drawing" role="img" '
        f'aria-label="{escape(spoken, {chr(34): "&quot;"})}" viewBox="0 0 {width:g} {height:g}" '
        f'width="{width:g}mm" height="{height:g}mm">'
        f'<rect class="label-paper" width="{width:g}" height="{height:g}" fill="#fff"/>'
        f"{''.join(map(_symbol, drawing.symbols))}{inside}</svg>"
    )


def _symbol(placed: PlacedSymbol) -> str:
    scale = f"{placed.module_mm:.5f}"
    if placed.row_mm != placed.module_mm:
        scale += f" {placed.row_mm:.5f}"
    moved = f"translate({placed.x_mm:.4f} {placed.y_mm:.4f}) scale({scale})"
    return f'<path fill="#000" shape-rendering="crispEdges" transform="{moved}" d="{placed.symbol.path}"/>'


def _text(placed: PlacedText) -> str:
    weight = ' font-weight="700"' if placed.is_bold else ""
    return (
        f'<text x="{placed.x_mm:.3f}" y="{placed.baseline_mm:.3f}" fill="#000"{weight} '
        f'font-family="Fira Sans, sans-serif" font-size="{placed.size_pt * POINT_MM:.4f}" '
        f'textLength="{placed.width_mm:.3f}" lengthAdjust="spacingAndGlyphs" xml:space="preserve">'
        f"{escape(placed.text)}</text>"
    )
