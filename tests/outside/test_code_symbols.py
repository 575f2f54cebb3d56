"""Does a drawn code say, when it is read, what it was drawn from?"""

from __future__ import annotations

import pytest
import zxingcpp
from PIL import Image, ImageDraw

from stockroom.outside.code_symbols import Symbol, gs1_128, gs1_data_matrix

PIXELS = 4


def _read(symbol: Symbol, *, row_pixels: int) -> list[str]:
    """What a decoder makes of the runs, painted on white."""
    picture = Image.new("L", (symbol.width * PIXELS, symbol.height * row_pixels), 255)
    pen = ImageDraw.Draw(picture)
    for run in symbol.runs:
        left, top = run.x * PIXELS, run.y * row_pixels
        pen.rectangle((left, top, left + run.width * PIXELS - 1, top + row_pixels - 1), fill=0)
    return [
        found.symbology_identifier + found.bytes.decode("latin-1")
        for found in zxingcpp.read_barcodes(picture)
    ]


@pytest.mark.parametrize(
    ("bracketed", "said"),
    [
        ("(01)09521234543213(17)271231(10)ABC123", "]d2010952123454321317271231" + "10ABC123"),
        ("(01)09521234543213(10)A/1-b(21)XY9", "]d20109521234543213" + "10A/1-b\x1d21XY9"),
    ],
)
def test_a_data_matrix_is_read_back(bracketed: str, said: str) -> None:
    assert _read(gs1_data_matrix(bracketed), row_pixels=PIXELS) == [said]


@pytest.mark.parametrize(
    "elements", ["0109521234543213" + "17271231" + "10ABC123", "0109521234543213" + "10ABC\x1d21XY"]
)
def test_a_bar_code_is_read_back_with_its_separator(elements: str) -> None:
    assert _read(gs1_128(elements), row_pixels=80) == ["]C1" + elements]


def test_a_bar_code_longer_than_the_standard_allows_is_refused() -> None:
    with pytest.raises(ValueError, match="48"):
        gs1_128("10" + "A" * 47)


def test_the_path_of_a_symbol_holds_every_run() -> None:
    symbol = gs1_data_matrix("(01)09521234543213")

    assert symbol.path.count("M") == len(symbol.runs)
    assert symbol.width == symbol.height
