"""Has a person one badge at a time, and who gives and takes it?"""

from __future__ import annotations

import pytest
from sqlalchemy import select

from stockroom.db.store import Store
from stockroom.errors import InvalidValue, ThingNotFound
from stockroom.models import Badge
from stockroom.operations.employ import Employ, employ
from stockroom.operations.issue_badge import IssueBadge, RevokeBadge, issue_badge, revoke_badge
from stockroom.reads.user_accounts import AdministeredElsewhere
from stockroom.rules.permissions import ActionForbidden
from stockroom.vocabulary import Role
from tests.builders import NOW, House, key
from tests.tableting import CODES, give_badge


def test_another_badge_ends_the_one_before(store: Store) -> None:
    house = House(store)
    give_badge(house.clinic, house.nurse)
    give_badge(house.clinic, house.nurse, CODES["B"])

    with store.reading() as connection:
        ended = connection.execute(select(Badge.revoked_at).order_by(Badge.id)).scalars().all()
    assert [at is None for at in ended] == [False, True]


def test_a_lost_badge_is_revoked_once(store: Store) -> None:
    house = House(store)
    give_badge(house.clinic, house.nurse)
    command = RevokeBadge(person_uid=house.nurse.person_uid)
    administrator = house.clinic.administrator

    revoke_badge(store, command, actor=administrator, key=key("revoke"), now=NOW)

    with pytest.raises(ThingNotFound):
        revoke_badge(store, command, actor=administrator, key=key("revoke"), now=NOW)


def test_only_who_looks_after_every_log_in_of_a_person_gives_the_badge(store: Store) -> None:
    house = House(store)
    elsewhere = house.another_clinic().employ(Role.NURSE)
    command = IssueBadge(person_uid=elsewhere.person_uid, code_hash="hash")

    with pytest.raises(AdministeredElsewhere):
        issue_badge(store, command, actor=house.clinic.administrator, key=key("issue"), now=NOW)
    with pytest.raises(ActionForbidden):
        issue_badge(store, command, actor=house.manager, key=key("issue"), now=NOW)


def test_who_has_no_log_in_gets_no_badge(store: Store) -> None:
    house = House(store)
    person = employ(
        store, Employ(name="Nobody Yet", profession="nurse"), actor=house.clinic.system, key=key("e"), now=NOW
    )
    command = IssueBadge(person_uid=person.person_uid, code_hash="hash")
    with pytest.raises(InvalidValue):
        issue_badge(store, command, actor=house.clinic.administrator, key=key("issue"), now=NOW)
