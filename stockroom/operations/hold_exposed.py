"""How is everything stopped at once that lay where it was too warm or too cold?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from stockroom.actor import Actor
from stockroom.db.store import Store
from stockroom.db.transaction import Work
from stockroom.errors import Conflict, InvalidValue, extracted
from stockroom.ledger import holds
from stockroom.ledger.acts import Act, perform
from stockroom.reads.exposures import ExcursionDecided, excursion_of, exposure_of, held_for, lying_at
from stockroom.vocabulary import Action, HoldReason

NOTE_LONGEST = 500


@dataclass(eq=False, kw_only=True)
class NothingToHold(Conflict):
    """All that lay there is held already, or nothing of it is left."""

    code: ClassVar[str] = "nothing_to_hold"
    message: ClassVar[str] = extracted(
        "Nothing more is to be held: what lay in {place} is held already, or nothing of it is left here."
    )
    place: str


@dataclass(frozen=True, kw_only=True)
class HoldExposed:
    """The excursion, and a word about it for whoever finds the hold."""

    excursion_uid: str
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class ExposedHeld:
    """The hold, how many lots at places it covers, and how many movements took some of it out of the house's reach."""

    hold_uid: str
    spot_count: int
    gone_count: int
    """Uses, disposals, returns and dispatches of what lay there since."""


def hold_exposed(store: Store, command: HoldExposed, *, actor: Actor, key: str, now: datetime) -> ExposedHeld:
    """Hold in one act what lay at the place of an excursion since its last good reading.

    What was moved, opened or mixed since is held where it is now.  Without an earlier good reading what lies there
    now is held.  No stock moves; goods that come there later are not covered.
    Raises ThingNotFound, ExcursionDecided, NothingToHold, InvalidValue.
    """
    return perform(
        store,
        Act(kind="temperature.hold", action=Action.HOLD),
        command=command,
        body=lambda work: _hold(work, command),
        answer=ExposedHeld,
        actor=actor,
        key=key,
        now=now,
    )


def _hold(work: Work, command: HoldExposed) -> ExposedHeld:
    if len(command.note) > NOTE_LONGEST:
        raise InvalidValue(field="note", problem=f"at most {NOTE_LONGEST} characters")
    excursion = excursion_of(work.connection, work.clinic_id, command.excursion_uid)
    place = excursion.place.name
    if excursion.decided_at is not None:
        raise ExcursionDecided(place=place)
    exposure = exposure_of(work.connection, work.clinic_id, excursion)
    held = held_for(work.connection, work.clinic_id, excursion.uid)
    lying = lying_at(work.connection, work.clinic_id, exposure.spots - held.spots)
    if not lying:
        raise NothingToHold(place=place)
    hold = holds.NewHold(
        reason=HoldReason.TEMPERATURE,
        note=command.note.strip() or place,
        places=tuple((each.lot_id, each.location_id) for each in lying),
        origin_uid=excursion.uid,
    )
    uid = holds.place(work, hold)
    work.payload.update(
        hold=uid,
        excursion=excursion.uid,
        location=excursion.place.uid,
        places=len(lying),
        gone=len(exposure.gone),
    )
    return ExposedHeld(hold_uid=uid, spot_count=len(lying), gone_count=len(exposure.gone))
