"""What did somebody take upon herself when something went into a cocktail?  Kept as keyed digests, which tell nobody
what a patient does not bear.
"""

from __future__ import annotations

from collections.abc import Iterable

from stockroom.clock import civil_date
from stockroom.db.transaction import Work
from stockroom.ledger.encoding import canonical
from stockroom.rules.suitability import PatientFacts
from stockroom.rules.taking_upon import facts_behind
from stockroom.rules.usability import Broken
from stockroom.vocabulary import Rule


def taken_upon(
    work: Work,
    broken: Iterable[Broken],
    patients: Iterable[PatientFacts | None],
    *,
    zone: str,
    technique: str | None,
) -> frozenset[str]:
    """Give a digest of each fact behind the broken rules, for the thing that breaks them."""
    named = [each for each in patients if each is not None]
    today = civil_date(work.now, zone)
    return frozenset(
        _digest(work, each, fact)
        for each in broken
        for fact in facts_behind(each, named, on=today, technique=technique) or ("",)
    )


def _digest(work: Work, broken: Broken, fact: str) -> str:
    """Of what is not mixed it is one fact for everything that comes together; all else is about one thing."""
    about = () if broken.rule is Rule.INCOMPATIBLE else (broken.thing.lot_id, broken.thing.location_id)
    said = canonical({"rule": broken.rule.value, "about": list(about), "fact": fact})
    return work.store.keyring.digest("taken_upon", said.encode())
