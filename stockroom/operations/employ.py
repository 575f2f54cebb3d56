"""How does a member of staff come to be known, get a log-in, and hold or lose a role?"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from sqlalchemy import insert, select, update

from stockroom.actor import Actor
from stockroom.clock import civil_date
from stockroom.db.identifiers import new_uid, random_bytes
from stockroom.db.store import Store
from stockroom.db.transaction import ORGANISATION, JournalName, Work
from stockroom.errors import InvalidValue
from stockroom.ledger.acts import Act, perform
from stockroom.ledger.log_ins import add_log_in, end_log_ins
from stockroom.ledger.memberships import hold_roles, lose_roles
from stockroom.ledger.sides import note_sides
from stockroom.models import Authorisation, Clinic, Membership, Person, RoleHeld, User
from stockroom.reads.administrators import LastAdministrator, administered_alone
from stockroom.reads.clinics import clinic_settings
from stockroom.reads.finding import one_by_uid
from stockroom.reads.user_accounts import free_address
from stockroom.rules.day_duties import day_bounds
from stockroom.rules.permissions import AUTHORISATIONS, require_grant
from stockroom.vocabulary import Action, AuditPurpose, Role

INSPECTION_LONGEST = timedelta(days=366)


@dataclass(frozen=True, kw_only=True)
class Employ:
    """A person, what she is authorised to do by profession, and her log-in where she has one."""

    name: str
    profession: str
    authorisations: tuple[str, ...] = ()
    """Any of AUTHORISATIONS; from the day of the act on, by the clinic's calendar."""
    authorised_from: date | None = None
    email: str | None = None
    password_hash: str | None = None
    """Argon2id of the password; the entrance hashes it, nothing below sees it."""
    first_password_until: datetime | None = None
    """Set when somebody else chose the password: until then it opens, and only to choose another."""


@dataclass(frozen=True, kw_only=True)
class Employed:
    person_uid: str
    user_uid: str | None


@dataclass(frozen=True, kw_only=True)
class GiveRole:
    """A role in the actor's clinic for a log-in."""

    user_uid: str
    role: Role
    until_on: date | None = None
    """Of an inspector, who is an auditor for a while: the last day, by the clinic's calendar."""
    purpose: AuditPurpose | None = None
    """Of an inspector: what for.  Both are said or neither."""


@dataclass(frozen=True, kw_only=True)
class TakeRole:
    """A role in the actor's clinic that a log-in is to lose."""

    user_uid: str
    role: Role


@dataclass(frozen=True, kw_only=True)
class SwitchLogIn:
    """A log-in to be switched off, or on again."""

    user_uid: str
    active: bool


@dataclass(frozen=True, kw_only=True)
class LogInChanged:
    user_uid: str


def employ(store: Store, command: Employ, *, actor: Actor, key: str, now: datetime) -> Employed:
    """Make a person known and, when an address is given, give her a log-in without any role.

    Raises InvalidValue, EmailTaken.
    """
    return perform(
        store,
        Act(kind="person.employ", action=Action.MAINTAIN_USERS, filed_in=ORGANISATION),
        # The hash is salted, so that the same request sent twice never holds the same one.
        command=replace(command, password_hash=None, first_password_until=None),
        body=lambda work: _employ(work, command),
        answer=Employed,
        actor=actor,
        key=key,
        now=now,
    )


def give_role(store: Store, command: GiveRole, *, actor: Actor, key: str, now: datetime) -> LogInChanged:
    """Give a role in the actor's clinic.  Nobody gives more than he may, nor anything to himself.

    An auditor may be given it until a day and for a purpose: an inspector, whose log-in and tokens open nothing
    here from the end of that day on.  Given again, the new terms count.
    Raises ThingNotFound, GrantForbidden, InvalidValue for terms of another role, half said, or of a day gone by.
    """
    return perform(
        store,
        _permission_act("role.give", (actor.clinic_id,)),
        command=command,
        body=lambda work: _give(work, command),
        answer=LogInChanged,
        actor=actor,
        key=key,
        now=now,
    )


def take_role(store: Store, command: TakeRole, *, actor: Actor, key: str, now: datetime) -> LogInChanged:
    """Take a role away in the actor's clinic; it counts from the next act on.

    Raises ThingNotFound, LastAdministrator.
    """
    return perform(
        store,
        _permission_act("role.take", (actor.clinic_id,)),
        command=command,
        body=lambda work: _take(work, command),
        answer=LogInChanged,
        actor=actor,
        key=key,
        now=now,
    )


def switch_log_in(
    store: Store, command: SwitchLogIn, *, actor: Actor, key: str, now: datetime
) -> LogInChanged:
    """Switch a log-in off or on, in every clinic at once.

    Raises ThingNotFound, and LastAdministrator for the only one of any clinic, who is switched off from the
    terminal alone.
    """
    with store.reading() as connection:
        clinics = tuple(connection.execute(select(Clinic.id)).scalars())
    return perform(
        store,
        _permission_act("log_in.switch", clinics),
        command=command,
        body=lambda work: _switch(work, command),
        answer=LogInChanged,
        actor=actor,
        key=key,
        now=now,
    )


def _permission_act(kind: str, clinics: tuple[int, ...]) -> Act:
    """A permission can stop a use: the heads of the clinics that it concerns are locked."""
    return Act(
        kind=kind,
        action=Action.MAINTAIN_USERS,
        filed_in=ORGANISATION,
        also_locks=tuple(JournalName(clinic_id=clinic_id) for clinic_id in clinics),
    )


def _employ(work: Work, command: Employ) -> Employed:
    if not command.name.strip() or not command.profession.strip():
        raise InvalidValue(field="name", problem="a person has a name and a profession")
    person_uid = new_uid(work.now)
    person_id = work.connection.execute(
        insert(Person)
        .values(
            uid=person_uid,
            name=command.name,
            profession=command.profession,
            created_at=work.recorded_at,
            updated_at=work.recorded_at,
        )
        .returning(Person.id)
    ).scalar_one()
    for kind in command.authorisations:
        if kind not in AUTHORISATIONS:
            raise InvalidValue(field="authorisations", problem=f"any of {', '.join(AUTHORISATIONS)}")
    from_on = command.authorised_from or _today(work)
    if command.authorisations:
        granted = {"granted_by_id": work.actor.person_id, "granted_at": work.recorded_at}
        rows = [
            {"person_id": person_id, "kind": kind, "from_on": from_on, **granted}
            for kind in command.authorisations
        ]
        work.connection.execute(insert(Authorisation), rows)
    user_uid = _give_log_in(work, command, person_id) if command.email else None
    work.payload.update(person=person_uid, user=user_uid, authorisations=command.authorisations)
    return Employed(person_uid=person_uid, user_uid=user_uid)


def _today(work: Work) -> date:
    """The day in the actor's clinic; the terminal, which acts in none, goes by UTC."""
    zone = clinic_settings(work.connection, work.clinic_id).time_zone if work.clinic_id else "UTC"
    return civil_date(work.now, zone)


def _give_log_in(work: Work, command: Employ, person_id: int) -> str:
    return add_log_in(
        work,
        person_id,
        free_address(work.connection, command.email or ""),
        password_hash=command.password_hash,
        first_password_until=command.first_password_until,
    )


def _give(work: Work, command: GiveRole) -> LogInChanged:
    user = one_by_uid(work.connection, User, command.user_uid, thing="log-in")
    if not work.actor.is_system:
        require_grant(work.roles, command.role, to_self=user.id == work.actor.user_id)
    its = (Membership.clinic_id == work.clinic_id, Membership.role == command.role)
    held = work.connection.execute(
        select(Membership.until_at, Membership.purpose).where(Membership.user_id == user.id, *its)
    ).one_or_none()
    until_at, purpose = _until(work, command), "" if command.purpose is None else command.purpose.value
    if held is None or (held.until_at, held.purpose) != (until_at, purpose):
        if held is not None:
            was_held = (RoleHeld.clinic_id == work.clinic_id, RoleHeld.role == command.role)
            lose_roles(work, user.id, *its, ended=was_held)
        role = (user.id, work.clinic_id, command.role)
        hold_roles(work, [role], until_at=until_at, purpose=purpose)
        end_log_ins(work, user.id)
    work.payload.update(user=command.user_uid, clinic=work.actor.clinic_uid, role=command.role)
    if until_at is not None:
        work.payload.update(until=until_at, purpose=purpose)
    return LogInChanged(user_uid=command.user_uid)


def _until(work: Work, command: GiveRole) -> datetime | None:
    """When an inspector's role ends: with its last day.  Raises InvalidValue."""
    if (command.until_on is None) != (command.purpose is None):
        raise InvalidValue(
            field="until_on", problem="an inspector has a last day and a purpose, both or neither"
        )
    if command.until_on is None:
        return None
    if command.role is not Role.AUDITOR:
        raise InvalidValue(field="until_on", problem="only an auditor's role ends by itself")
    if not _today(work) <= command.until_on <= _today(work) + INSPECTION_LONGEST:
        raise InvalidValue(
            field="until_on", problem=f"from today on, and at most {INSPECTION_LONGEST.days} days ahead"
        )
    zone = clinic_settings(work.connection, work.clinic_id).time_zone
    return day_bounds(command.until_on, zone)[1]


def _take(work: Work, command: TakeRole) -> LogInChanged:
    user = one_by_uid(work.connection, User, command.user_uid, thing="log-in")
    if command.role is Role.ADMINISTRATOR and work.clinic_id in administered_alone(work.connection, user.id):
        raise LastAdministrator()
    lose_roles(
        work,
        user.id,
        Membership.clinic_id == work.clinic_id,
        Membership.role == command.role,
        ended=(RoleHeld.clinic_id == work.clinic_id, RoleHeld.role == command.role),
    )
    end_log_ins(work, user.id)
    work.payload.update(user=command.user_uid, clinic=work.actor.clinic_uid, role=command.role)
    return LogInChanged(user_uid=command.user_uid)


def _switch(work: Work, command: SwitchLogIn) -> LogInChanged:
    user = one_by_uid(work.connection, User, command.user_uid, thing="log-in")
    if not command.active and not work.actor.is_system and administered_alone(work.connection, user.id):
        raise LastAdministrator()
    values: dict[str, object] = {"active": command.active}
    if not command.active:
        values["fs_uniquifier"] = random_bytes(32).hex()
        end_log_ins(work, user.id)
    work.connection.execute(update(User).where(User.id == user.id).values(values))
    note_sides(work, user._mapping, {"active": command.active})
    work.payload.update(user=command.user_uid, active=command.active)
    return LogInChanged(user_uid=command.user_uid)
