"""What does the symbology identifier in front of a scan say about the text behind it?

Sources: ISO/IEC 15424 (`]`, a letter for the symbology, a modifier) and GS1 General Specifications,
section 5.1.2; domain facts D.3.  Suppliers also print GS1 data in plain Code 128 and Data Matrix, and a
plain QR code may hold a Digital Link, so that a plain carrier only means "look at the text".
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum, auto

from stockroom.barcodes.unreadable import UnknownSymbology


class Content(Enum):
    """What the carrier promises about its text."""

    ELEMENTS = auto()
    GTIN = auto()
    UPC = auto()
    """EAN-13, UPC-A or UPC-E: a number of eight digits is a UPC-E that the scanner did not expand."""
    ANYTHING = auto()


@dataclass(frozen=True, slots=True)
class Carried:
    """The text without its symbology identifier, what it should be, and where it begins."""

    text: str
    content: Content
    position: int


# ]d8 is GS1 Data Matrix in a rectangular extension (DMRE), ]z1 GS1 Aztec.
_ELEMENTS = frozenset({"]C1", "]d2", "]d8", "]Q3", "]e0", "]J1", "]z1"})
_GTINS = frozenset({"]E4", "]I0", "]I1"})
_UPCS = frozenset({"]E0"})
_ANYTHING = frozenset({"]C0", "]d0", "]d1", "]Q0", "]Q1", "]Q2", "]J0", "]z0", "]A0", "]L0", "]X0"})
_IDENTIFIER = re.compile(r"\][A-Za-z][0-9A-Za-z]")
_LENGTH = 3


def carried(text: str) -> Carried:
    """The text behind a symbology identifier; a text without one may be anything.

    >>> carried("]d20109520123456788")
    Carried(text='0109520123456788', content=<Content.ELEMENTS: 1>, position=3)

    Raises `UnknownSymbology` when the identifier is of a barcode that carries no product code.
    """
    if not _IDENTIFIER.match(text):
        return Carried(text, Content.ANYTHING, 0)
    identifier = text[:_LENGTH]
    for content, identifiers in (
        (Content.ELEMENTS, _ELEMENTS),
        (Content.GTIN, _GTINS),
        (Content.UPC, _UPCS),
        (Content.ANYTHING, _ANYTHING),
    ):
        if identifier in identifiers:
            return Carried(text[_LENGTH:], content, _LENGTH)
    raise UnknownSymbology(position=0, identifier=identifier)
