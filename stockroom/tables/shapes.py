"""Does a lot number or a code still look as it is printed, or as a spreadsheet left it?

What a spreadsheet does to such texts cannot be undone (Ziemann, Eren and El-Osta, Genome Biology 17:177, 2016): a
long number loses digits, zeros in front fall off, 03-05 becomes a day.  So nothing here repairs; it only tells.
"""

from __future__ import annotations

import re

_MONTHS = (
    "jan|feb|mar|apr|may|jun|jul|aug|sep|sept|oct|nov|dec"
    "|jän|mär|mrz|mai|okt|dez|janv|févr|fev|mars|avr|juin|juil|août|aou|déc"
    "|ene|abr|ago|dic|gen|mag|giu|lug|set|ott|яну|фев|мар|апр|май|юни|юли|авг|сеп|окт|ное|дек"
)
_NUMBERS = (
    r"[+-]?\d+([.,]\d+)?e[+-]?\d+",  # 1E5, 1,23457E+11
    r"#{2,}",  # a column too narrow for its number
)
_DAYS = (
    r"\d{1,2}[-/.]\d{1,2}\.?",  # 03-05, 5/3, 3.5.
    r"\d{1,2}[-/.]\d{1,2}[-/.](\d{2}|\d{4})",
    r"\d{4}[-/.]\d{1,2}([-/.]\d{1,2})?([ t]\d{1,2}:\d{2}(:\d{2})?)?",
    rf"\d{{1,2}}[-/. ]+({_MONTHS})\.?([-/. ]+\d{{2,4}})?",  # 05-Mar, 3. Mai 2026
    rf"({_MONTHS})\.?[-/. ]+\d{{2,4}}",  # Mar-26
    r"\d{1,2}:\d{2}(:\d{2})?",
)
_NUMBER = re.compile("|".join(f"(?:{shape})" for shape in _NUMBERS), re.IGNORECASE)
_DAY = re.compile("|".join(f"(?:{shape})" for shape in _DAYS), re.IGNORECASE)
_BROKEN = re.compile(r"#(N/A|NAME\?|REF!|VALUE!|DIV/0!|NULL!|NUM!|NV|WERT!|BEZUG!)", re.IGNORECASE)


def looks_like_number(text: str) -> bool:
    """True for what spreadsheets make of long numbers: 1E5, 1,23457E+11, ####."""
    return _NUMBER.fullmatch(text) is not None


def looks_like_day(text: str) -> bool:
    """True for what spreadsheets make of 03-05 and the like: 3-5, 05-Mar, Mar-26, 2026-05-03, 3:05."""
    return _DAY.fullmatch(text) is not None


def looks_broken(text: str) -> bool:
    """True for an error of a spreadsheet that was written into the file."""
    return _BROKEN.fullmatch(text) is not None
