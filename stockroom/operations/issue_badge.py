"""How does a person get a badge, and how does a lost one stop opening anything?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import insert, select, update

from stockroom.actor import Actor
from stockroom.db.identifiers import new_uid
from stockroom.db.store import Store
from stockroom.db.transaction import ORGANISATION, Work
from stockroom.errors import InvalidValue, ThingNotFound
from stockroom.ledger.acts import Act, perform
from stockroom.models import Badge, Person, User
from stockroom.reads.finding import one_by_uid
from stockroom.reads.user_accounts import require_looks_after_person
from stockroom.vocabulary import Action


@dataclass(frozen=True, kw_only=True)
class IssueBadge:
    """A badge for a person; the entrance drew its code, and nothing below it sees it."""

    person_uid: str
    code_hash: str
    """A keyed digest of the code."""


@dataclass(frozen=True, kw_only=True)
class BadgeIssued:
    badge_uid: str
    person_uid: str


@dataclass(frozen=True, kw_only=True)
class RevokeBadge:
    """The badge that a person has."""

    person_uid: str


@dataclass(frozen=True, kw_only=True)
class BadgeRevoked:
    badge_uid: str


def issue_badge(store: Store, command: IssueBadge, *, actor: Actor, key: str, now: datetime) -> BadgeIssued:
    """Give a person a badge; an earlier one opens nothing from now on.

    Raises ThingNotFound, InvalidValue for somebody who has no log-in, AdministeredElsewhere.
    """
    return perform(
        store,
        Act(kind="badge.issue", action=Action.MAINTAIN_USERS, filed_in=ORGANISATION),
        command=command,
        body=lambda work: _issue(work, command),
        answer=BadgeIssued,
        actor=actor,
        key=key,
        now=now,
    )


def revoke_badge(
    store: Store, command: RevokeBadge, *, actor: Actor, key: str, now: datetime
) -> BadgeRevoked:
    """Make a person's badge open nothing from now on.  Raises ThingNotFound without one, AdministeredElsewhere."""
    return perform(
        store,
        Act(kind="badge.revoke", action=Action.MAINTAIN_USERS, filed_in=ORGANISATION),
        command=command,
        body=lambda work: _revoke(work, command),
        answer=BadgeRevoked,
        actor=actor,
        key=key,
        now=now,
    )


def _issue(work: Work, command: IssueBadge) -> BadgeIssued:
    person = one_by_uid(work.connection, Person, command.person_uid, thing="person")
    has_log_in = work.connection.execute(select(User.id).where(User.person_id == person.id)).first()
    if has_log_in is None:
        raise InvalidValue(field="person_uid", problem="a badge opens a log-in, and this person has none")
    require_looks_after_person(work.connection, work.actor, person.id)
    earlier = _end(work, person.id)
    uid = new_uid(work.now)
    work.connection.execute(
        insert(Badge).values(
            uid=uid,
            person_id=person.id,
            code_hash=command.code_hash,
            issued_at=work.recorded_at,
            issued_by_id=work.actor.person_id,
        )
    )
    work.payload.update(person=person.uid, badge=uid, in_place_of=earlier)
    return BadgeIssued(badge_uid=uid, person_uid=person.uid)


def _revoke(work: Work, command: RevokeBadge) -> BadgeRevoked:
    person = one_by_uid(work.connection, Person, command.person_uid, thing="person")
    require_looks_after_person(work.connection, work.actor, person.id)
    uid = _end(work, person.id)
    if uid is None:
        raise ThingNotFound(thing="badge", uid=person.uid)
    work.payload.update(person=person.uid, badge=uid)
    return BadgeRevoked(badge_uid=uid)


def _end(work: Work, person_id: int) -> str | None:
    """End the badge that a person has; give its uid, None for nobody's."""
    valid = (Badge.person_id == person_id, Badge.revoked_at.is_(None))
    uid = work.connection.execute(select(Badge.uid).where(*valid)).scalar_one_or_none()
    if uid is not None:
        work.connection.execute(
            update(Badge)
            .where(*valid)
            .values(revoked_at=work.recorded_at, revoked_by_id=work.actor.person_id)
        )
    return uid
