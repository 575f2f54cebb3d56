"""Which elements does a GS1 Digital Link web address hold?

Source: GS1 Digital Link Standard, URI Syntax, sections 4.6-4.12: identifiers with their values in the
path, further ones in the query; any domain.  biip takes the address apart; it keeps the last of two
values of a repeated query key and fills any number to 14 digits, both of which are refused here.
"""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, urlsplit

from stockroom.barcodes.elements import Element, is_identifier, read_value
from stockroom.barcodes.gtin import GTIN_LENGTHS, require_check_digit
from stockroom.barcodes.unreadable import LinkUnreadable

_SCHEMES = ("http://", "https://", "HTTP://", "HTTPS://")
_GTIN_IN_PATH = re.compile(r"/01/([0-9]+)(?=[/?#]|$)")


def looks_like_link(text: str) -> bool:
    """Whether the text begins like a web address."""
    return text.startswith(_SCHEMES)


def read_link(text: str, *, position: int = 0) -> tuple[Element, ...]:
    """The elements of a Digital Link; `position` is where the address begins in what was scanned.

    Raises `LinkUnreadable` when the address holds no primary identifier in the standard's form,
    `WrongCheckDigit` for its GTIN, or what `read_value` raises for a value that its identifier cannot hold.
    """
    from biip import ParseConfig, ParseError  # its tables take a tenth of a second, and a start reads no code
    from biip.gs1_digital_link_uris import GS1DigitalLinkURI

    # biip would read the clock for the century; the dates are judged by element_checks instead.
    config = ParseConfig(gs1_element_strings_verify_date=False)
    try:
        link = GS1DigitalLinkURI.parse(text, config=config)
        query = parse_qsl(urlsplit(text).query, keep_blank_values=True)
    except (ParseError, ValueError) as fault:
        raise LinkUnreadable(position=position) from fault
    found = [(element.ai.ai, element.value) for element in link.element_strings]
    if found[0][0] == "01":
        _require_whole_gtin(text, position)
    # biip skips empty and earlier values of a key; taking the query again leaves none unseen.
    found += [(key, value) for key, value in query if is_identifier(key)]
    return tuple(read_value(ai, value, position=position + _place(text, ai)) for ai, value in found)


def _require_whole_gtin(text: str, position: int) -> None:
    """biip fills any number with zeros, so the digits themselves are judged before it is believed."""
    gtin = _GTIN_IN_PATH.search(text)
    if gtin is None or len(gtin[1]) not in GTIN_LENGTHS:
        raise LinkUnreadable(position=position + (gtin.start(1) if gtin else 0))
    require_check_digit(gtin[1], position=position + gtin.start(1))


def _place(text: str, ai: str) -> int:
    """Index of the first value with this identifier in an address that biip has read."""
    marks = (text.find(f"{before}{ai}{after}") for before, after in ("//", "?=", "&="))
    return min((mark + len(ai) + 2 for mark in marks if mark >= 0), default=0)
