"""Do people get log-ins, and do roles come and go at once?"""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import select

from stockroom.db.store import Store
from stockroom.errors import InvalidValue
from stockroom.ledger.acts import LogInEnded
from stockroom.models import Authorisation, JournalEntry, Membership
from stockroom.operations.add_location import AddLocation, add_location
from stockroom.operations.employ import (
    Employ,
    GiveRole,
    LastAdministrator,
    SwitchLogIn,
    TakeRole,
    employ,
    give_role,
    switch_log_in,
    take_role,
)
from stockroom.reads.user_accounts import EmailTaken
from stockroom.rules.permissions import ActionForbidden, GrantForbidden
from stockroom.vocabulary import LocationKind, Role
from tests.builders import NOW, House, key


def _user_uid(store: Store, user_id: int) -> str:
    from stockroom.models import User

    with store.reading() as connection:
        return connection.execute(select(User.uid).where(User.id == user_id)).scalar_one()


def test_an_address_serves_one_log_in(store: Store) -> None:
    house = House(store)
    person = Employ(name="Ana Demo", profession="nurse", email="ana@demo.test")
    employ(store, person, actor=house.clinic.administrator, key=key(), now=NOW)

    with pytest.raises(EmailTaken):
        employ(store, person, actor=house.clinic.administrator, key=key(), now=NOW)


def test_a_role_taken_away_counts_for_the_next_act(store: Store) -> None:
    house = House(store)
    administrator = house.clinic.administrator
    house.clinic.employ(Role.ADMINISTRATOR)
    fridge = AddLocation(name="Fridge 9", kind=LocationKind.FRIDGE, storage_class=None)
    take_role(
        store,
        TakeRole(user_uid=_user_uid(store, administrator.user_id), role=Role.ADMINISTRATOR),
        actor=house.clinic.system,
        key=key(),
        now=NOW,
    )

    with pytest.raises(ActionForbidden):
        add_location(store, fridge, actor=administrator, key=key(), now=NOW)

    with store.reading() as connection:
        kinds = connection.execute(select(JournalEntry.kind)).scalars().all()
    assert kinds[-1] == "refusal"


def test_a_log_in_switched_off_does_nothing_more(store: Store) -> None:
    house = House(store)
    administrator = house.clinic.administrator
    switch_log_in(
        store,
        SwitchLogIn(user_uid=_user_uid(store, administrator.user_id), active=False),
        actor=house.clinic.system,
        key=key(),
        now=NOW,
    )

    with pytest.raises(LogInEnded):
        add_location(
            store,
            AddLocation(name="Fridge 9", kind=LocationKind.FRIDGE, storage_class=None),
            actor=administrator,
            key=key(),
            now=NOW,
        )


def test_a_manager_makes_nobody_an_administrator(store: Store) -> None:
    house = House(store)
    nurse = house.nurse

    with pytest.raises((GrantForbidden, ActionForbidden)):
        give_role(
            store,
            GiveRole(user_uid=_user_uid(store, nurse.user_id), role=Role.ADMINISTRATOR),
            actor=house.manager,
            key=key(),
            now=NOW,
        )

    with store.reading() as connection:
        roles = connection.execute(
            select(Membership.role).where(Membership.user_id == nurse.user_id)
        ).scalars()
        assert list(roles) == [Role.NURSE]


def test_nobody_gives_a_role_to_himself(store: Store) -> None:
    house = House(store)
    administrator = house.clinic.administrator

    with pytest.raises(GrantForbidden):
        give_role(
            store,
            GiveRole(user_uid=_user_uid(store, administrator.user_id), role=Role.PRACTITIONER),
            actor=administrator,
            key=key(),
            now=NOW,
        )


def test_the_last_administrator_stays(store: Store) -> None:
    house = House(store)
    administrator = house.clinic.administrator

    with pytest.raises(LastAdministrator):
        take_role(
            store,
            TakeRole(user_uid=_user_uid(store, administrator.user_id), role=Role.ADMINISTRATOR),
            actor=house.clinic.system,
            key=key(),
            now=NOW,
        )


def test_an_authorisation_begins_today_by_the_clinics_calendar_and_is_a_known_one(store: Store) -> None:
    house = House(store)
    there = house.another_clinic("Kiritimati", time_zone="Pacific/Kiritimati")
    person = Employ(name="Ana Demo", profession="doctor", authorisations=("prescribe",))
    evening = NOW.replace(hour=20)

    employ(store, person, actor=there.system, key=key(), now=evening)

    with store.reading() as connection:
        assert connection.execute(select(Authorisation.from_on)).scalars().all() == [date(2026, 3, 3)]
    with pytest.raises(InvalidValue):
        employ(store, replace(person, authorisations=("cook",)), actor=there.system, key=key(), now=evening)


def test_the_same_person_sent_twice_is_employed_once_though_a_salted_hash_differs(store: Store) -> None:
    clinic = House(store).clinic
    command = Employ(name="New", profession="nurse", email="new@vitosha.test", password_hash="first salt")
    other, same = replace(command, password_hash="second salt"), key("employ")

    first = employ(store, command, actor=clinic.administrator, key=same, now=NOW)
    again = employ(store, other, actor=clinic.administrator, key=same, now=NOW)

    assert first == again


def test_the_only_administrator_of_a_clinic_is_not_switched_off_by_a_colleague(store: Store) -> None:
    house = House(store)
    only, elsewhere = house.another_clinic().administrator, house.clinic.administrator
    command = SwitchLogIn(user_uid=_user_uid(store, only.user_id), active=False)

    with pytest.raises(LastAdministrator):
        switch_log_in(store, command, actor=elsewhere, key=key("switch"), now=NOW)

    switch_log_in(store, command, actor=house.system, key=key("switch"), now=NOW)
