"""After which lots did patients react more often than after the rest of their product, and how sure is that?

What is counted is a session: exposed when something of it was used on its patient, however many cocktails lie
between, and with an event when a reaction to it is known and was not withdrawn.  Numbers, and no cause: an
effect of the recipe, the area or the hands looks the same.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import NamedTuple, TypeVar

from stockroom.rules.proportions import Bounds, exact_bounds

Key = TypeVar("Key")
LEAST_EXPOSURES = 30
"""Below this a rate says nothing: the exact interval of none out of thirty still reaches beyond a tenth."""


class LotName(NamedTuple):
    """One manufacturer's lot, in whichever clinics: its number as it is written, letter case included."""

    product_uid: str
    number: str


@dataclass(frozen=True, kw_only=True)
class Treated:
    """A session in which something was used, and all that was in it."""

    session_id: int
    patient_id: int
    has_event: bool
    lots: frozenset[LotName]
    recipes: frozenset[str]
    """The prepared products that were used, or went into what was."""
    operators: frozenset[int]
    areas: frozenset[str]

    @cached_property
    def products(self) -> frozenset[str]:
        return frozenset(lot.product_uid for lot in self.lots)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """How many were exposed and how many of these reacted."""

    exposures: int
    """Sessions."""
    patients: int
    events: int
    """Sessions with a reaction, however many reactions it had."""
    patients_with_event: int
    bounds: Bounds | None
    """None below the least number of exposures: then there are counts, and no rate."""

    @property
    def rate(self) -> Fraction | None:
        return None if self.bounds is None else Fraction(self.events, self.exposures)


@dataclass(frozen=True, kw_only=True)
class Threshold:
    """When a lot stands out (settings of a clinic)."""

    exposures_least: int = LEAST_EXPOSURES
    events_least: int = 3
    """One reaction where the rest of the product has none is above it by any interval, and says nothing."""
    confidence_percent: int = 95


@dataclass(frozen=True, kw_only=True)
class Signal:
    """A lot whose interval lies above what is known of its product without it."""

    lot: LotName
    tally: Tally
    rest: Tally
    """The sessions that had the product and not this lot."""


@dataclass(frozen=True, kw_only=True)
class Compared:
    """The lots that stand out, and how many could be compared at all."""

    signals: tuple[Signal, ...]
    lot_count: int
    """Lots of which it and the rest of its product have enough exposures; the more, the more stand out by chance."""


def tally(sessions: Iterable[Treated], threshold: Threshold) -> Tally:
    """Count sessions and patients, and give the interval where there are enough."""
    every = tuple(sessions)
    reacted = [each for each in every if each.has_event]
    enough = len(every) >= max(threshold.exposures_least, LEAST_EXPOSURES)
    return Tally(
        exposures=len(every),
        patients=len({each.patient_id for each in every}),
        events=len(reacted),
        patients_with_event=len({each.patient_id for each in reacted}),
        bounds=exact_bounds(len(reacted), len(every), confidence_percent=threshold.confidence_percent)
        if enough
        else None,
    )


def tallies(
    sessions: Iterable[Treated], groups: Callable[[Treated], Collection[Key]], threshold: Threshold
) -> Mapping[Key, Tally]:
    """Count by group; a session counts in each group that it belongs to, once."""
    found: dict[Key, list[Treated]] = {}
    for session in sessions:
        for group in groups(session):
            found.setdefault(group, []).append(session)
    return {group: tally(of_group, threshold) for group, of_group in found.items()}


def compared(sessions: Collection[Treated], threshold: Threshold) -> Compared:
    """Compare each lot with the rest of its product.

    A lot stands out when the lower bound of its interval is above the rate of the sessions that had its product
    and not this lot; both need enough exposures, and the lot enough events.  The signals come with the greatest
    distance first.

    Source: European Medicines Agency, Guideline on good pharmacovigilance practices, module IX (signal
    management), addendum I: a lower confidence bound above what is expected without it.  S. J. W. Evans, P. C.
    Waller, S. Davis, Pharmacoepidemiology and Drug Safety 10 (2001) 483-486: at least three events.
    """
    signals, count = [], 0
    by_product: dict[str, list[Treated]] = {}
    for session in sessions:
        for product in session.products:
            by_product.setdefault(product, []).append(session)
    for lot, its in tallies(sessions, lambda each: each.lots, threshold).items():
        if its.bounds is None:
            continue
        rest = tally((each for each in by_product[lot.product_uid] if lot not in each.lots), threshold)
        if rest.rate is None:
            continue
        count += 1
        if its.events >= threshold.events_least and Fraction(its.bounds.lower) > rest.rate:
            signals.append(Signal(lot=lot, tally=its, rest=rest))
    signals.sort(key=lambda each: (-_distance(each), each.lot))
    return Compared(signals=tuple(signals), lot_count=count)


def _distance(signal: Signal) -> Fraction:
    assert signal.tally.bounds is not None and signal.rest.rate is not None
    return Fraction(signal.tally.bounds.lower) - signal.rest.rate
