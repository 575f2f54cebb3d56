"""How does a clinic get a fridge, a cupboard or a room?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import insert

from stockroom.actor import Actor
from stockroom.barcodes.short_code import short_code
from stockroom.db.identifiers import new_uid, random_bytes
from stockroom.db.store import Store
from stockroom.db.transaction import Work
from stockroom.errors import InvalidValue
from stockroom.ledger.acts import Act, perform
from stockroom.models import Location
from stockroom.reads.locations import LocationNameTaken, name_is_taken
from stockroom.vocabulary import SHELF_KINDS, Action, LocationKind, StorageClass


@dataclass(frozen=True, kw_only=True)
class AddLocation:
    """A place to be added; virtual accounts and opened containers are never added by hand."""

    name: str
    kind: LocationKind
    storage_class: StorageClass | None


@dataclass(frozen=True, kw_only=True)
class LocationAdded:
    """The new place, and the short code for its label."""

    location_uid: str
    short_code: str


_ACT = Act(kind="location.add", action=Action.MAINTAIN_CLINIC)


def add_location(
    store: Store, command: AddLocation, *, actor: Actor, key: str, now: datetime
) -> LocationAdded:
    """Add a place to the actor's clinic.

    Raises InvalidValue for a kind that is not a shelf or an empty name, LocationNameTaken.
    """
    return perform(
        store,
        _ACT,
        command=command,
        body=lambda work: _add(work, command),
        answer=LocationAdded,
        actor=actor,
        key=key,
        now=now,
    )


def _add(work: Work, command: AddLocation) -> LocationAdded:
    if command.kind not in SHELF_KINDS:
        raise InvalidValue(
            field="kind", problem="only fridges, freezers, cupboards, rooms and the like are added"
        )
    if not command.name.strip():
        raise InvalidValue(field="name", problem="a place has a name")
    if name_is_taken(work.connection, work.clinic_id, command.name):
        raise LocationNameTaken(name=command.name)
    uid, code = new_uid(work.now), short_code(random_bytes(16))
    work.connection.execute(
        insert(Location).values(
            uid=uid,
            clinic_id=work.clinic_id,
            kind=command.kind,
            name=command.name,
            storage_class=command.storage_class,
            short_code=code,
            created_at=work.recorded_at,
            updated_at=work.recorded_at,
        )
    )
    work.payload.update(location=uid, kind=command.kind)
    return LocationAdded(location_uid=uid, short_code=code)
