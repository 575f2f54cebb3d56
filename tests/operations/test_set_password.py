"""Does a password change for its owner alone, and end what was open?"""

from __future__ import annotations

import pytest
from sqlalchemy import Row, select

from stockroom.db.store import Store
from stockroom.models import OrganisationEntry, User
from stockroom.operations.set_password import PasswordNotYours, SetPassword, set_password
from tests.builders import NOW, House, key


def _user(store: Store, user_id: int) -> Row[tuple[str, str | None, str]]:
    with store.reading() as connection:
        return connection.execute(
            select(User.uid, User.password, User.fs_uniquifier).where(User.id == user_id)
        ).one()


def test_ones_own_password_changes_and_open_sessions_end(store: Store) -> None:
    house = House(store)
    before = _user(store, house.nurse.user_id)

    command = SetPassword(user_uid=before.uid, password_hash="$argon2id$new")
    set_password(store, command, actor=house.nurse, key=key(), now=NOW)

    after = _user(store, house.nurse.user_id)
    with store.reading() as connection:
        payloads = connection.execute(select(OrganisationEntry.payload)).scalars().all()
    assert after.password == "$argon2id$new"
    assert after.fs_uniquifier != before.fs_uniquifier
    assert not any("argon2id" in payload for payload in payloads)


def test_a_renewed_hash_ends_nothing(store: Store) -> None:
    house = House(store)
    before = _user(store, house.nurse.user_id)

    command = SetPassword(user_uid=before.uid, password_hash="$argon2id$new", ends_sessions=False)
    set_password(store, command, actor=house.system, key=key(), now=NOW)

    assert _user(store, house.nurse.user_id).fs_uniquifier == before.fs_uniquifier


def test_not_even_an_administrator_chooses_another_persons_password(store: Store) -> None:
    house = House(store)
    before = _user(store, house.nurse.user_id)

    with pytest.raises(PasswordNotYours):
        command = SetPassword(user_uid=before.uid, password_hash="$argon2id$new")
        set_password(store, command, actor=house.clinic.administrator, key=key(), now=NOW)

    assert _user(store, house.nurse.user_id) == before
