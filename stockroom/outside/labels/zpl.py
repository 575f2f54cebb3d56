"""How does a label come out of a thermal printer that speaks ZPL?

As a picture: the printer draws the dots that the preview shows, and no text of the label ever stands in the
commands, so that no lot number can break out of them.  Source: Zebra, ZPL II Programming Guide (^XA, ^PW,
^LL, ^FO, ^GFA, ^PQ).
"""

from __future__ import annotations

from stockroom.outside.labels.drawing import Drawing
from stockroom.outside.labels.png import as_dots


def as_zpl(drawing: Drawing, *, copies: int = 1) -> bytes:
    """Give the commands that print the label so many times.  Raises ValueError for no copies at all."""
    if copies < 1:
        raise ValueError("a label is printed once or more")
    dots = as_dots(drawing)
    width, height = dots.size
    row = (width + 7) // 8
    # In ZPL a set bit is black; PIL packs white as 1, and pads each row with zeros.
    packed = bytes(byte ^ 0xFF for byte in dots.tobytes())
    rows = [_trimmed(packed[at : at + row], width) for at in range(0, row * height, row)]
    graphic = b"".join(rows).hex().upper()
    return (
        f"^XA^PW{width}^LL{height}^FO0,0^GFA,{row * height},{row * height},{row},{graphic}^FS^PQ{copies}^XZ\n"
    ).encode("ascii")


def _trimmed(row: bytes, width: int) -> bytes:
    """The row without the padding bits behind its last dot, which the inversion made black."""
    spare = len(row) * 8 - width
    return row[:-1] + bytes([row[-1] & (0xFF << spare) & 0xFF])
