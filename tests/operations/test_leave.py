"""Does one act end everything that opens for who leaves, hand on the open work, and keep the name; who held what when?"""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from stockroom.actor import Actor
from stockroom.db.store import Store
from stockroom.errors import InvalidValue
from stockroom.ledger.acts import LogInEnded
from stockroom.models import (
    ApiToken,
    Authorisation,
    Badge,
    Membership,
    Person,
    Pin,
    RoleHeld,
    TreatmentSession,
    User,
)
from stockroom.operations.authorise import Authorise, authorise
from stockroom.operations.issue_badge import IssueBadge, issue_badge
from stockroom.operations.leave import Leave, LeftAlready, PersonLeft, WorkIsOpen, leave
from stockroom.operations.mint_token import MintToken, mint_token
from stockroom.queries.people_then import people_then
from stockroom.reads.user_accounts import OwnLogIn
from stockroom.rules.permissions import ActionForbidden
from stockroom.vocabulary import Role
from tests.builders import NOW, House, key, without_authorisations
from tests.cocktails import begin
from tests.sessions import finish, rows, session

LATER = NOW + timedelta(days=3)


def left(house: House, who: Actor, colleague: Actor | None = None, *, by: Actor | None = None) -> PersonLeft:
    command = Leave(person_uid=who.person_uid, colleague_uid=colleague.person_uid if colleague else None)
    actor = by or house.clinic.administrator
    return leave(house.store, command, actor=actor, key=key("leave"), now=LATER)


def test_one_act_ends_what_opens_and_hands_on_what_is_open(store: Store) -> None:
    house = House(store)
    clinic, leaver = house.clinic, house.practitioner
    colleague = clinic.employ(Role.PRACTITIONER, authorised=("inject",))
    to_come = session(house, practitioner_uid=leaver.person_uid)
    over = session(house, practitioner_uid=leaver.person_uid)
    finish(house, over)
    badge = IssueBadge(person_uid=leaver.person_uid, code_hash="a" * 64)
    issue_badge(store, badge, actor=clinic.administrator, key=key(), now=NOW)
    token = MintToken(name="till", token_hash="b" * 64, actions=None, expires_at=LATER + timedelta(days=9))
    mint_token(store, token, actor=leaver, key=key(), now=NOW)

    draft = begin(house, None, to_come, reason="for the face", actor=leaver).preparation_uid
    begin(house, None, to_come, reason="for the face", again_reason="another area")

    with pytest.raises(WorkIsOpen) as asked:
        left(house, leaver)
    done = left(house, leaver, colleague)

    assert (asked.value.sessions, asked.value.begun) == (1, 1)
    assert (done.handed_over, done.begun) == ((to_come,), (draft,))
    with store.reading() as connection:
        now_of = dict(
            connection.execute(
                select(TreatmentSession.uid, Person.uid).join(
                    Person, Person.id == TreatmentSession.practitioner_id
                )
            ).all()
        )
        name = connection.execute(select(Person.name).where(Person.id == leaver.person_id)).scalar_one()
    assert (now_of[to_come], now_of[over]) == (colleague.person_uid, leaver.person_uid)
    assert name and not rows(store, User, id=leaver.user_id)[0].active
    assert rows(store, Membership, user_id=leaver.user_id) == rows(store, Pin) == []
    assert rows(store, Badge)[0].revoked_at == rows(store, ApiToken)[0].revoked_at == LATER
    assert {row.until_on for row in rows(store, Authorisation, person_id=leaver.person_id)} == {LATER.date()}
    assert [row.until_at for row in rows(store, RoleHeld, user_id=leaver.user_id)] == [LATER]
    with pytest.raises(LogInEnded):
        session_of_leaver = Authorise(person_uid=colleague.person_uid, kind="check", from_on=NOW.date())
        authorise(store, session_of_leaver, actor=leaver, key=key(), now=LATER)
    with pytest.raises(LeftAlready):
        left(house, leaver, colleague)


def test_the_report_of_a_day_tells_who_held_what_then(store: Store) -> None:
    house = without_authorisations(store)
    clinic, nurse = house.clinic, house.nurse
    told = Authorise(
        person_uid=nurse.person_uid, kind="inject", from_on=NOW.date(), scope="nappage", training="Nappage course",
        trained_on=date(2025, 12, 1), file_reference="binder 4",
    )  # fmt: skip
    authorise(store, told, actor=clinic.administrator, key=key(), now=NOW)
    left(house, nurse)

    def on(day: date) -> dict[str, tuple[list[str], list[tuple[str, str, str, str]]]]:
        with store.reading() as connection:
            found = people_then(connection, clinic.id, day=day, zone="Europe/Sofia")
        return {
            each.uid: (
                [role.role for role in each.roles],
                [(a.kind, a.scope_name, a.training, a.file_reference) for a in each.authorisations],
            )
            for each in found
        }

    assert on(LATER.date())[nurse.person_uid] == (
        ["nurse"],
        [("inject", "Nappage", "Nappage course", "binder 4")],
    )
    assert nurse.person_uid not in on(LATER.date() + timedelta(days=1))


def test_nobody_lets_oneself_go_nor_hands_work_to_who_cannot_do_it(
    store: Store,
) -> None:
    house = House(store)
    clinic = house.clinic
    administrator = clinic.administrator
    session(house, practitioner_uid=house.practitioner.person_uid)
    stranger = house.another_clinic().practitioner

    with pytest.raises(OwnLogIn):
        left(house, administrator)
    with pytest.raises(InvalidValue):
        left(house, house.practitioner, stranger, by=clinic.employ(Role.ADMINISTRATOR))
    with pytest.raises(ActionForbidden):
        left(house, house.nurse, by=house.manager)
    assert rows(store, Person, id=house.practitioner.person_id)[0].left_on is None
