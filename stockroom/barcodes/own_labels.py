"""What do the labels that Stockroom itself prints say?

A label is `SR`, a letter for its kind, a colon and a short code: `SRC:7K4`.  The code is opaque; no
patient data is ever in it.  It begins with a letter, so that it can never be a GS1 element string, and
all its characters are in Code 128 and in the alphanumeric mode of a QR code.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from stockroom.barcodes.short_code import read_short_code
from stockroom.barcodes.unreadable import LabelUnreadable

_PREFIX = "SR"
_HEAD = len("SRC:")


class LabelKind(StrEnum):
    """What the thing under the label is; the value is the letter on it."""

    CONTAINER = "C"
    PREPARATION = "P"
    LOCATION = "L"
    SESSION = "S"
    PATIENT_CARD = "T"
    STAFF_BADGE = "B"
    DEVICE = "D"


@dataclass(frozen=True, slots=True)
class OwnLabel:
    """One label of ours: the kind of thing, and its short code in capitals."""

    kind: LabelKind
    code: str


def looks_like_own_label(text: str) -> bool:
    """Whether the text has the shape of a label of ours, in capitals or not, well written or not."""
    return text[: len(_PREFIX)].upper() == _PREFIX and text[_HEAD - 1 : _HEAD] == ":"


def read_label(text: str, *, position: int = 0) -> OwnLabel:
    """The label of this text.

    >>> read_label("src:7k4")
    OwnLabel(kind=<LabelKind.CONTAINER: 'C'>, code='7K4')

    Raises `LabelUnreadable` when the shape, the kind or the code is not ours.
    """
    if not looks_like_own_label(text):
        raise LabelUnreadable(position=position, label=text[:40])
    letter = text[len(_PREFIX)].upper()
    if letter not in {kind.value for kind in LabelKind}:
        raise LabelUnreadable(position=position + len(_PREFIX), label=text[:40])
    return OwnLabel(LabelKind(letter), read_short_code(text[_HEAD:], position=position + _HEAD))


def write_label(label: OwnLabel) -> str:
    """The text to print; `read_label` gives the label back.

    >>> write_label(OwnLabel(LabelKind.SESSION, "H4RT"))
    'SRS:H4RT'

    Raises `LabelUnreadable` for a code that is not a short code.
    """
    return f"{_PREFIX}{label.kind.value}:{read_short_code(label.code)}"
