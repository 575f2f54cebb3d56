"""Were as many needles and cartridges booked in a session as is usual for what was done?  Where not, it is asked why."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import ClassVar

from stockroom.errors import Refused, extracted
from stockroom.rules.settings import ClinicSettings
from stockroom.vocabulary import BaseUnit, RatioKind

WITH_A_HEAD = frozenset({"microneedling", "derma-rolling"})
"""Techniques for which every patient gets a cartridge or head of her own."""


@dataclass(eq=False, kw_only=True)
class RatioUnanswered(Refused):
    """Something is unusual and nobody has said why."""

    code: ClassVar[str] = "ratio_unanswered"
    message: ClassVar[str] = extracted(
        "The number of needles or cartridges is unusual ({kinds}). Say why, or book what is missing."
    )
    session: str
    kinds: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Ratio:
    """What is unusual: how many were counted, and how many would not have been asked about."""

    kind: RatioKind
    counted: int
    usual: int


@dataclass(frozen=True, kw_only=True)
class PiecesUsed:
    """What a session used, as far as it matters here."""

    needles: int
    cartridges: int
    techniques: frozenset[str]
    pierces: bool
    """A technique with needles was named."""
    planned_needles: int
    """What the session's plan has of them; 0 where it says nothing."""


def is_cartridge(*, base_unit: str, presentation: str, pin_count: int | None) -> bool:
    """True for a cartridge or head of several needles."""
    said = presentation.casefold()
    return base_unit == BaseUnit.PIECE and (bool(pin_count) or said in ("cartridge", "head"))


def is_needle(
    *, base_unit: str, presentation: str, name: str, says_needle: bool, pin_count: int | None
) -> bool:
    """True for a needle or cannula by itself; `says_needle`: its product has a gauge, or a size in words."""
    if is_cartridge(base_unit=base_unit, presentation=presentation, pin_count=pin_count):
        return False
    return base_unit == BaseUnit.PIECE and (says_needle or "needle" in f"{name} {presentation}".casefold())


def unusual(used: PiecesUsed, settings: ClinicSettings) -> tuple[Ratio, ...]:
    """Give what is asked about; nothing where all is as usual."""
    found = []
    least = used.planned_needles or settings.needles_least
    has_head = bool(used.techniques & WITH_A_HEAD)
    if used.pierces and not has_head and used.needles < least:
        found.append(Ratio(kind=RatioKind.FEW_NEEDLES, counted=used.needles, usual=least))
    most = max(settings.needles_most, used.planned_needles)
    if used.needles > most:
        found.append(Ratio(kind=RatioKind.MANY_NEEDLES, counted=used.needles, usual=most))
    if used.cartridges > settings.cartridges_most:
        found.append(
            Ratio(kind=RatioKind.MANY_CARTRIDGES, counted=used.cartridges, usual=settings.cartridges_most)
        )
    if has_head and not used.cartridges:
        found.append(Ratio(kind=RatioKind.SHARED_CARTRIDGE, counted=0, usual=1))
    return tuple(found)


def require_answers(session: str, asked: Iterable[Ratio], answers: Mapping[str, str]) -> None:
    """Raise RatioUnanswered unless each has an answer."""
    missing = tuple(each.kind.value for each in asked if not answers.get(each.kind.value, "").strip())
    if missing:
        raise RatioUnanswered(session=session, kinds=missing)
