"""How does a person get the PIN by which he or she signs on at tablets, and how is it taken away?"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import delete, insert, update

from stockroom.actor import Actor
from stockroom.db.store import Store
from stockroom.db.transaction import ORGANISATION, Work
from stockroom.errors import ThingNotFound
from stockroom.ledger.acts import Act, perform
from stockroom.ledger.letters import Letter, tell_by_mail
from stockroom.models import Person, Pin, SignOnAttempt
from stockroom.reads.finding import one_by_uid
from stockroom.reads.user_accounts import require_looks_after_person
from stockroom.vocabulary import Action


@dataclass(frozen=True, kw_only=True)
class SetPin:
    """One's own PIN; the entrance asked for the password and hashed it."""

    pin_hash: str
    letter: Letter | None = None
    """What its owner is told of it by mail."""


@dataclass(frozen=True, kw_only=True)
class PinSet:
    person_uid: str


@dataclass(frozen=True, kw_only=True)
class RemovePin:
    person_uid: str


@dataclass(frozen=True, kw_only=True)
class PinRemoved:
    person_uid: str


def set_pin(store: Store, command: SetPin, *, actor: Actor, key: str, now: datetime) -> PinSet:
    """Set one's own PIN, in the place of an earlier one; wrong tries of before count no more."""
    return perform(
        store,
        # READ_STOCK is what every role holds.
        Act(kind="pin.set", action=Action.READ_STOCK, filed_in=ORGANISATION),
        # The hash is salted, so that the same request sent twice never holds the same one.
        command=replace(command, pin_hash="", letter=None),
        body=lambda work: _set(work, command),
        answer=PinSet,
        actor=actor,
        key=key,
        now=now,
    )


def remove_pin(store: Store, command: RemovePin, *, actor: Actor, key: str, now: datetime) -> PinRemoved:
    """Take a PIN away: it opens nothing from now on.

    Raises ThingNotFound without one, AdministeredElsewhere.
    """
    return perform(
        store,
        Act(kind="pin.remove", action=Action.MAINTAIN_USERS, filed_in=ORGANISATION),
        command=command,
        body=lambda work: _remove(work, command),
        answer=PinRemoved,
        actor=actor,
        key=key,
        now=now,
    )


def _set(work: Work, command: SetPin) -> PinSet:
    person_id = work.actor.person_id
    work.connection.execute(delete(Pin).where(Pin.person_id == person_id))
    work.connection.execute(
        insert(Pin).values(person_id=person_id, pin_hash=command.pin_hash, set_at=work.recorded_at)
    )
    work.connection.execute(
        update(SignOnAttempt).where(SignOnAttempt.person_id == person_id).values(succeeded=True)
    )
    if command.letter is not None:
        tell_by_mail(work, work.actor.user_id, command.letter)
    work.payload.update(person=work.actor.person_uid)
    return PinSet(person_uid=work.actor.person_uid)


def _remove(work: Work, command: RemovePin) -> PinRemoved:
    person = one_by_uid(work.connection, Person, command.person_uid, thing="person")
    require_looks_after_person(work.connection, work.actor, person.id)
    gone = work.connection.execute(delete(Pin).where(Pin.person_id == person.id))
    if not gone.rowcount:
        raise ThingNotFound(thing="PIN", uid=person.uid)
    work.payload.update(person=person.uid)
    return PinRemoved(person_uid=person.uid)
