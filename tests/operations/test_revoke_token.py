"""Does a token end when its owner or an administrator says so, and for nobody else?"""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from stockroom.actor import Actor
from stockroom.db.store import Store
from stockroom.errors import ThingNotFound
from stockroom.models import ApiToken
from stockroom.operations.mint_token import MintToken, mint_token
from stockroom.operations.revoke_token import RevokeToken, revoke_token
from tests.builders import NOW, House, key


def _minted(store: Store, actor: Actor) -> str:
    command = MintToken(name="x", token_hash=key(), actions=None, expires_at=NOW + timedelta(days=9))
    return mint_token(store, command, actor=actor, key=key(), now=NOW).token_uid


def _revoked_at(store: Store, uid: str) -> object:
    with store.reading() as connection:
        return connection.execute(select(ApiToken.revoked_at).where(ApiToken.uid == uid)).scalar_one()


def test_its_owner_revokes_it_and_a_second_time_changes_nothing(store: Store) -> None:
    house = House(store)
    uid = _minted(store, house.nurse)

    for minute in (1, 2):
        at = NOW + timedelta(minutes=minute)
        revoke_token(store, RevokeToken(token_uid=uid), actor=house.nurse, key=key(), now=at)

    assert _revoked_at(store, uid) == NOW + timedelta(minutes=1)


def test_an_administrator_revokes_anybodys(store: Store) -> None:
    house = House(store)
    uid = _minted(store, house.nurse)

    revoke_token(store, RevokeToken(token_uid=uid), actor=house.clinic.administrator, key=key(), now=NOW)

    assert _revoked_at(store, uid) == NOW


def test_somebody_elses_and_another_clinics_are_not_found(store: Store) -> None:
    house = House(store)
    uid = _minted(store, house.nurse)
    strangers = (house.manager, house.another_clinic().administrator)

    for stranger in strangers:
        with pytest.raises(ThingNotFound):
            revoke_token(store, RevokeToken(token_uid=uid), actor=stranger, key=key(), now=NOW)

    assert _revoked_at(store, uid) is None
