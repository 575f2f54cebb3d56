"""In which ways can a scan fail to be read, and where in the text did it fail?

Every class carries `position`, the index (from 0) in the text as it was handed in.
"""

from __future__ import annotations

from dataclasses import dataclass

from stockroom.errors import Unreadable, extracted


@dataclass(eq=False, kw_only=True)
class ScanUnreadable(Unreadable):
    """A scanned or typed text gives no reading."""

    code = "scan_unreadable"
    title = extracted("This code cannot be read")
    message = extracted("The code cannot be read from character {position}. Scan it again.")
    position: int


@dataclass(eq=False, kw_only=True)
class EmptyScan(ScanUnreadable):
    """Nothing but spaces arrived."""

    code = "empty_scan"
    message = extracted("The scan is empty. Scan the code again.")


@dataclass(eq=False, kw_only=True)
class ScanTooLong(ScanUnreadable):
    """More bytes than any label carries; two or more codes have run together, or it is no code."""

    code = "scan_too_long"
    message = extracted("The scan is longer than {limit_bytes} bytes. Scan one code at a time.")
    limit_bytes: int


@dataclass(eq=False, kw_only=True)
class StrayCharacter(ScanUnreadable):
    """A character that this kind of code cannot hold."""

    code = "stray_character"
    message = extracted(
        "Character {character} at position {position} does not belong in this code. "
        "Scan it again; if it comes back, check the scanner's keyboard layout."
    )
    character: str
    """The code point written out (`U+0007`), because it may have no glyph."""


@dataclass(eq=False, kw_only=True)
class UnknownSymbology(ScanUnreadable):
    """The scanner names a kind of barcode that carries nothing Stockroom can use."""

    code = "unknown_symbology"
    message = extracted(
        "A barcode of the kind {identifier} carries no product code. Scan another code on the pack."
    )
    identifier: str


@dataclass(eq=False, kw_only=True)
class SchemeNotRead(ScanUnreadable):
    """The shape is that of a known scheme which Stockroom does not read."""

    code = "scheme_not_read"
    message = extracted(
        "{scheme} is not read yet. Scan the GS1 code on the pack, or enter what is printed by hand."
    )
    scheme: str


@dataclass(eq=False, kw_only=True)
class WrongNumberOfDigits(ScanUnreadable):
    """Only digits, but neither a GTIN (8, 12, 13, 14) nor an SSCC (18) nor an element string."""

    code = "wrong_number_of_digits"
    message = extracted("{digits} digits are no product code; it has 8, 12, 13 or 14. Scan the code again.")
    digits: int


@dataclass(eq=False, kw_only=True)
class WrongCheckDigit(ScanUnreadable):
    """The last digit does not follow from the others, so at least one digit is wrong."""

    code = "wrong_check_digit"
    message = extracted("The check digit of {value} should be {expected}. Scan it again or retype it.")
    value: str
    expected: int


@dataclass(eq=False, kw_only=True)
class WrongCheckCharacter(ScanUnreadable):
    """The check character does not follow from the others, so at least one of them is wrong or missing."""

    code = "wrong_check_character"
    message = extracted("{value} should end in {expected}. Scan the whole code again, or retype it.")
    value: str
    expected: str


@dataclass(eq=False, kw_only=True)
class ElementUnreadable(ScanUnreadable):
    """One GS1 element breaks the format of its application identifier (AI)."""

    code = "element_unreadable"
    message = extracted("({ai}) cannot hold {value}. Scan the code again.")
    ai: str
    value: str


@dataclass(eq=False, kw_only=True)
class ElementTruncated(ElementUnreadable):
    """The text ends, or a separator comes, before the element is complete."""

    code = "element_truncated"
    message = extracted("({ai}) is cut short: {value}. Scan the whole code again.")


@dataclass(eq=False, kw_only=True)
class ElementTooLong(ElementUnreadable):
    """The element runs on past its greatest length: a separator is missing, or two codes run together."""

    code = "element_too_long"
    message = extracted(
        "({ai}) is too long: {value}. The scanner may have lost a separator, or two codes have run together. "
        "Scan one code, or type what is printed with its brackets."
    )


@dataclass(eq=False, kw_only=True)
class ImpossibleDate(ElementUnreadable):
    """The digits name no day of the calendar, no minute of the day, or a day 00 where none is allowed."""

    code = "impossible_date"
    message = extracted(
        "({ai}) {value} is not a date that exists. Compare it with what is printed on the pack."
    )


@dataclass(eq=False, kw_only=True)
class UnknownElement(ScanUnreadable):
    """No GS1 application identifier begins with these characters."""

    code = "unknown_element"
    message = extracted("{found} at position {position} begins no GS1 element. Scan the whole code again.")
    found: str


@dataclass(eq=False, kw_only=True)
class ElementsContradict(ScanUnreadable):
    """Two elements that must agree do not: one AI twice with two values, or two dates of one event."""

    code = "elements_contradict"
    message = extracted("({ai}) says {value}, but ({other_ai}) says {other_value}. Scan one code at a time.")
    ai: str
    value: str
    other_ai: str
    other_value: str


@dataclass(eq=False, kw_only=True)
class ElementMissing(ScanUnreadable):
    """An element that means nothing without another one stands without it."""

    code = "element_missing"
    message = extracted("({ai}) means nothing without ({needs}). Scan the whole code again.")
    ai: str
    needs: str


@dataclass(eq=False, kw_only=True)
class CodesRunTogether(ScanUnreadable):
    """A second product number begins inside a lot or serial: two scans arrived as one."""

    code = "codes_run_together"
    message = extracted("A second code begins at position {position}. Scan one code at a time.")


@dataclass(eq=False, kw_only=True)
class LabelsOfTwoPacks(ScanUnreadable):
    """A second label says that it belongs to another pack than the one that was scanned before it."""

    code = "labels_of_two_packs"
    message = extracted(
        "The second label belongs to another pack: it says {link}, this pack's label says {expected}. "
        "Scan both labels of one pack, one after the other."
    )
    link: str
    expected: str


@dataclass(eq=False, kw_only=True)
class LinkUnreadable(ScanUnreadable):
    """A web address that is no GS1 Digital Link."""

    code = "link_unreadable"
    message = extracted("This web address names no product. Scan another code on the pack.")


@dataclass(eq=False, kw_only=True)
class LabelUnreadable(ScanUnreadable):
    """It begins like a Stockroom label, but its kind or its code cannot be one of ours."""

    code = "label_unreadable"
    message = extracted("{label} is no label of ours. Scan it again, or type the short code on it.")
    label: str


@dataclass(eq=False, kw_only=True)
class TypedForAnotherKeyboard(ScanUnreadable):
    """A code that is sound as it stands and sound as the scanner may have meant it, and says two things."""

    code = "typed_for_another_keyboard"
    title = extracted("The scanner types for another keyboard")
    message = extracted(
        "This may be {as_it_stands} or {as_meant}: the scanner types for another keyboard than this computer has. "
        "Type what is printed with its brackets, and have the scanner set to this keyboard."
    )
    as_it_stands: str
    as_meant: str


def code_point(character: str) -> str:
    """The name by which a character without a glyph can be written.

    >>> code_point("\\x07")
    'U+0007'
    """
    return f"U+{ord(character):04X}"
