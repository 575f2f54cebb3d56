"""What are the invented things of the benchmarks called?  Ids, codes and names by number, the same each time."""

from __future__ import annotations

from datetime import datetime
from random import Random

from stockroom.barcodes.gtin import check_digit
from stockroom.barcodes.short_code import ALPHABET

_LETTERS = "ABCDEFGHJKLMNPRSTVWXYZ"
_SYLLABLES = ("ba", "de", "ki", "lo", "mu", "na", "re", "si", "to", "vu")


class Uids:
    """UUIDv7 (RFC 9562 section 5.7) whose random bits come from a seed."""

    def __init__(self, seed: int) -> None:
        self._random = Random(seed)

    def new(self, at: datetime) -> str:
        """Give the next id of an instant."""
        bits = self._random.getrandbits(74)
        number = int(at.timestamp() * 1000) << 80 | 0x7 << 76 | bits >> 62 << 64 | 0b10 << 62
        digits = f"{number | bits & (1 << 62) - 1:032x}"
        return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


def gtin(product: int) -> str:
    """The GTIN-14 of a product, with the demonstration prefix 952."""
    payload = f"0952{product:09d}"
    return payload + str(check_digit(payload))


def lot_number(lot: int, prefix: str = "BL") -> str:
    """A lot number without digits, so that no reader can take a part of it for another element."""
    letters = ""
    for _ in range(6):
        lot, letter = divmod(lot, len(_LETTERS))
        letters = _LETTERS[letter] + letters
    return prefix + letters


def short_code(number: int) -> str:
    """A code of six characters, the first a letter, one for each number."""
    code = ""
    for _ in range(5):
        number, digit = divmod(number, len(ALPHABET))
        code = ALPHABET[digit] + code
    return ALPHABET[8 + number] + code


def patient_name(patient: int) -> str:
    """A plainly invented name of syllables, two words, one for each number."""
    return " ".join(_word(part) for part in divmod(patient, 1_000))


def _word(number: int) -> str:
    return "".join(_SYLLABLES[int(digit)] for digit in f"{number:04d}").title()
