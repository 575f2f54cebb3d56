"""Which tablet is it by its secret, and who may sign on there?"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, select

from stockroom.db.compiled_once import Once
from stockroom.models import (
    Badge,
    Clinic,
    Container,
    Location,
    Membership,
    Person,
    Pin,
    PlaceWatch,
    Placing,
    Tablet,
    User,
)
from stockroom.rules.permissions import BENCH_ROLES
from stockroom.rules.scanning import Room
from stockroom.vocabulary import ContainerState

_OF_SECRET = Once(
    select(
        Tablet.id,
        Tablet.uid,
        Tablet.name,
        Tablet.clinic_id,
        Clinic.uid.label("clinic_uid"),
        Clinic.name.label("clinic_name"),
        Clinic.scanner_layout,
        Tablet.room_id,
        Location.uid.label("room_uid"),
        Location.name.label("room_name"),
    )
    .join(Clinic, Clinic.id == Tablet.clinic_id)
    .join(Location, (Location.clinic_id == Tablet.clinic_id) & (Location.id == Tablet.room_id))
    .where(Tablet.secret_hash == bindparam("hashed"), Tablet.revoked_at.is_(None))
)
"""Every request of a tablet runs it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TabletHere:
    """A registered tablet that was not revoked."""

    id: int
    uid: str
    name: str
    clinic_id: int
    clinic_uid: str
    clinic_name: str
    room_id: int
    room_uid: str
    room_name: str
    scanner_layout: str
    """The keyboard of the clinic's computers, where its scanners type for another; else empty."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BenchPerson:
    """Somebody who may sign on at the tablets of a clinic."""

    uid: str
    name: str
    has_pin: bool
    has_badge: bool


def tablet_of_secret(connection: Connection, secret_hash: str) -> TabletHere | None:
    """Give the tablet whose secret has this hash; None when it is unknown or revoked."""
    row = _OF_SECRET.first(connection, {"hashed": secret_hash})
    return None if row is None else TabletHere(**row._mapping)


def people_at_bench(connection: Connection, clinic_id: int) -> tuple[BenchPerson, ...]:
    """Give the nurses and practitioners of a clinic whose log-in is on, by name; one statement."""
    rows = connection.execute(
        select(Person.uid, Person.name, Pin.person_id.label("pin"), Badge.id.label("badge"))
        .join(User, User.person_id == Person.id)
        .join(Membership, Membership.user_id == User.id)
        .outerjoin(Pin, Pin.person_id == Person.id)
        .outerjoin(Badge, (Badge.person_id == Person.id) & Badge.revoked_at.is_(None))
        .where(User.active, Membership.clinic_id == clinic_id, Membership.role.in_(sorted(BENCH_ROLES)))
        .distinct()
    )
    found = [
        BenchPerson(uid=row.uid, name=row.name, has_pin=row.pin is not None, has_badge=row.badge is not None)
        for row in rows
    ]
    return tuple(sorted(found, key=lambda each: each.name.casefold()))


def pin_hash_of(connection: Connection, person_uid: str) -> str | None:
    """Give the hash of a person's PIN; None without one."""
    return connection.execute(
        select(Pin.pin_hash).join(Person, Person.id == Pin.person_id).where(Person.uid == person_uid)
    ).scalar_one_or_none()


def room_of(connection: Connection, clinic_id: int, room_id: int, *, name: str) -> Room:
    """Give a room with what lies there: itself, and the opened containers that stand in it; two statements."""
    rows = connection.execute(
        select(Placing.container_id, Placing.location_id)
        .join(
            Container,
            (Container.clinic_id == Placing.clinic_id) & (Container.location_id == Placing.container_id),
        )
        .where(Placing.clinic_id == clinic_id, Container.state == ContainerState.OPEN)
        .order_by(Placing.placed_at, Placing.id)
    )
    stands = {row.container_id: row.location_id for row in rows}  # the last one holds
    inside = {container_id for container_id, place_id in stands.items() if place_id == room_id}
    watched = connection.execute(
        select(PlaceWatch.location_id, PlaceWatch.is_emergency_box)
        .where(PlaceWatch.clinic_id == clinic_id)
        .order_by(PlaceWatch.id)
    )
    is_box = {row.location_id: row.is_emergency_box for row in watched}  # the newest row counts
    boxes = frozenset(place_id for place_id, is_one in is_box.items() if is_one)
    return Room(name=name, location_ids=frozenset({room_id, *inside}), set_aside_ids=boxes - {room_id})
