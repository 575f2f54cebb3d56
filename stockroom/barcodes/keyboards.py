"""What did a scanner mean that types for another keyboard than the computer has?

A scanner that acts as a keyboard presses keys, by default those of a United States keyboard, and the computer
writes what stands on them in its own layout: on a French keyboard the digits become `à&é"'(-è_ç`, on a German
one Y and Z change places.  Each layout is written down as its keys in the order of `US`; a space stands for a
key that writes nothing.  An accent waits for the next letter and joins it where a letter so accented exists.

Sources: ISO/IEC 9995-2 (the keys and their order), and the layouts of the national standards NF Z71-300 (as
commonly sold), NBN X 40-002, DIN 2137 (T1), SN 074021, UNE 139, BS 4822, and the usual Italian, Portuguese and
Swedish ones.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

US = "`1234567890-=qwertyuiop[]\\asdfghjkl;'zxcvbnm,./~!@#$%^&*()_+QWERTYUIOP{}|ASDFGHJKL:\"ZXCVBNM<>?"
"""The keys of the United States keyboard, then the same with Shift."""
_NOTHING = " "
_ACCENTS = {"\u0300": "`", "\u0301": "´", "\u0302": "^", "\u0303": "~", "\u0308": "¨"}
"""By the combining mark of a letter: the key that was pressed before it."""


class Layout(StrEnum):
    """A keyboard of the computer; the value is the language tag by which systems call it."""

    FRENCH = "fr"
    BELGIAN = "be"
    GERMAN = "de"
    SWISS = "ch"
    BRITISH = "gb"
    SPANISH = "es"
    ITALIAN = "it"
    PORTUGUESE = "pt"
    SWEDISH = "se"


_KEYS = {
    Layout.FRENCH: "²&é\"'(-è_çà)=azertyuiop^$*qsdfghjklmùwxcvbn,;:!"
    " 1234567890°+AZERTYUIOP¨£µQSDFGHJKLM%WXCVBN?./§",
    Layout.BELGIAN: "²&é\"'(§è!çà)-azertyuiop^$µqsdfghjklmùwxcvbn,;:="
    "³1234567890°_AZERTYUIOP¨*£QSDFGHJKLM%WXCVBN?./+",
    Layout.GERMAN: "^1234567890ß´qwertzuiopü+#asdfghjklöäyxcvbnm,.-"
    "°!\"§$%&/()=?`QWERTZUIOPÜ*'ASDFGHJKLÖÄYXCVBNM;:_",
    Layout.SWISS: "§1234567890'^qwertzuiopü¨$asdfghjklöäyxcvbnm,.-"
    '°+"*ç%&/()=?`QWERTZUIOPè!£ASDFGHJKLéàYXCVBNM;:_',
    Layout.BRITISH: "`1234567890-=qwertyuiop[]#asdfghjkl;'zxcvbnm,./"
    '¬!"£$%^&*()_+QWERTYUIOP{}~ASDFGHJKL:@ZXCVBNM<>?',
    Layout.SPANISH: "º1234567890'¡qwertyuiop`+çasdfghjklñ´zxcvbnm,.-"
    'ª!"·$%&/()=?¿QWERTYUIOP^*ÇASDFGHJKLÑ¨ZXCVBNM;:_',
    Layout.ITALIAN: "\\1234567890'ìqwertyuiopè+ùasdfghjklòàzxcvbnm,.-"
    '|!"£$%&/()=?^QWERTYUIOPé*§ASDFGHJKLç°ZXCVBNM;:_',
    Layout.PORTUGUESE: "\\1234567890'«qwertyuiop+´~asdfghjklçºzxcvbnm,.-"
    '|!"#$%&/()=?»QWERTYUIOP*`^ASDFGHJKLÇªZXCVBNM;:_',
    Layout.SWEDISH: "§1234567890+´qwertyuiopå¨'asdfghjklöäzxcvbnm,.-"
    '½!"#¤%&/()=?`QWERTYUIOPÅ^*ASDFGHJKLÖÄZXCVBNM;:_',
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Meant:
    """What a text means if it was typed on a keyboard of this layout."""

    layout: Layout
    text: str


def typed_on(layout: Layout, text: str) -> str:
    """Give what a computer of this layout writes when a scanner types `text`.

    >>> typed_on(Layout.FRENCH, "0109")
    'à&àç'

    An accent stays by itself here.
    """
    keys = dict(zip(US, _KEYS[layout], strict=True))
    return "".join(keys.get(each, each).strip(_NOTHING) if each != " " else each for each in text)


def meant_on(layout: Layout, text: str) -> str | None:
    """Give what a scanner meant when a computer of this layout wrote `text`; control characters stay.

    >>> meant_on(Layout.GERMAN, "LOT-Y")
    'LOT/Z'

    None where no key writes one of the characters, so that the text was not typed on this keyboard.
    """
    keys = _meanings(layout)
    meant = [each if each <= " " else _meaning(each, keys, is_first=n == 0) for n, each in enumerate(text)]
    return None if None in meant else "".join(each for each in meant if each is not None)


def _meaning(written: str, keys: dict[str, str], *, is_first: bool) -> str | None:
    """What a character means; a first letter with an accent may be the mark with which codes begin, and a letter."""
    if written in keys or not is_first:
        return keys.get(written)
    parts = unicodedata.normalize("NFD", written)
    letter, accent = parts[0], _ACCENTS.get(parts[1:])
    return keys[accent] + keys[letter] if accent in keys and letter in keys else None


def other_meanings(text: str) -> tuple[Meant, ...]:
    """Give what the text means on each keyboard on which it means something else, each meaning once."""
    found: dict[str, Meant] = {}
    for layout in Layout:
        meant = meant_on(layout, text)
        if meant is not None and meant != text:
            found.setdefault(meant, Meant(layout, meant))
    return tuple(found.values())


@cache
def _meanings(layout: Layout) -> dict[str, str]:
    """By what a key of the layout writes: what the scanner meant by it."""
    written: dict[str, str] = {}
    for meant, key in zip(US, _KEYS[layout], strict=True):
        if key != _NOTHING:
            written.setdefault(key, meant)
    return written
