"""Do the elements of one scan make sense: check digits, dates, and each thing said once?

Sources: GS1 General Specifications, sections 3 (formats), 4.13 (repeated and contradicting elements)
and 7.9 (check digits); the GS1 Syntax Dictionary for which identifiers carry which of them.  biip notes
a wrong check digit beside a good parse, accepts day 00 in AI 7003 and keeps the last of two values; here
each of these is refused.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from stockroom.barcodes.dates import civil_date, civil_minute, exact_date
from stockroom.barcodes.elements import Element
from stockroom.barcodes.gtin import require_check_digit
from stockroom.barcodes.unreadable import (
    ElementMissing,
    ElementsContradict,
    ElementUnreadable,
    ImpossibleDate,
)

_CHECKED_DIGITS = (
    {"00": 18, "01": 14, "02": 14, "03": 14, "253": 13, "255": 13, "402": 17}
    | {str(ai): 13 for ai in range(410, 418)}
    | {"8003": 14, "8006": 14, "8017": 18, "8018": 18, "8026": 14}
)
"""How many digits, from the first, end in a check digit."""
_GTINS = frozenset({"01", "02", "03", "8006", "8026"})
_MONTH_END_ALLOWED = frozenset({"11", "12", "13", "15", "16", "17"})
_EXACT_DAYS = frozenset({"4326", "7006", "7007", "7011", "8008"})
_EXCLUSIVE = (
    ("01", "02"), ("01", "03"), ("02", "03"), ("01", "37"), ("03", "37"), ("01", "255"), ("21", "235"),
)  # fmt: skip
_KEYS = frozenset({"00", "01", "02", "03", "8006", "8026"})
_NEEDED: dict[str, tuple[str, ...]] = (
    dict.fromkeys(("22", "235", "7004", "8014", *map(str, range(710, 718))), ("01",))
    | dict.fromkeys(("4330", "4331", "4332", "4333"), ("00",))
    | {"02": ("37",), "30": ("01", "02"), "37": ("02", "8026"), "254": ("414",), "7003": ("01", "02", "03")}
)
"""One of these must stand beside the element (GS1 Syntax Dictionary, domain facts D.1)."""


def check_elements(elements: Iterable[Element], *, today: date) -> None:
    """Raise the first fault found.

    `WrongCheckDigit`, `ImpossibleDate`, `ElementUnreadable` (a number or count of zero),
    `ElementsContradict`, or `ElementMissing`.  What an element needs beside it is asked only of a scan that
    names a pack: a second label with date and lot has its product on the first.
    """
    seen: dict[str, Element] = {}
    for element in elements:
        check_element(element, today=today)
        earlier = seen.setdefault(element.ai, element)
        if earlier != element:
            raise _contradiction(element, earlier)
    for ai, other in _EXCLUSIVE:
        if ai in seen and other in seen:
            raise _contradiction(seen[other], seen[ai])
    _check_company(seen)
    _check_expiries(seen, today)


def check_element(element: Element, *, today: date) -> None:
    """Raise when the check digit, date or count of this one element cannot be right."""
    checked = _CHECKED_DIGITS.get(element.ai)
    if checked is not None:
        require_check_digit(element.value[:checked], position=element.position)
    if element.ai in _GTINS and not element.value[:14].strip("0"):
        raise ElementUnreadable(position=element.position, ai=element.ai, value=element.value)
    if element.ai in ("30", "37") and int(element.value) == 0:
        raise ElementUnreadable(position=element.position, ai=element.ai, value=element.value)
    try:
        _check_dates(element, today)
    except ValueError as fault:
        raise ImpossibleDate(position=element.position, ai=element.ai, value=element.value) from fault


def _check_dates(element: Element, today: date) -> None:
    """Raise ValueError when an element's digits name no day or no minute."""
    value = element.value
    if element.ai in _MONTH_END_ALLOWED:
        civil_date(value, today=today)
    elif element.ai == "7003":
        civil_minute(value, today=today)
    elif element.ai in _EXACT_DAYS:
        exact_date(value[:6], today=today)
        if element.ai == "7007" and len(value) > 6:
            exact_date(value[6:], today=today)
        if element.ai == "7011" and len(value) > 6:
            civil_minute(value, today=today)


def _check_company(seen: dict[str, Element]) -> None:
    """Each element beside a key has what it means nothing without."""
    if _KEYS.isdisjoint(seen):
        return
    for ai, element in seen.items():
        needed = _NEEDED.get(ai)
        if needed is not None and seen.keys().isdisjoint(needed):
            raise ElementMissing(position=element.position, ai=ai, needs=", ".join(needed))


def _check_expiries(seen: dict[str, Element], today: date) -> None:
    """An expiry date and an expiry minute on one label must name the same day."""
    if "17" in seen and "7003" in seen:
        day = civil_date(seen["17"].value, today=today)
        if civil_minute(seen["7003"].value, today=today).date() != day:
            raise _contradiction(seen["7003"], seen["17"])


def _contradiction(element: Element, earlier: Element) -> ElementsContradict:
    return ElementsContradict(
        position=element.position,
        ai=element.ai,
        value=element.value,
        other_ai=earlier.ai,
        other_value=earlier.value,
    )
