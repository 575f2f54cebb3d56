"""What was found, by one person or several, beside the books, and can the difference be booked?

A thing is a lot at a place.  It is compared with the books at the moment when it was counted; what moved
between counting and booking is neither lost nor counted twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from stockroom.errors import Conflict, Refused, extracted
from stockroom.vocabulary import CountReason

Place = tuple[int, int]
"""A lot and the location where it lies: (lot_id, location_id)."""


@dataclass(eq=False, kw_only=True)
class CountedTwice(Refused):
    """The same lot at the same place is on the list twice."""

    code: ClassVar[str] = "counted_twice"
    message: ClassVar[str] = extracted(
        "Lot {lot_number} is on this count twice for the same place. Keep one line."
    )
    lot_number: str


@dataclass(eq=False, kw_only=True)
class CountImpossible(Refused):
    """Less than nothing cannot be found."""

    code: ClassVar[str] = "count_impossible"
    message: ClassVar[str] = extracted(
        "{found} of lot {lot_number} cannot have been found. Enter zero or more."
    )
    lot_number: str
    found: int


@dataclass(eq=False, kw_only=True)
class CountReasonMissing(Refused):
    """A difference between shelf and books says why."""

    code: ClassVar[str] = "count_reason_missing"
    message: ClassVar[str] = extracted(
        "Of lot {lot_number} {found} were found and {expected} are in the books. Say why they differ."
    )
    lot_number: str
    found: int
    expected: int


@dataclass(eq=False, kw_only=True)
class CountOvertaken(Conflict):
    """More was taken since the count than the count had found."""

    code: ClassVar[str] = "count_overtaken"
    message: ClassVar[str] = extracted(
        "Since lot {lot_number} was counted, more of it was taken than the count had found. Count it again."
    )
    lot_number: str


@dataclass(eq=False, kw_only=True)
class CountUnclear(Conflict):
    """By the books less than nothing lay there when it was counted."""

    code: ClassVar[str] = "count_unclear"
    message: ClassVar[str] = extracted(
        "By the books less than nothing of lot {lot_number} lay there when it was counted: something came "
        "in later than it was used. Count it again now."
    )
    lot_number: str


@dataclass(eq=False, kw_only=True)
class CountedSince(Conflict):
    """A later count of the same thing is in the books: what this one found is known better by now."""

    code: ClassVar[str] = "counted_since"
    message: ClassVar[str] = extracted(
        "Lot {lot_number} was counted there again ({counted_at}), and that is booked. Take it off this count, "
        "or count it again now."
    )
    lot_number: str
    counted_at: datetime


@dataclass(eq=False, kw_only=True)
class PartsMoved(Conflict):
    """Between the counts of two parts something moved, and nobody knows out of which part."""

    code: ClassVar[str] = "parts_moved"
    message: ClassVar[str] = extracted(
        "Lot {lot_number} was counted in parts, and some of it moved between them. Count all of it again."
    )
    lot_number: str


@dataclass(eq=False, kw_only=True)
class CountedVialDiscarded(Conflict):
    """The books have thrown the vial away: what it held went with it."""

    code: ClassVar[str] = "counted_vial_discarded"
    message: ClassVar[str] = extracted(
        "Vial {short_code} of lot {lot_number} was thrown away ({discarded_at}), by the books. What was in it "
        "went with it: take it off the count. If it still stands there, take that disposal back first and "
        "count it again."
    )
    lot_number: str
    short_code: str
    discarded_at: datetime


class Trouble(StrEnum):
    """Why a thing cannot be booked as it was counted."""

    DISCARDED = "discarded"
    COUNTED_SINCE = "counted_since"
    PARTS_MOVED = "parts_moved"
    UNCLEAR = "unclear"
    OVERTAKEN = "overtaken"


@dataclass(frozen=True, kw_only=True)
class Find:
    """What one person found of one lot at one place."""

    lot_id: int
    lot_number: str
    location_id: int
    found: int
    counted_at: datetime
    counted_by_id: int
    reason: CountReason | None = None

    @property
    def place(self) -> Place:
        return (self.lot_id, self.location_id)


@dataclass(frozen=True, kw_only=True)
class Thing:
    """A lot at a place as it was counted, in one piece or in parts."""

    finds: tuple[Find, ...]
    """In the order of counting; more than one are parts of it."""

    @property
    def place(self) -> Place:
        return self.finds[0].place

    @property
    def lot_number(self) -> str:
        return self.finds[0].lot_number

    @property
    def found(self) -> int:
        return sum(find.found for find in self.finds)

    @property
    def begun_at(self) -> datetime:
        return self.finds[0].counted_at

    @property
    def counted_at(self) -> datetime:
        """When its last part was counted: from then on the sum is known."""
        return self.finds[-1].counted_at

    @property
    def counted_by_id(self) -> int:
        return self.finds[-1].counted_by_id

    @property
    def reason(self) -> CountReason | None:
        """The one that was given last."""
        return next((find.reason for find in reversed(self.finds) if find.reason is not None), None)


@dataclass(frozen=True, kw_only=True)
class Moved:
    """Something that came to the place (positive) or went from it, and when it happened."""

    quantity: int
    happened_at: datetime


@dataclass(frozen=True, kw_only=True)
class Books:
    """What the books know of a place now."""

    now: int = 0
    """Base units that lie there."""
    moves: tuple[Moved, ...] = ()
    """What happened there since the first part was counted."""
    counted_at: datetime | None = None
    """When it was counted last, by the stocktakes that are booked."""
    short_code: str = ""
    """Of the opened container that the place is."""
    discarded_at: datetime | None = None
    """When the container was thrown away."""


NOTHING = Books()


@dataclass(frozen=True, kw_only=True)
class Reconciled:
    """A counted thing beside the books."""

    thing: Thing
    books: Books
    expected: int
    """What lay there by the books when it was counted; less than nothing where they are unclear."""
    trouble: Trouble | None

    @property
    def difference(self) -> int:
        """What goes from adjustment to the place (positive) or back (negative); 0 posts nothing."""
        return self.thing.found - self.expected


def together(finds: Iterable[Find]) -> tuple[Thing, ...]:
    """Put the finds of each lot and place together, the first counted first.  Raises CountImpossible."""
    places: dict[Place, list[Find]] = {}
    for find in finds:
        if find.found < 0:
            raise CountImpossible(lot_number=find.lot_number, found=find.found)
        places.setdefault(find.place, []).append(find)
    return tuple(
        Thing(finds=tuple(sorted(parts, key=lambda part: part.counted_at))) for parts in places.values()
    )


def reconcile(thing: Thing, books: Books = NOTHING) -> Reconciled:
    """Compare what was found with what the books say lay there at that moment.

    >>> from datetime import UTC, timedelta
    >>> ten = datetime(2026, 3, 2, 10, tzinfo=UTC)
    >>> find = Find(lot_id=1, lot_number="A1", location_id=7, found=5, counted_at=ten, counted_by_id=1)
    >>> gone = Moved(quantity=-2, happened_at=ten + timedelta(minutes=5))
    >>> reconcile(Thing(finds=(find,)), Books(now=3, moves=(gone,))).difference
    0
    """
    since = sum(move.quantity for move in books.moves if move.happened_at > thing.counted_at)
    expected = books.now - since
    return Reconciled(thing=thing, books=books, expected=expected, trouble=_trouble(thing, books, expected))


def _trouble(thing: Thing, books: Books, expected: int) -> Trouble | None:
    difference = thing.found - expected
    if any(thing.begun_at < move.happened_at <= thing.counted_at for move in books.moves):
        return Trouble.PARTS_MOVED
    if not difference:
        return None
    if books.discarded_at is not None:
        return Trouble.DISCARDED
    if books.counted_at is not None and books.counted_at > thing.counted_at:
        return Trouble.COUNTED_SINCE
    if books.now + difference < 0:
        return Trouble.OVERTAKEN
    return Trouble.UNCLEAR if expected < 0 else None


def check_once(finds: Iterable[Find]) -> None:
    """Refuse a list on which the same lot at the same place stands twice.  Raises CountedTwice."""
    seen: set[Place] = set()
    for find in finds:
        if find.place in seen:
            raise CountedTwice(lot_number=find.lot_number)
        seen.add(find.place)


def check_bookable(things: Sequence[Reconciled]) -> None:
    """Refuse what cannot be booked, naming the first thing.

    Raises CountReasonMissing (a difference without a reason), PartsMoved, CountedVialDiscarded, CountedSince,
    CountOvertaken (less than nothing would remain, L4), CountUnclear.
    """
    for each in things:
        if each.difference and each.thing.reason is None:
            raise CountReasonMissing(
                lot_number=each.thing.lot_number, found=each.thing.found, expected=each.expected
            )
        if each.trouble is not None:
            raise _refusal(each, each.trouble)


def _refusal(each: Reconciled, trouble: Trouble) -> Conflict:
    number, books = each.thing.lot_number, each.books
    match trouble:
        case Trouble.DISCARDED:
            assert books.discarded_at is not None
            return CountedVialDiscarded(
                lot_number=number, short_code=books.short_code, discarded_at=books.discarded_at
            )
        case Trouble.COUNTED_SINCE:
            assert books.counted_at is not None
            return CountedSince(lot_number=number, counted_at=books.counted_at)
        case Trouble.PARTS_MOVED:
            return PartsMoved(lot_number=number)
        case Trouble.UNCLEAR:
            return CountUnclear(lot_number=number)
        case Trouble.OVERTAKEN:
            return CountOvertaken(lot_number=number)
