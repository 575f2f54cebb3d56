"""How is a place called otherwise, given up when nothing lies in it, and taken into use again?"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import Row, func, select, update

from stockroom.actor import Actor
from stockroom.db.store import Store
from stockroom.db.transaction import Work
from stockroom.errors import Conflict, InvalidValue, Stale, extracted
from stockroom.ledger.acts import Act, perform
from stockroom.ledger.sides import note_sides
from stockroom.models import Balance, Container, Delivery, DeliveryLine, Location, TreatmentSession
from stockroom.reads.finding import one_by_uid
from stockroom.reads.fridges import leave_the_fridge
from stockroom.reads.locations import LocationNameTaken, NotAShelf, name_is_taken
from stockroom.reads.standing_vials import shorten_where_they_stand
from stockroom.rules.expiry import COLD
from stockroom.vocabulary import (
    CLOSED_SESSION_STATES,
    SHELF_KINDS,
    UNUSABLE_KINDS,
    Action,
    ContainerState,
    DeliveryState,
    StorageClass,
)


@dataclass(eq=False, kw_only=True)
class LocationChanged(Stale):
    """Somebody changed the place since it was read."""

    code: ClassVar[str] = "location_changed"
    message: ClassVar[str] = extracted(
        "{place} was changed by somebody else. Look at it again before you change it."
    )
    place: str


@dataclass(eq=False, kw_only=True)
class LocationInUse(Conflict):
    """A place is given up when nothing lies there and nothing is about to."""

    code: ClassVar[str] = "location_in_use"
    message: ClassVar[str] = extracted("{place} cannot be closed: {what}. Clear it first, then close it.")
    place: str
    what: str


@dataclass(frozen=True, kw_only=True)
class ChangeLocation:
    """What a place is called, and how warm it is."""

    location_uid: str
    version: int
    """The version that was read."""
    name: str
    storage_class: StorageClass | None


@dataclass(frozen=True, kw_only=True)
class CloseLocation:
    """A place into which nothing is put any more; what was done there stays under its name."""

    location_uid: str
    version: int


@dataclass(frozen=True, kw_only=True)
class ReopenLocation:
    """A place that is in use again."""

    location_uid: str
    version: int


@dataclass(frozen=True, kw_only=True)
class LocationSaved:
    location_uid: str
    version: int
    shortened: int = 0
    """How many open vials and cocktails that lie there keep for less long."""


def change_location(
    store: Store, command: ChangeLocation, *, actor: Actor, key: str, now: datetime
) -> LocationSaved:
    """Change a place's name and how warm it is; what is open or mixed and lies there keeps no longer than in a place
    like it, and nothing keeps longer again.

    Raises ThingNotFound, NotAShelf, LocationChanged, InvalidValue, LocationNameTaken.
    """
    return perform(
        store,
        Act(kind="location.change", action=Action.MAINTAIN_CLINIC),
        command=command,
        body=lambda work: _change(work, command),
        answer=LocationSaved,
        actor=actor,
        key=key,
        now=now,
    )


def close_location(
    store: Store, command: CloseLocation, *, actor: Actor, key: str, now: datetime
) -> LocationSaved:
    """Give a place up.

    Raises ThingNotFound, NotAShelf, LocationChanged; LocationInUse while goods lie or opened containers stand
    there, a session is planned there, a delivery in work goes there, and for the last place of its kind for
    what may not be used.
    """
    return perform(
        store,
        Act(kind="location.close", action=Action.MAINTAIN_CLINIC),
        command=command,
        body=lambda work: _close(work, command),
        answer=LocationSaved,
        actor=actor,
        key=key,
        now=now,
    )


def reopen_location(
    store: Store, command: ReopenLocation, *, actor: Actor, key: str, now: datetime
) -> LocationSaved:
    """Take a place into use again.  Raises ThingNotFound, NotAShelf, LocationChanged."""
    return perform(
        store,
        Act(kind="location.reopen", action=Action.MAINTAIN_CLINIC),
        command=command,
        body=lambda work: _save(work, _read(work, command), closed_at=None),
        answer=LocationSaved,
        actor=actor,
        key=key,
        now=now,
    )


def _read(work: Work, command: ChangeLocation | CloseLocation | ReopenLocation) -> Row[Any]:
    place: Row[Any] = one_by_uid(
        work.connection, Location, command.location_uid, thing="place", clinic_id=work.clinic_id
    )
    if place.kind not in SHELF_KINDS:
        raise NotAShelf(place=place.name, kind=place.kind)
    if place.version != command.version:
        raise LocationChanged(place=place.name)
    return place


def _change(work: Work, command: ChangeLocation) -> LocationSaved:
    place = _read(work, command)
    if not command.name.strip():
        raise InvalidValue(field="name", problem="a place has a name")
    if name_is_taken(work.connection, work.clinic_id, command.name, but=place.id):
        raise LocationNameTaken(name=command.name)
    shortened = 0
    if place.storage_class in COLD and command.storage_class not in COLD:
        lying = select(Balance.lot_id).where(
            Balance.clinic_id == work.clinic_id, Balance.location_id == place.id, Balance.quantity > 0
        )
        left = leave_the_fridge(work, work.connection.execute(lying).scalars().all(), at=work.now)
        work.payload.update({"shortened": left.shortened} if left.shortened else {})
        shortened += len(left.shortened)
    if place.storage_class != command.storage_class:
        vials = shorten_where_they_stand(work, place.id, command.storage_class)
        work.payload.update({"shortened_containers": vials} if vials else {})
        shortened += len(vials)
    saved = _save(work, place, name=command.name, storage_class=command.storage_class)
    return replace(saved, shortened=shortened)


def _close(work: Work, command: CloseLocation) -> LocationSaved:
    place = _read(work, command)
    for what, is_so in _uses(place):
        if work.connection.execute(is_so).scalar_one():
            raise LocationInUse(place=place.name, what=what)
    return _save(work, place, closed_at=work.recorded_at)


def _save(work: Work, place: Row[Any], **values: object) -> LocationSaved:
    work.connection.execute(
        update(Location)
        .where(Location.id == place.id)
        .values(**values, version=place.version + 1, updated_at=work.recorded_at)
    )
    note_sides(work, place._mapping, values)
    work.payload.update(location=place.uid)
    return LocationSaved(location_uid=place.uid, version=place.version + 1)


def _uses(place: Row[Any]) -> tuple[tuple[str, Any], ...]:
    """What keeps a place open, in words, and the statement that counts it."""
    lying = select(func.count()).where(
        Balance.clinic_id == place.clinic_id, Balance.location_id == place.id, Balance.quantity > 0
    )
    standing = select(func.count()).where(
        Container.clinic_id == place.clinic_id,
        Container.stands_in_id == place.id,
        Container.state == ContainerState.OPEN,
    )
    planned = select(func.count()).where(
        TreatmentSession.clinic_id == place.clinic_id,
        TreatmentSession.room_id == place.id,
        TreatmentSession.state.not_in(sorted(CLOSED_SESSION_STATES)),
    )
    coming = (
        select(func.count(DeliveryLine.id))
        .join(
            Delivery,
            (Delivery.clinic_id == DeliveryLine.clinic_id) & (Delivery.id == DeliveryLine.delivery_id),
        )
        .where(
            DeliveryLine.clinic_id == place.clinic_id,
            DeliveryLine.location_id == place.id,
            DeliveryLine.removed_at.is_(None),
            Delivery.state == DeliveryState.OPEN,
        )
    )
    others = select(func.count() == 0).where(
        Location.clinic_id == place.clinic_id,
        Location.kind == place.kind,
        Location.id != place.id,
        Location.closed_at.is_(None),
    )
    uses = (
        (extracted("goods lie there"), lying),
        (extracted("opened vials stand there"), standing),
        (extracted("sessions are planned there"), planned),
        (extracted("a delivery that is being unpacked goes there"), coming),
    )
    only = ((extracted("it is the only place of its kind for what may not be used"), others),)
    return uses + only if place.kind in UNUSABLE_KINDS else uses
