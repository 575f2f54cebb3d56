"""How does a code become bars and squares?  Drawn by libraries, kept as plain runs for the page and the paper.

GS1-128 by python-barcode, GS1 DataMatrix by zxing-cpp (square: its usual oblong form is read as another
symbology).  Quiet zones are part of a symbol: a scanner needs them (GS1 General Specifications 5.4, 5.6).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import zxingcpp
    from reportlab.pdfgen.canvas import Canvas

_GS = "\x1d"
_FNC1 = "\xf1"
_QUIET_BAR_MODULES = 10
_QUIET_SQUARE_MODULES = 1
_DARK = 0
GS1_128_LONGEST = 48
"""Characters that one GS1-128 symbol may hold (GS1 General Specifications 5.4.1)."""


@dataclass(frozen=True, slots=True)
class Run:
    """Dark modules side by side: the first one's column and row, and how many they are."""

    x: int
    y: int
    width: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Symbol:
    """A code to be drawn: sizes in modules, the quiet zone included.  A bar code is one row high."""

    width: int
    height: int
    runs: tuple[Run, ...]

    @property
    def path(self) -> str:
        """The runs as the path of an SVG drawing, one unit a module."""
        return "".join(f"M{run.x} {run.y}h{run.width}v1h-{run.width}z" for run in self.runs)


@lru_cache(maxsize=512)
def gs1_128(elements: str) -> Symbol:
    """Draw element strings (FNC1 between them as ASCII 29) as GS1-128.  Raises ValueError beyond 48 characters."""
    if len(elements) > GS1_128_LONGEST:
        raise ValueError(f"GS1-128 holds at most {GS1_128_LONGEST} characters")
    import barcode  # here, because it brings a library of pictures along that no start needs

    (modules,) = barcode.get("gs1_128", elements.replace(_GS, _FNC1)).build()
    return Symbol(
        width=len(modules) + 2 * _QUIET_BAR_MODULES,
        height=1,
        runs=_runs(((module == "1") for module in modules), x=_QUIET_BAR_MODULES, y=0),
    )


@lru_cache(maxsize=512)
def code_128(text: str) -> Symbol:
    """Draw a text of ASCII, such as a label of ours, as Code 128.  Raises ValueError for any other text."""
    if not text or not text.isascii() or not text.isprintable():
        raise ValueError("Code 128 holds printable ASCII here")
    import barcode

    (modules,) = barcode.get("code128", text).build()
    return Symbol(
        width=len(modules) + 2 * _QUIET_BAR_MODULES,
        height=1,
        runs=_runs(((module == "1") for module in modules), x=_QUIET_BAR_MODULES, y=0),
    )


@lru_cache(maxsize=512)
def gs1_data_matrix(bracketed: str) -> Symbol:
    """Draw element strings, as printed below a code with their numbers in brackets, as GS1 DataMatrix."""
    import zxingcpp

    kind = zxingcpp.BarcodeFormat.DataMatrix
    return _square(zxingcpp.create_barcode(bracketed, kind, gs1=True, force_square=True))


@lru_cache(maxsize=512)
def data_matrix(text: str) -> Symbol:
    """Draw a text that is no GS1 element string, such as a label of ours, as a plain Data Matrix."""
    import zxingcpp

    return _square(zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.DataMatrix, force_square=True))


def draw_runs(canvas: Canvas, symbol: Symbol, x: float, y: float, module: float, row: float) -> None:
    """Fill a symbol's runs on paper from its left lower corner on; paper counts rows from the bottom."""
    for run in symbol.runs:
        from_top = symbol.height - 1 - run.y
        canvas.rect(x + run.x * module, y + from_top * row, run.width * module, row, stroke=0, fill=1)


def _square(drawn: zxingcpp.Barcode) -> Symbol:
    picture = drawn.to_image(scale=1)
    rows, columns = picture.shape[:2]
    shades = memoryview(picture).cast("B").tobytes()  # type: ignore[arg-type]  # a buffer, whatever its stub says
    runs = tuple(
        run
        for y in range(rows)
        for run in _runs(
            (shade == _DARK for shade in shades[y * columns : (y + 1) * columns]),
            x=_QUIET_SQUARE_MODULES,
            y=y + _QUIET_SQUARE_MODULES,
        )
    )
    quiet = 2 * _QUIET_SQUARE_MODULES
    return Symbol(width=columns + quiet, height=rows + quiet, runs=runs)


def _runs(modules: Iterable[bool], *, x: int, y: int) -> tuple[Run, ...]:
    runs, column = [], x
    for is_dark, together in groupby(modules):
        width = len(list(together))
        if is_dark:
            runs.append(Run(column, y, width))
        column += width
    return tuple(runs)
