"""Is what a clinic has too little of on its way, and will it be enough?  Counted in whole sealed presentations."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from stockroom.errors import extracted
from stockroom.notices import AlertKind, Severity
from stockroom.rules.alerting import Cause
from stockroom.rules.reordering import LEAD_DAYS_USUAL


class Supply(StrEnum):
    """How a product that is low is seen to."""

    NOT_ORDERED = "not_ordered"
    """Nothing of it is on order."""
    TOO_LITTLE = "too_little"
    """Something is on order, and it stays low all the same."""
    ORDERED = "ordered"
    """What is on order brings it back to its minimum, and is not late."""
    OVERDUE = "overdue"
    """What is on order and not late does not bring it back, and something should have been here."""


WORDS = {
    Supply.NOT_ORDERED: extracted("not ordered"),
    Supply.TOO_LITTLE: extracted("%(count)s ordered, not enough"),
    Supply.ORDERED: extracted("ordered, due %(day)s"),
    Supply.OVERDUE: extracted("ordered, was due %(day)s"),
}
"""How it is said on a page and in a letter; `day` is a day as the reader writes it."""
WORDS_WITHOUT_DAY = WORDS | {
    Supply.ORDERED: extracted("ordered, no day known"),
    Supply.OVERDUE: extracted("ordered long ago, no day known"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Coming:
    """What a supplier still owes of one line of an order."""

    count: int
    due_on: date | None
    """When it can be here, by what the supplier said last."""
    ordered_on: date

    def is_late(self, today: date) -> bool:
        """True once it should have been here; where nobody said a day, once suppliers have usually delivered."""
        if self.due_on is not None:
            return self.due_on < today
        return self.ordered_on + timedelta(days=LEAD_DAYS_USUAL) < today


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """What is on order of a product that is low."""

    supply: Supply
    on_order_count: int
    due_on: date | None
    """When the next of it can be here; of what is overdue, since when."""


def outlook(*, usable_count: int, minimum_count: int, coming: Iterable[Coming], today: date) -> Outlook:
    """Say whether what is on order brings a product back to its minimum in time.

    >>> due = Coming(count=5, due_on=date(2026, 5, 12), ordered_on=date(2026, 5, 4))
    >>> asked = {"usable_count": 2, "minimum_count": 6, "coming": [due]}
    >>> [outlook(**asked, today=date(2026, 5, day)).supply.value for day in (12, 13)]
    ['ordered', 'overdue']
    """
    every = [each for each in coming if each.count > 0]
    whole = sum(each.count for each in every)
    in_time = [each for each in every if not each.is_late(today)]
    late = [each for each in every if each.is_late(today)]
    if not every:
        return Outlook(supply=Supply.NOT_ORDERED, on_order_count=0, due_on=None)
    if usable_count + sum(each.count for each in in_time) >= minimum_count:
        return Outlook(supply=Supply.ORDERED, on_order_count=whole, due_on=_first(in_time))
    if late:
        return Outlook(supply=Supply.OVERDUE, on_order_count=whole, due_on=_first(late))
    return Outlook(supply=Supply.TOO_LITTLE, on_order_count=whole, due_on=_first(in_time))


def _first(coming: Iterable[Coming]) -> date | None:
    return min((each.due_on for each in coming if each.due_on is not None), default=None)


# A shelf that is empty is worse than one that is low, whatever is on order; on a shelf that is no emptier, what
# is late is worse than what nobody has ordered: somebody thought that it was seen to.
_RANKS = {Supply.ORDERED: 1, Supply.TOO_LITTLE: 2, Supply.NOT_ORDERED: 2, Supply.OVERDUE: 3}
_OUT = 3
_LOW_SEVERITY = {Supply.ORDERED: Severity.NOTE}


def low_cause(
    product_uid: str, *, usable_count: int, minimum_count: int, coming: Iterable[Coming], today: date
) -> Cause | None:
    """Give what is to be told of a product of which so many whole presentations are usable; None at its minimum.

    It says what is on order and when that is due, and is worse, so that it is raised again, once that day has
    passed.  Nothing is ordered by it.
    """
    if usable_count >= minimum_count:
        return None
    found = outlook(usable_count=usable_count, minimum_count=minimum_count, coming=coming, today=today)
    is_out = usable_count <= 0
    if is_out:
        severity = Severity.WARNING if found.supply is Supply.ORDERED else Severity.URGENT
    else:
        severity = _LOW_SEVERITY.get(found.supply, Severity.WARNING)
    due = "" if found.due_on is None else found.due_on.isoformat()
    return Cause(
        kind=AlertKind.LOW_STOCK,
        subject_kind="product",
        subject_uid=product_uid,
        period=f"{today.isoformat()}/{'out' if is_out else 'low'}/{found.supply.value}/{due}",
        rank=_RANKS[found.supply] + (_OUT if is_out else 0),
        severity=severity,
        facts={
            "usable": usable_count,
            "minimum": minimum_count,
            "supply": found.supply.value,
            "on_order": found.on_order_count,
            "due_on": found.due_on,
        },
    )
