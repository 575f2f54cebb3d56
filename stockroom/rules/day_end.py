"""What does not keep until tomorrow?"""

from __future__ import annotations

from datetime import datetime

from stockroom.rules.usability import Thing
from stockroom.vocabulary import UNUSABLE_KINDS, ContainerType


def is_left_over(thing: Thing, *, now: datetime) -> bool:
    """True for what the end of the day finds open and that nobody uses tomorrow.

    An opened single-dose vial (domain fact C1), an opened vial past its limit, one that serves a single patient,
    and a cocktail.  What is put aside in quarantine or among returns is worked there.
    """
    lies_in = thing.standing_kind if thing.is_opened else thing.location_kind
    if lies_in in UNUSABLE_KINDS:
        return False
    if not thing.is_opened:
        return thing.quantity > 0
    is_past = thing.beyond_use_at is not None and thing.beyond_use_at <= now
    is_single = thing.container_type in (ContainerType.SINGLE_DOSE, None)
    return is_single or is_past or thing.dedicated_patient_id is not None


def is_thrown_away_first(thing: Thing) -> bool:
    """True unless somebody may still need it: what is held for its cause, or promised to a session."""
    return not thing.hold_reasons and not thing.allocated
