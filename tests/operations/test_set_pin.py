"""Is a PIN its owner's own, and gone when it is taken away?"""

from __future__ import annotations

import pytest
from sqlalchemy import select

from stockroom.db.store import Store
from stockroom.errors import ThingNotFound
from stockroom.ledger.letters import Letter
from stockroom.models import OrganisationEntry, OutboxMessage, Pin
from stockroom.operations.set_pin import RemovePin, SetPin, remove_pin, set_pin
from stockroom.rules.permissions import ActionForbidden
from tests.builders import NOW, House, key


def test_a_second_pin_takes_the_place_of_the_first_and_its_owner_is_told(store: Store) -> None:
    house = House(store)
    letter = Letter(subject="set", body="set")
    for hashed in ("first", "second"):
        set_pin(store, SetPin(pin_hash=hashed, letter=letter), actor=house.nurse, key=key("pin"), now=NOW)

    with store.reading() as connection:
        hashes = connection.execute(select(Pin.pin_hash)).scalars().all()
        letters = connection.execute(select(OutboxMessage.id)).all()
        said = str(connection.execute(select(OrganisationEntry.payload)).scalars().all())
    assert (list(hashes), len(letters)) == (["second"], 2)
    assert "second" not in said


def test_the_same_form_sent_twice_sets_it_once_although_its_hash_is_another(store: Store) -> None:
    house = House(store)
    for hashed in ("first", "again"):
        set_pin(store, SetPin(pin_hash=hashed), actor=house.nurse, key="one", now=NOW)
    with store.reading() as connection:
        assert connection.execute(select(Pin.pin_hash)).scalar_one() == "first"


def test_an_administrator_takes_a_pin_away_and_sets_none(store: Store) -> None:
    house = House(store)
    set_pin(store, SetPin(pin_hash="hash"), actor=house.nurse, key=key("pin"), now=NOW)
    command = RemovePin(person_uid=house.nurse.person_uid)

    with pytest.raises(ActionForbidden):
        remove_pin(store, command, actor=house.manager, key=key("gone"), now=NOW)
    remove_pin(store, command, actor=house.clinic.administrator, key=key("gone"), now=NOW)

    with pytest.raises(ThingNotFound):
        remove_pin(store, command, actor=house.clinic.administrator, key=key("gone"), now=NOW)
