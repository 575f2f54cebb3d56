"""Which lot is taken first?

First expired, first out, opened containers before sealed ones, what nobody was promised before what
somebody was, and last what somebody said is not there.  The same things in any order give the same picks.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import ClassVar

from stockroom.clock import civil_date
from stockroom.errors import Conflict, extracted
from stockroom.rules.suitability import PatientFacts
from stockroom.rules.usability import Purpose, Thing, is_usable
from stockroom.units import show_quantity
from stockroom.vocabulary import BaseUnit

EARLIER_BY_DAYS = 7
"""How much sooner a lot must expire before taking a later one needs a reason."""

FIRST_LOTS = 4
"""So many lots are looked at first; a pick seldom reaches further, however many lie there."""

_NEVER = datetime.max.replace(tzinfo=UTC)


@dataclass(eq=False, kw_only=True)
class NotEnoughUsable(Conflict):
    """What is usable, and free to be taken, is less than what is needed."""

    code: ClassVar[str] = "not_enough_usable"
    message: ClassVar[str] = extracted(
        "{needed} of {product} are needed and only {usable} are usable; {promised} are promised to others "
        "and {unusable} may not be used. Take an equivalent, have some brought, or use less."
    )
    product: str
    needed: str
    usable: str
    promised: str
    unusable: str


@dataclass(frozen=True, kw_only=True)
class Pick:
    """How much to take from one thing.

    From a sealed thing `presentations` whole ones are opened or taken for it; 0 for opened containers.
    """

    thing: Thing
    quantity: int
    presentations: int
    promised: int
    """The part of `quantity` for which somebody else's allocation has to give way."""


def pick(
    things: Iterable[Thing],
    need: int,
    *,
    product: str,
    base_unit: BaseUnit,
    now: datetime,
    zone: str,
    purpose: Purpose,
    patient: PatientFacts | None = None,
    may_take_promised: bool = False,
) -> tuple[Pick, ...]:
    """Choose where `need` base units come from, in the order in which they are to be taken.

    Only things usable for this patient now are taken, and what is passed over only where all else is too little.
    From a sealed thing a quantity may be any part of the whole presentations that are free there.  With
    `may_take_promised` (the patient is here) what others were promised is taken last.  `product` is what the
    refusal calls the need.  Raises NotEnoughUsable; ValueError when `need` is not positive.
    """
    if need <= 0:
        raise ValueError("a need is more than zero")
    given = in_order(things, zone=zone)
    today = civil_date(now, zone)
    present = [each for each in given if not each.is_passed_over]
    passed = [each for each in given if each.is_passed_over]
    usable: list[Thing] = []
    for among in (present, present + passed) if passed else (present,):
        usable = _enough(
            (
                each
                for each in among
                if is_usable(each, now=now, today=today, purpose=purpose, patient=patient)
            ),
            need,
        )
        picks = _picks(usable, need, may_take_promised=may_take_promised)
        if sum(each.quantity for each in picks) == need:
            return picks
    raise _shortage(given, usable, need, product, base_unit)


def _picks(usable: Sequence[Thing], need: int, *, may_take_promised: bool) -> tuple[Pick, ...]:
    """What is taken of each: what is free there, then what was promised."""
    free = _take([_whole(each, each.unpromised) for each in usable], need)
    promised = [0] * len(usable)
    if may_take_promised:
        left = [_whole(each, each.quantity) - taken for each, taken in zip(usable, free, strict=True)]
        promised = _take(left, need - sum(free))
    taken = zip(usable, free, promised, strict=True)
    return tuple(_picked(thing, mine + theirs, theirs) for thing, mine, theirs in taken if mine + theirs)


def in_order(things: Iterable[Thing], *, zone: str) -> tuple[Thing, ...]:
    """Sort things as they are to be taken: opened first, then by limit (none last), number and ids."""
    return tuple(
        sorted(
            things,
            key=lambda each: (
                not each.is_opened,
                each.limit(zone) or _NEVER,
                each.lot_number,
                each.lot_id,
                each.location_id,
            ),
        )
    )


def earlier_choice(
    chosen: Thing,
    things: Iterable[Thing],
    *,
    now: datetime,
    zone: str,
    purpose: Purpose,
    patient: PatientFacts | None = None,
    days: int = EARLIER_BY_DAYS,
) -> Thing | None:
    """Give the sealed lot that should be taken instead of the sealed `chosen` one, if there is one.

    It is of the same product in the same place, usable for this patient, has a whole presentation
    that nobody was promised, was not passed over before, and its limit is more than `days` days earlier.  The
    first in order.
    """
    if chosen.is_opened:
        return None
    latest = (chosen.limit(zone) or _NEVER) - timedelta(days=days)
    today = civil_date(now, zone)
    rivals = (
        each
        for each in things
        if (each.product_id, each.location_id) == (chosen.product_id, chosen.location_id)
        and each.lot_id != chosen.lot_id
        and not each.is_opened
        and not each.is_passed_over
        and _whole(each, each.unpromised) > 0
        and (each.limit(zone) or _NEVER) < latest
        and is_usable(each, now=now, today=today, purpose=purpose, patient=patient)
    )
    return next(iter(in_order(rivals, zone=zone)), None)


@dataclass(frozen=True, kw_only=True)
class Earlier:
    """What should be taken before the chosen thing."""

    waiting: Thing | None = None
    """Nobody has said yet why it is not."""
    passed: tuple[Thing, ...] = ()
    """Somebody has, first first."""


NOTHING_EARLIER = Earlier()


def earlier(
    chosen: Thing,
    things: Iterable[Thing],
    answered: Collection[str],
    *,
    now: datetime,
    zone: str,
    purpose: Purpose,
    patient: PatientFacts | None = None,
    days: int = EARLIER_BY_DAYS,
) -> Earlier:
    """Say which lots should be taken before `chosen`: those that are `answered`, by uid, and the next one.

    An answer about a lot that need not be taken first is about nothing, and is left out.
    """
    rest, passed = list(things), list[Thing]()
    while True:
        first = earlier_choice(chosen, rest, now=now, zone=zone, purpose=purpose, patient=patient, days=days)
        if first is None or first.lot_uid not in answered:
            return Earlier(waiting=first, passed=tuple(passed))
        passed.append(first)
        rest = [each for each in rest if each.lot_id != first.lot_id]


def is_settled(taken: Iterable[tuple[Thing, int]], seen: Sequence[Thing]) -> bool:
    """Whether a pick among `seen` would be the same among all things of the product.

    `seen` holds all that expire no later than the last of the product's `FIRST_LOTS` first lots, and all that
    are opened or have a limit besides the printed expiry; so what was left out comes later in order.
    `taken` is (thing, base units that leave it); what was passed over, or promised to others, is taken only after
    all else.
    """
    expiries = sorted(each.expires_on for each in seen if each.expires_on is not None)
    if len(expiries) < FIRST_LOTS:
        return True
    last_of_first = expiries[FIRST_LOTS - 1]
    return all(
        quantity <= thing.unpromised
        and not thing.is_passed_over
        and (thing.is_opened or (thing.expires_on is not None and thing.expires_on <= last_of_first))
        for thing, quantity in taken
    )


def _enough(usable: Iterable[Thing], need: int) -> list[Thing]:
    """Give the first of them in which `need` is free, so that no more are judged; all where it is in none."""
    first: list[Thing] = []
    for each in usable:
        first.append(each)
        need -= _whole(each, each.unpromised)
        if need <= 0:
            break
    return first


def _whole(thing: Thing, quantity: int) -> int:
    """What of `quantity` can be taken: at a shelf only whole presentations (L13)."""
    return quantity if thing.is_opened else quantity - quantity % thing.content_quantity


def _take(offers: Sequence[int], need: int) -> list[int]:
    taken: list[int] = []
    for offer in offers:
        taken.append(max(0, min(offer, need)))
        need -= taken[-1]
    return taken


def _picked(thing: Thing, quantity: int, promised: int) -> Pick:
    presentations = 0 if thing.is_opened else -(-quantity // thing.content_quantity)
    return Pick(thing=thing, quantity=quantity, presentations=presentations, promised=promised)


def _shortage(
    given: Sequence[Thing], usable: Sequence[Thing], need: int, product: str, base_unit: BaseUnit
) -> NotEnoughUsable:
    def shown(quantity: int) -> str:
        return str(show_quantity(quantity, base_unit))

    on_hand = sum(each.quantity for each in usable)
    unpromised = sum(_whole(each, each.unpromised) for each in usable)
    return NotEnoughUsable(
        product=product,
        needed=shown(need),
        usable=shown(unpromised),
        promised=shown(on_hand - unpromised),
        unusable=shown(sum(each.quantity for each in given) - on_hand),
    )
