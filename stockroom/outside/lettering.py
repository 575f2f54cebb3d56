"""In which letters is paper printed, and how wide is a text in them?

Fira Sans from its package: it has Latin, Greek and Cyrillic letters, where reportlab's own fonts have Latin-1.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

FONT, BOLD = "Fira Sans", "Fira Sans Bold"
POINT_MM = 25.4 / 72


@cache
def font_file(*, is_bold: bool) -> Path:
    """The file of the regular or the bold letters."""
    import fontpkg_fira_sans

    (file,) = fontpkg_fira_sans.ROOT.rglob(f"FiraSans-{'Bold' if is_bold else 'Regular'}.ttf")
    return Path(file)


@cache
def register_fonts() -> None:
    """Make the letters known to reportlab, which is dear to load: not before something is lettered."""
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.ttfonts import TTFont

    pdfmetrics.registerFont(TTFont(FONT, str(font_file(is_bold=False))))
    pdfmetrics.registerFont(TTFont(BOLD, str(font_file(is_bold=True))))


def text_width_mm(text: str, size_pt: float, *, is_bold: bool = False) -> float:
    """The width of a line of text."""
    from reportlab.pdfbase import pdfmetrics

    register_fonts()
    return float(pdfmetrics.stringWidth(text, BOLD if is_bold else FONT, size_pt)) * POINT_MM
