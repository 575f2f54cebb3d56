"""Does a person get a log-in later, and a log-in another address?"""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import Row, select

from stockroom.db.store import Store
from stockroom.errors import InvalidValue
from stockroom.ledger.letters import Letter
from stockroom.models import LogIn, Membership, OrganisationEntry, OutboxMessage, User
from stockroom.operations.address_log_in import (
    ChangeAddress,
    GiveLogIn,
    LogInThere,
    change_address,
    give_log_in,
)
from stockroom.operations.employ import Employ, GiveRole, employ, give_role
from stockroom.operations.note_log_in import NoteLogIn, note_log_in
from stockroom.reads.user_accounts import FIRST_PASSWORD_LASTS, AdministeredElsewhere, EmailTaken, OwnLogIn
from stockroom.rules.permissions import ActionForbidden
from stockroom.vocabulary import Role
from tests.builders import NOW, House, key


def account(store: Store, user_id: int) -> Row[Any]:
    with store.reading() as connection:
        return connection.execute(select(User.__table__).where(User.id == user_id)).one()


def cleaner(house: House) -> str:
    employed = employ(
        house.store, Employ(name="Mila Demo", profession="cleaner"), actor=house.system, key=key(), now=NOW
    )
    return employed.person_uid


def test_a_person_without_a_log_in_gets_one_that_opens_for_three_days(store: Store) -> None:
    house = House(store)
    command = GiveLogIn(person_uid=cleaner(house), email=" Mila@Vitosha.test ", password_hash="$argon2id$x")

    given = give_log_in(store, command, actor=house.clinic.administrator, key="once", now=NOW)
    again = give_log_in(store, command, actor=house.clinic.administrator, key="once", now=NOW)

    assert given == again
    with store.reading() as connection:
        (row,) = connection.execute(select(User.__table__).where(User.uid == given.user_uid)).all()
        held = connection.execute(select(Membership.role).where(Membership.user_id == row.id)).all()
    assert (row.email, row.active, held) == ("mila@vitosha.test", True, [])
    assert row.first_password_until == NOW + FIRST_PASSWORD_LASTS


def test_a_second_log_in_a_taken_address_and_none_are_refused(sqlite_store: Store) -> None:
    house = House(sqlite_store)
    person, administrator = cleaner(house), house.clinic.administrator
    taken = account(sqlite_store, house.nurse.user_id).email

    def give(uid: str, email: str) -> None:
        command = GiveLogIn(person_uid=uid, email=email, password_hash="$argon2id$x")
        give_log_in(sqlite_store, command, actor=administrator, key=key(), now=NOW)

    with pytest.raises(LogInThere):
        give(house.nurse.person_uid, "new@vitosha.test")
    with pytest.raises(EmailTaken):
        give(person, taken.upper())
    with pytest.raises(InvalidValue):
        give(person, "nowhere")
    give(person, "mila@vitosha.test")


def test_a_log_in_gets_another_address_and_what_was_open_ends(store: Store) -> None:
    house = House(store)
    before = account(store, house.nurse.user_id)
    noted = NoteLogIn(
        account=before.email, user_uid=before.uid, token_hash="h" * 64, device="tablet", address="127.0.0.1"
    )
    note_log_in(store, noted, actor=house.system, key=key(), now=NOW)
    letter = Letter(subject="Your address", body="You log in with this one from now on.")

    command = ChangeAddress(user_uid=before.uid, email="Married@Vitosha.test", letter=letter)
    change_address(store, command, actor=house.clinic.administrator, key=key(), now=NOW)

    with store.reading() as connection:
        ended = connection.execute(select(LogIn.ended_at)).scalar_one()
        told = connection.execute(select(OutboxMessage.user_id)).scalars().all()
        payloads = connection.execute(select(OrganisationEntry.payload)).scalars().all()
    assert account(store, house.nurse.user_id).email == "married@vitosha.test"
    assert ended is not None
    assert told == [house.nurse.user_id]
    assert not any("married@" in payload for payload in payloads)


def test_only_who_looks_after_all_of_a_log_in_changes_its_address(sqlite_store: Store) -> None:
    house = House(sqlite_store)
    nurse = account(sqlite_store, house.nurse.user_id)
    administrator = house.clinic.administrator
    own = account(sqlite_store, administrator.user_id)

    def change(uid: str, **by: Any) -> None:
        command = ChangeAddress(user_uid=uid, email="else@vitosha.test")
        change_address(sqlite_store, command, key=key(), now=NOW, **by)

    with pytest.raises(OwnLogIn):
        change(own.uid, actor=administrator)
    with pytest.raises(ActionForbidden):
        change(nurse.uid, actor=house.manager)
    elsewhere = house.another_clinic().system
    give_role(
        sqlite_store, GiveRole(user_uid=nurse.uid, role=Role.NURSE), actor=elsewhere, key=key(), now=NOW
    )
    with pytest.raises(AdministeredElsewhere):
        change(nurse.uid, actor=administrator)

    assert account(sqlite_store, house.nurse.user_id).email == nurse.email
