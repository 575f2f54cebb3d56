"""How is it written down that somebody looked at the emergency box: complete, sealed, what expires first?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar

from sqlalchemy import insert

from stockroom.actor import Actor
from stockroom.clock import civil_date
from stockroom.db.identifiers import new_uid
from stockroom.db.store import Store
from stockroom.db.transaction import Work
from stockroom.errors import InvalidValue, Refused, extracted
from stockroom.ledger.acts import Act, perform
from stockroom.ledger.temperatures import kept_places
from stockroom.models import BoxCheck
from stockroom.reads.clinics import clinic_settings
from stockroom.reads.locations import shelves_by_uid
from stockroom.reads.pars import earliest_expiry_at, pars
from stockroom.vocabulary import Action

SEAL_LONGEST = 50
NOTE_LONGEST = 500


@dataclass(eq=False, kw_only=True)
class NotAnEmergencyBox(Refused):
    """Nobody said that this place is the emergency box."""

    code: ClassVar[str] = "not_an_emergency_box"
    message: ClassVar[str] = extracted(
        "{place} is not an emergency box. Somebody who looks after the clinic says so on the page of the place."
    )
    place: str


@dataclass(frozen=True, kw_only=True)
class CheckEmergencyBox:
    """What somebody saw."""

    location_uid: str
    is_complete: bool
    is_sealed: bool
    seal: str = ""
    """The number of the seal."""
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class EmergencyBoxChecked:
    check_uid: str
    missing_count: int
    """Presentations that the books miss there, whatever was seen."""
    earliest_expires_on: date | None


def check_emergency_box(
    store: Store, command: CheckEmergencyBox, *, actor: Actor, key: str, now: datetime
) -> EmergencyBoxChecked:
    """Write down a look at the emergency box, beside what the books say of it at this moment.

    Raises ThingNotFound, NotAShelf, LocationClosed, NotAnEmergencyBox, InvalidValue: a seal has a number, and what
    is not complete or not sealed says why.
    """
    return perform(
        store,
        Act(kind="box.check", action=Action.KEEP_DAY),
        command=command,
        body=lambda work: _check(work, command),
        answer=EmergencyBoxChecked,
        actor=actor,
        key=key,
        now=now,
    )


def _check(work: Work, command: CheckEmergencyBox) -> EmergencyBoxChecked:
    place = shelves_by_uid(work.connection, work.clinic_id, [command.location_uid])[command.location_uid]
    kept = next(each for each in kept_places(work.connection, work.clinic_id) if each.id == place.id)
    if not kept.watch.is_emergency_box:
        raise NotAnEmergencyBox(place=place.name)
    seal, note = command.seal.strip(), command.note.strip()
    if len(seal) > SEAL_LONGEST or command.is_sealed != bool(seal):
        raise InvalidValue(field="seal", problem=f"the number of the seal, up to {SEAL_LONGEST} characters")
    if len(note) > NOTE_LONGEST or not (note or (command.is_sealed and command.is_complete)):
        raise InvalidValue(
            field="note", problem="say what is missing or why it is not sealed, and who sees to it"
        )
    zone = clinic_settings(work.connection, work.clinic_id).time_zone
    should = pars(work.connection, work.clinic_id, now=work.now, today=civil_date(work.now, zone))
    missing = sum(each.missing_count for each in should if each.location_id == place.id)
    earliest = earliest_expiry_at(work.connection, work.clinic_id, place.id)
    uid = new_uid(work.now)
    work.connection.execute(
        insert(BoxCheck).values(
            uid=uid,
            clinic_id=work.clinic_id,
            location_id=place.id,
            checked_at=work.recorded_at,
            checked_by_id=work.actor.person_id,
            is_sealed=command.is_sealed,
            seal=seal,
            is_complete=command.is_complete,
            missing_count=missing,
            earliest_expires_on=earliest,
            note=note,
        )
    )
    work.payload.update(
        check=uid,
        location=place.uid,
        is_complete=command.is_complete,
        is_sealed=command.is_sealed,
        missing=missing,
    )
    return EmergencyBoxChecked(check_uid=uid, missing_count=missing, earliest_expires_on=earliest)
