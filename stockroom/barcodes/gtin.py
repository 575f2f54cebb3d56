"""Is this number whole, by its check digit, and what is its one 14-digit form?

Source: GS1 General Specifications, section 7.9.1 (check digit: weights 3 and 1 from the right,
modulo 10) and section 7.10 / 3.3.2 (shorter GTINs are filled with zeros on the left to 14 digits).
"""

from __future__ import annotations

from stockroom.barcodes.unreadable import StrayCharacter, WrongCheckDigit, WrongNumberOfDigits, code_point

GTIN_LENGTHS = frozenset({8, 12, 13, 14})
SSCC_LENGTH = 18

_DIGITS = frozenset("0123456789")


def all_digits(text: str) -> bool:
    """Whether the text is one or more ASCII digits (other scripts' digits are not digits of a code)."""
    return bool(text) and _DIGITS.issuperset(text)


def check_digit(payload: str) -> int:
    """The GS1 check digit of the digits before it.

    >>> check_digit("952012345678"), check_digit("0234567")
    (8, 3)

    Raises ValueError when the payload is not ASCII digits.
    """
    if not all_digits(payload):
        raise ValueError(f"a check digit needs digits, not {payload!r}")
    weighted = sum(int(digit) * (1 if n % 2 else 3) for n, digit in enumerate(reversed(payload)))
    return -weighted % 10


def has_valid_check_digit(number: str) -> bool:
    """Whether the last digit of a number of two or more digits is its check digit.

    >>> has_valid_check_digit("09520123456788"), has_valid_check_digit("09520123456789")
    (True, False)
    """
    return len(number) > 1 and all_digits(number) and check_digit(number[:-1]) == int(number[-1])


def require_check_digit(number: str, *, position: int = 0) -> None:
    """Raise `WrongCheckDigit` (at the last digit) unless the number of digits ends in its check digit."""
    if not has_valid_check_digit(number):
        last = position + len(number) - 1
        raise WrongCheckDigit(position=last, value=number, expected=check_digit(number[:-1]))


def house_gtin(number: int) -> str:
    """The 14-digit GTIN that a house gives itself: for restricted circulation within one company.

    >>> house_gtin(1)
    '00400000000015'

    Source: GS1 General Specifications, section 2.1.11 (prefix 04).  Raises ValueError beyond ten digits.
    """
    if not 0 <= number < 10**10:
        raise ValueError(f"a house has ten digits for its own numbers, not {number}")
    payload = f"04{number:010d}"
    return f"0{payload}{check_digit(payload)}"


def expand_upc_e(text: str, *, position: int = 0) -> str:
    """The GTIN-12 behind the eight digits of a UPC-E symbol (GS1 General Specifications, section 5.2.2.4.2).

    >>> expand_upc_e("04252614")
    '042100005264'

    Raises `WrongNumberOfDigits` for what cannot be UPC-E, `WrongCheckDigit` when a digit is wrong.
    """
    if len(text) != 8 or not all_digits(text) or text[0] not in "01":
        raise WrongNumberOfDigits(position=position, digits=len(text))
    six, last = text[1:7], text[6]
    if last in "012":
        item = f"{six[:2]}{last}0000{six[2:5]}"
    elif last == "3":
        item = f"{six[:3]}00000{six[3:5]}"
    elif last == "4":
        item = f"{six[:4]}00000{six[4]}"
    else:
        item = f"{six[:5]}0000{last}"
    number = text[0] + item + text[7]
    if not has_valid_check_digit(number):
        raise WrongCheckDigit(position=position + 7, value=text, expected=check_digit(number[:-1]))
    return number


def normalise_gtin(text: str, *, position: int = 0) -> str:
    """The 14-digit form of a GTIN-8, -12, -13 or -14.

    >>> normalise_gtin("9520123456788")
    '09520123456788'

    Raises `StrayCharacter`, `WrongNumberOfDigits` or `WrongCheckDigit`; `position` is where the text
    begins in what was scanned.
    """
    _require_digits(text, GTIN_LENGTHS, position=position)
    require_check_digit(text, position=position)
    return text.zfill(14)


def require_sscc(text: str, *, position: int = 0) -> str:
    """The 18 digits of a serial shipping container code, unchanged.

    >>> require_sscc("395201234000000010")
    '395201234000000010'

    Raises as `normalise_gtin` does.
    """
    _require_digits(text, frozenset({SSCC_LENGTH}), position=position)
    require_check_digit(text, position=position)
    return text


def _require_digits(text: str, lengths: frozenset[int], *, position: int) -> None:
    for offset, character in enumerate(text):
        if character not in _DIGITS:
            raise StrayCharacter(position=position + offset, character=code_point(character))
    if len(text) not in lengths or not text.strip("0"):
        raise WrongNumberOfDigits(position=position, digits=len(text))
