"""What stands on a label, before anybody asks how large it is?"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fact:
    """One line of a label: a word and what it says, such as `Until` and `3 Mar 2026 15:10`."""

    word: str
    value: str
    is_strong: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """A label with its words ready to print; the code in it holds no patient data."""

    code: str
    """What a scanner reads: the text of a label of ours, or GS1 elements with their numbers in brackets."""
    is_gs1: bool = False
    large: str = ""
    """The short code, to be read from a distance and said aloud."""
    title: str
    facts: tuple[Fact, ...] = ()
    mark: str = ""
    """Stands below the short code: `2 of 4`, `Reprint 3 Mar 2026 14:05`."""
