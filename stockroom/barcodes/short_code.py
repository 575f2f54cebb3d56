"""Which short codes can be written with a pen, read back and said aloud without a mistake?

The alphabet leaves out 0 O Q, 1 I L, 2's Z, 5's S, 6's G, 8's B and V's U: 25 characters, so that three
give 15,625 codes and four 390,625, enough for what is open in one clinic at a time.
"""

from __future__ import annotations

from stockroom.barcodes.unreadable import LabelUnreadable

ALPHABET = "23456789ACDEFHJKMNPRTVWXY"
LONGEST = 12

_FAIR = 256 - 256 % len(ALPHABET)
"""Bytes from here on are skipped, so that every character is equally likely."""


def short_code(randomness: bytes, *, length: int = 4) -> str:
    """A code of 3 or 4 characters, made from random bytes handed in; 32 bytes are plenty.

    It holds at least one letter, so that a typed code is never mistaken for a number.

    >>> short_code(bytes([8, 0, 10, 30, 24]), length=3)
    'A2D'

    Raises ValueError for another length, or when the bytes do not suffice.
    """
    if length not in (3, 4):
        raise ValueError(f"a short code has 3 or 4 characters, not {length}")
    drawn = "".join(ALPHABET[byte % len(ALPHABET)] for byte in randomness if byte < _FAIR)
    for start in range(len(drawn) - length + 1):
        code = drawn[start : start + length]
        if not code.isdecimal():
            return code
    raise ValueError(f"{len(randomness)} random bytes are too few for a code of {length} characters")


def read_short_code(text: str, *, position: int = 0) -> str:
    """A short code as typed or scanned, in capitals.

    >>> read_short_code("7k4")
    '7K4'

    Raises `LabelUnreadable` at the first character that no code of ours has, or for a wrong length.
    """
    code = text.upper() if text.isascii() else text
    for offset, character in enumerate(code):
        if character not in ALPHABET:
            raise LabelUnreadable(position=position + offset, label=text[:40])
    if not 3 <= len(code) <= LONGEST:
        raise LabelUnreadable(position=position, label=text[:40])
    return code
