"""Which planned sessions cannot be served by what lies here, and how much is left on each day?  Pure.

What is usable on a day less what is needed until then.  A plain subtraction would be wrong in two ways: what expires
before a session cannot serve it, and what was used from a lot that expired since is not missing twice.  So the needs
are served in the order of time, each from what expires first of what is still usable then (FEFO).  Where a need may be
met by any of several products, what was given to earlier needs is shifted between them before anything is called short:
a need is short only if no way of serving all earlier ones would leave enough for it (augmenting paths, Ford and
Fulkerson, Maximal flow through a network, 1956).  Nothing is kept by it.

A vial that keeps only so long once it is opened is opened, in thought, for the first need that takes of it: what it
leaves serves others from then until its in-use life is over, and is lost after that. What is one patient's (her own
vial, a single dose, a vial for several in a treatment room) serves her in one session, and is lost after it. Open
vials are taken first, as at the bench, hers before others, and a need opens as few as it takes. When a vial was
opened is then not thought over again: where such products stand in for one another, a need may be called short that
another order of opening would serve, and never one called served that no order serves.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from stockroom.rules.expiry import shorten


@dataclass(frozen=True, slots=True, kw_only=True)
class Supply:
    """What lies of a product that is usable until the same instant, promised to nobody (base units)."""

    product_id: int
    quantity: int
    until: datetime | None
    """Not at this instant any more; None: it does not expire."""
    vial: int | None = None
    """How much is in one sealed vial that, once it is opened, keeps only so long or is one patient's; None: it keeps
    as it lies."""
    life: timedelta | None = None
    """How long such a vial keeps from its opening; None: no less long than sealed."""
    opened_at: datetime | None = None
    """Since when it is open; None: it is sealed, or is nothing that is opened."""
    serves_one: bool = False
    """Once it is open it is for one patient: whoever gets of it first."""
    only_for: int | None = None
    """The one patient whose it is already."""

    def serves(self, demand: Demand) -> bool:
        """Whether it is for her, and still good then."""
        return self.only_for in (None, demand.patient_id) and self.lasts(demand.at)

    def lasts(self, at: datetime) -> bool:
        """Whether it is open or sealed, and good, at that instant."""
        if self.opened_at is not None and self.opened_at > at:
            return False
        return self.until is None or self.until > at or self.opened_at == at

    @property
    def is_opened_for_a_need(self) -> bool:
        """Whether taking of it breaks vials open."""
        return self.vial is not None

    def given_to(self, demand: Demand) -> Supply:
        """It, once this patient got of it: what is one patient's is thrown away with her session."""
        if not self.serves_one:
            return self
        return replace(self, only_for=demand.patient_id, opened_at=demand.at, until=demand.at)

    def opened_for(self, vials: int, at: datetime) -> Supply:
        """So many vials of it, opened at `at`."""
        assert self.vial is not None
        return Supply(
            product_id=self.product_id,
            quantity=vials * self.vial,
            until=self.until if self.life is None else shorten(self.until, at + self.life),
            opened_at=at,
            serves_one=self.serves_one,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """What a session will take of any of these products (base units)."""

    key: int
    """Of its own, whatever it stands for."""
    at: datetime
    product_ids: frozenset[int]
    quantity: int
    patient_id: int | None = None
    """Whose session it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """What is left of a product, and is nobody's, once a session has been served."""

    product_id: int
    at: datetime
    quantity: int


@dataclass(frozen=True, kw_only=True)
class Served:
    """What planned sessions lack, and what they leave."""

    short: dict[int, int]
    """By the key of the demand; only what is more than nothing."""
    left: tuple[Left, ...]
    """By time, for each product that somebody needs at that time."""


@dataclass(kw_only=True)
class _Pot:
    """A supply on its way: how much is free, and who has how much of the rest."""

    supply: Supply
    free: int
    given: dict[int, int] = field(default_factory=dict)


def serve(supplies: Iterable[Supply], demands: Iterable[Demand]) -> Served:
    """Serve demands in the order of time (of the same time, as given) from what lies here.

    >>> from datetime import UTC
    >>> day = lambda n: datetime(2026, 3, n, tzinfo=UTC)
    >>> lies = [Supply(product_id=1, quantity=5, until=day(5)), Supply(product_id=1, quantity=2, until=None)]
    >>> asks = [Demand(key=n, at=day(n), product_ids=frozenset({1}), quantity=2) for n in (2, 4, 8, 9)]
    >>> serve(lies, asks).short
    {9: 2}
    """
    pots: dict[int, list[_Pot]] = defaultdict(list)
    for supply in sorted(supplies, key=_dies):
        if supply.quantity > 0:
            pots[supply.product_id].append(_Pot(supply=supply, free=supply.quantity))
    asked = sorted(demands, key=lambda each: each.at)
    by_key = {each.key: each for each in asked}
    alike = _alike(asked)
    short: dict[int, int] = {}
    left: list[Left] = []
    for demand in asked:
        _put_away_spoiled(demand, pots)
        missing = _from_free(demand, pots)
        while missing and _is_any_free(demand, alike, pots):
            got = _shift(demand, missing, pots, by_key)
            if not got:
                break
            missing -= got
        if missing:
            short[demand.key] = missing
        left += [_left(product_id, demand.at, pots) for product_id in sorted(demand.product_ids)]
    return Served(short=short, left=tuple(left))


def _alike(asked: Iterable[Demand]) -> dict[int, frozenset[int]]:
    """By product, those between which anything may ever be shifted: itself, and what stands in for it, on and on."""
    found: dict[int, frozenset[int]] = {}
    for products in {each.product_ids for each in asked}:
        together = products.union(*(found.get(each, frozenset()) for each in products))
        found.update(dict.fromkeys(together, together))
    return found


def _is_any_free(demand: Demand, alike: dict[int, frozenset[int]], pots: dict[int, list[_Pot]]) -> bool:
    """Whether looking for something to shift can find anything: most often nothing at all is left."""
    reach = alike.get(min(demand.product_ids, default=0), frozenset())
    return any(pot.free for each in reach for pot in pots.get(each, ()))


def _put_away_spoiled(demand: Demand, pots: dict[int, list[_Pot]]) -> None:
    """Open vials that are over by now serve nobody any more."""
    for each in demand.product_ids & pots.keys():
        pots[each] = [
            pot for pot in pots[each] if pot.supply.opened_at is None or pot.supply.lasts(demand.at)
        ]


def _dies(supply: Supply) -> tuple[bool, datetime | None]:
    return (supply.until is None, supply.until)


def _left(product_id: int, at: datetime, pots: dict[int, list[_Pot]]) -> Left:
    lying = (pot for pot in pots.get(product_id, ()) if pot.supply.only_for is None)
    free = sum(pot.free for pot in lying if pot.supply.lasts(at))
    return Left(product_id=product_id, at=at, quantity=free)


def _fitting(demand: Demand, pots: dict[int, list[_Pot]]) -> list[_Pot]:
    """What may serve a demand: her own open vials, other open ones, then what dies first."""
    found = [pot for each in demand.product_ids for pot in pots.get(each, ()) if pot.supply.serves(demand)]
    return sorted(found, key=lambda pot: _in_order(pot.supply))


def _in_order(supply: Supply) -> tuple[bool, bool, bool, datetime | None, int]:
    return (supply.only_for is None, supply.opened_at is None, *_dies(supply), supply.product_id)


def _from_free(demand: Demand, pots: dict[int, list[_Pot]]) -> int:
    """Take what is free, and give what is missing then."""
    missing = demand.quantity
    for pot in _fitting(demand, pots):
        part = min(missing, pot.free)
        if part:
            _give(pot, demand, part, pots)
            missing -= part
    return missing


def _shift(demand: Demand, missing: int, pots: dict[int, list[_Pot]], by_key: dict[int, Demand]) -> int:
    """Free something for a demand by giving earlier ones something else; how much it got, 0 when there is no way."""
    chain = _way_to_free(demand, pots, by_key)
    if not chain:
        return 0
    # chain: the pot that the demand takes from, whom it takes from there, the pot that this one gets instead, …
    part = min(missing, chain[-1][0].free)
    for pot, key in chain[:-1]:
        part = min(part, pot.given[key])
    taker = demand.key
    for pot, holder in chain:
        if pot is chain[-1][0]:
            _give(pot, by_key[taker], part, pots)
            break
        _take_away(pot, holder, part)
        pot.given[taker] = pot.given.get(taker, 0) + part
        taker = holder
    return part


def _way_to_free(
    demand: Demand, pots: dict[int, list[_Pot]], by_key: dict[int, Demand]
) -> Sequence[tuple[_Pot, int]]:
    """The shortest way from a demand over those who give way to a pot with something free; empty: there is none."""
    came: dict[int, tuple[_Pot, int] | None] = {demand.key: None}
    waiting = deque([demand])
    seen: set[int] = set()
    while waiting:
        asker = waiting.popleft()
        for pot in _fitting(asker, pots):
            if id(pot) in seen:
                continue
            seen.add(id(pot))
            if pot.free:
                return _back(asker.key, pot, came)
            for key in pot.given:
                if key not in came and pot.given[key]:
                    came[key] = (pot, asker.key)
                    waiting.append(by_key[key])
    return ()


def _back(key: int, last: _Pot, came: dict[int, tuple[_Pot, int] | None]) -> Sequence[tuple[_Pot, int]]:
    """The way found, from the demand on: each pot with whom something is taken from there."""
    chain: list[tuple[_Pot, int]] = [(last, 0)]
    while (step := came[key]) is not None:
        pot, asker = step
        chain.append((pot, key))
        key = asker
    return chain[::-1]


def _give(pot: _Pot, demand: Demand, quantity: int, pots: dict[int, list[_Pot]]) -> None:
    """Give a demand something that is free there; of sealed vials it opens as many as that takes."""
    if not pot.supply.is_opened_for_a_need:
        pot.supply = pot.supply.given_to(demand)
        pot.free -= quantity
        pot.given[demand.key] = pot.given.get(demand.key, 0) + quantity
        return
    vial = pot.supply.vial or 1
    opened = pot.supply.opened_for(-(-quantity // vial), demand.at).given_to(demand)
    pot.free -= opened.quantity
    pots[pot.supply.product_id].append(
        _Pot(supply=opened, free=opened.quantity - quantity, given={demand.key: quantity})
    )


def _take_away(pot: _Pot, key: int, quantity: int) -> None:
    rest = pot.given[key] - quantity
    if rest:
        pot.given[key] = rest
    else:
        del pot.given[key]
