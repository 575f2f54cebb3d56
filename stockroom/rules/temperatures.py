"""How warm may it be where goods lie, what may a thermometer say, and was it within the limits?

Temperatures are whole tenths of a degree Celsius; "4.2" exists only where people type and read.

Sources: controlled cold 2-8 C and the outer bounds 15-30 C of controlled room temperature, USP General Chapter
659 (naplexstudy.com, definition of pharmaceutical storage temperature); freezer -25 to -10 C, the same chapter;
two readings a day, vaccine storage and handling (docslib 2569925).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, localcontext
from enum import StrEnum
from typing import ClassVar

from stockroom.errors import InvalidValue, Refused, extracted
from stockroom.vocabulary import LocationKind, StorageClass

COLDEST_TENTHS, WARMEST_TENTHS = -1_000, 600
"""What a thermometer beside goods can say: -100 to +60 degrees."""
_TYPED = re.compile(r"([-−+]?)(\d{1,3})(?:[.,](\d))?(?:[.,]?)\s*(?:°?\s*[Cc])?", re.ASCII)
_ACTIVATION_OVER_GAS = Decimal(10_000)
"""The heat of activation, 83.144 kJ/mol, over the gas constant, 8.3144 J/(mol K); in kelvin."""
_KELVIN = Decimal("273.15")


class ReadingSource(StrEnum):
    """Where a reading comes from."""

    BY_HAND = "by_hand"
    LOGGER = "logger"
    """A file that a data logger wrote."""
    SENSOR = "sensor"
    """A device that sends by itself."""


class Verdict(StrEnum):
    """What was decided about goods that lay outside the limits."""

    RELEASE = "release"
    DISPOSE = "dispose"
    PART = "part"
    """Some of it released, the rest thrown away."""
    MISTAKEN = "mistaken"
    """It was never outside: the readings were corrected."""


class Judgement(StrEnum):
    """Whether a reading is within the limits."""

    GOOD = "good"
    OUT = "out"
    NOT_KNOWN = "not_known"
    """Nobody has said what the limits are, so that nobody can tell."""


@dataclass(eq=False, kw_only=True)
class TemperatureImpossible(Refused):
    """No place of a clinic is that warm or that cold."""

    code: ClassVar[str] = "temperature_impossible"
    message: ClassVar[str] = extracted(
        "{place}: {celsius} °C cannot be. Look at the thermometer again, and mind the decimal sign."
    )
    place: str
    celsius: str


@dataclass(eq=False, kw_only=True)
class ExtremesDisagree(Refused):
    """The lowest is above what it says now, or the highest below."""

    code: ClassVar[str] = "extremes_disagree"
    message: ClassVar[str] = extracted(
        "{place}: the lowest ({lowest} °C), now ({now} °C) and the highest ({highest} °C) do not go together. "
        "Look at the thermometer again: perhaps two were exchanged."
    )
    place: str
    lowest: str
    now: str
    highest: str


@dataclass(frozen=True, kw_only=True)
class Limits:
    """Within which it should be, both bounds included."""

    lowest_tenths: int
    highest_tenths: int


@dataclass(frozen=True, kw_only=True)
class Figures:
    """What a thermometer says: now, and where it keeps them the lowest and the highest since it was cleared."""

    now_tenths: int
    lowest_tenths: int | None = None
    highest_tenths: int | None = None

    @property
    def coldest(self) -> int:
        return self.now_tenths if self.lowest_tenths is None else self.lowest_tenths

    @property
    def warmest(self) -> int:
        return self.now_tenths if self.highest_tenths is None else self.highest_tenths


@dataclass(frozen=True, kw_only=True)
class Watch:
    """What is asked of a place each day."""

    is_read: bool
    limits: Limits | None
    """None: not known."""
    is_emergency_box: bool = False


_OF_CLASS: dict[StorageClass, Limits] = {
    StorageClass.REFRIGERATED: Limits(lowest_tenths=20, highest_tenths=80),
    StorageClass.ROOM: Limits(lowest_tenths=150, highest_tenths=300),
    StorageClass.FROZEN: Limits(lowest_tenths=-250, highest_tenths=-100),
}
_READ_KINDS = frozenset({LocationKind.FRIDGE, LocationKind.FREEZER, LocationKind.CUPBOARD})
"""Kinds in which goods are stored, so that somebody reads a thermometer there unless the clinic says otherwise."""


def usual_limits(storage_class: str | None) -> Limits | None:
    """Give the limits of a storage class; None while nobody said how warm a place is."""
    return None if storage_class is None else _OF_CLASS[StorageClass(storage_class)]


def usual_watch(kind: str, storage_class: str | None) -> Watch:
    """Give what is asked of a place of which nobody decided anything."""
    return Watch(is_read=LocationKind(kind) in _READ_KINDS, limits=usual_limits(storage_class))


def check_figures(figures: Figures, *, place: str) -> None:
    """Refuse what no thermometer of a clinic says.  Raises TemperatureImpossible, ExtremesDisagree."""
    for each in (figures.now_tenths, figures.lowest_tenths, figures.highest_tenths):
        if each is not None and not COLDEST_TENTHS <= each <= WARMEST_TENTHS:
            raise TemperatureImpossible(place=place, celsius=celsius(each))
    if not figures.coldest <= figures.now_tenths <= figures.warmest:
        raise ExtremesDisagree(
            place=place,
            lowest=celsius(figures.coldest),
            now=celsius(figures.now_tenths),
            highest=celsius(figures.warmest),
        )


def check_limits(limits: Limits) -> None:
    """Raise InvalidValue unless something can be within the limits."""
    if not COLDEST_TENTHS <= limits.lowest_tenths < limits.highest_tenths <= WARMEST_TENTHS:
        raise InvalidValue(
            field="limits",
            problem=f"the lowest below the highest, both from {COLDEST_TENTHS // 10} to {WARMEST_TENTHS // 10} °C",
        )


def judge(figures: Figures, limits: Limits | None) -> Judgement:
    """Say whether everything that the thermometer says is within the limits."""
    if limits is None:
        return Judgement.NOT_KNOWN
    is_in = limits.lowest_tenths <= figures.coldest and figures.warmest <= limits.highest_tenths
    return Judgement.GOOD if is_in else Judgement.OUT


def celsius(tenths: int) -> str:
    """Write tenths as degrees, such as 4.2 or -18.0, with a point."""
    sign = "-" if tenths < 0 else ""
    return f"{sign}{abs(tenths) // 10}.{abs(tenths) % 10}"


def tenths_of(typed: str) -> int | None:
    """Read degrees with a comma or a point and at most one decimal; None for what is no temperature."""
    match = _TYPED.fullmatch(typed.strip())
    if match is None:
        return None
    tenths = int(match[2]) * 10 + int(match[3] or 0)
    return -tenths if match[1] in ("-", "−") else tenths


@dataclass(frozen=True, kw_only=True)
class Told:
    """A reading that counts, as the log sees it."""

    uid: str
    read_at: datetime
    figures: Figures
    judgement: Judgement


@dataclass(frozen=True, kw_only=True)
class OutRun:
    """Readings outside the limits, one after the other, without a good one between them."""

    good_before_uid: str | None
    """The last good reading before; None where there is none."""
    first_uid: str
    began_after: datetime | None
    """When it was last seen good: the worst case is that it was out from then on."""
    first_at: datetime
    last_at: datetime
    good_again_at: datetime | None
    """None while it is not."""
    coldest_tenths: int
    warmest_tenths: int


def out_runs(readings: Sequence[Told]) -> tuple[OutRun, ...]:
    """Give the runs of readings outside the limits; `readings` in the order of their instants.

    A reading that nobody can judge neither begins nor ends a run.
    """
    runs: list[OutRun] = []
    good: Told | None = None
    run: list[Told] = []
    for each in readings:
        if each.judgement is Judgement.OUT:
            run.append(each)
        elif each.judgement is Judgement.GOOD:
            if run:
                runs.append(_run(run, good, each.read_at))
                run = []
            good = each
    if run:
        runs.append(_run(run, good, None))
    return tuple(runs)


def _run(run: Sequence[Told], good: Told | None, good_again_at: datetime | None) -> OutRun:
    return OutRun(
        good_before_uid=None if good is None else good.uid,
        first_uid=run[0].uid,
        began_after=None if good is None else good.read_at,
        first_at=run[0].read_at,
        last_at=run[-1].read_at,
        good_again_at=good_again_at,
        coldest_tenths=min(each.figures.coldest for each in run),
        warmest_tenths=max(each.figures.warmest for each in run),
    )


def kinetic_mean_hundredths(parts: Iterable[tuple[int, int]]) -> int | None:
    """Give the mean kinetic temperature in hundredths of a degree, rounded half up; None of nothing.

    `parts` are (tenths of a degree, for so many seconds).  It weighs warm hours more than cold ones and says
    nothing of a single hot hour: it is shown beside an excursion and never instead of it.
    Source: USP General Chapter 1079.2, heat of activation 83.144 kJ/mol.
    """
    with localcontext() as context:
        context.prec = 28
        whole, total = 0, Decimal(0)
        for tenths, seconds in parts:
            whole += seconds
            warmth = Decimal(tenths).scaleb(-1) + _KELVIN
            total += seconds * context.divide(-_ACTIVATION_OVER_GAS, warmth).exp()
        if not whole:
            return None
        mean = context.divide(_ACTIVATION_OVER_GAS, -context.divide(total, Decimal(whole)).ln()) - _KELVIN
        return int((mean * 100 + Decimal("0.5")).to_integral_value(rounding="ROUND_FLOOR"))
