"""In which clinics does a person hold a role?"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, Select, bindparam, select

from stockroom.clock import now
from stockroom.db.among import among
from stockroom.db.base import table_of
from stockroom.db.columns import UTCDateTime
from stockroom.db.compiled_once import Once
from stockroom.errors import ThingNotFound
from stockroom.ledger.memberships import holds
from stockroom.models import Clinic, Membership
from stockroom.queries.paging import PAGE_ROWS, Page, is_uid, page_of
from stockroom.rules.permissions import roles_for
from stockroom.vocabulary import Action

_AT: Any = bindparam("at", type_=UTCDateTime())
_HELD_AS = Once(
    select(Membership.clinic_id).where(
        Membership.user_id == bindparam("user"), among(Membership.role, "roles"), holds(_AT)
    )
)
_OF_USER: Any = select(table_of(Clinic)).where(
    Clinic.id.in_(select(Membership.clinic_id).where(Membership.user_id == bindparam("user"), holds(_AT)))
)
_ONE_OF_USER = Once(_OF_USER.where(Clinic.uid == bindparam("uid")))


@dataclass(frozen=True, kw_only=True)
class ClinicRow:
    """A clinic and its settings, for somebody who holds a role in it."""

    uid: str
    name: str
    time_zone: str
    country: str
    currency: str
    books_begin_on: date
    version: int
    scanner_separator: str
    scanner_layout: str
    duplicate_scan_ms: int


def clinics_of(
    connection: Connection, user_id: int, *, after: str | None = None, limit: int = PAGE_ROWS
) -> Page[ClinicRow]:
    """Give the clinics in which a user holds a role, oldest first.  Raises CursorUnreadable."""
    return page_of(connection, _of_user(user_id), Clinic, _show, after=after, limit=limit)


def clinic_of(connection: Connection, user_id: int, *, uid: str) -> ClinicRow:
    """Give one clinic.  Raises ThingNotFound, which is also the answer where the user holds no role."""
    asked = {"user": user_id, "uid": uid, "at": now()}
    found = _ONE_OF_USER.first(connection, asked) if is_uid(uid) else None
    if found is None:
        raise ThingNotFound(thing="clinic", uid=uid[:40])
    return _show(found)


def clinics_where(connection: Connection, user_id: int, action: Action) -> frozenset[int]:
    """Give the keys of the clinics in which a role of the user permits `action` at present; one statement."""
    roles = tuple(role.value for role in roles_for(action))
    asked = {"user": user_id, "roles": roles, "at": now()}
    return frozenset(row.clinic_id for row in _HELD_AS.all(connection, asked))


def _of_user(user_id: int) -> Select[Any]:
    statement: Select[Any] = _OF_USER.params(user=user_id, at=now())
    return statement


def _show(row: Any) -> ClinicRow:
    return ClinicRow(
        uid=row.uid,
        name=row.name,
        time_zone=row.time_zone,
        country=row.country,
        currency=row.currency,
        books_begin_on=row.books_begin_on,
        version=row.version,
        scanner_separator=row.scanner_separator,
        scanner_layout=row.scanner_layout,
        duplicate_scan_ms=row.duplicate_scan_ms,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherClinic:
    """A clinic of the organisation to which goods may be sent."""

    uid: str
    name: str


def other_clinics(connection: Connection, clinic_id: int) -> tuple[OtherClinic, ...]:
    """Give the other clinics of the organisation by name; one statement."""
    rows = connection.execute(
        select(Clinic.uid, Clinic.name).where(Clinic.id != clinic_id).order_by(Clinic.name)
    )
    return tuple(OtherClinic(**row._mapping) for row in rows)


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedClinic:
    """A clinic under its key."""

    id: int
    uid: str
    name: str


def named_clinics(connection: Connection, clinic_ids: Iterable[int]) -> tuple[NamedClinic, ...]:
    """Give these clinics by name; one statement."""
    rows = connection.execute(
        select(Clinic.id, Clinic.uid, Clinic.name)
        .where(Clinic.id.in_(tuple(clinic_ids)))
        .order_by(Clinic.name, Clinic.id)
    )
    return tuple(NamedClinic(**row._mapping) for row in rows)
