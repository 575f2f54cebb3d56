"""How does a member of staff get another name or profession?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from sqlalchemy import update

from stockroom.actor import Actor
from stockroom.db.store import Store
from stockroom.db.transaction import ORGANISATION, Work
from stockroom.errors import InvalidValue, Stale, ThingNotFound, extracted
from stockroom.ledger.acts import Act, perform
from stockroom.ledger.sides import note_sides
from stockroom.models import Person
from stockroom.reads.finding import one_by_uid
from stockroom.vocabulary import Action


@dataclass(eq=False, kw_only=True)
class PersonChanged(Stale):
    """Somebody changed what is known of the person since it was read."""

    code: ClassVar[str] = "person_changed"
    message: ClassVar[str] = extracted(
        "This was changed by somebody else. Look at the person again before you change it."
    )


@dataclass(frozen=True, kw_only=True)
class ChangePerson:
    """What a person is called from now on, on what was done before too."""

    person_uid: str
    version: int
    """The version that was read."""
    name: str
    profession: str


@dataclass(frozen=True, kw_only=True)
class PersonSaved:
    person_uid: str
    version: int


def change_person(
    store: Store, command: ChangePerson, *, actor: Actor, key: str, now: datetime
) -> PersonSaved:
    """Change name and profession.  Raises ThingNotFound, PersonChanged, InvalidValue."""
    return perform(
        store,
        Act(kind="person.change", action=Action.MAINTAIN_USERS, filed_in=ORGANISATION),
        command=command,
        body=lambda work: _change(work, command),
        answer=PersonSaved,
        actor=actor,
        key=key,
        now=now,
    )


def _change(work: Work, command: ChangePerson) -> PersonSaved:
    for field in ("name", "profession"):
        if not getattr(command, field).strip():
            raise InvalidValue(field=field, problem="a person has a name and a profession")
    person = one_by_uid(work.connection, Person, command.person_uid, thing="person")
    if person.is_system:
        raise ThingNotFound(thing="person", uid=command.person_uid)
    if person.version != command.version:
        raise PersonChanged()
    work.connection.execute(
        update(Person)
        .where(Person.id == person.id)
        .values(
            name=command.name,
            profession=command.profession,
            version=person.version + 1,
            updated_at=work.recorded_at,
        )
    )
    note_sides(work, person._mapping, {"profession": command.profession})
    work.payload.update(person=person.uid, has_other_name=person.name != command.name)
    return PersonSaved(person_uid=person.uid, version=person.version + 1)
