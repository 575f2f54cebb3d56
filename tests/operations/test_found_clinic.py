"""Does a new clinic have books and accounts?"""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import func, select

from stockroom.actor import Actor
from stockroom.db.store import Store
from stockroom.errors import InvalidValue
from stockroom.ledger.acts import KeyReused
from stockroom.models import Clinic, JournalHead, Location, Membership, OrganisationEntry, User
from stockroom.operations.employ import SwitchLogIn, switch_log_in
from stockroom.operations.found_clinic import FoundClinic, found_clinic
from stockroom.reads.actors import system_actor
from stockroom.reads.clinics import ClinicNameTaken
from stockroom.vocabulary import Role
from tests.builders import House

NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
SOFIA = FoundClinic(
    name="Vitosha", time_zone="Europe/Sofia", country="BG", currency="EUR", books_begin_on=date(2026, 3, 1)
)


def test_a_new_clinic_has_two_journals_and_every_account(store: Store) -> None:
    with store.reading() as connection:
        actor = system_actor(connection, device="test")

    found_clinic(store, SOFIA, actor=actor, key="found-1", now=NOW)

    with store.reading() as connection:
        kinds = set(connection.execute(select(Location.kind)).scalars())
        streams = set(connection.execute(select(JournalHead.stream)).scalars())
    assert kinds == {
        "adjustment", "compounding", "disposal", "in_transit", "patient", "quarantine", "returns", "supplier"
    }  # fmt: skip
    assert streams == {"changes", "disclosures"}


def test_the_same_key_gives_the_same_answer_and_one_clinic(store: Store) -> None:
    with store.reading() as connection:
        actor = system_actor(connection, device="test")

    first = found_clinic(store, SOFIA, actor=actor, key="found-1", now=NOW)
    second = found_clinic(store, SOFIA, actor=actor, key="found-1", now=NOW)

    assert first == second
    with store.reading() as connection:
        assert connection.execute(select(func.count()).select_from(Clinic)).scalar_one() == 1
        assert connection.execute(select(func.count()).select_from(OrganisationEntry)).scalar_one() == 1


def test_the_same_key_with_other_content_is_a_conflict(store: Store) -> None:
    with store.reading() as connection:
        actor = system_actor(connection, device="test")
    found_clinic(store, SOFIA, actor=actor, key="found-1", now=NOW)
    other = FoundClinic(
        name="Rila", time_zone="Europe/Sofia", country="BG", currency="EUR", books_begin_on=date(2026, 3, 1)
    )

    with pytest.raises(KeyReused):
        found_clinic(store, other, actor=actor, key="found-1", now=NOW)


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"time_zone": "Europe/Atlantis"}, "time_zone"),
        ({"country": "bg"}, "country"),
        ({"name": " "}, "name"),
    ],
)
def test_an_impossible_clinic_is_refused_by_field(store: Store, changed: dict[str, str], field: str) -> None:
    with store.reading() as connection:
        actor = system_actor(connection, device="test")
    wrong = FoundClinic(**{**vars(SOFIA), **changed})

    with pytest.raises(InvalidValue) as refused:
        found_clinic(store, wrong, actor=actor, key="found-1", now=NOW)

    assert refused.value.field == field


def test_a_name_is_given_once(store: Store) -> None:
    with store.reading() as connection:
        actor = system_actor(connection, device="test")
    found_clinic(store, SOFIA, actor=actor, key="found-1", now=NOW)

    with pytest.raises(ClinicNameTaken):
        found_clinic(store, SOFIA, actor=actor, key="found-2", now=NOW)


def test_the_founder_and_the_administrators_are_let_in_with_the_roles_that_they_hold(store: Store) -> None:
    house = House(store)
    clinic, founder = house.clinic, house.manager
    administrator, nurse = clinic.administrator, clinic.nurse
    switched_off = clinic.employ(Role.ADMINISTRATOR)
    off = SwitchLogIn(user_uid=_user_uid(store, switched_off), active=False)
    switch_log_in(store, off, actor=administrator, key="off", now=NOW)

    founded = found_clinic(
        store, FoundClinic(**{**vars(SOFIA), "name": "Rila"}), actor=founder, key="f", now=NOW
    )

    with store.reading() as connection:
        held = connection.execute(
            select(Membership.user_id, Membership.role)
            .join(Clinic, Clinic.id == Membership.clinic_id)
            .where(Clinic.uid == founded.clinic_uid)
        ).all()
    assert {tuple(row) for row in held} == {
        (founder.user_id, "manager"),
        (administrator.user_id, "administrator"),
    }
    assert nurse.user_id not in {row.user_id for row in held}


def _user_uid(store: Store, actor: Actor) -> str:
    with store.reading() as connection:
        return connection.execute(select(User.uid).where(User.id == actor.user_id)).scalar_one()
