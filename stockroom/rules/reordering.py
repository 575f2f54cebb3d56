"""How much of a product should be ordered, and why exactly so much?  Nothing is ordered by it.

Everything is counted in whole sealed presentations.  What is left in opened containers is shown beside the
figures and never counted: nobody can say how much of it will still be used.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

USE_DAYS = 90
"""How far back use is looked at."""
REVIEW_DAYS = 7
"""A clinic looks at what to order once a week: until then what is used has to last as well."""
LEAD_DAYS_USUAL = 14
"""How long a supplier takes where nobody has said it."""
SAFETY_DAYS = 7
"""Days of use that are kept beside, for a bad week or a late delivery."""
TARGET_DAYS = 30
"""For so many days' use more than the minimum is ordered at once, so that it is not ordered again next week."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OnOrder:
    """What a supplier still owes of one order line."""

    count: int
    expected_on: date | None
    none_until: date | None = None
    """The supplier has said that there is none before this day."""

    @property
    def due_on(self) -> date | None:
        """When it can be here: no sooner than the supplier has any."""
        days = [day for day in (self.expected_on, self.none_until) if day is not None]
        return max(days, default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pack:
    """How the supplier sells it."""

    count: int = 1
    """Whole presentations in one orderable pack."""
    lead_time_days: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf:
    """What a clinic has and uses of one product."""

    usable_count: int
    """Sealed, not expired, not held, not in quarantine."""
    promised_count: int
    """Of these, promised to sessions: they are still there and are shown, not taken off."""
    on_order: tuple[OnOrder, ...]
    minimum_count: int | None
    """None where nobody has set one."""
    target_count: int | None
    used_count: int
    """Presentations used in the last USE_DAYS, a part of one counted as one."""
    surplus_elsewhere_count: int
    """What the person's other clinics have above their targets."""
    opened_quantity: int
    """Base units in opened containers: shown, not counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """What should be ordered, with everything that was reckoned with."""

    shelf: Shelf
    pack: Pack
    on_order_count: int
    due_on: date | None
    """When the first of what is on order can be here."""
    is_low: bool
    """Usable and on order together are under the minimum."""
    suggested_count: int
    """Whole presentations, in whole packs; 0 where nothing has to be ordered."""
    pack_count: int
    proposed_minimum_count: int | None
    """Where nobody has set a minimum: what the use of the last weeks speaks for."""
    proposed_target_count: int | None
    """What goes with it: the minimum, and a month's use more."""

    @property
    def has_minimum(self) -> bool:
        return self.shelf.minimum_count is not None


def suggest(shelf: Shelf, pack: Pack) -> Suggestion:
    """Say what to order: target less what is usable and on order, in whole packs, once that is under the minimum.

    A product without a minimum is never passed over: it gets no quantity, and a minimum is proposed.

    >>> shelf = Shelf(usable_count=3, promised_count=1, on_order=(), minimum_count=5, target_count=20,
    ...               used_count=40, surplus_elsewhere_count=0, opened_quantity=0)
    >>> suggestion = suggest(shelf, Pack(count=10))
    >>> (suggestion.suggested_count, suggestion.pack_count)
    (20, 2)
    """
    coming = sum(each.count for each in shelf.on_order)
    position = shelf.usable_count + coming
    is_low = shelf.minimum_count is not None and position < shelf.minimum_count
    missing = max((shelf.target_count or 0) - position, 0) if is_low else 0
    packs = -(-missing // pack.count)
    minimum = proposed_minimum(shelf.used_count, pack) if shelf.minimum_count is None else None
    return Suggestion(
        shelf=shelf,
        pack=pack,
        on_order_count=coming,
        due_on=first_due(shelf.on_order),
        is_low=is_low,
        suggested_count=packs * pack.count,
        pack_count=packs,
        proposed_minimum_count=minimum,
        proposed_target_count=None if minimum is None else minimum + _use_of(shelf.used_count, TARGET_DAYS),
    )


def first_due(on_order: Iterable[OnOrder]) -> date | None:
    """Give the day on which the first of these can be here; None where nobody knows."""
    return min((each.due_on for each in on_order if each.count and each.due_on is not None), default=None)


def proposed_minimum(used_count: int, pack: Pack) -> int:
    """Propose a minimum: use per day x (lead time + a week between two looks) + safety, rounded up.

    The reorder point of periodic review (Silver, Pyke and Thomas, Inventory and Production Management in
    Supply Chains, chapter 6) with the safety stock in days of use.  0 where nothing was used.

    >>> proposed_minimum(90, Pack(lead_time_days=14))
    28
    """
    lead = LEAD_DAYS_USUAL if pack.lead_time_days is None else pack.lead_time_days
    return _use_of(used_count, lead + REVIEW_DAYS + SAFETY_DAYS)


def _use_of(used_count: int, days: int) -> int:
    """What so many days take, rounded up."""
    return -(-used_count * days // USE_DAYS)


def overdue(on_order: Iterable[OnOrder], *, today: date) -> tuple[OnOrder, ...]:
    """Give what should have been here before today, by what the supplier said last."""
    return tuple(each for each in on_order if each.count and each.due_on is not None and each.due_on < today)
