"""What happens when somebody leaves?  One act: nothing of hers opens any more, and a colleague has her open work."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, ClassVar

from sqlalchemy import Row, delete, func, select, update

from stockroom.actor import Actor
from stockroom.clock import civil_date
from stockroom.db.identifiers import random_bytes
from stockroom.db.store import Store
from stockroom.db.transaction import ORGANISATION, Work
from stockroom.errors import Conflict, InvalidValue, Refused, ThingNotFound, extracted
from stockroom.ledger.acts import Act, perform
from stockroom.ledger.log_ins import end_log_ins
from stockroom.ledger.memberships import lose_roles
from stockroom.models import (
    ApiToken,
    Authorisation,
    Badge,
    Membership,
    Person,
    Pin,
    TreatmentSession,
    User,
)
from stockroom.reads.administrators import LastAdministrator, administered_alone
from stockroom.reads.begun_work import begun_by
from stockroom.reads.clinics import clinic_settings, every_clinic
from stockroom.reads.finding import one_by_uid
from stockroom.reads.user_accounts import OwnLogIn, require_looks_after_person
from stockroom.vocabulary import CLOSED_SESSION_STATES, Action


@dataclass(eq=False, kw_only=True)
class LeftAlready(Conflict):
    code: ClassVar[str] = "person_left_already"
    message: ClassVar[str] = extracted("{person} left on {left_on}. Nothing was changed.")
    person: str
    left_on: date


@dataclass(eq=False, kw_only=True)
class WorkIsOpen(Refused):
    """Somebody has to take it over."""

    code: ClassVar[str] = "work_is_open"
    message: ClassVar[str] = extracted(
        "{person} still has {sessions} sessions to come, and has begun {begun} other things that are not finished "
        "(cocktails, deliveries, counts, orders). Name the colleague who takes them over."
    )
    person: str
    sessions: int
    begun: int


@dataclass(frozen=True, kw_only=True)
class Leave:
    """A person who leaves, and who takes over what is open; nobody where nothing is."""

    person_uid: str
    colleague_uid: str | None = None


@dataclass(frozen=True, kw_only=True)
class PersonLeft:
    person_uid: str
    left_on: date
    handed_over: tuple[str, ...]
    """The sessions that the colleague has now."""
    begun: tuple[str, ...] = ()
    """What was begun and is not finished, which the colleague answers for now; who began it stays written."""


def leave(store: Store, command: Leave, *, actor: Actor, key: str, now: datetime) -> PersonLeft:
    """Let somebody leave: log-ins, badge, PIN, tokens, roles and authorisations end, in every clinic at once.

    What she did keeps her name.  What is open and hers goes to a colleague.
    Raises ThingNotFound, LeftAlready, OwnLogIn, AdministeredElsewhere, LastAdministrator, WorkIsOpen, and
    InvalidValue for a colleague who left, cannot log in, or works in none of the clinics of that work.
    """
    return perform(
        store,
        Act(
            kind="person.leave",
            action=Action.MAINTAIN_USERS,
            filed_in=ORGANISATION,
            also_locks=every_clinic(store),
        ),
        command=command,
        body=lambda work: _leave(work, command),
        answer=PersonLeft,
        actor=actor,
        key=key,
        now=now,
    )


def _leave(work: Work, command: Leave) -> PersonLeft:
    person = one_by_uid(work.connection, Person, command.person_uid, thing="person")
    if person.is_system:
        raise ThingNotFound(thing="person", uid=command.person_uid)
    if person.left_on is not None:
        raise LeftAlready(person=person.name, left_on=person.left_on)
    if person.id == work.actor.person_id:
        raise OwnLogIn()
    require_looks_after_person(work.connection, work.actor, person.id)
    handed, begun = _hand_over(work, person, command.colleague_uid)
    today = _today(work)
    users = work.connection.execute(select(User.id).where(User.person_id == person.id)).scalars().all()
    for user_id in users:
        _close(work, user_id)
    badge = work.connection.execute(
        update(Badge)
        .where(Badge.person_id == person.id, Badge.revoked_at.is_(None))
        .values(revoked_at=work.recorded_at, revoked_by_id=work.actor.person_id)
    ).rowcount
    pin = work.connection.execute(delete(Pin).where(Pin.person_id == person.id)).rowcount
    _end_authorisations(work, person.id, today)
    work.connection.execute(
        update(Person)
        .where(Person.id == person.id)
        .values(left_on=today, version=person.version + 1, updated_at=work.recorded_at)
    )
    work.payload.update(
        person=person.uid,
        left_on=today,
        colleague=command.colleague_uid,
        handed_over=list(handed),
        begun=list(begun),
        badges=badge,
        pins=pin,
    )
    return PersonLeft(person_uid=person.uid, left_on=today, handed_over=handed, begun=begun)


def _close(work: Work, user_id: int) -> None:
    """Nothing of this log-in opens anything any more."""
    if not work.actor.is_system and administered_alone(work.connection, user_id):
        raise LastAdministrator()
    end_log_ins(work, user_id)
    work.connection.execute(
        update(ApiToken)
        .where(ApiToken.user_id == user_id, ApiToken.revoked_at.is_(None))
        .values(revoked_at=work.recorded_at)
    )
    lose_roles(work, user_id)
    work.connection.execute(
        update(User)
        .where(User.id == user_id)
        .values(active=False, fs_uniquifier=random_bytes(32).hex(), first_password_until=None)
    )


def _end_authorisations(work: Work, person_id: int, today: date) -> None:
    """What holds ends today; what would have begun later is taken out."""
    of_person = Authorisation.person_id == person_id
    work.connection.execute(delete(Authorisation).where(of_person, Authorisation.from_on > today))
    work.connection.execute(
        update(Authorisation)
        .where(of_person, func.coalesce(Authorisation.until_on, date.max) > today)
        .values(until_on=today)
    )


def _hand_over(
    work: Work, person: Row[Any], colleague_uid: str | None
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Give the sessions that are not over to the colleague, and what else was begun; the uids of both."""
    open_ones = work.connection.execute(
        select(TreatmentSession.id, TreatmentSession.uid, TreatmentSession.clinic_id)
        .where(
            TreatmentSession.practitioner_id == person.id,
            TreatmentSession.state.not_in(sorted(CLOSED_SESSION_STATES)),
        )
        .order_by(TreatmentSession.id)
    ).all()
    begun = begun_by(work.connection, person.id)
    if not open_ones and not begun:
        return (), ()
    if colleague_uid is None:
        raise WorkIsOpen(person=person.name, sessions=len(open_ones), begun=len(begun))
    colleague = one_by_uid(work.connection, Person, colleague_uid, thing="colleague")
    works_in = set(
        work.connection.execute(
            select(Membership.clinic_id)
            .join(User, User.id == Membership.user_id)
            .where(User.person_id == colleague.id, User.active)
        ).scalars()
    )
    clinics = {row.clinic_id for row in open_ones} | {each.clinic_id for each in begun}
    if colleague.id == person.id or colleague.left_on is not None or not clinics <= works_in:
        raise InvalidValue(
            field="colleague_uid", problem="somebody else, who works in every clinic in which work is open"
        )
    work.connection.execute(
        update(TreatmentSession)
        .where(TreatmentSession.id.in_([row.id for row in open_ones]))
        .values(
            practitioner_id=colleague.id,
            version=TreatmentSession.version + 1,
            updated_at=work.recorded_at,
        )
    )
    return tuple(row.uid for row in open_ones), tuple(each.uid for each in begun)


def _today(work: Work) -> date:
    """The day in the actor's clinic; the terminal, which acts in none, goes by UTC."""
    zone = clinic_settings(work.connection, work.clinic_id).time_zone if work.clinic_id else "UTC"
    return civil_date(work.now, zone)
