"""Which cards let a nurse answer a question by scanning, without touching the screen?

A card is `SRK:` and one word.  The sheet is printed once, laminated and washed; nothing on it names a
person, a patient or a thing.
"""

from __future__ import annotations

from enum import StrEnum

from stockroom.barcodes.unreadable import LabelUnreadable

_PREFIX = "SRK:"


class Command(StrEnum):
    """What a card says; the value is the word on it."""

    YES = "YES"
    NO = "NO"
    UNDO = "UNDO"
    ONE = "1"
    TWO = "2"
    THREE = "3"
    FOUR = "4"
    FIVE = "5"
    SIX = "6"
    SEVEN = "7"
    EIGHT = "8"
    NINE = "9"
    TEN = "10"
    REST_OF_VIAL = "REST"
    BROKEN = "BROKEN"
    FINISH = "FINISH"
    NEXT = "NEXT"

    @property
    def number(self) -> int | None:
        """The number on a number card."""
        return int(self.value) if self.value.isdecimal() else None


def looks_like_command(text: str) -> bool:
    """Whether the text has the shape of a command card, in capitals or not."""
    return text[: len(_PREFIX)].upper() == _PREFIX


def read_command(text: str, *, position: int = 0) -> Command:
    """The command of this text.

    >>> read_command("srk:rest")
    <Command.REST_OF_VIAL: 'REST'>

    Raises `LabelUnreadable` for a word that no card of ours bears.
    """
    word = text[len(_PREFIX) :].upper() if text.isascii() else text
    if not looks_like_command(text) or word not in {command.value for command in Command}:
        raise LabelUnreadable(position=position + len(_PREFIX), label=text[:40])
    return Command(word)


def write_command(command: Command) -> str:
    """The text to print; `read_command` gives the command back.

    >>> write_command(Command.TEN)
    'SRK:10'
    """
    return _PREFIX + command.value
