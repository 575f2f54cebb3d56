"""Is a person called otherwise, by those who may, and never over what somebody else has just written?"""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from stockroom.db.store import Store
from stockroom.errors import InvalidValue, ThingNotFound
from stockroom.models import OrganisationEntry, Person
from stockroom.operations.change_person import ChangePerson, PersonChanged, PersonSaved, change_person
from stockroom.rules.permissions import ActionForbidden
from tests.builders import NOW, House, key


def change(house: House, **facts: Any) -> PersonSaved:
    values: dict[str, Any] = {
        "person_uid": house.nurse.person_uid,
        "version": 1,
        "name": "Ana Married",
        "profession": "head nurse",
        **facts,
    }
    actor = values.pop("actor", house.clinic.administrator)
    with_key = values.pop("with_key", None) or key("person")
    return change_person(house.store, ChangePerson(**values), actor=actor, key=with_key, now=NOW)


def called(house: House) -> tuple[str, str, int]:
    with house.store.reading() as connection:
        row = connection.execute(
            select(Person.name, Person.profession, Person.version).where(Person.uid == house.nurse.person_uid)
        ).one()
    return row.name, row.profession, row.version


def test_a_person_gets_another_name_and_profession(store: Store) -> None:
    house = House(store)

    first = change(house, with_key="once")

    assert change(house, with_key="once") == first
    assert called(house) == ("Ana Married", "head nurse", 2)
    with store.reading() as connection:
        payloads = connection.execute(select(OrganisationEntry.payload)).scalars().all()
    assert not any("Married" in payload for payload in payloads)


def test_what_was_read_before_somebody_changed_it_changes_nothing(sqlite_store: Store) -> None:
    house = House(sqlite_store)
    change(house)

    with pytest.raises(PersonChanged):
        change(house, name="Ana Else")

    assert called(house)[0] == "Ana Married"


def test_a_person_has_a_name_and_only_an_administrator_changes_it(sqlite_store: Store) -> None:
    house = House(sqlite_store)

    for missing in ("name", "profession"):
        with pytest.raises(InvalidValue):
            change(house, **{missing: " "})
    for other in (house.manager, house.nurse, house.clinic.auditor, house.practitioner):
        with pytest.raises(ActionForbidden):
            change(house, actor=other)

    assert called(house)[2] == 1


def test_the_installation_itself_is_nobody_to_be_renamed(sqlite_store: Store) -> None:
    house = House(sqlite_store)

    with pytest.raises(ThingNotFound):
        change(house, person_uid=house.system.person_uid)
