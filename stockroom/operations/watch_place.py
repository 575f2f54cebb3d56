"""How does a clinic say what is asked of a place each day: a reading, within which limits, and a look at the box?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import insert

from stockroom.actor import Actor
from stockroom.db.identifiers import new_uid
from stockroom.db.store import Store
from stockroom.db.transaction import Work
from stockroom.ledger.acts import Act, perform
from stockroom.models import PlaceWatch
from stockroom.reads.locations import shelves_by_uid
from stockroom.rules.temperatures import Limits, check_limits
from stockroom.vocabulary import Action


@dataclass(frozen=True, kw_only=True)
class WatchPlace:
    """What is asked of a place from now on."""

    location_uid: str
    is_read: bool
    limits: Limits | None
    """None: those of its storage class."""
    is_emergency_box: bool = False


@dataclass(frozen=True, kw_only=True)
class PlaceWatched:
    watch_uid: str


def watch_place(store: Store, command: WatchPlace, *, actor: Actor, key: str, now: datetime) -> PlaceWatched:
    """Say what is asked of a place from now on; what was asked before stays written, with who said so.

    Readings keep the limits by which they were judged.
    Raises ThingNotFound, NotAShelf, LocationClosed, InvalidValue.
    """
    return perform(
        store,
        Act(kind="place.watch", action=Action.MAINTAIN_CLINIC),
        command=command,
        body=lambda work: _watch(work, command),
        answer=PlaceWatched,
        actor=actor,
        key=key,
        now=now,
    )


def _watch(work: Work, command: WatchPlace) -> PlaceWatched:
    place = shelves_by_uid(work.connection, work.clinic_id, [command.location_uid])[command.location_uid]
    limits = command.limits
    if limits is not None:
        check_limits(limits)
    uid = new_uid(work.now)
    work.connection.execute(
        insert(PlaceWatch).values(
            uid=uid,
            clinic_id=work.clinic_id,
            location_id=place.id,
            is_read=command.is_read,
            lowest_tenths=None if limits is None else limits.lowest_tenths,
            highest_tenths=None if limits is None else limits.highest_tenths,
            is_emergency_box=command.is_emergency_box,
            set_at=work.recorded_at,
            set_by_id=work.actor.person_id,
        )
    )
    work.payload.update(
        location=place.uid,
        is_read=command.is_read,
        limits=None if limits is None else [limits.lowest_tenths, limits.highest_tenths],
        is_emergency_box=command.is_emergency_box,
    )
    return PlaceWatched(watch_uid=uid)
