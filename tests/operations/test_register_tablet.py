"""Does a tablet stand in a room of its clinic, and does a revoked one do nothing more?"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select

from stockroom.db.store import Store
from stockroom.errors import InvalidValue, ThingNotFound
from stockroom.ledger.acts import LogInEnded, NotAtTablet
from stockroom.models import Tablet
from stockroom.operations.add_location import AddLocation, add_location
from stockroom.operations.mint_token import MintToken, mint_token
from stockroom.operations.register_tablet import (
    RegisterTablet,
    RevokeTablet,
    TabletRevoked,
    register_tablet,
    revoke_tablet,
)
from stockroom.operations.set_pin import SetPin, set_pin
from stockroom.rules.permissions import ActionForbidden
from stockroom.vocabulary import LocationKind
from tests.builders import NOW, House, key
from tests.tableting import register


def _register(house: House, **changed: Any) -> str:
    given = {"name": " Tablet  1 ", "room_uid": house.clinic.room.uid, "secret_hash": key("hash"), **changed}
    actor = given.pop("actor", house.manager)
    command = RegisterTablet(**given)
    return register_tablet(house.store, command, actor=actor, key=key("register"), now=NOW).tablet_uid


def _tablet_id(store: Store, uid: str) -> int:
    with store.reading() as connection:
        return connection.execute(select(Tablet.id).where(Tablet.uid == uid)).scalar_one()


def test_a_tablet_has_a_name_of_its_own_and_a_room_of_its_clinic(store: Store) -> None:
    house = House(store)
    other = house.another_clinic()
    _register(house)

    for changed in ({"name": "Tablet 1"}, {"name": " "}, {"name": "x" * 61}):
        with pytest.raises(InvalidValue):
            _register(house, **changed)
    with pytest.raises(InvalidValue):
        _register(house, name="Tablet 2", room_uid=house.clinic.fridge.uid)
    with pytest.raises(ThingNotFound):
        _register(house, name="Tablet 2", room_uid=other.room.uid)
    with pytest.raises(ActionForbidden):
        _register(house, name="Tablet 2", actor=house.nurse)


def test_a_revoked_tablet_acts_no_more_and_its_name_is_free(store: Store) -> None:
    house = House(store)
    uid = _register(house)
    nurse = replace(house.nurse, tablet_id=_tablet_id(store, uid))
    command = RevokeTablet(tablet_uid=uid)

    revoke_tablet(store, command, actor=house.manager, key=key("revoke"), now=NOW)

    with pytest.raises(LogInEnded):
        set_pin(store, SetPin(pin_hash="x"), actor=nurse, key=key("act"), now=NOW)
    with pytest.raises(TabletRevoked):
        revoke_tablet(store, command, actor=house.manager, key=key("revoke"), now=NOW)
    assert _register(house) != uid


def test_at_a_tablet_a_managers_roles_count_for_nothing_inside_the_act(store: Store) -> None:
    house = House(store)
    tablet_id = _tablet_id(store, register(house.clinic, at=NOW))
    manager = replace(house.manager, tablet_id=tablet_id)
    place = AddLocation(name="Fridge 9", kind=LocationKind.FRIDGE, storage_class=None)

    with pytest.raises(ActionForbidden):
        add_location(store, place, actor=manager, key=key("place"), now=NOW)


def test_no_token_is_minted_at_a_tablet(store: Store) -> None:
    house = House(store)
    nurse = replace(house.nurse, tablet_id=_tablet_id(store, register(house.clinic, at=NOW)))
    command = MintToken(name="t", token_hash="h", actions=None, expires_at=NOW.replace(month=4))

    with pytest.raises(NotAtTablet):
        mint_token(store, command, actor=nurse, key=key("mint"), now=NOW)
