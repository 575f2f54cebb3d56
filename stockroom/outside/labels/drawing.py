"""Where on a label of this size does each thing stand?  One answer for the preview, the paper and the printer.

Lengths are millimetres from the left and from the top.  The square's modules are whole dots of the printer,
because a module that falls between two dots cannot be read (GS1 General Specifications, section 5.12.3.1:
at least 0.255 mm a module, with a quiet zone of one module).
"""

from __future__ import annotations

from dataclasses import dataclass

from stockroom.barcodes.elements import read_bracketed, write_element_string
from stockroom.errors import InvalidValue
from stockroom.outside.code_symbols import Symbol, code_128, data_matrix, gs1_128, gs1_data_matrix
from stockroom.outside.labels.label import Fact, Label
from stockroom.outside.lettering import POINT_MM, text_width_mm

DOTS_PER_MM = 12
"""Of a printer of 300 dots an inch, nearly; a label printer of 203 dots has 8."""

_MARGIN_MM = 1.2
_GAP_MM = 1.2
_LEAST_MODULE_MM = 0.25
_LARGEST_MODULE_MM = 0.75
_LARGEST_BAR_MM = 0.5
_SYMBOL_SHARE = 0.42
"""At most this part of the label's width is the square's."""
_BARS_MM = 7.0
"""How high a row of bars stands, at least 15 % of its width on the labels that have room for one."""
_TITLE_LINES = 2
_LARGEST_PT, _SMALLEST_PT = 9.0, 4.5
_STEP_PT = 0.5
_LARGE_FACTOR = 1.9
_LEADING = 1.18


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """A label's size, and the dots of what prints it."""

    width_mm: float
    height_mm: float
    dots_per_mm: int = DOTS_PER_MM
    has_bars: bool = False
    """The code stands on it as a row of bars too, for scanners that read no squares."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedText:
    """A line of text by the left end of its baseline."""

    text: str
    x_mm: float
    baseline_mm: float
    size_pt: float
    is_bold: bool
    width_mm: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedSymbol:
    symbol: Symbol
    x_mm: float
    y_mm: float
    module_mm: float
    row_mm: float
    """The height of a module; of bars their own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """A label laid out: every text, the square and the bars, in millimetres."""

    size: Size
    texts: tuple[PlacedText, ...]
    symbol: PlacedSymbol
    bars: PlacedSymbol | None = None

    @property
    def symbols(self) -> tuple[PlacedSymbol, ...]:
        return (self.symbol,) if self.bars is None else (self.symbol, self.bars)


def draw(label: Label, size: Size) -> Drawing:
    """Lay a label out in the largest letters in which everything fits.

    Raises InvalidValue when not even the smallest letters fit: a fact is never cut off.
    """
    bars = _bars(label, size) if size.has_bars else None
    above = size.height_mm - (bars.row_mm + _GAP_MM if bars is not None else 0)
    symbol = _symbol(label, size, above)
    left = symbol.x_mm + symbol.symbol.width * symbol.module_mm + _GAP_MM
    width = size.width_mm - _MARGIN_MM - left
    height = above - 2 * _MARGIN_MM
    steps = int((_LARGEST_PT - _SMALLEST_PT) / _STEP_PT) + 1
    for step in range(steps):
        lines = _lines(label, _LARGEST_PT - step * _STEP_PT, width)
        fits = all(line.width_mm <= width for line in lines)
        if fits and sum(line.leading_mm for line in lines) <= height:
            return Drawing(size=size, texts=_placed(lines, left), symbol=symbol, bars=bars)
    raise InvalidValue(field="label", problem="what must stand on it does not fit: choose a larger label")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Line:
    text: str
    size_pt: float
    is_bold: bool
    width_mm: float

    @property
    def leading_mm(self) -> float:
        return self.size_pt * POINT_MM * _LEADING


def _symbol(label: Label, size: Size, height_mm: float) -> PlacedSymbol:
    """The square at the left, its modules as many whole dots as there is room for."""
    symbol = gs1_data_matrix(label.code) if label.is_gs1 else data_matrix(label.code)
    room = min(height_mm - 2 * _MARGIN_MM, size.width_mm * _SYMBOL_SHARE)
    dots = int(min(room / symbol.width, _LARGEST_MODULE_MM) * size.dots_per_mm)
    module = dots / size.dots_per_mm
    if module < _LEAST_MODULE_MM:
        raise InvalidValue(field="label", problem="its code does not fit: choose a larger label")
    side = symbol.height * module
    top = round((height_mm - side) / 2 * size.dots_per_mm) / size.dots_per_mm
    edge = round(_MARGIN_MM * size.dots_per_mm) / size.dots_per_mm
    return PlacedSymbol(symbol=symbol, x_mm=edge, y_mm=top, module_mm=module, row_mm=module)


def _bars(label: Label, size: Size) -> PlacedSymbol:
    """The code as a row of bars along the foot, in the middle."""
    too_long = InvalidValue(
        field="label", problem="its code does not fit as bars: choose a larger label, or one without bars"
    )
    try:
        symbol = gs1_128(_plain(label.code)) if label.is_gs1 else code_128(label.code)
    except ValueError:
        raise too_long from None
    dots = int(min(size.width_mm / symbol.width, _LARGEST_BAR_MM) * size.dots_per_mm)
    module = dots / size.dots_per_mm
    if module < _LEAST_MODULE_MM:
        raise too_long
    x = round((size.width_mm - symbol.width * module) / 2 * size.dots_per_mm) / size.dots_per_mm
    row = round(_BARS_MM * size.dots_per_mm) / size.dots_per_mm
    y = round((size.height_mm - _MARGIN_MM) * size.dots_per_mm) / size.dots_per_mm - row
    return PlacedSymbol(symbol=symbol, x_mm=x, y_mm=y, module_mm=module, row_mm=row)


def _plain(bracketed: str) -> str:
    """Elements as a scanner delivers them, from their canonical text in brackets."""
    return write_element_string(read_bracketed(bracketed))


def _lines(label: Label, size_pt: float, width: float) -> list[_Line]:
    lines = []
    if label.large:
        lines.append(_line(label.large, size_pt * _LARGE_FACTOR, is_bold=True))
    lines += [
        _line(text, size_pt, is_bold=True) for text in _wrapped(label.mark, size_pt, width, is_bold=True)
    ]
    title = _wrapped(label.title, size_pt, width, is_bold=True)
    if len(title) > _TITLE_LINES:
        title = [*title[: _TITLE_LINES - 1], _cut(" ".join(title[_TITLE_LINES - 1 :]), size_pt, width)]
    lines += [_line(text, size_pt, is_bold=True) for text in title]
    for fact in label.facts:
        lines += [
            _line(text, size_pt, is_bold=fact.is_strong)
            for text in _wrapped(_words(fact), size_pt, width, is_bold=fact.is_strong)
        ]
    return lines


def _words(fact: Fact) -> str:
    return f"{fact.word} {fact.value}".strip()


def _line(text: str, size_pt: float, *, is_bold: bool) -> _Line:
    width = text_width_mm(text, size_pt, is_bold=is_bold)
    return _Line(text=text, size_pt=size_pt, is_bold=is_bold, width_mm=width)


def _wrapped(text: str, size_pt: float, width: float, *, is_bold: bool) -> list[str]:
    """The text in lines that break between words; a word that is too long stands alone, unbroken."""
    lines: list[str] = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and text_width_mm(longer, size_pt, is_bold=is_bold) <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


def _cut(text: str, size_pt: float, width: float) -> str:
    """A title's last line, shortened with an ellipsis: what is printed on the pack says the rest."""
    while len(text) > 1 and text_width_mm(text + "…", size_pt, is_bold=True) > width:
        text = text[:-1]
    return text.rstrip() + "…"


def _placed(lines: list[_Line], left: float) -> tuple[PlacedText, ...]:
    placed, top = [], _MARGIN_MM
    for line in lines:
        ascent = line.size_pt * POINT_MM
        placed.append(
            PlacedText(
                text=line.text, x_mm=left, baseline_mm=top + ascent * 0.92, size_pt=line.size_pt,
                is_bold=line.is_bold, width_mm=line.width_mm,
            )
        )  # fmt: skip
        top += line.leading_mm
    return tuple(placed)
