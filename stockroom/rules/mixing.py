"""Which rules does a mixture break, seen by everybody for whom it is made?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime

from stockroom.clock import civil_date
from stockroom.rules.suitability import PatientFacts
from stockroom.rules.usability import Broken, Purpose, Thing, broken_rules
from stockroom.rules.using import after_draws
from stockroom.vocabulary import Rule

View = tuple[PatientFacts | None, Sequence[Thing]]
"""The ingredients as they stand for one patient, or for nobody by name."""


def broken_by_mixture(
    views: Iterable[View],
    places: Sequence[int],
    *,
    now: datetime,
    zone: str,
    technique: str | None = None,
) -> tuple[Broken, ...]:
    """List what the ingredients break at `now` for any of the patients, each rule once for a lot at a place.

    `places` names where each ingredient is taken from, a place for each draw: every draw is judged
    after those before it.  `technique` is the one by which the mixture is meant to be given.
    """
    today = civil_date(now, zone)
    draws_before_the_last = Counter(places) - Counter(set(places))
    broken: dict[tuple[Rule, int, int], Broken] = {}
    for patient, things in views:
        for thing in after_draws(things, draws_before_the_last.elements()):
            for each in broken_rules(
                thing,
                now=now,
                today=today,
                purpose=Purpose.COMPOUND,
                patient=patient,
                technique=technique,
            ):
                place = (each.rule, thing.lot_id, thing.location_id)
                broken[place] = each.once_more(broken.get(place))
    return tuple(broken.values())
