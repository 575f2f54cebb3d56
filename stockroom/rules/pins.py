"""Which PINs are too easily guessed, and how long must somebody wait who guessed wrong?  Pure.

A PIN of four digits has ten thousand values and people choose few of them (Bonneau, Preibusch and Anderson,
"A birthday present every eleven wallets?", 2012): those are refused, and every wrong one costs time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar

from stockroom.errors import Conflict, InvalidValue, extracted

LENGTH_MIN, LENGTH_MAX = 4, 8
WRONG_BEFORE_LOCK = 5
"""Wrong PINs in a row of one person, at whatever tablet, after which the next is not looked at for a while."""
FIRST_LOCK = timedelta(minutes=5)
LONGEST_LOCK = timedelta(hours=12)
WRONG_BEFORE_VOID = 15
"""Wrong PINs in a row after which this PIN opens nothing any more: another one has to be set."""
WINDOW = timedelta(minutes=15)
WRONG_AT_TABLET = 10
"""Wrong PINs at one tablet within WINDOW, of whomever, after which it looks at none; a right one clears nothing."""
UNKNOWN_BADGES_AT_TABLET = 30

_COMMON_TEXT = """
    1004 1010 1122 1212 1313 1357 1590 2001 2580 2468 3691 4711 5683 6969 7410 8520 9630 1379 0852 0741
    112233 121212 123123 159753 131313 147258 147852 159357 123654 123321 102030 258000 696969
    11223344 12341234 12121212 14725836 20202020 10203040 87654321
"""
_COMMON = frozenset(_COMMON_TEXT.split())
_STRAIGHT = "01234567890123456789"


@dataclass(eq=False, kw_only=True)
class PinLocked(Conflict):
    """So many wrong PINs were given for this person that the next one is not looked at yet."""

    code: ClassVar[str] = "pin_locked"
    message: ClassVar[str] = extracted(
        "Too many wrong PINs. Wait {retry_after} seconds, or scan the badge, or log in with the password."
    )
    retry_after: int


@dataclass(eq=False, kw_only=True)
class PinVoid(Conflict):
    """So many wrong PINs were given in a row that this PIN opens nothing any more."""

    code: ClassVar[str] = "pin_void"
    message: ClassVar[str] = extracted(
        "This PIN was guessed at too often and opens nothing any more. Scan the badge, or log in with the "
        "password and set another PIN."
    )


@dataclass(eq=False, kw_only=True)
class TabletLocked(Conflict):
    """So many wrong PINs or badges were tried at this tablet that it looks at none for a while."""

    code: ClassVar[str] = "tablet_locked"
    message: ClassVar[str] = extracted(
        "Too many wrong tries at this tablet. Wait {retry_after} seconds, or log in with address and password."
    )
    retry_after: int


def refuse_weak_pin(pin: str) -> None:
    """Raise InvalidValue for a PIN that is no number of 4 to 8 digits, or one of those that are guessed first.

    >>> refuse_weak_pin("2719")
    """
    problem = None
    if not (pin.isascii() and pin.isdecimal() and LENGTH_MIN <= len(pin) <= LENGTH_MAX):
        problem = f"{LENGTH_MIN} to {LENGTH_MAX} digits"
    elif _is_guessed_first(pin):
        problem = "it is one of those that are guessed first: no run, no pattern, no year"
    if problem is not None:
        raise InvalidValue(field="new_pin", problem=problem)


def _is_guessed_first(pin: str) -> bool:
    half = pin[: len(pin) // 2]
    is_run = pin in _STRAIGHT or pin in _STRAIGHT[::-1]
    is_repeated = len(set(pin)) < 3 or (len(pin) % 2 == 0 and pin in (half * 2, half + half[::-1]))
    is_year = len(pin) == 4 and pin[:2] in ("19", "20")
    return is_run or is_repeated or is_year or pin in _COMMON or is_date(pin)


def is_date(pin: str) -> bool:
    """True for six or eight digits that read as a day of a year, in whichever order people write it."""
    forms = {6: ("%d%m%y", "%m%d%y", "%y%m%d"), 8: ("%d%m%Y", "%m%d%Y", "%Y%m%d")}.get(len(pin), ())
    return any(_reads(pin, form) for form in forms)


def _reads(pin: str, form: str) -> bool:
    try:
        read = datetime.strptime(pin, form)  # noqa: DTZ007 - a pattern, not an instant
    except ValueError:
        return False
    return 1900 <= read.year <= 2099


def check_person(wrong: Sequence[datetime], *, now: datetime) -> None:
    """Raise PinVoid or PinLocked when so many of a person's PINs were `wrong` in a row that none is looked at now.

    The first lock lasts five minutes from the last wrong one, and each further wrong one doubles it.
    """
    if len(wrong) >= WRONG_BEFORE_VOID:
        raise PinVoid()
    if len(wrong) < WRONG_BEFORE_LOCK:
        return
    doubled: timedelta = FIRST_LOCK * (2 ** (len(wrong) - WRONG_BEFORE_LOCK))
    left = max(wrong) + min(doubled, LONGEST_LOCK) - now
    if left > timedelta(0):
        raise PinLocked(retry_after=_seconds(left))


def check_tablet(wrong: Sequence[datetime], *, most: int, now: datetime) -> None:
    """Raise TabletLocked when `most` or more were `wrong` at a tablet within WINDOW."""
    recent = sorted(at for at in wrong if at > now - WINDOW)
    if len(recent) >= most:
        raise TabletLocked(retry_after=_seconds(recent[-most] + WINDOW - now))


def _seconds(left: timedelta) -> int:
    return max(1, -(-left // timedelta(seconds=1)))
