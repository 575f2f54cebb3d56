"""How much of a recalled lot came, and where did every base unit of it go, over all clinics?"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class LotBooks:
    """What one clinic's books say of its share of a lot, in base units; reversals netted."""

    received: int = 0
    """From a supplier, or made here."""
    arrived: int = 0
    """From another clinic."""
    corrected_in: int = 0
    """Brought forward, found at a count, overfill."""
    used: int = 0
    compounded: int = 0
    disposed: int = 0
    returned: int = 0
    dispatched: int = 0
    """To another clinic."""
    corrected_out: int = 0
    on_hand: int = 0
    on_the_way: int = 0
    """Of what was dispatched, not arrived yet."""

    @property
    def difference(self) -> int:
        """What came in and is in none of its places; 0 in sound books."""
        came = self.received + self.arrived + self.corrected_in
        went = self.used + self.compounded + self.disposed + self.returned + self.dispatched
        return came - went - self.corrected_out - self.on_hand


@dataclass(frozen=True, slots=True, kw_only=True)
class LotSums:
    """A lot over all clinics, in base units.

    received + corrected_in = held + in_transit + used + compounded + returned + destroyed + corrected_out
    + unaccounted.
    """

    received: int
    corrected_in: int
    held: int
    in_transit: int
    used: int
    compounded: int
    returned: int
    destroyed: int
    corrected_out: int
    unaccounted: int

    @property
    def is_none(self) -> bool:
        """The clinics never had any of it."""
        return self.received == self.corrected_in == 0

    @property
    def is_complete(self) -> bool:
        return self.unaccounted == 0


def sum_up(books: Iterable[LotBooks]) -> LotSums:
    """Add up one lot's books of several clinics.

    What one clinic sent and another received cancels; what left one, is not on the way and never arrived is
    unaccounted for, as is what a clinic's own books do not place.
    """
    each = tuple(books)
    on_the_way = sum(book.on_the_way for book in each)
    between = sum(book.dispatched - book.arrived for book in each)
    return LotSums(
        received=sum(book.received for book in each),
        corrected_in=sum(book.corrected_in for book in each),
        held=sum(book.on_hand for book in each),
        in_transit=on_the_way,
        used=sum(book.used for book in each),
        compounded=sum(book.compounded for book in each),
        returned=sum(book.returned for book in each),
        destroyed=sum(book.disposed for book in each),
        corrected_out=sum(book.corrected_out for book in each),
        unaccounted=sum(book.difference for book in each) + between - on_the_way,
    )
