"""How do people count goods: in boxes, in whole presentations, and by what is open?  Pure."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Counted:
    """A quantity split as people say it: 3 boxes + 42, or 9 vials + 3.2 mL open."""

    packs: int
    presentations: int
    """Whole presentations beside the packs."""
    open_quantity: int
    """Base units in opened containers, and what is no whole presentation."""


def count_as_people_do(
    *, sealed_quantity: int, open_quantity: int = 0, content_quantity: int, pack_count: int = 1
) -> Counted:
    """Split base units into packs of `pack_count` presentations, presentations, and what is open.

    >>> count_as_people_do(sealed_quantity=342, content_quantity=1, pack_count=100)
    Counted(packs=3, presentations=42, open_quantity=0)
    """
    whole, part = divmod(sealed_quantity, content_quantity)
    packs, loose = divmod(whole, pack_count) if pack_count > 1 else (0, whole)
    return Counted(packs=packs, presentations=loose, open_quantity=open_quantity + part)
