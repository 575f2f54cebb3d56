"""Is this text a staff badge, also where the scanner types for another keyboard than the computer has?

A badge proves who somebody is, so that its code must be known before the text is looked at as anything else,
kept or shown.
"""

from __future__ import annotations

import re

from stockroom.barcodes.keyboards import Layout, meant_on, typed_on
from stockroom.barcodes.own_labels import looks_like_own_label
from stockroom.barcodes.short_code import ALPHABET, LONGEST

_HEAD = "SRB:"
_SYMBOLOGY = re.compile(r"^\][A-Za-z][0-9]")
"""What some scanners put in front, to say which kind of code it was (ISO/IEC 15424)."""
_WHOLE = re.compile(rf"(?:\][A-Za-z][0-9])?{_HEAD}[{ALPHABET}]{{{LONGEST}}}", re.IGNORECASE)
BADGE_LENGTH = len(_HEAD) + LONGEST

BADGE_HEADS = tuple(dict.fromkeys((_HEAD, *(typed_on(layout, _HEAD) for layout in Layout))))
"""With what a badge begins on each keyboard."""


def badge_code(text: str, *, layout: Layout | None = None) -> str | None:
    """Give the code of a staff badge that was scanned; None where the text is something else.

    `layout` is the computer's, where the clinic said that its scanners type for another; else the first on
    which the text is a whole badge.  A wrong one makes an unknown badge of it, and never somebody else's.

    >>> badge_code(typed_on(Layout.GERMAN, "SRB:K7Y4ACDEFHJ2"), layout=Layout.GERMAN)
    'K7Y4ACDEFHJ2'
    """
    typed = text.strip()
    plain = _SYMBOLOGY.sub("", typed)
    if looks_like_own_label(plain) and plain[: len(_HEAD)].upper() == _HEAD:
        return plain[len(_HEAD) :].upper()
    if len(typed) > len("]C0") + BADGE_LENGTH:
        return None
    layouts = (layout, *Layout) if layout is not None else tuple(Layout)
    meanings = (meant_on(each, typed) for each in layouts)
    whole = next((meant for meant in meanings if meant is not None and _WHOLE.fullmatch(meant)), None)
    return None if whole is None else whole[-LONGEST:].upper()
