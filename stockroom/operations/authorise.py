"""What may somebody do by profession, from which day until which?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import insert, select, update

from stockroom.actor import Actor
from stockroom.clock import civil_date
from stockroom.db.store import Store
from stockroom.db.transaction import ORGANISATION, Work
from stockroom.errors import InvalidValue, ThingNotFound
from stockroom.ledger.acts import Act, perform
from stockroom.models import Authorisation, Person, ReferenceItem
from stockroom.reads.clinics import clinic_settings, every_clinic
from stockroom.reads.finding import one_by_uid
from stockroom.rules.permissions import AUTHORISATIONS
from stockroom.vocabulary import Action

EVIDENCE_MAX = 300


@dataclass(frozen=True, kw_only=True)
class Authorise:
    """A person is authorised to an act: any of AUTHORISATIONS."""

    person_uid: str
    kind: str
    from_on: date
    until_on: date | None = None
    """The last day; none when no end is known."""
    scope: str = ""
    """Of *inject*: one technique or one kind of device of the reference data; empty for all."""
    training: str = ""
    """The evidence: which training, when, and where its paper is kept."""
    trained_on: date | None = None
    file_reference: str = ""


@dataclass(frozen=True, kw_only=True)
class EndAuthorisation:
    """What holds of this kind ends."""

    person_uid: str
    kind: str
    until_on: date
    """The last day on which it holds."""
    scope: str = ""


@dataclass(frozen=True, kw_only=True)
class Authorised:
    person_uid: str


def authorise(store: Store, command: Authorise, *, actor: Actor, key: str, now: datetime) -> Authorised:
    """Write down that somebody is authorised.

    Raises ThingNotFound; InvalidValue for an end before the beginning, and where one of the kind holds then.
    """
    return perform(
        store,
        _act(store, "person.authorise"),
        command=command,
        body=lambda work: _authorise(work, command),
        answer=Authorised,
        actor=actor,
        key=key,
        now=now,
    )


def end_authorisation(
    store: Store, command: EndAuthorisation, *, actor: Actor, key: str, now: datetime
) -> Authorised:
    """End what holds, or will hold, of a kind; what was done under it stays as it was.

    Raises ThingNotFound when none of the kind is open, InvalidValue for a day before yesterday or before it began.
    """
    return perform(
        store,
        _act(store, "person.authorisation_end"),
        command=command,
        body=lambda work: _end(work, command),
        answer=Authorised,
        actor=actor,
        key=key,
        now=now,
    )


def _act(store: Store, kind: str) -> Act:
    """What somebody may not do any more can stop a use: the heads of all clinics are locked."""
    return Act(kind=kind, action=Action.MAINTAIN_USERS, filed_in=ORGANISATION, also_locks=every_clinic(store))


def _authorise(work: Work, command: Authorise) -> Authorised:
    if command.kind not in AUTHORISATIONS:
        raise InvalidValue(field="kind", problem=f"any of {', '.join(AUTHORISATIONS)}")
    if command.until_on is not None and command.until_on < command.from_on:
        raise InvalidValue(field="until_on", problem="not before the day on which it begins")
    person = one_by_uid(work.connection, Person, command.person_uid, thing="person")
    _check_more(work, command)
    if person.left_on is not None:
        raise InvalidValue(field="person_uid", problem="this person has left")
    last = command.until_on or date.max
    held = _held(work, person.id, command.kind, command.scope)
    if any(row.from_on <= last and _last(row) >= command.from_on for row in held):
        raise InvalidValue(field="from_on", problem="it holds on some of these days already; end that first")
    work.connection.execute(
        insert(Authorisation).values(
            person_id=person.id,
            kind=command.kind,
            from_on=command.from_on,
            until_on=command.until_on,
            scope=command.scope,
            granted_by_id=work.actor.person_id,
            granted_at=work.recorded_at,
            training=command.training.strip(),
            trained_on=command.trained_on,
            file_reference=command.file_reference.strip(),
        )
    )
    work.payload.update(
        person=person.uid,
        kind=command.kind,
        scope=command.scope,
        from_on=command.from_on,
        until_on=command.until_on,
        trained_on=command.trained_on,
    )
    return Authorised(person_uid=person.uid)


def _end(work: Work, command: EndAuthorisation) -> Authorised:
    person = one_by_uid(work.connection, Person, command.person_uid, thing="person")
    today = _today(work)
    held = [row for row in _held(work, person.id, command.kind, command.scope) if _last(row) >= today]
    if not held:
        raise ThingNotFound(thing="authorisation", uid=command.kind[:40])
    newest = held[-1]
    if (today - command.until_on).days > 1 or command.until_on < newest.from_on:
        raise InvalidValue(
            field="until_on", problem="yesterday at the earliest, and not before the day on which it began"
        )
    work.connection.execute(
        update(Authorisation).where(Authorisation.id == newest.id).values(until_on=command.until_on)
    )
    work.payload.update(person=person.uid, kind=command.kind, scope=command.scope, until_on=command.until_on)
    return Authorised(person_uid=person.uid)


def _check_more(work: Work, command: Authorise) -> None:
    for field in ("training", "file_reference"):
        if len(getattr(command, field)) > EVIDENCE_MAX or "\x00" in getattr(command, field):
            raise InvalidValue(field=field, problem=f"at most {EVIDENCE_MAX} readable characters")
    if command.scope and command.kind != "inject":
        raise InvalidValue(field="scope", problem="only injecting is authorised by technique or device")
    if command.scope:
        listed = select(ReferenceItem.slug).where(
            ReferenceItem.kind.in_(("techniques", "devices")), ReferenceItem.slug == command.scope
        )
        if work.connection.execute(listed).first() is None:
            raise InvalidValue(field="scope", problem="neither a technique nor a device of the list")


def _held(work: Work, person_id: int, kind: str, scope: str) -> Sequence[Any]:
    rows = select(Authorisation.id, Authorisation.from_on, Authorisation.until_on).where(
        Authorisation.person_id == person_id, Authorisation.kind == kind, Authorisation.scope == scope
    )
    return work.connection.execute(rows.order_by(Authorisation.from_on)).all()


def _last(row: Any) -> date:
    return row.until_on or date.max


def _today(work: Work) -> date:
    """The day in the actor's clinic; the terminal, which acts in none, goes by UTC."""
    zone = clinic_settings(work.connection, work.clinic_id).time_zone if work.clinic_id else "UTC"
    return civil_date(work.now, zone)
