"""Which hold stops which goods, where does it go when they move, and who may lift it?"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

from stockroom.errors import Conflict, Forbidden, Refused, extracted
from stockroom.vocabulary import HoldReason, Role


@dataclass(eq=False, kw_only=True)
class HoldCoversNothing(Refused):
    """A hold that names neither product, lot nor place would stop nothing, or everything."""

    code: ClassVar[str] = "hold_covers_nothing"
    message: ClassVar[str] = extracted("Say what is to be held: a product, a lot, a container or a place.")


@dataclass(eq=False, kw_only=True)
class HoldAlreadyReleased(Conflict):
    """Somebody has released the hold before."""

    code: ClassVar[str] = "hold_already_released"
    message: ClassVar[str] = extracted(
        "Hold {hold_uid} was already released. Look at the lot again before you go on."
    )
    hold_uid: str


@dataclass(eq=False, kw_only=True)
class RecallHoldStays(Refused):
    """A recall's hold ends with its recall case and in no other way."""

    code: ClassVar[str] = "recall_hold_stays"
    message: ClassVar[str] = extracted(
        "Hold {hold_uid} belongs to a recall and is not released by itself. Close the recall case first."
    )
    answered_for: ClassVar[bool] = True
    hold_uid: str


@dataclass(eq=False, kw_only=True)
class HoldReleaseForbidden(Forbidden):
    """The person does not hold a role that may release this hold."""

    code: ClassVar[str] = "hold_release_forbidden"
    message: ClassVar[str] = extracted("You may not release a hold for {reason}. Ask somebody who is: {may}.")
    reason: str
    may: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class LotName:
    """A lot as holds know it: in this clinic by id, everywhere by product and number."""

    lot_id: int
    product_id: int
    lot_number: str


@dataclass(frozen=True, kw_only=True)
class Goods:
    """A lot at a place, and everything that was mixed into it, through any number of cocktails."""

    lot: LotName
    location_id: int
    made_from: tuple[LotName, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Hold:
    """What is stopped: everything that fits all the fields that are set.

    product_id alone: a product.  product_id and lot_number: a lot everywhere.  lot_id: a lot in one
    clinic.  `places` of (lot, location): a container, or what lay in a place when the hold was placed
    and wherever it went since.
    """

    hold_id: int
    hold_uid: str
    reason: HoldReason
    product_id: int | None = None
    lot_number: str | None = None
    lot_id: int | None = None
    places: frozenset[tuple[int, int]] = frozenset()
    is_released: bool = False


_RELEASED_BY: dict[HoldReason, frozenset[Role]] = {
    HoldReason.NOT_RELEASED: frozenset({Role.MANAGER, Role.PRACTITIONER}),
    HoldReason.TEMPERATURE: frozenset({Role.MANAGER, Role.PRACTITIONER}),
    HoldReason.SUSPICION: frozenset({Role.MANAGER, Role.PRACTITIONER}),
    HoldReason.RECALL: frozenset({Role.MANAGER, Role.PRACTITIONER}),
}

_GRAVITY = (HoldReason.RECALL, HoldReason.SUSPICION, HoldReason.TEMPERATURE, HoldReason.NOT_RELEASED)


def check_scope(hold: Hold) -> None:
    """Raise HoldCoversNothing for a hold that names nothing, or a lot number without its product."""
    names_lot_alone = hold.lot_number is not None and hold.product_id is None
    if names_lot_alone or (hold.product_id is None and hold.lot_id is None and not hold.places):
        raise HoldCoversNothing()


def covers(hold: Hold, goods: Goods) -> bool:
    """True when `hold` stops `goods`: a product's or lot's hold reaches the cocktails made from it.

    A hold on goods at a place stops those goods only: what was drawn before it was placed, and is
    suspect too, gets a hold of its own.  A released hold stops nothing.
    """
    if hold.is_released:
        return False
    if (goods.lot.lot_id, goods.location_id) in hold.places:
        return True
    return any(_names(hold, lot) for lot in (goods.lot, *goods.made_from))


def hold_reasons(holds: Iterable[Hold], goods: Goods) -> tuple[HoldReason, ...]:
    """Give why `goods` are held, each reason once, the gravest first; empty when they are not."""
    reasons = {hold.reason for hold in holds if covers(hold, goods)}
    return tuple(reason for reason in _GRAVITY if reason in reasons)


def follow(holds: Iterable[Hold], *, lot_id: int, from_id: int, to_id: int) -> tuple[Hold, ...]:
    """Give the holds that must also cover `lot_id` at `to_id`, because held goods go there (L8).

    Where some of the lot stays behind, or lay there already, both places stay held: nobody can tell
    one vial of a lot from another.
    """
    return tuple(
        hold
        for hold in holds
        if not hold.is_released and (lot_id, from_id) in hold.places and (lot_id, to_id) not in hold.places
    )


def check_release(hold: Hold, roles: frozenset[Role], *, closes_recall: bool = False) -> None:
    """Refuse to lift `hold` unless it still stands and these roles may lift it.

    Raises HoldAlreadyReleased, RecallHoldStays unless the act closes the recall case, and
    HoldReleaseForbidden.
    """
    if hold.is_released:
        raise HoldAlreadyReleased(hold_uid=hold.hold_uid)
    if hold.reason is HoldReason.RECALL and not closes_recall:
        raise RecallHoldStays(hold_uid=hold.hold_uid)
    check_releasing_role(hold.reason, roles)


def check_releasing_role(reason: HoldReason, roles: frozenset[Role]) -> None:
    """Raise HoldReleaseForbidden unless one of these roles may lift a hold with this reason."""
    may = _RELEASED_BY[reason]
    if not roles & may:
        raise HoldReleaseForbidden(reason=reason.value, may=tuple(sorted(role.value for role in may)))


def _names(hold: Hold, lot: LotName) -> bool:
    if hold.lot_id is not None and hold.lot_id != lot.lot_id:
        return False
    if hold.product_id is not None and hold.product_id != lot.product_id:
        return False
    if hold.lot_number is not None and hold.lot_number != lot.lot_number:
        return False
    return hold.lot_id is not None or hold.product_id is not None
