"""How does a clinic come into being?  With its books, its virtual accounts and a place for what may not be used."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import and_, insert, or_, select

from stockroom.actor import Actor
from stockroom.barcodes.short_code import short_code
from stockroom.db.identifiers import new_uid, random_bytes
from stockroom.db.store import Store
from stockroom.db.transaction import ORGANISATION, Work
from stockroom.ledger import journal
from stockroom.ledger.acts import Act, perform
from stockroom.ledger.memberships import hold_roles
from stockroom.models import Clinic, Location, Membership, User
from stockroom.reads.clinics import refuse_taken_name
from stockroom.rules.clinic_details import check_details
from stockroom.vocabulary import VIRTUAL_KINDS, Action, LocationKind, Role


@dataclass(frozen=True, kw_only=True)
class FoundClinic:
    """A clinic to be founded."""

    name: str
    time_zone: str
    """IANA name, such as Europe/Sofia."""
    country: str
    """ISO 3166-1 alpha-2."""
    currency: str
    """ISO 4217."""
    books_begin_on: date


@dataclass(frozen=True, kw_only=True)
class ClinicFounded:
    """Ids of the new clinic and of the places that every clinic has."""

    clinic_uid: str
    quarantine_uid: str
    returns_uid: str


_ACT = Act(kind="clinic.found", action=Action.MAINTAIN_CLINIC, filed_in=ORGANISATION)
_GIVEN_PLACES = {LocationKind.QUARANTINE: "Quarantine", LocationKind.RETURNS: "Returns"}


def found_clinic(
    store: Store, command: FoundClinic, *, actor: Actor, key: str, now: datetime
) -> ClinicFounded:
    """Found a clinic.

    1. refuse an unknown time zone or a name that is taken
    2. insert the clinic, the heads of its journals (L12) and its virtual accounts and unusable places
    3. let in whoever founded it, in the roles that he or she holds in the clinic of the act, and the
       administrators of that clinic, so that there is somebody who can give roles; from the terminal nobody
    Raises InvalidValue, ClinicNameTaken.
    """
    return perform(
        store,
        _ACT,
        command=command,
        body=lambda work: _found(work, command),
        answer=ClinicFounded,
        actor=actor,
        key=key,
        now=now,
    )


def _found(work: Work, command: FoundClinic) -> ClinicFounded:
    _check(work, command)
    clinic_uid = new_uid(work.now)
    clinic_id = work.connection.execute(
        insert(Clinic)
        .values(
            uid=clinic_uid,
            name=command.name,
            time_zone=command.time_zone,
            country=command.country,
            currency=command.currency,
            books_begin_on=command.books_begin_on,
            created_at=work.recorded_at,
            updated_at=work.recorded_at,
        )
        .returning(Clinic.id)
    ).scalar_one()
    journal.begin_journals(work, clinic_id, clinic_uid)
    places = {kind: _place(work, clinic_id, kind) for kind in (*sorted(VIRTUAL_KINDS), *_GIVEN_PLACES)}
    work.connection.execute(insert(Location), list(places.values()))
    work.payload.update(
        clinic=clinic_uid,
        time_zone=command.time_zone,
        books_begin_on=command.books_begin_on,
        members=_let_in(work, clinic_id),
    )
    return ClinicFounded(
        clinic_uid=clinic_uid,
        quarantine_uid=str(places[LocationKind.QUARANTINE]["uid"]),
        returns_uid=str(places[LocationKind.RETURNS]["uid"]),
    )


def _let_in(work: Work, clinic_id: int) -> list[list[str]]:
    """Give nobody a role that he or she does not hold already; return who got which."""
    is_administrator = and_(Membership.role == Role.ADMINISTRATOR, User.active)
    held = work.connection.execute(
        select(User.id, User.uid, Membership.role)
        .join(User, User.id == Membership.user_id)
        .where(
            Membership.clinic_id == work.clinic_id,
            or_(Membership.user_id == work.actor.user_id, is_administrator),
        )
        .order_by(User.id, Membership.role)
    ).all()
    hold_roles(work, [(row.id, clinic_id, row.role) for row in held])
    return [[row.uid, row.role] for row in held]


def _check(work: Work, command: FoundClinic) -> None:
    check_details(
        name=command.name, time_zone=command.time_zone, country=command.country, currency=command.currency
    )
    refuse_taken_name(work.connection, command.name)


def _place(work: Work, clinic_id: int, kind: LocationKind) -> dict[str, object]:
    return {
        "uid": new_uid(work.now),
        "clinic_id": clinic_id,
        "kind": kind.value,
        "name": _GIVEN_PLACES.get(kind, kind.value),
        "storage_class": None,
        "short_code": short_code(random_bytes(16)),
        "version": 1,
        "created_at": work.recorded_at,
        "updated_at": work.recorded_at,
    }
