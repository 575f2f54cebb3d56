"""Does an inspector look until the end of a day and no longer, and are names opened only for a stated purpose?"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select, update

from stockroom.access.bearer import bearer_of, draw_token, token_hash
from stockroom.db.store import Store
from stockroom.errors import Forbidden, InvalidValue
from stockroom.ledger.verify import verify
from stockroom.models import JournalEntry, Membership, RoleHeld, StatedPurpose
from stockroom.operations.employ import GiveRole, give_role
from stockroom.operations.mint_token import MintToken, mint_token
from stockroom.operations.state_purpose import StatePurpose, state_purpose
from stockroom.queries.people_then import people_then
from stockroom.reads.actors import actor_of_person
from stockroom.reads.opened_names import names_opened
from stockroom.rules.permissions import ActionForbidden
from stockroom.vocabulary import AuditPurpose, Role
from tests.builders import NOW, Clinic, House, key
from tests.ledger.planting import unguarded

LAST_DAY = date(2026, 3, 4)
END = datetime(2026, 3, 4, 22, 0, tzinfo=UTC)
"""Midnight of the last day in Sofia."""
COMPLAINT = StatePurpose(purpose=AuditPurpose.COMPLAINT, reference="2026-17")


@pytest.fixture
def house(store: Store) -> House:
    return House(store)


def inspect(clinic: Clinic, user_uid: str, *, until_on: date | None = LAST_DAY, **values: object) -> None:
    said = {"role": Role.AUDITOR, "purpose": AuditPurpose.INSPECTION, **values}
    command = GiveRole(user_uid=user_uid, until_on=until_on, **said)
    give_role(clinic.store, command, actor=clinic.administrator, key=key("inspect"), now=NOW)


def user_uid(clinic: Clinic, user_id: int) -> str:
    from stockroom.models import User

    with clinic.store.reading() as connection:
        return connection.execute(select(User.uid).where(User.id == user_id)).scalar_one()


def people_of(house: House, day: date) -> set[str]:
    with house.store.reading() as connection:
        return {each.uid for each in people_then(connection, house.clinic.id, day=day, zone="Europe/Sofia")}


def test_an_inspector_opens_everything_until_the_day_ends_and_nothing_after(house: House) -> None:
    clinic, auditor = house.clinic, house.clinic.auditor
    inspect(clinic, user_uid(clinic, auditor.user_id))
    token = draw_token()
    minted = MintToken(
        name="probe", token_hash=token_hash(token), actions=None, expires_at=END + timedelta(days=9)
    )
    terminal = replace(clinic.system, user_id=auditor.user_id)
    mint_token(house.store, minted, actor=terminal, key=key("mint"), now=NOW)

    state_purpose(house.store, COMPLAINT, actor=auditor, key=key("why"), now=END - timedelta(minutes=1))

    with house.store.reading() as connection:
        before, after = END - timedelta(seconds=1), END
        assert bearer_of(connection, token, now=before) is not None
        assert bearer_of(connection, token, now=after) is None
        assert names_opened(connection, auditor, now=before) is not None
        assert names_opened(connection, auditor, now=after) is None  # the purpose ends with the account
    with pytest.raises(Forbidden):
        state_purpose(house.store, COMPLAINT, actor=auditor, key=key("why"), now=END)
    with house.store.reading() as connection:
        assert len(connection.execute(select(StatedPurpose)).all()) == 1
        held = connection.execute(
            select(RoleHeld.from_at, RoleHeld.until_at, RoleHeld.purpose)
            .where(RoleHeld.user_id == auditor.user_id)
            .order_by(RoleHeld.id)
        ).all()
    assert [(row.until_at, row.purpose) for row in held] == [(NOW, ""), (None, "inspection")]
    then = [people_of(house, day) for day in (NOW.date(), LAST_DAY, LAST_DAY + timedelta(days=1))]
    assert [auditor.person_uid in people for people in then] == [True, True, False]


def test_terms_that_are_given_again_count_from_then_on(house: House) -> None:
    clinic, auditor = house.clinic, house.clinic.auditor
    uid = user_uid(clinic, auditor.user_id)
    inspect(clinic, uid)
    inspect(clinic, uid, until_on=LAST_DAY + timedelta(days=7), purpose=AuditPurpose.RECALL)

    with house.store.reading() as connection:
        (row,) = connection.execute(
            select(Membership.until_at, Membership.purpose).where(Membership.user_id == auditor.user_id)
        )
    assert (row.until_at, row.purpose) == (END + timedelta(days=7), "recall")

    inspect(clinic, uid, until_on=None, purpose=None)

    with house.store.reading() as connection:
        actor = actor_of_person(connection, person_uid=auditor.person_uid, clinic_uid=clinic.uid)
    assert actor is not None and actor.roles == {Role.AUDITOR}


@pytest.mark.parametrize(
    "values",
    [
        {"until_on": None},
        {"purpose": None},
        {"role": Role.NURSE},
        {"until_on": NOW.date() - timedelta(days=1)},
        {"until_on": NOW.date() + timedelta(days=500)},
    ],
)
def test_terms_that_say_nothing_are_refused(house: House, values: dict[str, object]) -> None:
    clinic = house.clinic
    uid = user_uid(clinic, clinic.auditor.user_id)

    with pytest.raises(InvalidValue):
        inspect(clinic, uid, **values)

    with house.store.reading() as connection:
        held = connection.execute(
            select(Membership.until_at).where(Membership.user_id == clinic.auditor.user_id)
        ).scalar_one()
    assert held is None


def test_names_are_open_for_the_hours_that_were_stated_and_it_is_journalled(house: House) -> None:
    auditor, nurse = house.clinic.auditor, house.clinic.nurse
    with house.store.reading() as connection:
        assert names_opened(connection, auditor, now=NOW) is None
        assert names_opened(connection, nurse, now=NOW) is not None

    stated = state_purpose(house.store, COMPLAINT, actor=auditor, key="why", now=NOW)
    again = state_purpose(house.store, COMPLAINT, actor=auditor, key="why", now=NOW)

    assert again == stated
    with house.store.reading() as connection:
        opened = names_opened(connection, auditor, now=stated.until_at - timedelta(seconds=1))
        assert opened is not None and opened.purpose == "complaint"
        assert names_opened(connection, auditor, now=stated.until_at) is None
        payload = connection.execute(
            select(JournalEntry.payload).where(JournalEntry.kind == "purpose.state")
        ).scalar_one()
    assert "complaint" in payload and "2026-17" not in payload
    assert verify(house.store, search_names=False).ok
    with unguarded(house.store) as connection:
        connection.execute(update(StatedPurpose).values(purpose="recall"))
    (finding,) = verify(house.store, search_names=False).findings
    assert (finding.table, finding.invariant) == ("stated_purpose", "L12")


def test_a_clock_that_steps_back_opens_no_names_again(house: House) -> None:
    auditor = house.clinic.auditor
    state_purpose(house.store, COMPLAINT, actor=auditor, key=key("why"), now=NOW)

    def opened(now: datetime) -> bool:
        with house.store.reading() as connection:
            return names_opened(connection, auditor, now=now) is not None

    assert opened(NOW + timedelta(hours=1))
    house.clinic.act("test.nothing", lambda work: None, now=NOW + timedelta(hours=8))
    assert not opened(NOW + timedelta(hours=8))
    assert not opened(NOW + timedelta(hours=6)), "its eight hours are over by the books"


@pytest.mark.parametrize(
    "command",
    [
        replace(COMPLAINT, reference=" "),
        replace(COMPLAINT, lasts_hours=0),
        replace(COMPLAINT, lasts_hours=25),
    ],
)
def test_a_purpose_without_a_case_or_an_end_opens_nothing(house: House, command: StatePurpose) -> None:
    with pytest.raises(InvalidValue):
        state_purpose(house.store, command, actor=house.clinic.auditor, key=key("why"), now=NOW)


def test_nobody_but_an_auditor_states_a_purpose(house: House) -> None:
    for actor in (house.clinic.nurse, house.clinic.manager, house.clinic.administrator):
        with pytest.raises(ActionForbidden):
            state_purpose(house.store, COMPLAINT, actor=actor, key=key("why"), now=NOW)
