"""Until when must what tells who a patient is be kept?"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """That a clinic keeps a record of a patient, and until which day; on that day it is kept still."""

    clinic: str
    since: date
    """The day of the last session, or on which the last reaction was written of."""
    years: int
    until: date


def kept_until(since: date, years: int) -> date:
    """Give the same day so many years later; of a 29 February, where there is none, the 1 March."""
    try:
        return since.replace(year=since.year + years)
    except ValueError:
        return date(since.year + years, 3, 1)


def longest_kept(records: Iterable[tuple[str, date, int]], *, today: date) -> Kept | None:
    """Give what is to be kept longest of (clinic, since, years); None where nothing is to be kept any more."""
    kept = [
        Kept(clinic=clinic, since=since, years=years, until=kept_until(since, years))
        for clinic, since, years in records
        if years and kept_until(since, years) >= today
    ]
    return max(kept, key=lambda each: each.until, default=None)
