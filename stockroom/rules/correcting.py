"""What does correcting a wrongly read lot do to what was opened and mixed from it?

The limits of containers and cocktails are computed anew: downwards at once, upwards only when a
permitted role corrects.  What is not permitted keeps its shorter limit, and everything made from it
is reckoned from there.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import ClassVar

from stockroom.errors import Conflict, Refused, extracted
from stockroom.rules.expiry import container_limit, mixture_limit, shorten
from stockroom.vocabulary import Role

RAISED_BY = frozenset({Role.PRACTITIONER})
"""Who may let a thing be used for longer than its label has said so far."""


@dataclass(eq=False, kw_only=True)
class NothingToCorrect(Refused):
    """The corrected number and expiry are those that are already there."""

    code: ClassVar[str] = "nothing_to_correct"
    message: ClassVar[str] = extracted(
        "Lot {lot_number} already has this number and expiry. There is nothing to correct."
    )
    lot_number: str


@dataclass(eq=False, kw_only=True)
class OtherExpiryKnown(Conflict):
    """The same manufacturer's lot is in the books with another expiry."""

    code: ClassVar[str] = "other_expiry_known"
    message: ClassVar[str] = extracted(
        "Lot {lot_number} is already in the books with the expiry {known}, and this says {read}. "
        "Look at both packs and correct the one that was read wrongly."
    )
    lot_number: str
    known: date | datetime | None
    read: date | datetime | None


@dataclass(eq=False, kw_only=True)
class ParentMissing(Refused):
    """A thing was made from something that is neither given nor made before it."""

    code: ClassVar[str] = "parent_missing"
    message: ClassVar[str] = extracted(
        "What {key} was made from is not known. Run the verification of the books."
    )
    key: str


@dataclass(frozen=True, kw_only=True)
class Identity:
    """A lot as its pack names it; the number is verbatim and case-sensitive."""

    lot_number: str
    expires_on: date | None
    expires_at: datetime | None

    @property
    def expiry(self) -> date | datetime | None:
        return self.expires_on if self.expires_on is not None else self.expires_at


class Change(StrEnum):
    """What becomes of a limit."""

    KEPT = "kept"
    LOWERED = "lowered"
    RAISED = "raised"
    WITHHELD = "withheld"
    """It could be raised, and whoever corrects may not: the shorter limit stays."""


@dataclass(frozen=True, kw_only=True)
class Derived:
    """A container opened from a lot, or a cocktail mixed from several things.

    Keys are uids, of lots and containers alike.  A container has one parent: its lot.
    """

    key: str
    parents: tuple[str, ...]
    began_at: datetime
    """Opening of a container, beginning of a preparation."""
    minutes: int | None
    """In-use life or recipe's rule; None (containers only) for no in-use life."""
    limit: datetime | None
    """The limit as it stands."""
    is_mixture: bool
    shortened_to: datetime | None = None
    """A limit set by hand for another reason: it stays, whatever the lot's number was."""


@dataclass(frozen=True, kw_only=True)
class LimitChange:
    """The limit of one thing before and after the correction."""

    key: str
    old: datetime | None
    new: datetime | None
    change: Change


def check_identity(old: Identity, new: Identity, known: Identity | None) -> None:
    """Refuse a correction that changes nothing, or that contradicts a lot already in the books.

    `known` is the same product's lot with the new number, in any clinic, if there is one: two lots
    are declared one only when their expiry is the same.  Raises NothingToCorrect, OtherExpiryKnown.
    """
    if old == new:
        raise NothingToCorrect(lot_number=old.lot_number)
    if known is not None and known.expiry != new.expiry:
        raise OtherExpiryKnown(lot_number=new.lot_number, known=known.expiry, read=new.expiry)


def recompute(
    limits: Mapping[str, datetime | None], derived: Sequence[Derived], *, roles: frozenset[Role]
) -> tuple[LimitChange, ...]:
    """Compute anew the limits of everything that was opened or mixed from corrected lots.

    `limits` gives the limits of the corrected lots and of every other parent by key; `derived` comes
    parents first (as they were made).  One change for each derived thing, in that order.
    Raises ParentMissing.
    """
    standing = dict(limits)
    changes = []
    for each in derived:
        if not set(each.parents) <= standing.keys():
            raise ParentMissing(key=each.key)
        change = _change(each, _afresh(each, [standing[parent] for parent in each.parents]), roles)
        standing[each.key] = change.new
        changes.append(change)
    return tuple(changes)


def _afresh(derived: Derived, parents: Iterable[datetime | None]) -> datetime | None:
    if derived.is_mixture and derived.minutes is not None:
        limit: datetime | None = mixture_limit(parents, derived.began_at, derived.minutes)
    else:
        printed = None
        for parent in parents:
            printed = shorten(printed, parent)
        limit = container_limit(derived.began_at, derived.minutes, printed)
    return shorten(limit, derived.shortened_to)


def _change(derived: Derived, afresh: datetime | None, roles: frozenset[Role]) -> LimitChange:
    old = derived.limit
    if afresh == old:
        return LimitChange(key=derived.key, old=old, new=old, change=Change.KEPT)
    if shorten(old, afresh) == afresh:
        return LimitChange(key=derived.key, old=old, new=afresh, change=Change.LOWERED)
    if roles & RAISED_BY:
        return LimitChange(key=derived.key, old=old, new=afresh, change=Change.RAISED)
    return LimitChange(key=derived.key, old=old, new=old, change=Change.WITHHELD)
