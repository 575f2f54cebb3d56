"""Does somebody who forgot the password get in again, and nobody else by it?"""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import Row, select

from stockroom.actor import Actor
from stockroom.db.store import Store
from stockroom.ledger.letters import Letter
from stockroom.models import OrganisationEntry, OutboxMessage, User
from stockroom.operations.employ import GiveRole, give_role
from stockroom.operations.give_first_password import (
    FirstPasswordGiven,
    GiveFirstPassword,
    give_first_password,
)
from stockroom.operations.set_password import SetPassword, set_password
from stockroom.reads.user_accounts import FIRST_PASSWORD_LASTS, AdministeredElsewhere, OwnLogIn
from stockroom.rules.permissions import ActionForbidden
from stockroom.vocabulary import Role
from tests.builders import NOW, House, key

LETTER = Letter(subject="A new password", body="Somebody gave you one.")


def account(store: Store, actor: Actor) -> Row[Any]:
    with store.reading() as connection:
        return connection.execute(select(User.__table__).where(User.id == actor.user_id)).one()


def give(house: House, to: Actor, *, by: Actor, with_key: str | None = None) -> FirstPasswordGiven:
    command = GiveFirstPassword(
        user_uid=account(house.store, to).uid, password_hash="$argon2id$given", letter=LETTER
    )
    return give_first_password(house.store, command, actor=by, key=with_key or key("first"), now=NOW)


def test_a_given_password_opens_for_three_days_and_ends_what_was_open(store: Store) -> None:
    house = House(store)
    before = account(store, house.nurse)

    given = give(house, house.nurse, by=house.clinic.administrator)

    after = account(store, house.nurse)
    assert given.opens_until == after.first_password_until == NOW + FIRST_PASSWORD_LASTS
    assert after.password == "$argon2id$given"
    assert after.fs_uniquifier != before.fs_uniquifier
    with store.reading() as connection:
        letters = connection.execute(select(OutboxMessage.subject, OutboxMessage.user_id)).all()
        entries = connection.execute(select(OrganisationEntry.kind, OrganisationEntry.payload)).all()
    assert letters == [(LETTER.subject, house.nurse.user_id)]
    assert entries[-1].kind == "password.first"
    assert not any("argon2id" in entry.payload for entry in entries)


def test_it_is_ones_own_again_once_another_was_chosen(sqlite_store: Store) -> None:
    house = House(sqlite_store)
    give(house, house.nurse, by=house.clinic.administrator)

    command = SetPassword(user_uid=account(sqlite_store, house.nurse).uid, password_hash="$argon2id$own")
    set_password(sqlite_store, command, actor=house.nurse, key=key(), now=NOW)

    assert account(sqlite_store, house.nurse).first_password_until is None


def test_sent_twice_one_password_is_given(sqlite_store: Store) -> None:
    house = House(sqlite_store)
    first = give(house, house.nurse, by=house.clinic.administrator, with_key="once")
    stamp = account(sqlite_store, house.nurse).fs_uniquifier

    again = give(house, house.nurse, by=house.clinic.administrator, with_key="once")

    assert again == first
    assert account(sqlite_store, house.nurse).fs_uniquifier == stamp


def test_nobody_but_an_administrator_gives_one_and_never_to_oneself(sqlite_store: Store) -> None:
    house = House(sqlite_store)
    administrator = house.clinic.administrator

    with pytest.raises(OwnLogIn):
        give(house, administrator, by=administrator)
    for other in (house.manager, house.nurse, house.practitioner):
        with pytest.raises(ActionForbidden):
            give(house, house.clinic.auditor, by=other)

    assert account(sqlite_store, administrator).first_password_until is None


def test_who_works_elsewhere_too_is_nobodys_who_is_no_administrator_there(store: Store) -> None:
    house = House(store)
    rila = house.another_clinic()
    command = GiveRole(user_uid=account(store, house.nurse).uid, role=Role.ADMINISTRATOR)
    give_role(store, command, actor=rila.system, key=key(), now=NOW)

    with pytest.raises(AdministeredElsewhere) as refused:
        give(house, house.nurse, by=house.clinic.administrator)

    assert "Rila" in str(refused.value) and "Vitosha" not in str(refused.value)
    assert account(store, house.nurse).password is None
    assert give(house, house.nurse, by=house.system).opens_until > NOW
