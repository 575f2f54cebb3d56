"""What is a quantity of a lot worth, by what its deliveries cost?  Or it is not known, which is not nothing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from stockroom.vocabulary import CostState


@dataclass(frozen=True, kw_only=True)
class Cost:
    """What a part of a lot cost when it was delivered."""

    state: CostState
    quantity: int
    """Base units that came at this cost."""
    unit_cost_minor: int | None
    """Of one whole presentation, in the currency's minor unit; None unless priced."""
    currency: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Worth:
    """A sum of money."""

    minor: int
    """In the currency's minor unit."""
    currency: str


def worth(quantity: int, *, content_quantity: int, costs: Iterable[Cost]) -> Worth | None:
    """Give what `quantity` base units are worth by the mean cost of everything delivered of their lot.

    Rounded half up, once, at the end.  A free sample cost nothing.  None (not known) when a part has no
    price, nothing has one, or two currencies were paid.
    """
    parts = tuple(costs)
    currencies = {part.currency for part in parts if part.state is CostState.PRICED}
    if len(currencies) != 1 or any(part.state is CostState.UNKNOWN for part in parts):
        return None
    paid = sum(part.quantity * (part.unit_cost_minor or 0) for part in parts)
    divisor = sum(part.quantity for part in parts) * content_quantity
    minor = (2 * quantity * paid + divisor) // (2 * divisor)
    return Worth(minor=minor, currency=str(currencies.pop()))


def total(parts: Iterable[Worth | None]) -> Worth | None:
    """Give the sum of what is known; None when nothing is, or where currencies differ."""
    known = [part for part in parts if part is not None]
    if len({part.currency for part in known}) != 1:
        return None
    return Worth(minor=sum(part.minor for part in known), currency=known[0].currency)
