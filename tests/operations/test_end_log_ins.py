"""Does a log-in end for its own user and for an administrator, once, and for nobody else?"""

from __future__ import annotations

import pytest
from sqlalchemy import select

from stockroom.actor import Actor
from stockroom.db.store import Store
from stockroom.errors import ThingNotFound
from stockroom.models import LogIn, OrganisationEntry, User
from stockroom.operations.end_log_ins import EndLogIns, end_colleagues_log_ins, end_log_ins
from stockroom.operations.note_log_in import NoteLogIn, note_log_in
from stockroom.rules.permissions import ActionForbidden
from tests.builders import NOW, House, key


def _user(store: Store, actor: Actor) -> str:
    with store.reading() as connection:
        return connection.execute(select(User.uid).where(User.id == actor.user_id)).scalar_one()


def _began(house: House, user_uid: str, token_hash: str) -> str:
    noted = NoteLogIn(
        account="a@example.test",
        user_uid=user_uid,
        token_hash=token_hash,
        device="Browser",
        address="127.0.0.1",
    )
    return note_log_in(house.store, noted, actor=house.system, key=key(), now=NOW).log_in_uid


def _open(store: Store) -> set[str]:
    with store.reading() as connection:
        return set(connection.execute(select(LogIn.uid).where(LogIn.ended_at.is_(None))).scalars())


def test_one_log_in_ends_and_the_others_go_on(store: Store) -> None:
    house = House(store)
    user = _user(store, house.nurse)
    here, there = _began(house, user, "h1"), _began(house, user, "h2")

    command = EndLogIns(user_uid=user, log_in_uids=(there,))
    first = end_log_ins(store, command, actor=house.nurse, key=key(), now=NOW)
    again = end_log_ins(store, command, actor=house.nurse, key=key(), now=NOW)

    assert (first.log_in_uids, again.log_in_uids) == ((there,), ())
    assert _open(store) == {here}
    with store.reading() as connection:
        kinds = connection.execute(select(OrganisationEntry.kind)).scalars().all()
    assert kinds.count("log_in.end") == 2


def test_an_administrator_ends_one_of_a_colleagues_and_nobody_else_does(store: Store) -> None:
    house = House(store)
    user = _user(store, house.nurse)
    here, lost = _began(house, user, "h1"), _began(house, user, "h2")
    command = EndLogIns(user_uid=user, log_in_uids=(lost,))

    with pytest.raises(ActionForbidden):
        end_colleagues_log_ins(store, command, actor=house.manager, key=key(), now=NOW)
    ended = end_colleagues_log_ins(store, command, actor=house.clinic.administrator, key=key(), now=NOW)

    assert ended.log_in_uids == (lost,)
    assert _open(store) == {here}


def test_nobody_ends_another_persons_log_in_by_any_name(store: Store) -> None:
    house = House(store)
    nurse, manager = _user(store, house.nurse), _user(store, house.manager)
    hers = _began(house, nurse, "h1")

    for user in (nurse, manager):
        with pytest.raises(ThingNotFound):
            command = EndLogIns(user_uid=user, log_in_uids=(hers,))
            end_log_ins(store, command, actor=house.manager, key=key(), now=NOW)

    assert _open(store) == {hers}
