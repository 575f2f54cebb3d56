"""Who works here, who may log in, and in which roles?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, select

from stockroom.clock import now
from stockroom.errors import ThingNotFound
from stockroom.ledger.memberships import holds
from stockroom.models import Clinic, Membership, Person, User
from stockroom.queries.paging import PAGE_ROWS, PAGE_ROWS_MAX, Page, is_uid, page_of
from stockroom.queries.people_then import AuthorisationThen, authorisations_then


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonRow:
    """A member of staff."""

    uid: str
    name: str
    profession: str
    authorisations: tuple[AuthorisationThen, ...]
    version: int
    left_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspection:
    """That a log-in is an inspector's here: until when, and what for."""

    until_at: datetime
    purpose: str
    is_over: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class UserRow:
    """A log-in, and its roles in the clinic of whoever asks."""

    uid: str
    person_uid: str
    name: str
    email: str
    active: bool
    roles: tuple[str, ...]
    """Those that open something at present."""
    inspection: Inspection | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleElsewhere:
    """A role that somebody holds in another clinic."""

    clinic_name: str
    role: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Colleague:
    """A member of staff with the log-in, where there is one."""

    person: PersonRow
    log_in: UserRow | None
    elsewhere: tuple[RoleElsewhere, ...]
    """Roles in other clinics; a list leaves them out."""

    @property
    def works_here(self) -> bool:
        """True for whoever holds a role in this clinic, log-in switched off or not."""
        return self.log_in is not None and bool(self.log_in.roles)


def people(connection: Connection, *, after: str | None = None, limit: int = PAGE_ROWS) -> Page[PersonRow]:
    """Give the members of staff; two statements.  Raises CursorUnreadable."""
    page = page_of(connection, _people(), Person, _itself, after=after, limit=limit)
    return Page(items=_with_authorisations(connection, page.items), next_cursor=page.next_cursor)


def person(connection: Connection, *, uid: str) -> PersonRow:
    """Give one member of staff; two statements.  Raises ThingNotFound."""
    rows = connection.execute(_people().where(Person.uid == uid)).all() if is_uid(uid) else []
    if not rows:
        raise ThingNotFound(thing="person", uid=uid[:40])
    return _with_authorisations(connection, rows)[0]


def users(
    connection: Connection, clinic_id: int, *, after: str | None = None, limit: int = PAGE_ROWS
) -> Page[UserRow]:
    """Give every log-in with its roles in this clinic; two statements.  Raises CursorUnreadable."""
    page = page_of(connection, _users(), User, _itself, after=after, limit=limit)
    return Page(items=_with_roles(connection, clinic_id, page.items), next_cursor=page.next_cursor)


def user(connection: Connection, clinic_id: int, *, uid: str) -> UserRow:
    """Give one log-in with its roles in this clinic; two statements.  Raises ThingNotFound."""
    rows = connection.execute(_users().where(User.uid == uid)).all() if is_uid(uid) else []
    if not rows:
        raise ThingNotFound(thing="log-in", uid=uid[:40])
    return _with_roles(connection, clinic_id, rows)[0]


def colleagues(
    connection: Connection, clinic_id: int, *, limit: int = PAGE_ROWS_MAX
) -> tuple[Colleague, ...]:
    """Give the members of staff by name, each with the log-in; four statements."""
    staff = people(connection, limit=limit).items
    log_ins = {each.person_uid: each for each in users(connection, clinic_id, limit=limit).items}
    by_name = sorted(staff, key=lambda each: each.name.casefold())
    return tuple(Colleague(person=each, log_in=log_ins.get(each.uid), elsewhere=()) for each in by_name)


def colleague(connection: Connection, clinic_id: int, *, uid: str) -> Colleague:
    """Give one member of staff with the log-in and its roles everywhere; five statements.  Raises ThingNotFound."""
    shown = person(connection, uid=uid)
    rows = connection.execute(_users().where(Person.uid == uid).order_by(User.id.desc())).all()[:1]
    log_in = next(iter(_with_roles(connection, clinic_id, rows)), None)
    elsewhere: list[RoleElsewhere] = []
    if rows:
        held = (
            select(Clinic.name.label("clinic_name"), Membership.role)
            .join(Clinic, Clinic.id == Membership.clinic_id)
            .where(Membership.user_id == rows[0].id, Membership.clinic_id != clinic_id, holds(now()))
            .order_by(Clinic.name, Membership.role)
        )
        elsewhere = [RoleElsewhere(**row._mapping) for row in connection.execute(held)]
    return Colleague(person=shown, log_in=log_in, elsewhere=tuple(elsewhere))


def _itself(row: Row[Any]) -> Row[Any]:
    return row


def _people() -> Any:
    return select(
        Person.id, Person.uid, Person.name, Person.profession, Person.version, Person.left_on
    ).where(Person.is_system.is_(False))


def _with_authorisations(connection: Connection, rows: Sequence[Row[Any]]) -> tuple[PersonRow, ...]:
    held = authorisations_then(connection, [row.id for row in rows], day=None)
    return tuple(
        PersonRow(
            uid=row.uid,
            name=row.name,
            profession=row.profession,
            authorisations=tuple(held.get(row.id, ())),
            version=row.version,
            left_on=row.left_on,
        )
        for row in rows
    )


def _users() -> Any:
    return select(
        User.id, User.uid, User.email, User.active, Person.uid.label("person_uid"), Person.name
    ).join(Person, Person.id == User.person_id)


def _with_roles(connection: Connection, clinic_id: int, rows: Sequence[Row[Any]]) -> tuple[UserRow, ...]:
    held: dict[int, tuple[str, ...]] = {row.id: () for row in rows}
    inspections: dict[int, Inspection] = {}
    here = select(Membership.user_id, Membership.role, Membership.until_at, Membership.purpose).where(
        Membership.clinic_id == clinic_id, Membership.user_id.in_(held)
    )
    at = now()
    for row in connection.execute(here.order_by(Membership.role)):
        is_over = row.until_at is not None and row.until_at <= at
        if row.until_at is not None:
            inspections[row.user_id] = Inspection(until_at=row.until_at, purpose=row.purpose, is_over=is_over)
        if not is_over:
            held[row.user_id] += (row.role,)
    return tuple(
        UserRow(
            uid=row.uid,
            person_uid=row.person_uid,
            name=row.name,
            email=row.email,
            active=row.active,
            roles=held[row.id],
            inspection=inspections.get(row.id),
        )
        for row in rows
    )
