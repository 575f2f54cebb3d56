"""Who held which role and which authorisation on a given day?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, func, or_, select
from sqlalchemy.orm import aliased

from stockroom.ledger.memberships import ends_by_itself
from stockroom.models import Authorisation, Person, ReferenceItem, RoleHeld, User
from stockroom.rules.day_duties import day_bounds


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleThen:
    """A role in the clinic that was held on the day, or on a part of it."""

    role: str
    from_at: datetime
    until_at: datetime | None
    given_by: str
    """Empty where it was held already when this began to be kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorisationThen:
    """What somebody was authorised to on the day, by whom, and on what evidence."""

    kind: str
    scope: str
    scope_name: str
    from_on: date
    until_on: date | None
    granted_by: str
    granted_at: datetime | None
    training: str
    trained_on: date | None
    file_reference: str


@dataclass(frozen=True, kw_only=True)
class PersonThen:
    """A member of staff of that day."""

    uid: str
    name: str
    profession: str
    left_on: date | None
    roles: tuple[RoleThen, ...]
    authorisations: tuple[AuthorisationThen, ...]


def people_then(connection: Connection, clinic_id: int, *, day: date, zone: str) -> tuple[PersonThen, ...]:
    """Give everybody who held a role in the clinic on a day, with what each was authorised to; three statements."""
    roles = _roles(connection, clinic_id, day, zone)
    held = authorisations_then(connection, list(roles), day=day)
    people = connection.execute(
        select(Person.id, Person.uid, Person.name, Person.profession, Person.left_on)
        .where(Person.id.in_(sorted(roles)))
        .order_by(Person.name, Person.id)
    )
    return tuple(
        PersonThen(
            uid=row.uid,
            name=row.name,
            profession=row.profession,
            left_on=row.left_on,
            roles=tuple(roles[row.id]),
            authorisations=tuple(held.get(row.id, ())),
        )
        for row in people
    )


def _roles(connection: Connection, clinic_id: int, day: date, zone: str) -> Mapping[int, list[RoleThen]]:
    begins_at, ends_at = day_bounds(day, zone)
    giver = aliased(Person)
    until_at = func.coalesce(RoleHeld.until_at, ends_by_itself())
    rows = connection.execute(
        select(
            User.person_id,
            RoleHeld.role,
            RoleHeld.from_at,
            until_at.label("until_at"),
            func.coalesce(giver.name, "").label("given_by"),
        )
        .join(User, User.id == RoleHeld.user_id)
        .outerjoin(giver, giver.id == RoleHeld.given_by_id)
        .where(
            RoleHeld.clinic_id == clinic_id,
            RoleHeld.from_at < ends_at,
            or_(until_at.is_(None), until_at > begins_at),
        )
        .order_by(RoleHeld.role, RoleHeld.id)
    )
    found: dict[int, list[RoleThen]] = {}
    for row in rows:
        said = {name: value for name, value in row._mapping.items() if name != "person_id"}
        found.setdefault(row.person_id, []).append(RoleThen(**said))
    return found


def authorisations_then(
    connection: Connection, person_ids: list[int], *, day: date | None
) -> Mapping[int, list[AuthorisationThen]]:
    """Give by person what each was authorised to on a day, or ever; one statement, or none."""
    found: dict[int, list[AuthorisationThen]] = {}
    if not person_ids:
        return found
    granter, item = aliased(Person), aliased(ReferenceItem)
    scope_name: Any = (
        select(func.min(item.name))
        .where(item.kind.in_(("techniques", "devices")), item.slug == Authorisation.scope)
        .correlate(Authorisation)
        .scalar_subquery()
    )
    statement = (
        select(
            Authorisation.person_id,
            Authorisation.kind,
            Authorisation.scope,
            func.coalesce(scope_name, Authorisation.scope).label("scope_name"),
            Authorisation.from_on,
            Authorisation.until_on,
            func.coalesce(granter.name, "").label("granted_by"),
            Authorisation.granted_at,
            Authorisation.training,
            Authorisation.trained_on,
            Authorisation.file_reference,
        )
        .outerjoin(granter, granter.id == Authorisation.granted_by_id)
        .where(Authorisation.person_id.in_(sorted(person_ids)))
        .order_by(Authorisation.kind, Authorisation.from_on, Authorisation.id)
    )
    if day is not None:
        statement = statement.where(
            Authorisation.from_on <= day, or_(Authorisation.until_on.is_(None), Authorisation.until_on >= day)
        )
    for row in connection.execute(statement):
        said = {name: value for name, value in row._mapping.items() if name != "person_id"}
        found.setdefault(row.person_id, []).append(AuthorisationThen(**said))
    return found
