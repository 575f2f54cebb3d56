"""Until when may a thing be used?

Every limit is an instant that is itself already too late: a thing is usable while now < limit.
None means that the thing has no limit.  A limit only ever shortens; the printed expiry stays beside
it and is never overwritten (USP <797>: a beyond-use date is not an expiry date).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import ClassVar
from zoneinfo import ZoneInfo

from stockroom.errors import Refused, extracted
from stockroom.vocabulary import StorageClass

_FIRST_YEAR, _LAST_YEAR = 1900, 9998
_MOMENT = timedelta(microseconds=1)
COLD = frozenset({StorageClass.REFRIGERATED, StorageClass.FROZEN})
"""Where a life in the fridge holds."""


@dataclass(eq=False, kw_only=True)
class ExpiryImpossible(Refused):
    """No pack can carry this expiry date."""

    code: ClassVar[str] = "expiry_impossible"
    message: ClassVar[str] = extracted(
        "{expires_on} cannot be an expiry date. Read the date on the pack again."
    )
    expires_on: date


@lru_cache(maxsize=8_192)
def end_of_day(expires_on: date, zone: str) -> datetime:
    """Give the first instant (aware, UTC) from which the civil day `expires_on` is over in `zone`.

    It holds on days that last 23 or 25 hours, where midnight does not exist, where a day is left
    out, and where the clock goes back across midnight (the day is over when it is over for good).
    Raises ExpiryImpossible outside the years 1900 to 9998, and ZoneInfoNotFoundError for no zone.
    """
    if not _FIRST_YEAR <= expires_on.year <= _LAST_YEAR:
        raise ExpiryImpossible(expires_on=expires_on)
    wall = ZoneInfo(zone)
    following = expires_on + timedelta(days=1)
    midnights = (
        datetime(following.year, following.month, following.day, tzinfo=wall, fold=fold).astimezone(UTC)
        for fold in (0, 1)
    )
    return max(at for at in midnights if _ends_there(expires_on, at, wall))


def _ends_there(day: date, at: datetime, wall: ZoneInfo) -> bool:
    return (at - _MOMENT).astimezone(wall).date() <= day < at.astimezone(wall).date()


def printed_limit(expires_on: date | None, expires_at: datetime | None, zone: str) -> datetime | None:
    """Give the limit that the manufacturer printed: the end of a day in `zone`, an instant, or none.

    Where both are printed the earlier counts.  Raises ExpiryImpossible.
    """
    return shorten(None if expires_on is None else end_of_day(expires_on, zone), expires_at)


def container_limit(
    opened_at: datetime, in_use_minutes: int | None, printed: datetime | None
) -> datetime | None:
    """Give the limit of a container opened at `opened_at`: its in-use life, never past the printed limit.

    `in_use_minutes` None says that the maker sets no in-use life, so that the printed limit stands.
    Minutes are elapsed time, so that a change of the clocks neither adds nor takes an hour.
    Source: CDC, multi-dose vials: the maker's period after first puncture, never past the printed expiry.
    """
    if in_use_minutes is None:
        return printed
    return earliest(opened_at.astimezone(UTC) + timedelta(minutes=in_use_minutes), printed)


def in_use_minutes(
    stands_at: StorageClass | str | None, *, room: int | None, refrigerated: int | None
) -> int | None:
    """Give the in-use life of a container where it stands, by the lives that its product's rule gives.

    Where one of the two lives is not given the other counts, and is no more than a bound where
    `is_life_known` says no; where nobody knows how warm the place is, the shorter one.  None where the
    rule gives none.
    """
    known = [minutes for minutes in (room, refrigerated) if minutes is not None]
    if stands_at in COLD and refrigerated is not None:
        return refrigerated
    if stands_at == StorageClass.ROOM and room is not None:
        return room
    return min(known) if known else None


def is_life_known(
    stands_at: StorageClass | str | None, *, room: int | None, refrigerated: int | None
) -> bool:
    """True when the lives that a product's rule gives say how long it keeps opened where it stands.

    A life in the fridge says nothing of a warmer place, nor of one of which nobody knows how warm it is;
    a life in a room holds in the fridge too.  No life at all is what the maker sets none for.
    """
    return refrigerated is None or room is not None or stands_at in COLD


def mixture_limit(parents: Iterable[datetime | None], started_at: datetime, recipe_minutes: int) -> datetime:
    """Give the limit of a mixture: no later than any parent's limit, nor than its recipe allows (L11).

    The recipe's minutes count from the beginning of the making, not from its end.
    """
    return earliest(started_at.astimezone(UTC) + timedelta(minutes=recipe_minutes), *parents)


def earliest(first: datetime, *others: datetime | None) -> datetime:
    """Give the earliest of several limits of which one at least is set; None is no limit."""
    return min((first, *(limit for limit in others if limit is not None)))


def shorten(old: datetime | None, new: datetime | None) -> datetime | None:
    """Give the earlier of two limits, None being no limit: a limit is shortened, never lengthened."""
    if old is None or new is None:
        return new if old is None else old
    return min(old, new)


def has_passed(limit: datetime | None, now: datetime) -> bool:
    """True from the very instant of the limit on; no limit never passes."""
    return limit is not None and now >= limit
