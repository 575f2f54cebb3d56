"""Which instructions does a patient take home, given how she was treated?"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

ONLY_AFTER_NEEDLES = frozenset({"recovery-days", "otc-analgesic-if-sore"})
"""What is said of bruises and soreness: it concerns whoever was pierced."""


def is_pierced(deliveries: Collection[str], *, used_pieces: bool) -> bool:
    """True when a technique with needles was used, or none was named and needles were."""
    return "needle" in deliveries or (not deliveries and used_pieces)


def instructions(
    rows: Iterable[tuple[str, Mapping[str, Any]]], *, audience: str, pierced: bool
) -> tuple[str, ...]:
    """Give the slugs that fit, in the order of the reference data."""
    return tuple(
        slug
        for slug, detail in rows
        if detail.get("audience") == audience and (pierced or slug not in ONLY_AFTER_NEEDLES)
    )
